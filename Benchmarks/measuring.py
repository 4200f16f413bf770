#!/usr/bin/env python3
"""What measuring the cohorts costs: CPU per request with it and without it, in one run.

Measured: the CPU time of a proxy for one request, as peers.py measures it, of two builds of the same sources: the
ordinary one, and one in which nothing is counted (UNMEASURED). The ordinary one runs twice: left alone, and as a busy
operator has it, with a scrape of /metrics each second and, where the dashboard is part of the program, its stream of
events open. All threads of the process are in the figure, so what the control plane does with the counters is, too.

How: the variants take turns, A B C A B C; a difference is taken within a round, and the median over the rounds counts.

Not shown: what measuring costs the caches of somebody else's program.
"""

import argparse
import os
import socket
import statistics
import threading
import time
import urllib.request

from peers import measure
from rig import load, report
from rig.servers import start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

GOAL_MICROSECONDS = 0.5


class Onlookers:
    """A scraper and an open dashboard, from the moment that it is entered until it is left."""

    def __init__(self, admin):
        self.admin, self.ended = admin, threading.Event()

    def scrape(self):
        while not self.ended.wait(1):
            urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=5).read()

    def watch(self):
        host, _, port = self.admin.rpartition(":")
        with socket.create_connection((host, int(port)), 5) as stream:
            stream.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {self.admin}\r\n\r\n".encode())
            stream.settimeout(0.2)
            while not self.ended.is_set():
                try:
                    if not stream.recv(65536):
                        raise Failed("the stream of events ended")
                except TimeoutError:
                    continue

    def __enter__(self):
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.scrape, self.watch)]
        for thread in self.threads:
            thread.start()
        time.sleep(0.3)
        if not all(thread.is_alive() for thread in self.threads):
            raise Failed("nobody looks on: /metrics or /api/v1/events does not answer")

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(6)


def arguments():
    parser = argparse.ArgumentParser(description="CPU per request with and without measuring.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--unmeasured", default=".build/unmeasured/release/turnout",
                        help="the same, built with UNMEASURED (%(default)s)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=4, help="of load per variant and round (%(default)s)")
    parser.add_argument("--users", type=int, default=100_000, help="different users (%(default)s)")
    parser.add_argument("--check", action="store_true", help="exit 1 when the goal is missed")
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE")
    return parser.parse_args()


def rounds(stage, options):
    """{variant: [CPU us per request of each round]}"""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise Failed("two cores are needed: one for the proxy, one for load and upstreams")
    proxy_core, other_core = str(available[0]), str(available[1])
    servers = upstreams(stage, other_core)
    measured, watched, unmeasured = (
        start_turnout(stage, os.path.abspath(binary), servers, proxy_core, name=name)
        for name, binary in (("measured", options.turnout), ("watched", options.turnout),
                             ("unmeasured", options.unmeasured)))
    users = load.users(options.users)

    def cost(proxy):
        return measure(stage, proxy, load.SMALL, options.seconds, other_core, users)["cpu"]

    figures = {"unmeasured": [], "measured": [], "watched": []}
    for proxy in (measured, watched, unmeasured):
        cost(proxy)
    for _ in range(options.rounds):
        figures["unmeasured"].append(cost(unmeasured))
        figures["measured"].append(cost(measured))
        with Onlookers(watched.admin):
            figures["watched"].append(cost(watched))
    return figures


def main():
    options = arguments()
    with Stage() as stage:
        figures = rounds(stage, options)
    differences = {
        name: [own - none for own, none in zip(figures[name], figures["unmeasured"])] for name in ("measured", "watched")}
    report.table(["build", "CPU us/request", "more than unmeasured"], [
        [name, report.spread(costs, "{:.2f}"), report.spread(differences[name], "{:+.2f}") if name in differences else ""]
        for name, costs in figures.items()])
    verdict = report.Verdict()
    for name, found in differences.items():
        verdict.require(statistics.median(found) <= GOAL_MICROSECONDS,
                        f"{name}: at most {GOAL_MICROSECONDS} us of CPU per request", report.spread(found, "{:+.2f}"))
    status = verdict.conclude()
    report.write_json(options.json, {"figures": figures, "differences": differences})
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
