"""What Redis and MariaDB hold, read past Turnout."""

import collections
import json
import os
import tempfile
import urllib.parse

import pymysql
import redis


class Stores:
    def __init__(self, redis_url, mysql_url):
        self.redis = redis.Redis.from_url(redis_url)
        url = urllib.parse.urlsplit(mysql_url)
        socket = urllib.parse.parse_qs(url.query).get("socket", [None])[0]
        self.mysql = pymysql.connect(
            host=url.hostname or "localhost", port=url.port or 3306, user=url.username, password=url.password or "",
            database=url.path[1:], unix_socket=socket, local_infile=True, autocommit=True, charset="utf8mb4")

    # Writing, before it all begins

    def create_table(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(f"{root}/deploy/mysql/messages.sql") as file, self.mysql.cursor() as cursor:
            lines = [line for line in file if not line.lstrip().startswith("--")]
            cursor.execute("".join(lines).rstrip().rstrip(";"))

    def put_legacy(self, values, seconds=1800):
        for start in range(0, len(values), 5_000):
            pipeline = self.redis.pipeline(transaction=False)
            for key, value in values[start:start + 5_000]:
                pipeline.set(key, value, ex=seconds)
            pipeline.execute()

    def put_messages(self, rows):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            for user, message in rows:
                file.write("\t".join((user.role, user.name, message["role"], message["content"],
                                      str(message["at"] / 1000))) + "\n")
            file.flush()
            with self.mysql.cursor() as cursor:
                cursor.execute(
                    f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE messages CHARACTER SET utf8mb4 "
                    "(channel, user_id, role, content, @at) SET created_at = FROM_UNIXTIME(@at)")

    # Reading

    def log(self):
        """(user, role) -> [(who, content, ms)], the oldest first."""
        log = collections.defaultdict(list)
        with self.mysql.cursor() as cursor:
            cursor.execute(
                "SELECT user_id, channel, role, content, CAST(ROUND(UNIX_TIMESTAMP(created_at) * 1000) AS UNSIGNED) "
                "FROM messages ORDER BY created_at, id")
            for user, channel, role, content, at in cursor:
                log[(user, channel)].append((role, content, at))
        return log

    def contexts(self, users):
        """The messages of each (user, is on unified) as [(who, content, ms)]."""
        values = self.values([user.current if unified else user.legacy for user, unified in users])
        keys = []
        for (user, unified), value in zip(users, values):
            history = f"conversation:{user.role}:{user.name}:{(value or b'').decode()}:history"
            keys.append(history if unified else user.legacy)
        result = []
        for (user, unified), value in zip(users, self.values(keys)):
            document = json.loads(value or "[]")
            messages = document if isinstance(document, list) else document.get("messages", [])
            result.append([(message["role"], message["content"], message["at"]) for message in messages])
        return result

    def values(self, keys):
        result = []
        for start in range(0, len(keys), 5_000):
            result += self.redis.mget(keys[start:start + 5_000])
        return result

    def keys(self, pattern):
        return {key.decode() for key in self.redis.scan_iter(match=pattern, count=5_000)}

    def unified_keys(self):
        return self.keys("conversation:*:current")

    def legacy_values(self):
        keys = sorted(self.keys("chat:customer:*") | self.keys("admin:context:*"))
        return dict(zip(keys, self.values(keys)))
