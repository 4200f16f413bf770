#!/usr/bin/env python3
"""An upstream dies or stalls under load: its cohort alone suffers, and recovers without a restart of the proxy.

Measured: the answers of both cohorts before, during and after each of four faults: kill -9 of the unified upstream (with
its workers), SIGSTOP of it, and the same of the legacy one.

How: `turnout serve` at 50 %; for each cohort a wrk at full speed over that cohort's users, and a client that remembers
every answer. After the fault the upstream is started again on its port, or continued. The cohort that is not hit must
not lose a single request, also of wrk, and its p99 while the other is down must stay near what it was. The cohort that
is hit gets 502, 503 or 504, each a whole answer, never one of the other upstream; after a grace of a few seconds it
gets 200 alone.

Not shown: a network that loses packets, an upstream that answers garbage (tests do that), more than one server per cohort.
"""

import argparse
import asyncio
import collections
import os
import time
from typing import NamedTuple

from rig import load, report
from rig.client import Askers
from rig.servers import COHORTS, start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

# The proxy's patience with an upstream that says nothing, short enough to be seen here.
TIMEOUTS = {"first_byte": "1s"}
OWN_ANSWERS = {502, 503, 504}
PHASES = ("before", "during", "after")

# p99 of the untouched cohort while the other is down: at most FACTOR times what it was, or SLACK more.
P99_FACTOR = 3
P99_SLACK_MS = 20


class Fault(NamedTuple):
    name: str
    strike: str
    mend: str


# By the names of the methods of rig.servers.Upstream.
FAULTS = [Fault("kill -9", "kill", "start"), Fault("SIGSTOP", "stall", "resume")]


class Course(NamedTuple):
    """When a fault came and went, in nanoseconds, and what each cohort's client saw."""

    struck: int
    mended: int
    settled: int
    seen: dict

    def phase(self, answer):
        if answer.answered < self.struck:
            return "before"
        return "after" if answer.begun >= self.settled else "during"

    def answers(self, cohort, phase):
        return [answer for answer in self.seen[cohort] if self.phase(answer) == phase]

    def p99(self, cohort, phase):
        times = [answer.milliseconds for answer in self.answers(cohort, phase)]
        if not times:
            raise Failed(f"no answer of {cohort} {phase} the fault")
        return report.quantile(times, 0.99)


async def run(turnout, upstream, fault, users, options):
    async with Askers(turnout.port, users["legacy"], options.verifying) as legacy, \
               Askers(turnout.port, users["unified"], options.verifying) as unified:
        await asyncio.sleep(options.seconds)
        struck = time.time_ns()
        getattr(upstream, fault.strike)()
        await asyncio.sleep(options.seconds)
        mended = time.time_ns()
        await asyncio.to_thread(getattr(upstream, fault.mend))
        await asyncio.sleep(options.grace)
        settled = time.time_ns()
        await asyncio.sleep(options.seconds)
    return Course(struck, mended, settled, {"legacy": legacy, "unified": unified})


def show(fault, hit, course, outcomes):
    print(f"{fault.name} of {hit}")
    rows = []
    for cohort in COHORTS:
        for phase in PHASES:
            answers = course.answers(cohort, phase)
            statuses = collections.Counter(answer.status or "no answer" for answer in answers)
            times = [answer.milliseconds for answer in answers] or [0]
            rows.append([
                f"{cohort} {phase}", len(answers), ", ".join(f"{status}: {count}" for status, count in statuses.items()),
                *(f"{report.quantile(times, share):.1f}" for share in (0.5, 0.99)), f"{max(times):.1f}"])
    report.table(["cohort and phase", "answers", "by status", "p50 ms", "p99 ms", "max ms"], rows)
    for cohort, outcome in outcomes.items():
        print(f"  wrk, {cohort}: {outcome.requests} requests, {outcome.rate:.0f}/s, p99 {outcome.p99 / 1000:.1f} ms, "
              f"errors {outcome.errors or 'none'}")
    failures = [answer.answered for answer in course.seen[hit] if answer.status != 200]
    if failures:
        print(f"  last failure of {hit} {(max(failures) - course.mended) / 1e6:.0f} ms after the repair began")
    print()


def judge(verdict, fault, hit, course, outcomes):
    other = next(cohort for cohort in COHORTS if cohort != hit)
    name = f"{fault.name} of {hit}"

    def none_of(found, what):
        verdict.require(not found, f"{name}: no {what}", f"{len(found)}, the first: {found[0]}" if found else "")

    none_of([a for a in course.seen[other] if a.status != 200], f"failure of {other}")
    verdict.require(not outcomes[other].errors, f"{name}: no failure of {other} in wrk", outcomes[other].errors or "")
    before, during = (course.p99(other, phase) for phase in ("before", "during"))
    verdict.require(during <= max(P99_FACTOR * before, before + P99_SLACK_MS),
                    f"{name}: p99 of {other} stays near what it was", f"{before:.1f} -> {during:.1f} ms")
    none_of([a for a in course.seen[hit] if a.status not in OWN_ANSWERS | {200}],
            f"answer of {hit} but 200, 502, 503, 504")
    verdict.require(any(a.status in OWN_ANSWERS for a in course.answers(hit, "during")),
                    f"{name}: {hit} is seen to fail")
    none_of([a for a in course.answers(hit, "before") + course.answers(hit, "after") if a.status != 200],
            f"failure of {hit} before the fault or after the grace")
    none_of([a for cohort in COHORTS for a in course.seen[cohort] if a.status == 200 and a.upstream != cohort],
            "answer of the other cohort's upstream")


def arguments():
    parser = argparse.ArgumentParser(description="An upstream dies or stalls under load: its cohort alone suffers.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="before, during and after each fault (%(default)s)")
    parser.add_argument("--grace", type=float, default=3, help="seconds to recover in (%(default)s)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--verifying", type=int, default=8,
                        help="connections of the verifying client per cohort (%(default)s)")
    return parser.parse_args()


def main():
    options = arguments()
    verdict = report.Verdict()
    with Stage() as stage:
        servers = upstreams(stage)
        turnout = start_turnout(stage, os.path.abspath(options.turnout), servers, workers=options.workers,
                                timeouts=TIMEOUTS)
        buckets = turnout.buckets(load.users())
        users = {"legacy": [user for user in buckets if buckets[user] >= 50_000],
                 "unified": [user for user in buckets if buckets[user] < 50_000]}
        length = int(3 * options.seconds + options.grace)
        for fault in FAULTS:
            for hit in reversed(COHORTS):
                loads = {cohort: load.Load(stage, turnout.port, load.SMALL, length, connections=16, users=users[cohort])
                         for cohort in COHORTS}
                course = asyncio.run(run(turnout, servers[hit], fault, users, options))
                turnout.process.require_running()
                outcomes = {cohort: running.outcome() for cohort, running in loads.items()}
                show(fault, hit, course, outcomes)
                judge(verdict, fault, hit, course, outcomes)
    return verdict.conclude()


if __name__ == "__main__":
    run_program(main)
