"""A Redis server of the benchmark's own, without anything on disk, and a client as thin as one can be."""

import socket

from .stage import Failed


class Redis:
    def __init__(self, stage, cores=None):
        self.port = stage.port()
        folder = stage.folder / "redis"
        folder.mkdir()
        self.process = stage.start("redis", [
            "redis-server", "--bind", "127.0.0.1", "--port", self.port, "--dir", folder, "--save", "", "--appendonly", "no",
        ], cores)
        stage.wait_for_port(self.process, self.port)

    @property
    def address(self):
        return f"redis://127.0.0.1:{self.port}"

    def client(self):
        return Client(self.port)


class Client:
    """One connection; a command is sent in one piece, and its reply is one line."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def command(self, *words):
        """The reply without its line end."""
        parts = [f"${len(word)}\r\n{word}\r\n" for word in map(str, words)]
        self.socket.sendall(f"*{len(parts)}\r\n{''.join(parts)}".encode())
        reply = b""
        while not reply.endswith(b"\r\n"):
            more = self.socket.recv(4096)
            if not more:
                raise Failed(f"Redis closed the connection at {words[0]}")
            reply += more
        if reply.startswith(b"-"):
            raise Failed(f"Redis refuses {words[0]}: {reply.decode().strip()}")
        return reply[:-2].decode()

    def value(self, key):
        """What is stored there, for a key that is there."""
        length = int(self.command("STRLEN", key)[1:])
        self.socket.sendall(f"*2\r\n$3\r\nGET\r\n${len(key)}\r\n{key}\r\n".encode())
        reply, size = b"", length + len(str(length)) + 5
        while len(reply) < size:
            more = self.socket.recv(size - len(reply))
            if not more or more.startswith(b"-"):
                raise Failed(f"Redis does not give {key}")
            reply += more
        return reply.split(b"\r\n", 1)[1][:-2].decode()

    def close(self):
        self.socket.close()
