"""A server that logs users in as MySQL 8 does, with caching_sha2_password, because Debian has no MySQL 8.

It follows the protocol as documented ("caching_sha2_password information" and "Protocol::HandshakeV10" in MySQL's source
documentation): the first login of a user sends the password, within TLS or encrypted with the server's public key; later
ones send a hash. After the login it answers each query with one row: how the user logged in.

usage: caching_sha2_server.py PORT_FILE USER PASSWORD RSA_KEY [CERTIFICATE CERTIFICATE_KEY]
"""

import hashlib
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile

PORT_FILE, USER, PASSWORD, RSA_KEY = sys.argv[1:5]
TLS = sys.argv[5:7]

CONNECT_WITH_DB, PROTOCOL_41, SSL, SECURE_CONNECTION = 0x8, 0x200, 0x800, 0x8000
MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH, PLUGIN_AUTH_LENENC = 1 << 16, 1 << 17, 1 << 19, 1 << 21
CAPABILITIES = CONNECT_WITH_DB | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH | PLUGIN_AUTH_LENENC
CAPABILITIES |= MULTI_STATEMENTS | MULTI_RESULTS | (SSL if TLS else 0)

PLUGIN = b"caching_sha2_password"
REQUEST_PUBLIC_KEY, FAST_AUTH_SUCCESS, PERFORM_FULL_AUTHENTICATION = 2, 3, 4
COM_QUIT, COM_QUERY = 1, 3
OK = b"\x00\x00\x00\x02\x00\x00\x00"
EOF = b"\xfe\x00\x00\x02\x00"

# The users whose hash is known, as it is after the first full login.
cache = set()


def error(code, state, text):
    return b"\xff" + struct.pack("<H", code) + b"#" + state + text.encode()


def text(value):
    return bytes([len(value)]) + value


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def scramble(password, nonce):
    once = hashlib.sha256(password).digest()
    twice = hashlib.sha256(once).digest()
    return xor(once, hashlib.sha256(twice + nonce).digest())


def openssl(*words, input=None):
    return subprocess.run(["openssl", *words], input=input, capture_output=True, check=True).stdout


class Login(socketserver.BaseRequestHandler):
    def read(self):
        head = self.exactly(4)
        self.sequence = head[3] + 1
        return self.exactly(int.from_bytes(head[:3], "little"))

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def write(self, payload):
        self.request.sendall(len(payload).to_bytes(3, "little") + bytes([self.sequence & 255]) + payload)
        self.sequence += 1

    def handle(self):
        self.sequence = 0
        self.way = "plain"
        try:
            how = self.login()
            while how:
                command = self.read()
                if command[0] == COM_QUIT:
                    return
                elif command[0] == COM_QUERY and not command[1:].upper().startswith(b"SET"):
                    self.row(f"{how}, {self.way}".encode())
                else:
                    self.write(OK)
        except (EOFError, OSError):
            pass

    def login(self):
        nonce = bytes(b % 126 + 1 for b in os.urandom(20))
        self.write(
            b"\x0a8.0.36\0" + struct.pack("<I", 7) + nonce[:8] + b"\0" + struct.pack("<H", CAPABILITIES & 0xFFFF)
            + b"\xff\x02\x00" + struct.pack("<H", CAPABILITIES >> 16) + b"\x15" + bytes(10) + nonce[8:] + b"\0" + PLUGIN + b"\0"
        )
        response = self.read()
        if TLS and struct.unpack_from("<I", response)[0] & SSL:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*TLS)
            self.request = context.wrap_socket(self.request, server_side=True)
            self.way = "encrypted"
            response = self.read()
        user, _, rest = response[32:].partition(b"\0")
        answer = rest[1:1 + rest[0]]
        if not rest[1 + rest[0]:].rstrip(b"\0").endswith(PLUGIN):
            # The client chose another plugin: it is told which.
            self.write(b"\xfe" + PLUGIN + b"\0" + nonce + b"\0")
            answer = self.read()
        how = self.verify(user.decode(), answer, nonce)
        if how:
            self.write(OK)
        else:
            self.write(error(1045, b"28000", f"Access denied for user '{user.decode()}'@'localhost' (using password: YES)"))
        return how

    def verify(self, user, answer, nonce):
        if user == USER and user in cache and answer == scramble(PASSWORD.encode(), nonce):
            self.write(bytes([1, FAST_AUTH_SUCCESS]))
            return "fast"
        self.write(bytes([1, PERFORM_FULL_AUTHENTICATION]))
        secret = self.read()
        if self.way == "plain":
            if secret != bytes([REQUEST_PUBLIC_KEY]):
                return None
            self.write(b"\x01" + openssl("pkey", "-in", RSA_KEY, "-pubout"))
            decrypted = openssl(
                "pkeyutl", "-decrypt", "-inkey", RSA_KEY, "-pkeyopt", "rsa_padding_mode:oaep", input=self.read())
            secret = xor(decrypted, nonce * (len(decrypted) // len(nonce) + 1))
        if user != USER or secret != PASSWORD.encode() + b"\0":
            return None
        cache.add(user)
        return "full"

    def row(self, value):
        column = b"".join(map(text, [b"def", b"", b"", b"", b"how", b""]))
        column += b"\x0c" + struct.pack("<HIBHB", 255, 1024, 0xFD, 0, 0) + bytes(2)
        for payload in [b"\x01", column, EOF, text(value), EOF]:
            self.write(payload)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Login) as server:
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(PORT_FILE), delete=False) as file:
        file.write(str(server.server_address[1]))
    os.rename(file.name, PORT_FILE)
    server.serve_forever()
