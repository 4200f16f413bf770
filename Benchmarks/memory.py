#!/usr/bin/env python3
"""Resident memory of the proxy over ten million requests of a million users.

Measured: the resident set of the proxy (smaps_rollup, its anonymous part) after each million requests.

How: wrk at full speed over 64 keep-alive connections, each request with the next of --users users. What grows with the
number of requests or users would show; what grows with time alone, the windows of each second and minute, is bounded by
their number and shows as a slow rise at the start: at most --allowance MiB from the first sample to the last.

Not shown: fragmentation over weeks.
"""

import argparse
import os

from rig import load, procfs, report
from rig.servers import start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

SLICE_SECONDS = 20


def arguments():
    parser = argparse.ArgumentParser(description="Resident memory over many requests of many users.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--requests", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--allowance", type=float, default=8, help="MiB (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    cores = [str(core) for core in sorted(os.sched_getaffinity(0))[:2]]
    users, samples, served = load.users(options.users), [], 0
    with Stage() as stage:
        turnout = start_turnout(stage, os.path.abspath(options.turnout), upstreams(stage, cores[1]), cores[0])
        while served < options.requests:
            # The users are taken in turn from where the last slice ended, so that all of them come.
            turn = served % options.users
            running = load.Load(stage, turnout.port, load.SMALL, SLICE_SECONDS, cores[1],
                                users=users[turn:] + users[:turn])
            outcome = running.outcome()
            outcome.require_clean("memory")
            served += outcome.requests
            samples.append((served, procfs.resident(turnout.process.pid)[1]))
        if served < options.requests:
            raise Failed(f"only {served} requests")
    report.table(["requests", "anonymous KiB"], [[requests, resident // 1024] for requests, resident in samples])
    growth = (samples[-1][1] - samples[0][1]) / 2**20
    verdict = report.Verdict()
    verdict.require(growth <= options.allowance, f"at most {options.allowance} MiB more after {served} requests",
                    f"{growth:+.1f} MiB")
    status = verdict.conclude()
    report.write_json(options.json, {"samples": samples, "growth_mib": growth})
    return status


if __name__ == "__main__":
    run_program(main)
