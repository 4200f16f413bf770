"""The tables of the application, which both versions write in the same way."""

import contextlib
import datetime
import queue
import urllib.parse
import uuid

import pymysql

TABLES = """
CREATE TABLE IF NOT EXISTS users (id BINARY(16) PRIMARY KEY, name VARCHAR(100) NOT NULL, role VARCHAR(10) NOT NULL)
  CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS conversations (
  id BINARY(16) PRIMARY KEY, user_id BINARY(16) NOT NULL, title VARCHAR(255), created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL, INDEX (user_id)) CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS conversation_messages (
  id BINARY(16) PRIMARY KEY, conversation_id BINARY(16) NOT NULL, role VARCHAR(20) NOT NULL, content LONGTEXT NOT NULL,
  tool_calls JSON, `timestamp` DATETIME NOT NULL, INDEX (conversation_id)) CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS admin_assistant_conversations (
  id BINARY(16) PRIMARY KEY, admin_user_id BINARY(16) NOT NULL, started_at DATETIME NOT NULL, ended_at DATETIME,
  context_state JSON, session_id VARCHAR(255), INDEX (admin_user_id)) CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS admin_assistant_messages (
  id BINARY(16) PRIMARY KEY, conversation_id BINARY(16) NOT NULL, sender VARCHAR(20) NOT NULL, message_text LONGTEXT NOT NULL,
  sent_at DATETIME NOT NULL, INDEX (conversation_id)) CHARACTER SET utf8mb4;
"""

# Rows of these are written together: (table, its columns).
ROWS = {
    "users": "id, name, role",
    "conversations": "id, user_id, created_at, updated_at",
    "conversation_messages": "id, conversation_id, role, content, `timestamp`",
    "admin_assistant_conversations": "id, admin_user_id, started_at",
    "admin_assistant_messages": "id, conversation_id, sender, message_text, sent_at",
}


def binary(text):
    """16 bytes; None for what is no UUID."""
    try:
        return uuid.UUID(text).bytes
    except (AttributeError, TypeError, ValueError):
        return None


def whole_seconds(seconds):
    """A DATETIME has no fraction."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).replace(tzinfo=None)


class Database:
    def __init__(self, url, connections=8):
        self.url = urllib.parse.urlsplit(url)
        self.idle = queue.SimpleQueue()
        for _ in range(connections):
            self.idle.put(self.connection())

    def connection(self):
        url = self.url
        socket = urllib.parse.parse_qs(url.query).get("socket", [None])[0]
        return pymysql.connect(
            host=url.hostname or "localhost", port=url.port or 3306, user=url.username, password=url.password or "",
            database=url.path[1:], unix_socket=socket, autocommit=True, charset="utf8mb4")

    @contextlib.contextmanager
    def cursor(self):
        connection = self.idle.get()
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            self.idle.put(connection)

    def create_tables(self):
        with self.cursor() as cursor:
            for statement in TABLES.split(";"):
                if statement.strip():
                    cursor.execute(statement)

    def put(self, table, rows):
        marks = ", ".join(["%s"] * (ROWS[table].count(",") + 1))
        with self.cursor() as cursor:
            for start in range(0, len(rows), 2_000):
                cursor.executemany(f"INSERT INTO {table} ({ROWS[table]}) VALUES ({marks})", rows[start:start + 2_000])

    # What a request needs

    def customers_row(self, user, conversation, now):
        """The row that the client names, if it is one of this user; else a new one."""
        if binary(conversation):
            with self.cursor() as cursor:
                if cursor.execute("SELECT 1 FROM conversations WHERE id = %s AND user_id = %s",
                                  (binary(conversation), binary(user))):
                    cursor.execute("UPDATE conversations SET updated_at = %s WHERE id = %s",
                                   (whole_seconds(now), binary(conversation)))
                    return str(uuid.UUID(conversation))
        row = uuid.uuid4()
        self.put("conversations", [(row.bytes, binary(user), whole_seconds(now), whole_seconds(now))])
        return str(row)

    def admins_row(self, user, continues):
        """The newest open one. With the ORM version that was tried, the query compares 16 bytes with text: it finds none."""
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM admin_assistant_conversations WHERE admin_user_id = %s AND ended_at IS NULL "
                "ORDER BY started_at DESC LIMIT 1", (binary(user) if continues else user,))
            found = cursor.fetchone()
        return found and str(uuid.UUID(bytes=found[0]))

    def begin_admins_row(self, user, now):
        row = uuid.uuid4()
        self.put("admin_assistant_conversations", [(row.bytes, binary(user), whole_seconds(now))])
        return str(row)

    def append(self, role, row, question, asked, reply, answered):
        table, sender = ("conversation_messages", "user") if role == "client" else ("admin_assistant_messages", "admin")
        self.put(table, [
            (uuid.uuid4().bytes, binary(row), sender, question, whole_seconds(asked)),
            (uuid.uuid4().bytes, binary(row), "assistant", reply, whole_seconds(answered))])

    def messages(self, role):
        """row -> [(who, text)], the oldest first. A question and its answer often share a second; the question comes first."""
        columns = {
            "client": "conversation_id, role, content FROM conversation_messages ORDER BY `timestamp`, role = 'assistant'",
            "admin": "conversation_id, IF(sender = 'admin', 'user', 'assistant'), message_text FROM admin_assistant_messages "
                     "ORDER BY sent_at, sender = 'assistant'"}
        log = {}
        with self.cursor() as cursor:
            cursor.execute(f"SELECT {columns[role]}")
            for row, who, text in cursor:
                log.setdefault(str(uuid.UUID(bytes=row)), []).append((who, text))
        return log

    def count(self, role, row):
        table = "conversation_messages" if role == "client" else "admin_assistant_messages"
        with self.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE conversation_id = %s", (binary(row),))
            return cursor.fetchone()[0]

    def user(self, user):
        with self.cursor() as cursor:
            cursor.execute("SELECT name, role FROM users WHERE id = %s", (binary(user),))
            return cursor.fetchone()
