"""Users who talk all the while: each says one thing after the other, and what was answered is kept."""

import collections
import contextlib
import http.client
import json
import random
import threading
import time


class Talkers:
    THREADS = 4
    # Seconds between two turns of a thread.
    PAUSE = 0.004

    def __init__(self, port, users):
        self.port = port
        self.users = users
        # (user, role) -> [(what was said, the answer)]
        self.said = collections.defaultdict(list)
        self.failures = []
        self.ends = False
        # Held by each thread while it talks.
        self.turns = [threading.Lock() for _ in range(self.THREADS)]
        self.threads = [threading.Thread(target=self.talk, args=(number,)) for number in range(self.THREADS)]
        self.round = [0] * self.THREADS

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ends = True
        for thread in self.threads:
            thread.join()

    @contextlib.contextmanager
    def silence(self):
        for turn in self.turns:
            turn.acquire()
        try:
            yield
        finally:
            for turn in self.turns:
                turn.release()

    def settle(self, rounds=30):
        """Until everybody who was talking when something changed has said more after it."""
        begun = list(self.round)
        while any(now - before < rounds for now, before in zip(self.round, begun)):
            time.sleep(0.01)

    def talk(self, number):
        """A user belongs to one thread, so that what one says has an order."""
        mine, chance = self.users[number::self.THREADS], random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.ends:
            with self.turns[number]:
                user = self.pick(mine, chance)
                if user is not None:
                    self.say(connection, user, f"said {number} {self.round[number]}")
                self.round[number] += 1
            time.sleep(self.PAUSE)

    def pick(self, mine, chance):
        return chance.choice(mine)

    def say(self, connection, user, text):
        path = "/admin/assistant/chat" if user.role == "admin" else "/api/chat"
        headers = {"Authorization": f"Bearer {user.role}.{user.name}", "X-User-Id": user.name,
                   "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps({"message": text}), headers)
            response = connection.getresponse()
            body = response.read()
            document = json.loads(body) if response.status == 200 else {}
            if response.status != 200 or document.get("degraded"):
                self.failures.append((user.name, response.status, body[:200]))
            else:
                self.said[user.name_and_role].append((text, document["reply"]))
        except (OSError, http.client.HTTPException, ValueError) as fault:
            self.failures.append((user.name, repr(fault)))
            connection.close()
