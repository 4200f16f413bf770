#!/usr/bin/env python3
"""Harm that is put into unified is found, how soon, and no harm is seen where there is none.

Measured: the seconds of traffic, and the requests of both cohorts, until `GET /api/v1/compare` says harmful.

How: one worker, the flag at 10 %, two nginx upstreams that answer after 20 ms and fail one request in a thousand; wrk at
64 connections, about 3000 requests each second of 200 000 users. Unified is made worse by one point of errors; by 100 ms
on 10 % of its requests; by 300 ms on 1 % of them, which shows at the 99th percentile only. Each has to be found by the
guardrail that is there for it; both of slow requests may see what is slow. Then both are equal: as long as the longest of
the others, at least --equal seconds, the verdict is asked for twice a second and must never be harmful. Last a trickle:
unified fails each of its requests, but there are only a few of them; that is no verdict either. Each case has a proxy of
its own, which has seen nothing before.

At the end of each case what `compare` counted must be what the upstreams counted themselves.

Not shown: users of very different activity over a week, looked at every second; the tests of the statistics simulate
that.
"""

import argparse
import json
import os
import time
import urllib.request
from typing import NamedTuple

from rig import load, report
from rig.servers import Sick, start_turnout
from rig.stage import Failed, Stage, run_program

PERCENTAGE = 10
USERS = 200_000
PATIENCE_SECONDS = 120


class Case(NamedTuple):
    name: str
    unified: Sick
    guardrail: str
    also: tuple = ()


BASE = Sick(delay=0.02, errors=0.1)
CASES = [
    Case("errors +1 point", BASE._replace(errors=1.1), "error_rate"),
    Case("+100 ms on 10 %", BASE._replace(late=10, late_delay=0.12), "slow_requests", ("slowest_requests",)),
    Case("+300 ms on 1 % (p99 only)", BASE._replace(late=1, late_delay=0.32), "slowest_requests", ("slow_requests",)),
]


def compare(turnout):
    return json.load(urllib.request.urlopen(f"http://{turnout.admin}/api/v1/compare?since=stage", timeout=5))


def guardrail(document, name):
    return next(state for state in document["guardrails"] if state["name"] == name)


def requests(document):
    return {cohort: document[cohort]["requests"] for cohort in ("legacy", "unified")}


def interval(state):
    bounds = [state.get(bound) for bound in ("difference", "lower", "upper")]
    return "-" if None in bounds else "{:+.2f} ({:+.2f} to {:+.2f}) points".format(*(100 * bound for bound in bounds))


class Trial:
    """A proxy that has seen nothing, between its two upstreams."""

    def __init__(self, stage, number, binary, unified, cores):
        self.stage, self.core = stage, cores[1]
        self.servers = {"legacy": BASE.start(stage, f"legacy-{number}", cores[1]),
                        "unified": unified.start(stage, f"unified-{number}", cores[1])}
        self.turnout = start_turnout(stage, binary, self.servers, cores[0], percentage=PERCENTAGE, name=f"proxy-{number}")

    def load(self, seconds, connections=64):
        return load.Load(self.stage, self.turnout.port, load.SMALL, seconds, self.core, connections=connections,
                         users=load.users(USERS))

    def require_agreement(self):
        """What `compare` has counted is what the upstreams have; the counters are read once a second."""
        deadline = time.monotonic() + 5
        counted, served = {}, None
        while counted != served and time.monotonic() < deadline:
            time.sleep(0.5)
            counted = requests(compare(self.turnout))
            served = {cohort: server.requests() for cohort, server in self.servers.items()}
        if counted != served:
            raise Failed(f"compare has counted {counted}, the upstreams {served}")


def find(trial, case):
    """(seconds, document) when the guardrail is harmful."""
    running = trial.load(PATIENCE_SECONDS)
    begun = time.monotonic()
    try:
        while (seconds := time.monotonic() - begun) < PATIENCE_SECONDS:
            document = compare(trial.turnout)
            harmful = {state["name"] for state in document["guardrails"] if state["verdict"] == "harmful"}
            if harmful - {case.guardrail, *case.also}:
                raise Failed(f"{case.name}: harmful in what was left as it was: {document['sentence']}")
            if case.guardrail in harmful:
                return seconds, document
            time.sleep(0.25)
    finally:
        running.process.end()
    raise Failed(f"{case.name}: no verdict after {PATIENCE_SECONDS} s: {document['sentence']}")


def watch_equals(trial, seconds):
    """The last document; Failed at any verdict of harm."""
    running = trial.load(int(seconds) + 1)
    deadline = time.monotonic() + seconds
    looks = 0
    while time.monotonic() < deadline:
        document = compare(trial.turnout)
        looks += 1
        if document["verdict"] == "harmful":
            raise Failed(f"equal cohorts: a false alarm at look {looks}: {document['sentence']}")
        time.sleep(0.5)
    running.outcome()
    return looks, document


def trickle(trial):
    """Few requests, all of unified's failing: no verdict."""
    for number in range(60):
        asked = urllib.request.Request(f"http://127.0.0.1:{trial.turnout.port}/small",
                                       headers={"X-User-Id": f"user-{number}"})
        try:
            urllib.request.urlopen(asked, timeout=5).read()
        except urllib.error.HTTPError as error:
            error.read()
    document = compare(trial.turnout)
    if document["verdict"] == "harmful":
        raise Failed(f"a trickle is no verdict: {document['sentence']}")
    return document


def arguments():
    parser = argparse.ArgumentParser(description="Harm put into unified is found; where there is none, none is seen.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--equal", type=int, default=60, help="seconds of equal cohorts (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    cores = [str(core) for core in sorted(os.sched_getaffinity(0))[:2]]
    binary, rows, longest = os.path.abspath(options.turnout), [], options.equal
    with Stage() as stage:
        for number, case in enumerate(CASES):
            trial = Trial(stage, number, binary, case.unified, cores)
            seconds, document = find(trial, case)
            trial.require_agreement()
            longest = max(longest, seconds)
            counted = requests(document)
            rows.append([case.name, case.guardrail, "harmful", f"{seconds:.1f}", counted["legacy"], counted["unified"],
                         interval(guardrail(document, case.guardrail))])
        trial = Trial(stage, "equal", binary, BASE, cores)
        looks, document = watch_equals(trial, longest)
        trial.require_agreement()
        counted = requests(document)
        rows.append([f"equal, {looks} looks", "all", document["verdict"], f"{longest:.0f}", counted["legacy"],
                     counted["unified"], interval(guardrail(document, "error_rate"))])
        trial = Trial(stage, "trickle", binary, BASE._replace(errors=100), cores)
        document = trickle(trial)
        counted = requests(document)
        rows.append(["60 requests, unified fails", "all", document["verdict"], "", counted["legacy"],
                     counted["unified"], interval(guardrail(document, "error_rate"))])
    report.table(["case", "guardrail", "verdict", "after s", "legacy", "unified", "difference"], rows)
    report.write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    run_program(main)
