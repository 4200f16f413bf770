#!/usr/bin/env python3
"""What the access log costs: CPU per request without and with it, beside HAProxy and nginx with theirs, in one run.

Measured: CPU time of the whole proxy, the thread that writes the log included, per request of 200-byte answers over 64
keep-alive connections; and of it, what that thread takes per line. Every request has to be in the log, or counted as
dropped.

How: all proxies run at once on one core, load and upstreams on another. A round measures each of them, one right after
the other; a ratio or a difference is taken within a round. All write files on the same disk: turnout and nginx many lines
at a time, HAProxy each by itself, which is how it does it.

Not shown: a slow disk (the tests have that), and the memory bus that two busy cores share.
"""

import argparse
import os
import statistics
import urllib.request

from rig import load, procfs, report
from rig.servers import start_haproxy, start_nginx, start_turnout, upstreams
from rig.stage import Failed, Stage, run_program

GOAL_MICROSECONDS = 1.0
WRITER = "access-log"


def metric(turnout, name):
    with urllib.request.urlopen(f"http://{turnout.admin}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
    raise Failed(f"{name} is not there")


def measure(stage, proxy, seconds, cores):
    before, threads = procfs.cpu(proxy.process.pid), procfs.thread_times(proxy.process.pid)
    outcome = load.Load(stage, proxy.port, load.SMALL, seconds, cores).outcome()
    after, ended = procfs.cpu(proxy.process.pid), procfs.thread_times(proxy.process.pid)
    outcome.require_clean(proxy.name)
    writer = ended.get(WRITER, 0) - threads.get(WRITER, 0)
    return {"cpu": after.since(before).total / outcome.requests, "writer": writer / outcome.requests,
            "rate": outcome.rate, "requests": outcome.requests}


def start_all(stage, binary, servers, core):
    def turnout(name, **log):
        return start_turnout(stage, binary, servers, core, name=name, access_log=log or None)

    path = stage.folder
    return [
        turnout("off"),
        turnout("json", path=path / "json.log"),
        turnout("combined", path=path / "combined.log", format="combined"),
        turnout("json-1%", path=path / "sampled.log", sample=0.01),
        start_haproxy(stage, binary, servers, core, logs=True),
        start_nginx(stage, binary, servers, core, logs=True),
    ]


def arguments():
    parser = argparse.ArgumentParser(description="What the access log costs.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of load per proxy and round (%(default)s)")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise Failed("two cores are needed: one for the proxy, one for load and upstreams")
    core, other = str(available[0]), str(available[1])
    verdict = report.Verdict()
    with Stage() as stage:
        servers = upstreams(stage, other)
        proxies = start_all(stage, os.path.abspath(options.turnout), servers, core)
        figures = {proxy.name: [] for proxy in proxies}
        warm_up = {proxy.name: measure(stage, proxy, 1, other)["requests"] for proxy in proxies}
        for _ in range(options.rounds):
            for proxy in proxies:
                figures[proxy.name].append(measure(stage, proxy, options.seconds, other))
        logged = next(proxy for proxy in proxies if proxy.name == "json")
        asked = warm_up["json"] + sum(figure["requests"] for figure in figures["json"])
        lines = metric(logged, "turnout_access_log_lines_total")
        dropped = metric(logged, "turnout_access_log_dropped_total")
    off = [figure["cpu"] for figure in figures["off"]]
    more = {name: [figure["cpu"] - base for figure, base in zip(rounds, off)] for name, rounds in figures.items()}
    report.table(["proxy", "CPU us/request", "more than off", "of it the writer", "requests/s"], [
        [name, report.spread([figure["cpu"] for figure in rounds], "{:.2f}"), report.spread(more[name], "{:+.2f}"),
         report.spread([figure["writer"] for figure in rounds], "{:.2f}"),
         f"{statistics.median(figure['rate'] for figure in rounds):.0f}"]
        for name, rounds in figures.items()])
    # wrk leaves requests behind when its time is up: up to one for each connection and run.
    slack = 64 * (options.rounds + 1)
    verdict.require(asked <= lines + dropped <= asked + slack, "each request is a line or counted as dropped",
                    f"{asked} requests, {lines} lines, {dropped} dropped")
    writer = [figure["writer"] for figure in figures["json"]]
    verdict.require(statistics.median(writer) <= GOAL_MICROSECONDS,
                    f"the writer takes at most {GOAL_MICROSECONDS} us per line", report.spread(writer, "{:.2f}"))
    for peer in ("haproxy", "nginx"):
        ratios = [own["cpu"] / theirs["cpu"] for own, theirs in zip(figures["json"], figures[peer])]
        verdict.require(statistics.median(ratios) <= 0.8, f"with JSON lines at most 0.80 x {peer} with its log",
                        report.spread(ratios, "{:.2f}"))
    status = verdict.conclude()
    report.write_json(options.json, {"figures": figures, "lines": lines, "dropped": dropped})
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
