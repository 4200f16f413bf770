#!/usr/bin/env python3
"""The switch under full load: the flag goes 10 -> 50 -> 100 -> kill -> restore while requests flow.

Measured: whether a request fails; whether each goes where `turnout which` and the flag of its generation send it; how
long a change takes to be in force.

How: two nginx upstreams that say which cohort they are, `turnout serve` with two workers, wrk at full speed, and beside
it a verifying client that remembers every answer. The percentage is changed by the command line, as an operator would.
Checked are (a) each answer that the verifying client got, and (b) each line of the upstreams' access logs, that is every
request of wrk too: user, cohort and generation are in the header fields that the proxy sends to the upstream.

Times: the write is the change time of flags.json, which the kernel may take from a clock that ticks only every few
milliseconds, so that a change seems slower by as much. A request that was decided under the old generation is known by
its begin and its answer; the decision lies between. The logs give the time it arrived at the upstream, in whole ms.

Not shown: the share of users per percentage, other routes and flags, a proxy on another machine.
"""

import argparse
import asyncio
import os
import time
from typing import NamedTuple

from rig import load, report
from rig.client import Askers, Connection
from rig.servers import start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

FIRST_PERCENTAGE = 10
CHANGES = [("set 50", 50), ("set 100", 100), ("kill", 0), ("restore", 100)]

# The logs have whole milliseconds of a clock that nginx reads once per turn of its loop.
LOG_TOLERANCE_MS = 100


class Change(NamedTuple):
    """A value of the flag and when it came. Times in nanoseconds."""

    name: str
    percentage: int
    generation: int
    started: int = 0
    written: int = 0
    returned: int = 0


async def generation_in_force(turnout):
    connection = Connection(turnout.port)
    answer = await connection.ask("user-0")
    connection.close()
    if answer.status != 200:
        raise Failed(f"the proxy answers with {answer}")
    return answer.generation


async def make_change(turnout, name, percentage):
    started = time.time_ns()
    await asyncio.to_thread(turnout.command, *name.split())
    returned = time.time_ns()
    written = os.stat(turnout.flags).st_ctime_ns
    return Change(name, percentage, await generation_in_force(turnout), started, written, returned)


async def run(turnout, users, seconds, seen_by):
    """The changes, at equal distances, under load: (changes, answers seen)."""
    pause = seconds / (len(CHANGES) + 1)
    changes = [Change("start", FIRST_PERCENTAGE, await generation_in_force(turnout))]
    async with Askers(turnout.port, users, seen_by) as seen:
        for name, percentage in CHANGES:
            await asyncio.sleep(pause)
            changes.append(await make_change(turnout, name, percentage))
        await asyncio.sleep(pause)
    return changes, seen


class Expectation:
    """The cohort of a user under a generation, from the buckets that `turnout which` gave."""

    def __init__(self, buckets, changes):
        self.buckets, self.changes = buckets, changes

    def percentage(self, generation):
        """Every generation up to the one seen right after a change belongs to that change."""
        for change in self.changes:
            if generation <= change.generation:
                return change.percentage
        raise Failed(f"generation {generation} came without a change; the last was {self.changes[-1].generation}")

    def cohort(self, user, generation):
        return "unified" if self.buckets[user] < self.percentage(generation) * 1000 else "legacy"


class Arrival(NamedTuple):
    """A line of an upstream's log."""

    time: float
    generation: int
    cohort: str
    user: str


def arrivals(upstream):
    with open(upstream.log) as lines:
        for line in lines:
            ended, took, generation, cohort, user = line.split()
            yield Arrival(float(ended) - float(took), int(generation), cohort, user)


class LogSummary:
    """What the logs say, gathered in one pass because they are long."""

    def __init__(self, servers, expectation, changes):
        kill, restore = (next(c for c in changes if c.name == name) for name in ("kill", "restore"))
        self.lines = {cohort: 0 for cohort in servers}
        self.misplaced = []
        self.last_under = {}
        self.last_unified_after_kill = None
        for cohort, upstream in servers.items():
            for arrival in arrivals(upstream):
                self.lines[cohort] += 1
                if arrival.cohort != cohort or expectation.cohort(arrival.user, arrival.generation) != cohort:
                    self.misplaced.append((cohort, arrival))
                self.last_under[arrival.generation] = max(arrival.time, self.last_under.get(arrival.generation, 0))
                if cohort == "unified" and kill.returned / 1e9 < arrival.time < restore.started / 1e9:
                    late = (arrival.time - kill.returned / 1e9) * 1000
                    self.last_unified_after_kill = max(late, self.last_unified_after_kill or 0)


def judge(verdict, changes, seen, expectation, log, outcome):
    kill, restore = (next(c for c in changes if c.name == name) for name in ("kill", "restore"))
    failed = [answer for answer in seen if answer.status != 200]
    whole = [answer for answer in seen if answer.status == 200]
    misplaced = [a for a in whole if a.cohort != expectation.cohort(a.user, a.generation)]
    crossed = [a for a in whole if a.upstream != a.cohort]
    stale = [a for a in whole for change in changes if a.begun > change.returned and a.generation < change.generation]
    leaked = [a for a in whole if a.begun > kill.returned and a.answered < restore.started and a.upstream != "legacy"]

    def none_of(found, what):
        verdict.require(not found, f"no {what}", f"{len(found)}, the first: {found[0]}" if found else "")

    verdict.require(not outcome.errors, f"no failed request among {outcome.requests} of wrk", outcome.errors or "")
    none_of(failed, f"failed request among {len(seen)} of the verifying client")
    none_of(misplaced, "answer of another cohort than `turnout which` computes for that user and generation")
    none_of(crossed, "answer of another upstream than the cohort that was decided")
    none_of(stale, "request decided under an older generation than the one a command had reported to be in force")
    none_of(leaked, "request that began after `turnout kill` had returned reached unified")
    none_of(log.misplaced, f"request at the wrong upstream among {sum(log.lines.values())} in the logs")
    verdict.require(sum(log.lines.values()) >= outcome.requests + len(whole), "every request of the load is in a log")
    late = log.last_unified_after_kill
    verdict.require((late or 0) <= LOG_TOLERANCE_MS, f"nothing arrived at unified later than {LOG_TOLERANCE_MS} ms after "
                    "`turnout kill` had returned", "none at all" if late is None else f"the last {late:.0f} ms after")


def transitions(changes, seen, log):
    """For each change, in ms: how long the command took and, counted from the write, the last of the old generation."""
    rows = []
    for before, change in zip(changes, changes[1:]):
        old = [a for a in seen if a.status == 200 and before.generation <= a.generation < change.generation]
        logged = [when for generation, when in log.last_under.items()
                  if before.generation <= generation < change.generation]

        def after_write(nanoseconds):
            return f"{(nanoseconds - change.written) / 1e6:.1f}"

        rows.append([
            change.name, change.generation, f"{(change.returned - change.started) / 1e6:.1f}", after_write(change.returned),
            after_write(max(a.begun for a in old)) if old else "-",
            after_write(max(a.answered for a in old)) if old else "-",
            f"{(max(logged) - change.written / 1e9) * 1000:.0f}" if logged else "-"])
    return rows


def arguments():
    parser = argparse.ArgumentParser(description="The switch under full load: no failed and no misplaced request.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="of load (%(default)s)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--users", type=int, default=4096)
    parser.add_argument("--verifying", type=int, default=32, help="connections of the verifying client (%(default)s)")
    return parser.parse_args()


def main():
    options = arguments()
    users = load.users(options.users)
    verdict = report.Verdict()
    with Stage() as stage:
        servers = upstreams(stage, log=True)
        turnout = start_turnout(stage, os.path.abspath(options.turnout), servers, workers=options.workers,
                                percentage=FIRST_PERCENTAGE)
        buckets = turnout.buckets(users)
        running = load.Load(stage, turnout.port, load.SMALL, options.seconds, users=users)
        changes, seen = asyncio.run(run(turnout, users, options.seconds, options.verifying))
        outcome = running.outcome()
        turnout.process.require_running()
        time.sleep(2)  # the upstreams write their logs once a second
        expectation = Expectation(buckets, changes)
        log = LogSummary(servers, expectation, changes)
        print(f"switch: {outcome.requests} requests of wrk ({outcome.rate:.0f}/s, p99 {outcome.p99 / 1000:.2f} ms), "
              f"{len(seen)} verified one by one; at legacy {log.lines['legacy']}, at unified {log.lines['unified']}")
        report.table(["change (ms)", "generation", "command took", "write to return", "old: last begun",
                      "old: last answered", "old: last at upstream"], transitions(changes, seen, log))
        judge(verdict, changes, seen, expectation, log, outcome)
    return verdict.conclude()


if __name__ == "__main__":
    run_program(main)
