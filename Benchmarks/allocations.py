#!/usr/bin/env python3
"""Calls of the C allocator per request, in steady state.

Measured: how often malloc, calloc, realloc, posix_memalign/aligned_alloc and free are called while requests are served:
200-byte answers over keep-alive connections of many users, and beside them uploads of 16 KiB.

How: malloc_counter.c is compiled and preloaded into the proxy. The load runs without a pause. After a warm-up, in which
pools and buffers take their size, the counts are read, and read again once the upstreams have answered --requests more
requests; no connection is opened or closed in between. What is judged are the threads that serve: workers and, where it
is on, the access log. The control plane (windows, watchers) has its work by the second, whatever the number of requests;
its calls are judged by the second. The table is per thread, with the calls of an idle stretch of the same length beside.

Not shown: what opening a connection or starting up allocates; memory mapped directly, without libc.

--self-test measures nginx instead, which allocates for each request: if this program finds none there, it cannot count.
"""

import argparse
import os
import struct
import time
import urllib.request
from pathlib import Path

from rig import load, procfs, report
from rig.servers import PROXIES, upstreams
from rig.stage import Failed, Stage, run_program

KINDS = ("malloc", "calloc", "realloc", "aligned", "free")
GOAL = 0.001
SERVING = ("worker-", "access-log")
CONTROL_GOAL = 1000

# A slow machine takes a tenth of this for the default number of requests.
PATIENCE_SECONDS = 120

# As malloc_counter.c lays it out.
SLOT = struct.Struct("=6Q16x")
SLOTS = 1024


class Counter:
    """The preloaded library and the file it counts in."""

    def __init__(self, stage):
        self.library = stage.folder / "malloc_counter.so"
        stage.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.library, Path(__file__).with_name("malloc_counter.c")])
        self.file = stage.write("malloc-counts", bytes(SLOT.size * SLOTS))

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "MALLOC_COUNTS": str(self.file)}

    def read(self):
        """{thread: {kind: calls}}"""
        slots = SLOT.iter_unpack(self.file.read_bytes())
        return {thread: dict(zip(KINDS, calls)) for thread, *calls in slots if thread}


def requests_answered(servers):
    """By both upstreams since they started, from their own count."""
    total = 0
    for server in servers.values():
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/requests", timeout=10) as answer:
            # "server accepts handled requests" and below it the three numbers.
            total += int(answer.read().splitlines()[2].split()[2])
    return total


def difference(after, before):
    none = dict.fromkeys(KINDS, 0)
    return {thread: {kind: calls[kind] - before.get(thread, none)[kind] for kind in KINDS}
            for thread, calls in after.items()}


def measure(stage, proxy, counter, servers, options):
    """(requests, seconds, calls under load, calls in an idle stretch of the same length); calls by thread and kind."""
    # Longer than it takes; it is ended with the stage or below.
    loads = [load.Load(stage, proxy.port, load.SMALL, 600, connections=32),
             load.Load(stage, proxy.port, load.UPLOAD, 600, connections=4)]
    time.sleep(options.warm_up)
    calls_before, requests_before, began = counter.read(), requests_answered(servers), time.monotonic()
    while (requests := requests_answered(servers) - requests_before) < options.requests:
        proxy.process.require_running()
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise Failed(f"only {requests} requests were answered in {PATIENCE_SECONDS} s")
        time.sleep(0.2)
    loaded, seconds = difference(counter.read(), calls_before), time.monotonic() - began
    for running in loads:
        running.process.end()
    time.sleep(1)
    calls_before = counter.read()
    time.sleep(seconds)
    return requests, seconds, loaded, difference(counter.read(), calls_before)


def allocating(calls):
    """The calls that ask for memory; frees are shown, but each belongs to one of these."""
    return sum(calls[kind] for kind in KINDS if kind != "free")


def show(proxy, requests, loaded, idle):
    print(f"{proxy.name}: {requests} requests")
    none = dict.fromkeys(KINDS, 0)
    rows = []
    for thread, calls in sorted(loaded.items()):
        quiet = idle.get(thread, none)
        if any(calls.values()) or any(quiet.values()):
            rows.append([f"{thread} {procfs.thread_name(thread, thread)}", *calls.values(), allocating(quiet)])
    total = {kind: sum(calls[kind] for calls in loaded.values()) for kind in KINDS}
    rows.append(["all threads", *total.values(), sum(allocating(calls) for calls in idle.values())])
    rows.append(["per request", *(f"{count / requests:.4f}" for count in total.values()), ""])
    report.table(["thread", *KINDS, "while idle"], rows)


def arguments():
    parser = argparse.ArgumentParser(description="Calls of the C allocator per request, in steady state.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--requests", type=int, default=200_000, help="that are counted (%(default)s)")
    parser.add_argument("--warm-up", type=float, default=3, metavar="SECONDS")
    parser.add_argument("--check", action="store_true", help=f"exit 1 above {GOAL} calls per request")
    parser.add_argument("--self-test", action="store_true", help="count in nginx; exit 1 when it finds none")
    parser.add_argument("--access-log", choices=("json", "combined"), help="with the access log on, in that format")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    verdict = report.Verdict()
    with Stage() as stage:
        counter, servers = Counter(stage), upstreams(stage)
        start = PROXIES["nginx" if options.self_test else "turnout"]
        log = {"access_log": {"path": "/dev/null", "format": options.access_log}} if options.access_log else {}
        proxy = start(stage, os.path.abspath(options.turnout), servers, environment=counter.environment, **log)
        if not counter.read():
            raise Failed(f"{proxy.name} does not count its calls: is it linked to another libc?")
        requests, seconds, loaded, idle = measure(stage, proxy, counter, servers, options)
        show(proxy, requests, loaded, idle)
        threads = {int(name) for name in os.listdir(f"/proc/{proxy.process.pid}/task")} | set(loaded)
        names = {thread: procfs.thread_name(thread, thread) for thread in threads}
    if not options.self_test and not any(name.startswith(SERVING) for name in names.values()):
        raise Failed(f"no thread that serves among {sorted(names.values())}")
    # One that has never called stands in no slot.
    serving = [calls for thread, calls in loaded.items() if options.self_test or names[thread].startswith(SERVING)]
    per_request = sum(map(allocating, serving)) / requests
    per_second = (sum(map(allocating, loaded.values())) - sum(map(allocating, serving))) / seconds
    if options.self_test:
        verdict.require(per_request >= 1, "the counter sees that nginx allocates for each request", f"{per_request:.2f}")
    else:
        verdict.require(per_request <= GOAL, f"at most {GOAL} allocator calls per request", f"{per_request:.5f}")
        verdict.require(per_second <= CONTROL_GOAL, f"at most {CONTROL_GOAL} calls per second in the control plane",
                        f"{per_second:.0f}")
    status = verdict.conclude()
    report.write_json(options.json, {"requests": requests, "per_request": per_request, "loaded": loaded, "idle": idle})
    return status if options.check or options.self_test else 0


if __name__ == "__main__":
    run_program(main)
