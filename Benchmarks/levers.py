#!/usr/bin/env python3
"""How long a change of the percentage takes until the last proxy decides by it.

Measured, with --proxies proxies and one Redis, and again with one proxy and flags.json, over --changes changes each: the
time from the change to the last request, of any proxy, that was decided by the old percentage. A change is counted

    SET returned         from the reply to a SET that was sent over an open connection, as a program does it
    SET sent             the same changes, from the moment before they were sent
    redis-cli returned   from the end of a `redis-cli SET` process
    redis-cli started    the same, from before the process was started
    turnout set started  from before the process of `turnout set` was started, which writes the flag, then asks the proxies
    rename returned      from the end of a rename of another file to flags.json, as an editor or a deployment does it
    rename started       the same, from before it

How: lever_probe.c asks every proxy at a steady rate, --rate requests a second over one connection each (one proxy alone:
over four), for users who go to legacy by the smaller of the two percentages and to unified by the larger, as `turnout
which` says: so the cohort of each answer shows which percentage decided. That does not load a proxy; it is there to see.
A request is decided between its being sent and its being answered, therefore there are two figures: "sent" is when the
last request was sent that the old percentage decided, "answered" when the last such answer had come. The decision lies
between them; both may be too small by the distance of two requests, and are 0 when none fell into the time. The goal is
for "sent". The next change comes when every proxy decides by the new percentage, and a random while later, so that
nothing is in step.

Probe, proxies, Redis and upstreams share this machine. How late a sleeping thread wakes is measured beside them: each
change needs several wake-ups, one after the other, in each proxy, so the figures cannot be better than that.

Not shown: the way over a network; a proxy at full load (see switch.py); the loss of the store.
"""

import argparse
import json
import os
import random
import subprocess
import time

from rig import load, report
from rig.probe import Probe
from rig.redis import Redis
from rig.servers import FLAG, start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

GOAL = 5.0

# Two pairs that the same users tell apart. `turnout set` raises by at most 50 points without being asked twice.
WIDE = (10, 90)
NARROW = (30, 70)

PAUSE_SECONDS = (0.03, 0.06)

# One proxy alone is asked over so many connections: requests are closer together, and nothing else competes.
CONNECTIONS_TO_ONE = 4


class Row:
    """The changes of one kind, counted from one instant; in milliseconds."""

    def __init__(self, name):
        self.name, self.sent, self.answered = name, [], []

    def add(self, instant, old):
        """`old` are the answers by the old percentage."""
        self.sent.append(max([0, *(answer.sent - instant for answer in old)]) / 1e6)
        self.answered.append(max([0, *(answer.answered - instant for answer in old)]) / 1e6)

    def cells(self):
        return [self.name, len(self.sent), *figures(self.sent), *figures(self.answered)]


def figures(values):
    return [f"{value:.2f}" for value in (report.quantile(values, 0.5), report.quantile(values, 0.99), max(values))]


class Lever:
    """A way to change the percentage. `pull` makes the change and returns instants of the monotonic clock by name."""

    percentages = WIDE

    def __init__(self):
        self.forget()

    def forget(self):
        self.rows = {}

    def measure(self, probe, changes):
        low, high = self.percentages
        self._change(probe, low)
        self.forget()
        for number in range(changes):
            self._change(probe, low if number % 2 else high)
        return list(self.rows.values())

    def _change(self, probe, percentage):
        is_unified = percentage == self.percentages[1]
        first, before = probe.count, time.monotonic_ns()
        instants = self.pull(percentage)
        probe.wait_until(is_unified, after=max(before, *instants.values()))
        time.sleep(random.uniform(*PAUSE_SECONDS))
        old = [answer for answer in probe.answers(first) if bool(answer.is_unified) != is_unified]
        for name, instant in instants.items():
            self.rows.setdefault(name, Row(name)).add(instant, old)


class Set(Lever):
    """A plain SET over an open connection."""

    def __init__(self, redis):
        super().__init__()
        self.client = redis.client()

    def pull(self, percentage):
        sent = time.monotonic_ns()
        self.client.command("SET", FLAG, percentage)
        return {"SET returned": time.monotonic_ns(), "SET sent": sent}


class RedisCLI(Lever):
    """A SET by a process of its own."""

    def __init__(self, redis):
        super().__init__()
        self.arguments = ["redis-cli", "-h", "127.0.0.1", "-p", str(redis.port), "SET", FLAG]

    def pull(self, percentage):
        _, started, returned = run([*self.arguments, str(percentage)])
        return {"redis-cli returned": returned, "redis-cli started": started}


class Command(Lever):
    """`turnout set`, told of the first proxy."""

    percentages = NARROW

    def __init__(self, turnout):
        super().__init__()
        self.turnout = turnout

    def forget(self):
        super().forget()
        self.printed, self.took = [], []

    def pull(self, percentage):
        output, started, returned = run([
            self.turnout.binary, "set", str(percentage), "--reason", "bench", "--json",
            "--flags", str(self.turnout.flags), "--admin", self.turnout.admin])
        said = json.loads(output)
        if said["written"] and said["confirmed"]:
            self.printed.append(said["milliseconds"])
            self.took.append((returned - started) / 1e6)
        elif said["written"]:
            raise Failed(f"turnout set {percentage} is not confirmed: {output}")
        return {"turnout set started": started}

    def own_figures(self):
        return [["turnout set: the time it prints", len(self.printed), *figures(self.printed), "", "", ""],
                ["turnout set: from start to end", len(self.took), *figures(self.took), "", "", ""]]


class Rename(Lever):
    """Another file in the place of flags.json."""

    def __init__(self, turnout):
        super().__init__()
        self.flags = turnout.flags

    def pull(self, percentage):
        other = self.flags.with_name("flags.json.new")
        other.write_text(json.dumps({FLAG: percentage}))
        started = time.monotonic_ns()
        os.rename(other, self.flags)
        return {"rename returned": time.monotonic_ns(), "rename started": started}


def run(arguments):
    """(standard output, before the start, after the end) of a command that must succeed."""
    started = time.monotonic_ns()
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
    returned = time.monotonic_ns()
    if done.returncode != 0:
        raise Failed(f"{' '.join(arguments[:3])} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout, started, returned


def users_between(stage, binary, low, high):
    """Users who are in legacy by one percentage and in unified by the other."""
    def decisions(percentage):
        flags = stage.write(f"which-{percentage}.json", json.dumps({FLAG: percentage}))
        answer = json.loads(stage.run([binary, "which", *load.users(1000), "--flags", flags, "--json"]))
        return {decision["user"]: decision["cohort"] for decision in answer["decisions"]}
    before, after = decisions(low), decisions(high)
    return [user for user in before if (before[user], after[user]) == ("legacy", "unified")]


def pull_all(stage, title, proxies, levers, options):
    """Measures one lever after the other and prints the table. (rows of the levers, latenesses of a sleeping thread: each
    alone, and the latest of as many as there are proxies)"""
    users = users_between(stage, proxies[0].binary, *NARROW)
    for pair in (WIDE, NARROW):
        if not set(users) <= set(users_between(stage, proxies[0].binary, *pair)):
            raise Failed(f"a user of {NARROW} is not one of {pair}")
    connections = 1 if len(proxies) > 1 else CONNECTIONS_TO_ONE
    probe = Probe(stage, [proxy.port for proxy in proxies] * connections, users, options.rate)
    began = time.monotonic()
    lines, rows = [], {}
    for lever in levers:
        for row in lever.measure(probe, options.changes):
            lines.append(row.cells())
            rows[row.name] = row
        if isinstance(lever, Command):
            lines += lever.own_figures()
    rate = probe.count / (time.monotonic() - began) / len(proxies)
    late = probe.lateness()
    worst = [max(late[first:first + len(proxies)]) for first in range(0, len(late), len(proxies))]
    lines.append(["noise: a thread wakes late by", len(late), *figures(late), "", "", ""])
    if len(proxies) > 1:
        lines.append([f"noise: the latest of {len(proxies)}", len(worst), *figures(worst), "", "", ""])
    print(f"{title}; {rate:.0f} requests per second and proxy")
    report.table(["ms after", "n", "sent: p50", "p99", "max", "answered: p50", "p99", "max"], lines)
    return rows, late, worst


def with_redis(options, binary):
    with Stage() as stage:
        redis, servers = Redis(stage), upstreams(stage)
        redis.client().command("SET", FLAG, WIDE[0])
        proxies = [start_turnout(stage, binary, servers, store=redis.address, name=f"turnout-{number}")
                   for number in range(1, options.proxies + 1)]
        levers = [Set(redis), RedisCLI(redis), Command(proxies[0])]
        return pull_all(stage, f"Redis, {counted(options.proxies)}", proxies, levers, options)


def with_file(options, binary):
    with Stage() as stage:
        turnout = start_turnout(stage, binary, upstreams(stage), percentage=WIDE[0])
        return pull_all(stage, "flags.json, 1 proxy", [turnout], [Rename(turnout), Command(turnout)], options)


def counted(proxies):
    return f"{proxies} {'proxy' if proxies == 1 else 'proxies'}"


def arguments():
    parser = argparse.ArgumentParser(description="The time from a change to the last decision by the old percentage.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--proxies", type=int, default=8, help="that share the Redis server (%(default)s)")
    parser.add_argument("--changes", type=int, default=200, help="of each kind (%(default)s)")
    parser.add_argument("--rate", type=int, default=1000, help="requests per second and proxy (%(default)s)")
    parser.add_argument("--only", choices=STORES, help="one of the two stores")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when the p99 for SET is above {GOAL:.0f} ms")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


STORES = {"redis": with_redis, "file": with_file}


def main():
    options = arguments()
    verdict = report.Verdict()
    print(f"levers: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start")
    written = {}
    for name, measure in STORES.items():
        if options.only not in (None, name):
            continue
        rows, late, worst = measure(options, os.path.abspath(options.turnout))
        written[name] = {"sent": {row.name: row.sent for row in rows.values()},
                         "answered": {row.name: row.answered for row in rows.values()},
                         "noise": {"p50": report.quantile(late, 0.5), "p99": report.quantile(late, 0.99), "max": max(late)}}
        if name == "redis":
            p99 = report.quantile(rows["SET returned"].sent, 0.99)
            verdict.require(p99 <= GOAL, f"p99 of at most {GOAL:.0f} ms after SET has returned, "
                            f"{counted(options.proxies)}",
                            f"{p99:.2f} ms (noise alone, the latest of {options.proxies}: {report.quantile(worst, 0.99):.2f} ms)")
    status = verdict.conclude()
    report.write_json(options.json, written)
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
