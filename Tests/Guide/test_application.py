"""The rules of the model of the application, each by requests. REDIS_URL and MYSQL_URL say where; both may be empty servers."""

import http.client
import json
import os
import time
import uuid

import pytest

from application import Application, Server
from database import binary
from layouts import Legacy, Unified, php_json

PARTS = ("history", "state", "meta")


class Client:
    """A browser that talks with one version of the application, signed in as a new user."""

    def __init__(self, application, port, role):
        self.application, self.port, self.role = application, port, role
        self.user, self.session, self.row = str(uuid.uuid4()), None, None
        application.database.put("users", [(binary(self.user), "Someone", role)])

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, json.dumps(body or {}), {"Cookie": f"PHPSESSID={self.session}"})
        response = connection.getresponse()
        document = json.loads(response.read())
        connection.close()
        return response.status, document, response.headers

    def login(self):
        _, _, headers = self.request("POST", "/api/login", {"user": self.user})
        self.session = headers["Set-Cookie"].split(";")[0].split("=")[1]
        return self

    def say(self, text, row=None, expected=200):
        path = "/api/chat" if self.role == "client" else "/admin/assistant/chat"
        status, document, _ = self.request("POST", path, {"message": text, "conversationId": row or self.row})
        assert status == expected, document
        if status == 200:
            self.row = document["conversationId" if self.role == "client" else "conversation_id"]
            return document["response" if self.role == "client" else "reply"]

    # Redis, past the application

    @property
    def redis(self):
        return self.application.redis

    @property
    def legacy(self):
        return Legacy.KEYS[self.role] + self.user

    def value(self):
        return json.loads(self.redis.get(self.legacy))

    def put(self, **changes):
        """A legacy value of the user that is right but for the changes; a member that is ... goes."""
        value = {Legacy.OWNER[self.role]: self.user, "flow": "browsing", "createdAt": "2026-03-01T09:00:00+00:00",
                 "updatedAt": "2026-03-01T09:03:10Z", "_context_type": Legacy.TYPES[self.role]} | changes
        self.redis.set(self.legacy, php_json({name: member for name, member in value.items() if member is not ...}))

    def part(self, part, row=None):
        text = self.redis.get(f"conversation:{self.role}:{self.user}:{row or self.row}:{part}")
        return text and json.loads(text)

    def put_parts(self, row, **values):
        for part, value in values.items():
            self.redis.set(f"conversation:{self.role}:{self.user}:{row}:{part}", json.dumps(value))

    def conversations(self):
        return {key.split(":")[3] for key in self.redis.scan_iter(f"conversation:{self.role}:{self.user}:*:meta")}


@pytest.fixture(scope="session")
def applications():
    running = {}
    for name, version, continues in (
            ("legacy", "legacy", True), ("unified", "unified", True), ("orm", "unified", False)):
        application = Application(version, os.environ["REDIS_URL"], os.environ["MYSQL_URL"], continues)
        application.database.create_tables()
        running[name] = (application, Server(application).start())
    return running


@pytest.fixture(params=["client", "admin"])
def role(request):
    return request.param


@pytest.fixture
def legacy(applications, role):
    return Client(*applications["legacy"], role).login()


@pytest.fixture
def unified(applications, role):
    return Client(*applications["unified"], role).login()


META = {"role": "client", "created_at": "2026-03-01T09:00:00+00:00", "last_activity": "2026-03-01T09:03:10+00:00"}


# Users

def test_a_session_is_new_at_each_login_and_holds_for_both_versions(applications):
    one = Client(*applications["legacy"], "client")
    assert one.request("GET", "/api/users/me")[0] == 401
    first = one.login().session
    assert one.login().session != first
    one.port = applications["unified"][1]
    status, document, _ = one.request("GET", "/api/users/me")
    assert (status, document["id"], document["roles"]) == (200, one.user, ["ROLE_USER"])


def test_administrators_alone_have_an_assistant(applications):
    one = Client(*applications["legacy"], "client").login()
    assert one.request("POST", "/admin/assistant/chat", {"message": "hello"})[0] == 403


# What legacy reads

def test_a_context_goes_on(legacy, role):
    legacy.say("add 17 2" if role == "client" else "stock 17 5")
    assert ("17 x 2" if role == "client" else "waiting [[\"update_stock\"") in legacy.say("hello")
    assert legacy.value()["turnCount"] == 2
    assert legacy.redis.ttl(legacy.legacy) in range(1790, 1801) if role == "client" else range(3590, 3601)


@pytest.mark.parametrize("marker", [..., None, "App\\Other"])
def test_without_a_known_marker_it_is_as_if_there_were_no_context(legacy, marker):
    legacy.put(turnCount=7, _context_type=marker)
    assert "turn 1;" in legacy.say("hello")


@pytest.mark.parametrize("member", ["flow", "owner", "createdAt", "updatedAt"])
@pytest.mark.parametrize("value", [..., None, 1772355790])
def test_a_type_error_fails_every_message_until_the_key_is_gone(legacy, role, member, value):
    legacy.put(**{Legacy.OWNER[role] if member == "owner" else member: value})
    before = legacy.redis.get(legacy.legacy)
    legacy.say("hello", expected=500)
    legacy.say("hello", expected=500)
    assert legacy.redis.get(legacy.legacy) == before
    legacy.redis.delete(legacy.legacy)
    assert "turn 1;" in legacy.say("hello")


def test_a_missing_count_is_one_and_unknown_members_go_at_the_next_write(legacy):
    legacy.put(other={"x": 1})
    assert "turn 2;" in legacy.say("hello")
    assert "other" not in legacy.value()


def test_it_is_written_as_php_writes_it(applications):
    client, admin = (Client(*applications["legacy"], role).login() for role in ("client", "admin"))
    client.say("choose a/é😀")
    assert rb'["a\/\u00e9\ud83d\ude00"]'.decode() in client.redis.get(client.legacy)
    assert '"cartSnapshot":[]' in client.redis.get(client.legacy)
    admin.say("hello")
    assert '"activeEntities":[],' in admin.redis.get(admin.legacy)


def test_of_tasks_the_last_waits_for_an_answer(applications):
    admin = Client(*applications["legacy"], "admin").login()
    admin.say("stock 17 5")
    admin.say("create chair 2.50")
    assert admin.say("yes").startswith("Done: create_product")
    assert admin.say("yes").startswith('Done: update_stock {"productId": 17, "stock": 5}')
    assert admin.value()["pendingActions"] == []


# What unified reads

def test_without_meta_under_the_row_each_message_begins_a_conversation_that_nobody_is_told_of(unified):
    unified.say("hello")
    row = unified.row
    assert "turn 1;" in unified.say("hello")
    assert unified.row == row
    assert len(unified.conversations()) == 2 and row not in unified.conversations()


def test_a_conversation_under_the_row_goes_on_with_what_it_does_not_know(unified, role):
    unified.say("hello")
    unified.put_parts(
        unified.row, meta=META | {"mine": 1}, history=[{"role": "user", "content": "old", "at": 5}],
        state={"turn_count": 3, "other": {"x": 1}})
    assert "turn 4;" in unified.say("hello")
    assert unified.part("meta")["mine"] == 1
    assert unified.part("state")["other"] == {"x": 1}
    assert unified.part("history")[0]["at"] == 5
    assert unified.redis.ttl(f"conversation:{role}:{unified.user}:{unified.row}:meta") > 1790


@pytest.mark.parametrize("state", [[], None])
def test_an_empty_state_is_one(unified, state):
    unified.say("hello")
    unified.put_parts(unified.row, meta=META, state=state)
    assert "turn 1;" in unified.say("hello")
    assert unified.part("state")["turn_count"] == 1


def test_state_without_meta_is_no_conversation(unified):
    unified.say("hello")
    unified.put_parts(unified.row, state={"turn_count": 3}, history=[])
    assert "turn 1;" in unified.say("hello")


def test_a_history_has_the_last_ten_messages_and_five_products(applications):
    client = Client(*applications["unified"], "client").login()
    client.say("hello")
    client.put_parts(client.row, meta=META)
    for number in range(7):
        client.say(f"choose {number}")
    history = client.part("history")
    assert len(history) == 10 and history[0]["content"] == "choose 2"
    assert client.part("state")["selected_products"] == [6, 5, 4, 3, 2]


def test_a_task_waits_in_the_state(applications):
    admin = Client(*applications["unified"], "admin").login()
    admin.say("hello")
    admin.put_parts(admin.row, meta=META)
    admin.say("create chair 2.50")
    assert admin.part("state")["pending_confirmation"]["action"] == "create_product"
    assert admin.part("state")["draft_product"] == {"name": "chair", "price": "2.50"}
    assert admin.say("yes").startswith("Done: create_product")
    assert admin.part("state")["pending_confirmation"] is admin.part("state")["draft_product"] is None


# Rows

def test_an_unknown_row_is_replaced_by_a_new_one(applications):
    for name in ("legacy", "unified"):
        one, other = (Client(*applications[name], "client").login() for _ in range(2))
        other.say("hello")
        for unknown in (other.row, str(uuid.uuid4()), "nonsense"):
            one.say("hello", row=unknown)
            assert one.row != unknown


def test_two_browsers_share_a_context_on_legacy_and_not_on_unified(applications):
    one = Client(*applications["legacy"], "client").login()
    one.say("add 17 2")
    first, one.row = one.row, None
    assert "17 x 2" in one.say("hello")
    assert one.row != first
    for row, count in ((first, 5), (one.row, 8)):
        one.put_parts(row, meta=META, state={"turn_count": count})
    one.port = applications["unified"][1]
    assert "turn 6;" in one.say("hello", row=first)


def test_an_admin_goes_on_in_the_newest_open_row(applications):
    for name in ("legacy", "unified"):
        admin = Client(*applications[name], "admin").login()
        admin.say("hello")
        first = admin.row
        # The id that the client sends is not read.
        admin.say("hello", row=str(uuid.uuid4()))
        assert admin.row == first
        with admin.application.database.cursor() as cursor:
            cursor.execute("UPDATE admin_assistant_conversations SET started_at = '2026-01-01' WHERE id = %s", (binary(first),))
        _, document, _ = admin.request("POST", "/admin/assistant/new")
        admin.say("hello")
        assert admin.row == document["conversation_id"] != first


def test_with_the_orm_that_was_tried_each_message_of_an_admin_begins_a_row(applications):
    admin = Client(*applications["orm"], "admin").login()
    admin.say("hello")
    first = admin.row
    admin.put_parts(first, meta=META)
    assert "turn 1;" in admin.say("hello")
    assert admin.row != first


# Erasing, and MySQL

def test_a_user_erases_a_context(applications, role):
    paths = ["/api/chat/reset-context", "/api/chat/clear"] if role == "client" else ["/admin/assistant/clear-context"]
    for path in paths:
        for name in ("legacy", "unified"):
            one = Client(*applications[name], role).login()
            one.say("hello")
            one.put()
            one.put_parts(one.row, meta=META, history=[], state={})
            assert one.request("POST", path, {"conversationId": one.row})[0] == 200
            gone = [one.redis.exists(one.legacy) == 0, all(one.part(part) is None for part in PARTS)]
            assert gone == ([True, False] if name == "legacy" else [False, True])
            assert "turn 1;" in one.say("hello")


def test_both_versions_write_every_message_and_history_reads_mysql(applications):
    one = Client(*applications["legacy"], "client").login()
    one.say("hello é")
    one.port = applications["unified"][1]
    time.sleep(1)
    one.say("again")
    _, document, _ = one.request("GET", f"/api/chat/history/{one.row}")
    assert [message["role"] for message in document["messages"]] == ["user", "assistant"] * 2
    assert document["messages"][0]["content"] == "hello é"


def test_what_the_application_wrote_last_is_known(applications):
    one = Client(*applications["legacy"], "client").login()
    one.say("hello")
    assert one.request("GET", "/writes")[1][one.legacy][0] == one.redis.get(one.legacy)
    one.request("POST", "/api/chat/clear", {"conversationId": one.row})
    assert one.request("GET", "/writes")[1][one.legacy][0] is None
