"""Those who have a context at the beginning, and where the flag sends them."""

import json
import random
import time

FLAG = "UNIFIED_CONVERSATION_ENABLED"


def murmur3(data):
    """MurmurHash3_x86_32 with seed 0 (Austin Appleby, public domain), which decides who goes where."""
    def rotated(value, bits):
        return ((value << bits) | (value >> (32 - bits))) & 0xFFFFFFFF

    result, whole = 0, len(data) // 4 * 4
    for place in range(0, whole, 4):
        word = int.from_bytes(data[place:place + 4], "little") * 0xCC9E2D51 & 0xFFFFFFFF
        result = (rotated(result ^ rotated(word, 15) * 0x1B873593 & 0xFFFFFFFF, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    rest = int.from_bytes(data[whole:], "little") * 0xCC9E2D51 & 0xFFFFFFFF
    result ^= rotated(rest, 15) * 0x1B873593 & 0xFFFFFFFF
    result ^= len(data)
    result = (result ^ result >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    result = (result ^ result >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return result ^ result >> 16


class User:
    def __init__(self, number, role):
        self.role = role
        self.name = f"{role[0]}{number}"
        self.name_and_role = (self.name, role)
        self.legacy = ("chat:customer:" if role == "client" else "admin:context:") + self.name
        self.current = f"conversation:{role}:{self.name}:current"
        self.bucket = murmur3(f"{FLAG}:{self.name}".encode()) * 100_000 >> 32


class Users:
    """One in fifty is an admin. Of each there are 2 to 6 messages, of one in twenty 14: the context has the last ten."""

    def __init__(self, count):
        self.all = [User(number, "admin" if number % 50 == 0 else "client") for number in range(count)]
        self.random = random.Random(7)
        self.message_count = 0

    def talkers(self, count):
        """They have contexts, but for one in ten, who is new."""
        known = self.random.sample(self.all, count - count // 10)
        return known + [User(10_000_000 + number, "client") for number in range(count // 10)]

    def store(self, stores):
        now = int(time.time() * 1000)
        values, rows = [], []
        for user in self.all:
            begun = now - self.random.randrange(60_000, 1_500_000)
            messages = []
            for number in range(7 if self.random.random() < 0.05 else self.random.randrange(1, 4)):
                at = begun + number * 5_000
                messages.append({"role": "user", "content": f"before {user.name} {number} é \"quoted\"", "at": at})
                messages.append({"role": "assistant", "content": f"answer {number}", "at": at + 1_200})
            rows += [(user, message) for message in messages]
            state = {"task": "none", "cart": [number % 7, 2.50], "empty": [], "name": user.name}
            value = {"user_id": user.name, "state": state, "messages": messages[-10:], "created_at": begun,
                     "updated_at": messages[-1]["at"]}
            values.append((user.legacy, json.dumps(value, separators=(",", ":"), ensure_ascii=False)))
        self.message_count = len(rows)
        stores.put_legacy(values)
        stores.put_messages(rows)
