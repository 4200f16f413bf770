"""A model of the application that the migration guide is about, in one of its two versions, on Redis and MariaDB.

    application.py VERSION --listen PORT --redis URL --mysql URL [--admins-begin-anew]

What it does with a context is in layouts.py, with MySQL in database.py, with a message in assistant.py."""

import argparse
import http.cookies
import http.server
import json
import secrets
import threading
import time

import redis

from assistant import answer
from database import Database
from layouts import VERSIONS, Unreadable, parsed

SESSION = "PHPREDIS_SESSION:"


class Application:
    def __init__(self, version, redis_url, mysql_url, admins_continue=True):
        self.redis = redis.Redis.from_url(redis_url, decode_responses=True)
        self.database = Database(mysql_url)
        self.contexts = VERSIONS[version](self.redis)
        self.admins_continue = admins_continue
        # Key -> what was last written there and when; None: erased. For those who look whether somebody else has written.
        self.writes = {}

    # Users

    def login(self, request):
        """A new session at each login; both versions share them."""
        user = self.user_named(request.body.get("user"))
        if user is None:
            return 401, {"error": "unknown"}
        session = secrets.token_hex(16)
        self.redis.set(SESSION + session, json.dumps(user), ex=86_400)
        return 200, {"success": True}, {"Set-Cookie": f"PHPSESSID={session}; path=/; httponly; samesite=lax"}

    def user_named(self, user):
        found = self.database.user(user)
        return found and {"id": user, "name": found[0], "roles": ["ROLE_ADMIN" if found[1] == "admin" else "ROLE_USER"]}

    def me(self, request):
        return 200, request.user

    # Messages

    def chat(self, request):
        user, message = request.user["id"], request.body["message"]
        asked = time.time()
        row = self.database.customers_row(user, request.body.get("conversationId"), asked)
        reply = self.talk("client", user, row, message, asked)
        return 200, {"response": reply, "conversationId": row, "role": "assistant"}

    def admin_chat(self, request):
        user, message = request.user["id"], request.body["message"]
        asked = time.time()
        # The id that the client sends is not read.
        row = self.database.admins_row(user, self.admins_continue) or self.database.begin_admins_row(user, asked)
        reply = self.talk("admin", user, row, message, asked)
        return 200, {"success": True, "reply": reply, "conversation_id": row,
                     "message_count": self.database.count("admin", row)}

    def talk(self, role, user, row, message, asked):
        found = self.contexts.load(role, user, row, asked)
        reply = answer(found.context, message, time.time())
        self.note(found.save(message, reply))
        self.database.append(role, row, message, asked, reply, time.time())
        return reply

    def note(self, values):
        for key, value in values.items():
            self.writes[key] = (value, time.time())

    # The rest

    def erase(self, request):
        return self.erased("client", request.user["id"], request.body.get("conversationId"))

    def erase_admins(self, request):
        user = request.user["id"]
        return self.erased("admin", user, self.database.admins_row(user, self.admins_continue))

    def erased(self, role, user, row):
        self.note(dict.fromkeys(self.contexts.erase(role, user, row)))
        return 200, {"success": True}

    def begin(self, request):
        row = self.database.begin_admins_row(request.user["id"], time.time())
        return 200, {"success": True, "conversation_id": row}

    def history(self, request):
        """MySQL alone is read."""
        return 200, {"messages": [{"role": who, "content": text} for who, text in
                                  self.database.messages("client").get(request.path.rsplit("/", 1)[1], [])]}

    ROUTES = {
        ("POST", "/api/login"): login,
        ("GET", "/api/users/me"): me,
        ("POST", "/api/chat"): chat,
        ("POST", "/api/chat/reset-context"): erase,
        ("POST", "/api/chat/clear"): erase,
        ("POST", "/admin/assistant/chat"): admin_chat,
        ("POST", "/admin/assistant/clear-context"): erase_admins,
        ("POST", "/admin/assistant/new"): begin,
    }

    def response(self, request):
        if request.path == "/writes":
            return 200, self.writes
        action = self.ROUTES.get((request.command, request.path))
        if request.path.startswith("/api/chat/history/"):
            action = Application.history
        if action is None:
            return 404, {"error": "no such page"}
        if action is not Application.login:
            session = http.cookies.SimpleCookie(request.headers.get("Cookie", "")).get("PHPSESSID")
            request.user = parsed(session and self.redis.get(SESSION + session.value))
            if request.user is None:
                return 401, {"error": "sign in"}
            if request.path.startswith("/admin/") and "ROLE_ADMIN" not in request.user["roles"]:
                return 403, {"error": "for administrators"}
        return action(self, request)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise a response waits for the acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = parsed(self.rfile.read(length)) or {}
        try:
            status, document, *headers = self.server.application.response(self)
        except Unreadable as fault:
            status, document, headers = 500, {"error": f"TypeError: {fault}"}, []
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in (headers[0] if headers else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_request

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, application, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.application = application

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self.server_address[1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("version", choices=VERSIONS)
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--mysql", required=True)
    parser.add_argument("--admins-begin-anew", action="store_true")
    options = parser.parse_args()
    application = Application(options.version, options.redis, options.mysql, not options.admins_begin_anew)
    Server(application, options.listen).serve_forever()
