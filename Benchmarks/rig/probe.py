"""The probe of lever_probe.c: asks several proxies at a steady rate and remembers each answer, with little cost.

    probe = Probe(stage, [port, ...], users, rate=1000)
    since = probe.count
    ...
    for answer in probe.answers(since): ...

Its records lie in memory that is shared with this program, so that looking at them disturbs nobody."""

import mmap
import os
import struct
import time
from pathlib import Path
from typing import NamedTuple

from .stage import Failed

SECONDS = 900  # for which there is room

# As lever_probe.c lays them out: a count, then records.
COUNT = struct.Struct("=Q")
ANSWER = struct.Struct("=QQIHH")
WAKE = struct.Struct("=QQ")


class Answer(NamedTuple):
    """Times in nanoseconds of the monotonic clock, that of time.monotonic_ns()."""

    sent: int
    answered: int
    generation: int
    proxy: int
    is_unified: bool


class Records:
    """Memory that two processes share; not a file, because a disk may make a writer wait."""

    def __init__(self, record, capacity):
        self.record = record
        self.descriptor = os.memfd_create("records")
        os.ftruncate(self.descriptor, COUNT.size + capacity * record.size)
        self.memory = mmap.mmap(self.descriptor, 0)

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    @property
    def count(self):
        return COUNT.unpack_from(self.memory)[0]

    def since(self, first):
        begin, end = (COUNT.size + index * self.record.size for index in (first, self.count))
        return self.record.iter_unpack(self.memory[begin:end])


class Probe:
    def __init__(self, stage, ports, users, rate):
        self.ports = ports
        program = stage.folder / "lever_probe"
        source = Path(__file__).parent.with_name("lever_probe.c")
        stage.run(["cc", "-O2", "-pthread", "-o", program, source])
        self._answers = Records(ANSWER, rate * len(ports) * SECONDS)
        self._wakes = Records(WAKE, 1000 * SECONDS)
        table = stage.write("probe-users", "\n".join(users) + "\n")
        self.process = stage.start("probe", [program, self._answers.path, self._wakes.path, table, rate, *ports])

    @property
    def count(self):
        """Answers until now."""
        return self._answers.count

    def answers(self, since):
        """Those from number `since` on, in the order of their arrival."""
        self.process.require_running()
        return [Answer._make(fields) for fields in self._answers.since(since)]

    def lateness(self):
        """How much too late a thread woke that sleeps for a millisecond at a time, each time; in milliseconds."""
        return [late / 1e6 for _, late in self._wakes.since(0)]

    def wait_until(self, is_unified, after, seconds=10):
        """Until every proxy's latest request was sent after that instant and decided that way."""
        deadline = time.monotonic() + seconds
        seen, decided = self.count, {}
        while len(decided) < len(self.ports) or not all(decided.values()):
            if time.monotonic() > deadline:
                late = [port for proxy, port in enumerate(self.ports) if not decided.get(proxy)]
                raise Failed(f"after {seconds} s the proxies at {late} still decide by the old percentage")
            time.sleep(0.005)
            news = self.answers(seen)
            seen += len(news)
            for answer in news:
                decided[answer.proxy] = answer.sent > after and bool(answer.is_unified) == is_unified
