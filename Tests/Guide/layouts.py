"""How the two versions of the application keep a context in Redis, with all that their reading forgives and does not forgive.

Each version has `load`, which reads or begins a context, and what it loads has `save`."""

import datetime
import json
import uuid

from assistant import Context, draft_of

SECONDS = {"client": 1800, "admin": 3600}


class Unreadable(Exception):
    """A type error in the application: HTTP 500."""


def php_json(value):
    """As json_encode writes it: `/` and all beyond ASCII escaped, an empty map as []."""
    return json.dumps(lists_for_empty_maps(value), separators=(",", ":")).replace("/", "\\/")


def lists_for_empty_maps(value):
    if isinstance(value, dict):
        return {name: lists_for_empty_maps(member) for name, member in value.items()} or []
    return [lists_for_empty_maps(element) for element in value] if isinstance(value, list) else value


def parsed(text):
    """None for what is no JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def written_time(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def read_time(text):
    """Seconds since 1970. A number is a type error, as is text that is no time."""
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError) as fault:
        raise Unreadable(f"{text!r} is no time") from fault


class Legacy:
    """One key a user and role."""

    KEYS = {"client": "chat:customer:", "admin": "chat:admin:"}
    TYPES = {"client": "App\\Domain\\ValueObject\\CustomerConversationContext",
             "admin": "App\\Domain\\ValueObject\\AdminConversationContext"}
    OWNER = {"client": "userId", "admin": "adminId"}

    def __init__(self, redis):
        self.redis = redis

    def load(self, role, user, row, now):
        # The row does not matter: a user with two browsers has one context.
        context = self.read(role, self.redis.get(self.KEYS[role] + user))
        return LegacyContext(self.redis, user, context or Context(role, now, now))

    def erase(self, role, user, row):
        self.redis.delete(self.KEYS[role] + user)
        return [self.KEYS[role] + user]

    @classmethod
    def read(cls, role, text):
        """None if there is none; `Unreadable` where the application fails."""
        value = parsed(text)
        # Without the marker it is as if there were no context.
        if not isinstance(value, dict) or value.get("_context_type") != cls.TYPES[role]:
            return None
        # A missing or null owner or flow is a type error.
        for name in (cls.OWNER[role], "flow"):
            if not isinstance(value.get(name), str):
                raise Unreadable(f"{name} is {value.get(name)!r}")
        context = Context(
            role, read_time(value.get("createdAt")), read_time(value.get("updatedAt")),
            # A missing count of turns is 1.
            turns=value.get("turnCount", 1), tool=value.get("lastTool"), flow=value["flow"])
        # Other members have defaults; unknown ones are not read, so the next write drops them.
        if role == "client":
            context.chosen = list(value.get("selectedProducts", []))
            context.cart = {item["product_id"]: item["quantity"] for item in value.get("cartSnapshot", [])}
            context.language = value.get("language", "en")
        else:
            # An empty map is written [].
            context.products = list((value.get("activeEntities") or {}).get("product", []))
            context.period = value.get("timePeriod")
            context.pending = [(task["type"], task["data"], read_time(task["addedAt"]))
                               for task in value.get("pendingActions", [])]
            context.draft = draft_of(context.pending)
        return context

    @classmethod
    def write(cls, user, context):
        value = {cls.OWNER[context.role]: user, "flow": context.flow, "lastTool": context.tool, "turnCount": context.turns,
                 "createdAt": written_time(context.created), "updatedAt": written_time(context.updated)}
        if context.role == "client":
            value |= {"selectedProducts": context.chosen,
                      "cartSnapshot": [{"product_id": product, "quantity": quantity}
                                       for product, quantity in context.cart.items()],
                      "language": context.language}
        else:
            value |= {"activeEntities": {"product": context.products} if context.products else {},
                      "timePeriod": context.period,
                      "pendingActions": [{"type": action, "data": params, "addedAt": written_time(since)}
                                         for action, params, since in context.pending]}
        return php_json(value | {"_context_type": cls.TYPES[context.role]})


class LegacyContext:
    def __init__(self, redis, user, context):
        self.redis, self.user, self.context = redis, user, context

    def save(self, question, reply):
        """The messages are in MySQL alone. The time to live begins anew."""
        key = Legacy.KEYS[self.context.role] + self.user
        value = Legacy.write(self.user, self.context)
        self.redis.set(key, value, ex=SECONDS[self.context.role])
        return {key: value}


class Unified:
    """Three keys a conversation; no key names the current one."""

    def __init__(self, redis):
        self.redis = redis

    @staticmethod
    def keys(role, user, conversation):
        return [f"conversation:{role}:{user}:{conversation}:{part}" for part in ("history", "state", "meta")]

    def load(self, role, user, row, now):
        found = UnifiedContext.read(role, *self.redis.mget(self.keys(role, user, row)))
        if found is None:
            # No meta under the id of the row: a conversation begins under an id that nobody is told.
            row, found = str(uuid.uuid4()), UnifiedContext.begun(role, now)
        found.redis, found.keys = self.redis, self.keys(role, user, row)
        return found

    def erase(self, role, user, row):
        keys = self.keys(role, user, row)
        self.redis.delete(*keys)
        return keys


class UnifiedContext:
    MESSAGES = 10
    CHOSEN = 5

    def __init__(self, history, state, meta, context):
        self.history, self.state, self.meta, self.context = history, state, meta, context

    @classmethod
    def begun(cls, role, now):
        return cls([], {}, {"role": role, "created_at": written_time(now), "last_activity": written_time(now)},
                   Context(role, now, now))

    @classmethod
    def read(cls, role, history, state, meta):
        """None without `meta`, which alone says whether the conversation exists."""
        meta = parsed(meta)
        if not isinstance(meta, dict):
            return None
        # The state is an object, [] or null.
        state = parsed(state) or {}
        context = Context(
            role, read_time(meta.get("created_at")), read_time(meta.get("last_activity")),
            turns=state.get("turn_count", 0), tool=state.get("last_tool"))
        if role == "client":
            context.flow, context.language = state.get("flow", "browsing"), state.get("language", "en")
            context.chosen = list(state.get("selected_products") or [])
            context.cart = {item["product_id"]: item["quantity"] for item in state.get("cart_items") or []}
        else:
            product, task = state.get("current_product"), state.get("pending_confirmation")
            context.products = [] if product is None else [product]
            context.period, context.draft = state.get("current_period"), state.get("draft_product")
            context.pending = [(task["action"], task["params"], task["timestamp"])] if task else []
        return cls(parsed(history) or [], state, meta, context)

    def save(self, question, reply):
        self.write()
        self.history += [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        # Other members of old messages stay.
        self.history = self.history[-self.MESSAGES:]
        values = dict(zip(self.keys, map(php_json, (self.history, self.state, self.meta))))
        for key, value in values.items():
            self.redis.set(key, value, ex=SECONDS[self.context.role])
        return values

    def write(self):
        """Members that it does not know stay, in `state` as in `meta`."""
        context = self.context
        self.meta["last_activity"] = written_time(context.updated)
        self.state |= {"last_tool": context.tool, "turn_count": context.turns}
        if context.role == "client":
            # At most five products.
            context.chosen = context.chosen[:self.CHOSEN]
            self.state |= {"flow": context.flow, "selected_products": context.chosen,
                           "cart_items": [{"product_id": product, "quantity": quantity}
                                          for product, quantity in context.cart.items()],
                           "checkout_step": self.state.get("checkout_step"), "language": context.language}
        else:
            # One product and one task: the last.
            task = context.pending[-1] if context.pending else None
            self.state |= {
                "current_product": context.products[-1] if context.products else None, "draft_product": context.draft,
                "current_period": context.period,
                "pending_confirmation": {"action": task[0], "params": task[1], "timestamp": int(task[2])} if task else None}


VERSIONS = {"legacy": Legacy, "unified": Unified}
