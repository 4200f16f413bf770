#!/usr/bin/env python3
"""CPU per request of Turnout, HAProxy and nginx, side by side in one run.

Measured: the CPU time that a proxy takes for one request (user + system, all its threads, read from /proc before and
after the load, divided by the requests answered); requests per second; p50 and p99 of the latency as wrk sees it.

How: one worker of the proxy has one core to itself. The load (wrk) and the two upstreams (nginx) share the other. The
proxies take turns, A B C A B C, so that what disturbs the machine disturbs all of them; a ratio is taken within a
round, and the median over the rounds is what counts. One failed request fails the run.

Not shown: more than one worker, TLS, slow clients, a network. Requests per second are bounded by the core that load and
upstreams share as soon as the proxy is not busy all the time (column "busy"): compare CPU per request, not requests
per second. User and system come in ticks of 10 ms and are the kernel's estimate; their sum is exact.
"""

import argparse
import os
import statistics

from rig import load, procfs, report
from rig.servers import PROXIES, upstreams
from rig.stage import Failed, Stage, run_program


class Case:
    def __init__(self, about, scenario, goal):
        self.about, self.scenario, self.goal = about, scenario, goal


CASES = {
    "small": Case("200-byte answers over 64 keep-alive connections", load.SMALL, 0.80),
    "large": Case("64 KiB answers over 64 keep-alive connections", load.LARGE, 1.00),
    "upload": Case("16 KiB request bodies over 64 keep-alive connections", load.UPLOAD, 1.00),
    "connect": Case("200-byte answers, one connection per request, 64 at a time", load.CONNECT, 1.00),
}


def measure(stage, proxy, scenario, seconds, cores, users=load.users()):
    before = procfs.cpu(proxy.process.pid)
    outcome = load.Load(stage, proxy.port, scenario, seconds, cores, users=users).outcome()
    cpu = procfs.cpu(proxy.process.pid).since(before)
    outcome.require_clean(f"{proxy.name} {scenario.path}")
    return {
        "cpu": cpu.total / outcome.requests,
        "user": cpu.user / outcome.requests,
        "system": cpu.system / outcome.requests,
        "rate": outcome.rate,
        "p50": outcome.p50 / 1000,
        "p99": outcome.p99 / 1000,
        "busy": cpu.total / outcome.microseconds * 100,
        "requests": outcome.requests,
    }


def compare(stage, proxies, case, options, cores):
    """The rounds of one scenario: {proxy: [figures of each round]}."""
    figures = {proxy.name: [] for proxy in proxies}
    for proxy in proxies:
        measure(stage, proxy, case.scenario, max(1, options.seconds // 4), cores)
    for _ in range(options.rounds):
        for proxy in proxies:
            figures[proxy.name].append(measure(stage, proxy, case.scenario, options.seconds, cores))
    return figures


def ratios(figures, peer):
    return [own["cpu"] / theirs["cpu"] for own, theirs in zip(figures["turnout"], figures[peer])]


def show(name, case, figures):
    print(f"{name}: {case.about}")
    header = ["proxy", "CPU us/request", "user", "system", "requests/s", "p50 ms", "p99 ms", "busy %"]
    columns = [("cpu", "{:.1f}"), ("user", "{:.1f}"), ("system", "{:.1f}"), ("rate", "{:.0f}"), ("p50", "{:.2f}"),
               ("p99", "{:.2f}"), ("busy", "{:.0f}")]
    report.table(header, [
        [proxy, *(report.spread([figure[key] for figure in rounds], form) for key, form in columns)]
        for proxy, rounds in figures.items()])


def arguments():
    parser = argparse.ArgumentParser(description="CPU per request of Turnout, HAProxy and nginx in one run.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of load per proxy and round (%(default)s)")
    parser.add_argument("--scenario", action="append", choices=CASES, help="only this one; may be repeated")
    parser.add_argument("--only", action="append", choices=PROXIES, help="only this proxy; may be repeated")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    names = options.only or list(PROXIES)
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise Failed("two cores are needed: one for the proxy, one for load and upstreams")
    proxy_core, other_core = str(available[0]), str(available[1])
    verdict, results = report.Verdict(), {}
    with Stage() as stage:
        servers = upstreams(stage, other_core)
        binary = os.path.abspath(options.turnout)
        proxies = [PROXIES[name](stage, binary, servers, proxy_core) for name in names]
        for name in options.scenario or CASES:
            case = CASES[name]
            figures = compare(stage, proxies, case, options, other_core)
            show(name, case, figures)
            results[name] = {"figures": figures, "ratios": {}}
            for peer in names if "turnout" in names else []:
                if peer != "turnout":
                    found = ratios(figures, peer)
                    results[name]["ratios"][peer] = found
                    verdict.require(statistics.median(found) <= case.goal,
                                    f"{name}: CPU per request at most {case.goal:.2f} x {peer}",
                                    report.spread(found, "{:.2f}"))
    status = verdict.conclude()
    report.write_json(options.json, results)
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
