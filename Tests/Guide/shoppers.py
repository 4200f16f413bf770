"""The users of the model of the application: what they have at the beginning, and what they do all the while."""

import http.client
import json
import random
import time
import uuid

from assistant import Context
from database import binary, whole_seconds
from expected import Expected
from layouts import SECONDS, Legacy, php_json
from talkers import Talkers
from users import FLAG, murmur3


class Shopper:
    def __init__(self, number, role):
        self.role = role
        self.user = str(uuid.uuid5(uuid.NAMESPACE_OID, f"shopper {number}"))
        self.legacy = Legacy.KEYS[role] + self.user
        self.bucket = murmur3(f"{FLAG}:{self.user}".encode()) * 100_000 >> 32
        # The conversations that the user's browsers hold; for admins nobody reads it.
        self.browsers = [None]
        self.expected = Expected(role, {})
        # The legacy value before it all begins.
        self.value = None
        self.session = None
        # Nobody asks again within a second, so that the times of messages tell their order.
        self.next = 0
        self.asked = 0
        # What happened to this user, for those who look for the cause of a loss.
        self.story = []
        self.resets = self.impatient = self.lost = False
        # The application fails on the value, or takes it for none: it stays as it is, and is never moved.
        self.is_spoiled = False
        # There is a context, but no conversation in MySQL.
        self.is_rowless = False

    def tell(self, *words):
        self.story.append(" ".join((f"{time.time() % 1000:.2f}", *words)))

    def __str__(self):
        return f"{self.role} {self.user} (bucket {self.bucket / 1000})"


class Shoppers:
    """One in ten is an admin, and one in ten customers has two browsers. One in a hundred has a context and no row,
    and of those who say nothing, one in two hundred has a value that the application cannot read."""

    def __init__(self, count, talkers):
        self.random = random.Random(7)
        self.all = [Shopper(number, "admin" if number % 10 == 0 else "client") for number in range(count + talkers)]
        self.now = time.time()
        self.tables = {"users": [], "conversations": [], "conversation_messages": [], "admin_assistant_conversations": [],
                       "admin_assistant_messages": []}
        # The last of them begin later.
        self.talkers = self.all[count:]
        for number, shopper in enumerate(self.all):
            self.tables["users"].append((binary(shopper.user), f"Shopper {number}", shopper.role))
        newcomers = len(self.talkers) // 10
        for number, shopper in enumerate(self.all[:len(self.all) - newcomers]):
            self.begin(shopper, number)
        for number, shopper in enumerate(self.talkers):
            shopper.resets, shopper.impatient = number % 7 == 3, number % 11 == 5

    def begin(self, shopper, number):
        updated = int(self.now) - self.random.randrange(20, 600)
        created = updated - 300
        context = Context(shopper.role, created, updated, turns=self.random.randrange(1, 9))
        if shopper.role == "client":
            context.flow, context.tool = "cart_management", "AddToCart"
            context.cart = {f"a{number}/ß": 2, 17: 1} if number % 3 else {}
            context.chosen = [17, f"a{number}/ß", "c", 4, "e", 6, "g"][:number % 8]
            context.language = self.random.choice(["en", "es"])
        else:
            context.flow, context.products = "inventory_management", [3, 17][:number // 10 % 3]
            context.period = "this_week" if number % 20 else None
            context.pending = [[], [("update_stock", {"productId": 17, "stock": 5}, updated - 10)],
                               [("create_product", {"name": "Größe", "price": "2.50"}, updated - 10)],
                               # Of two only the last waits for an answer. Talkers have one at most.
                               [("publish", {}, updated - 20), ("update_stock", {"productId": 3}, updated - 10)],
                               ][number // 10 % (3 if shopper in self.talkers else 4)]
            context.draft = context.pending[-1][1] if context.pending and context.pending[-1][0] == "create_product" else None
        value = Legacy.write(shopper.user, context)
        # Other spellings that the application reads.
        value = value.replace("+00:00", "Z") if number % 4 == 1 else value
        value = value.replace('{"', '{"older":{"x":1.50,"y":"\\u00e9"},"', 1) if number % 10 == 7 else value
        shopper.value = value.encode()
        if number % 200 == 117 and shopper not in self.talkers:
            shopper.is_spoiled = True
            shopper.value = self.spoil(value).encode()
        rows = 2 if number % 10 == 3 else 0 if number % 100 == 41 else 1
        shopper.expected.rows = {str(uuid.uuid4()): self.messages(shopper, number, row, updated) for row in range(rows)}
        shopper.is_rowless = rows == 0
        shopper.browsers = list(shopper.expected.rows) or [None]
        for row, messages in shopper.expected.rows.items():
            self.put_row(shopper, row, messages, created, updated)
        context.created, context.updated = (created, created), (updated, updated)
        context.pending = [(action, params, (since, since)) for action, params, since in context.pending]
        shopper.expected.legacy = [context]

    def spoil(self, value):
        value = json.loads(value)
        member, changed = self.random.choice([
            ("flow", None), ("flow", ...), ("userId", ...), ("updatedAt", 1772355790), ("createdAt", ...),
            ("_context_type", "App\\Other"), ("_context_type", ...)])
        value[member] = changed
        return php_json({name: member for name, member in value.items() if member is not ...})

    def messages(self, shopper, number, row, updated):
        exchanges = 7 if number % 20 == 3 else self.random.randrange(1, 4)
        return [message for turn in range(exchanges)
                for message in (("user", f"before {number} {row} {turn} \"é\""), ("assistant", f"answer {turn}"))]

    def put_row(self, shopper, row, messages, created, updated):
        table, sender = (("conversation", "user") if shopper.role == "client" else ("admin_assistant", "admin"))
        times = (whole_seconds(created), whole_seconds(updated)) if shopper.role == "client" else (whole_seconds(created),)
        self.tables[f"{table}s" if shopper.role == "client" else f"{table}_conversations"].append(
            (binary(row), binary(shopper.user), *times))
        for place, (who, text) in enumerate(messages):
            # A question and its answer share a second.
            at = whole_seconds(updated - (len(messages) - place - 1) // 2 * 5)
            self.tables[f"{table}_messages"].append(
                (uuid.uuid4().bytes, binary(row), sender if who == "user" else who, text, at))

    def store(self, redis, database):
        database.create_tables()
        for table, rows in self.tables.items():
            database.put(table, rows)
        self.tables = {}
        known = [shopper for shopper in self.all if shopper.value]
        for start in range(0, len(known), 5_000):
            pipeline = redis.pipeline(transaction=False)
            for shopper in known[start:start + 5_000]:
                updated = shopper.expected.legacy[0].updated[0]
                pipeline.set(shopper.legacy, shopper.value, exat=updated + SECONDS[shopper.role])
            pipeline.execute()


class ShoppingTalkers(Talkers):
    PAUSE = 0.03

    def __init__(self, port, shoppers, admins_continue=True):
        super().__init__(port, shoppers)
        self.admins_continue = admins_continue
        # Those who wait until what they said is on the other side.
        self.held = set()
        # Connection -> when.
        self.used = {}
        self.begins = time.time()
        for shopper in shoppers:
            # Those who are new begin one after the other.
            shopper.next = self.begins + (random.random() * 2 if shopper.value else random.random() * 60)

    def hold(self, shoppers):
        """Until it is lifted, they say nothing more; what they had said is answered."""
        with self.silence():
            self.held = set(shoppers)

    def pick(self, mine, chance):
        now = time.time()
        ready = [shopper for shopper in mine if shopper.next <= now and shopper not in self.held]
        return chance.choice(ready) if ready else None

    def say(self, connection, shopper, text):
        # Turnout closes a connection that nobody used for a minute, as all do while they are held.
        if time.time() - self.used.get(connection, 0) > 30:
            connection.close()
        self.used[connection] = time.time()
        try:
            if shopper.session is None or shopper.asked % 20 == 19:
                self.login(connection, shopper)
            self.act(connection, shopper, text)
        except (OSError, http.client.HTTPException, ValueError, KeyError) as fault:
            self.failures.append((str(shopper), repr(fault)))
            connection.close()
        shopper.asked += 1
        shopper.next = time.time() + 1.2

    def request(self, connection, shopper, method, path, body=None):
        # The key of the flag must outlast the session: a proxy in front of Turnout, or the page, adds this header.
        headers = {"X-User-Id": shopper.user, "Content-Type": "application/json"}
        if shopper.session:
            headers["Cookie"] = f"PHPSESSID={shopper.session}"
        connection.request(method, path, json.dumps(body or {}), headers)
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise ValueError(f"{method} {path}: {response.status} {text[:300]}")
        return json.loads(text), response.headers

    def login(self, connection, shopper):
        _, headers = self.request(connection, shopper, "POST", "/api/login", {"user": shopper.user})
        shopper.session = headers["Set-Cookie"].split(";")[0].split("=")[1]
        me, _ = self.request(connection, shopper, "GET", "/api/users/me")
        if me["id"] != shopper.user:
            raise ValueError(f"signed in as {me['id']}")

    def act(self, connection, shopper, text):
        chance = random.Random(f"{shopper.user} {shopper.asked}")
        browser = chance.randrange(len(shopper.browsers))
        if shopper.resets and chance.random() < 0.08:
            return self.reset(connection, shopper, browser, chance)
        if shopper.role == "admin" and chance.random() < 0.04:
            document, headers = self.request(connection, shopper, "POST", "/admin/assistant/new")
            shopper.tell(headers["X-Turnout-Cohort"], "begins", document["conversation_id"])
            return shopper.expected.begin(headers["X-Turnout-Cohort"], document["conversation_id"])
        text = f"{self.wish(shopper, chance)} #{text} é/№"
        path, body = "/admin/assistant/chat", {"message": text}
        if shopper.role == "client":
            path, body = "/api/chat", body | {"conversationId": shopper.browsers[browser]}
        begin = time.time()
        document, headers = self.request(connection, shopper, "POST", path, body)
        reply = document["response" if shopper.role == "client" else "reply"]
        row = shopper.browsers[browser] = document["conversationId" if shopper.role == "client" else "conversation_id"]
        version = headers["X-Turnout-Cohort"]
        shopper.tell(version, row, "says", text, "->", reply)
        wrong = shopper.expected.message(version, row, text, reply, (begin, time.time()))
        self.said[shopper.user].append((text, reply))
        if wrong and not shopper.lost:
            # Once is enough: from here on the two go their own ways.
            shopper.lost = True
            self.failures.append((str(shopper), version, f"said {text}", f"expected {wrong}", f"found {reply}"))

    def reset(self, connection, shopper, browser, chance):
        row = shopper.browsers[browser]
        if shopper.role == "client":
            path = chance.choice(["/api/chat/reset-context", "/api/chat/clear"])
        else:
            path, row = "/admin/assistant/clear-context", None
            if self.admins_continue:
                row = next(reversed(shopper.expected.rows), None)
        _, headers = self.request(connection, shopper, "POST", path, {"conversationId": row})
        shopper.tell(headers["X-Turnout-Cohort"], "erases", str(row))
        shopper.expected.erase(headers["X-Turnout-Cohort"], row)

    def wish(self, shopper, chance):
        """What a user says next. An admin answers what waits before there is another task."""
        product = chance.choice(["17", "4", "b/1", "größe", "c9"])
        if shopper.role == "client":
            return chance.choice([f"add {product} {chance.randrange(1, 4)}", f"remove {product}", f"choose {product}",
                                  f"language {chance.choice(['en', 'es', 'fr'])}", "hello"])
        known = [context for possible in (shopper.expected.legacy, *shopper.expected.conversations.values())
                 for context in possible if context]
        if any(context.pending for context in known):
            return chance.choice(["yes", "no", f"product {product}", "hello"])
        return chance.choice([f"stock {product} {chance.randrange(9)}", f"create {product} 2.50", f"product {product}",
                              "period this_month", "hello"])
