"""A client that remembers each answer: who asked, when, which cohort was decided, which upstream answered.

It is slow beside wrk (a few thousand requests per second) and there to verify, not to load."""

import asyncio
import itertools
import time
from typing import NamedTuple


class Seen(NamedTuple):
    """One request and its answer. Times in nanoseconds of the real-time clock, as file times and logs have them.
    `status` is 0 when no whole answer came; then `upstream` says why. `upstream` is the server's own name."""

    user: str
    begun: int
    answered: int
    status: int
    cohort: str
    generation: int
    upstream: str

    @property
    def milliseconds(self):
        return (self.answered - self.begun) / 1_000_000


async def _answer(reader):
    """(status, fields with lower-case names, body) of an answer with Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), fields, await reader.readexactly(int(fields["content-length"]))


class Connection:
    """One keep-alive connection, opened when it is first needed and again after it was closed."""

    def __init__(self, port, timeout=30):
        self.port, self.timeout = port, timeout
        self.reader = self.writer = None

    async def ask(self, user):
        begun = time.time_ns()
        try:
            status, fields, body = await asyncio.wait_for(self._exchange(user), self.timeout)
        except (OSError, EOFError, ValueError, KeyError, asyncio.TimeoutError) as error:
            self.close()
            return Seen(user, begun, time.time_ns(), 0, "", 0, repr(error))
        answered = time.time_ns()
        if fields.get("connection", "").lower() == "close":
            self.close()
        return Seen(user, begun, answered, status, fields.get("x-turnout-cohort", ""),
                    int(fields.get("x-turnout-generation", 0)), fields.get("x-upstream", ""))

    async def _exchange(self, user):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(f"GET /small HTTP/1.1\r\nHost: verify\r\nX-User-Id: {user}\r\n\r\n".encode())
        return await _answer(self.reader)

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None


class Askers:
    """Connections that ask without a pause, each beginning with another user, until the block is left.

        async with Askers(port, users, connections=32) as seen:
            ...                                      # `seen` grows
    """

    def __init__(self, port, users, connections):
        self.port, self.users, self.connections = port, users, connections
        self.seen, self.running = [], True

    async def __aenter__(self):
        step = max(1, len(self.users) // self.connections)
        self.tasks = [asyncio.create_task(self._ask(number * step)) for number in range(self.connections)]
        return self.seen

    async def __aexit__(self, *_):
        self.running = False
        await asyncio.gather(*self.tasks)

    async def _ask(self, first):
        connection = Connection(self.port)
        for number in itertools.count(first):
            if not self.running:
                break
            answer = await connection.ask(self.users[number % len(self.users)])
            self.seen.append(answer)
            if answer.status == 0:
                await asyncio.sleep(0.01)
        connection.close()
