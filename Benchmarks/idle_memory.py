#!/usr/bin/env python3
"""Resident memory per idle client connection.

Measured: by how much the resident set of the proxy (smaps_rollup; all of it, and its anonymous part) grows when
--connections clients have each made one request over keep-alive and now wait, divided by their number.

How: the proxy first serves one request on each of a few connections, so that what it sets up once is not charged to the
clients. Then all connections are opened and used one after the other. At the end every one of them must still be open,
and one more request on a sample of them must be answered.

Not shown: what a proxy sets aside for connections before the first one comes (it is in "before"); what the kernel holds
for a socket, which is not part of any process; connections with a request in flight.
"""

import argparse
import contextlib
import os
import resource
import select
import socket
import time

from rig import procfs, report
from rig.servers import PROXIES, SMALL_BYTES, upstreams
from rig.stage import Failed, Stage, run_program

GOAL = 1024
WARM_UP = 16

# Connections from one address to one port are bounded by the ephemeral ports; the next address has as many again.
PER_ADDRESS = 20_000


def raise_descriptor_limit(needed):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Failed(f"{needed} descriptors are needed and {hard} allowed (ulimit -Hn): use fewer --connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connect(port, number):
    return socket.create_connection(("127.0.0.1", port), 10, source_address=(f"127.0.0.{2 + number // PER_ADDRESS}", 0))


def ask(connection, number):
    """One request and its answer, whole; the connection stays open."""
    connection.sendall(f"GET /small HTTP/1.1\r\nHost: idle\r\nX-User-Id: user-{number}\r\n\r\n".encode())
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0 or len(answer) < end + 4 + SMALL_BYTES:
        received = connection.recv(65536)
        if not received:
            raise Failed(f"connection {number} was closed in the middle of: {answer!r}")
        answer += received
    if not answer.startswith(b"HTTP/1.1 200"):
        raise Failed(f"connection {number} got: {answer!r}")


def count_closed(connections):
    """Connections on which something waits to be read: an end, or bytes that nobody asked for."""
    poller = select.poll()
    for connection in connections:
        poller.register(connection, select.POLLIN)
    return len(poller.poll(0))


def measure(proxy, number_of_connections):
    with contextlib.ExitStack() as opened:
        for number in range(WARM_UP):
            ask(opened.enter_context(connect(proxy.port, number)), number)
        time.sleep(1)
        before = procfs.resident(proxy.process.pid)
        connections = []
        for number in range(number_of_connections):
            connections.append(opened.enter_context(connect(proxy.port, number)))
            ask(connections[-1], number)
        time.sleep(2)
        after = procfs.resident(proxy.process.pid)
        if closed := count_closed(connections):
            raise Failed(f"{closed} of {number_of_connections} connections did not stay open")
        for number in range(0, number_of_connections, 100):
            ask(connections[number], number)
        return before, after


def arguments():
    parser = argparse.ArgumentParser(description="Resident memory per idle client connection.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--only", choices=PROXIES, default="turnout",
                        help="the proxy (%(default)s); the others serve up to 8000 connections here")
    parser.add_argument("--check", action="store_true", help=f"exit 1 above {GOAL} bytes per connection")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def main():
    options = arguments()
    raise_descriptor_limit(options.connections + 1000)
    verdict = report.Verdict()
    with Stage() as stage:
        proxy = PROXIES[options.only](stage, os.path.abspath(options.turnout), upstreams(stage))
        before, after = measure(proxy, options.connections)
    per_connection = [(now - then) / options.connections for now, then in zip(after, before)]
    print(f"{proxy.name}: {options.connections} idle connections")
    report.table(["resident", "before KiB", "after KiB", "bytes per connection"], [
        [kind, then // 1024, now // 1024, f"{growth:.0f}"]
        for kind, then, now, growth in zip(("all", "anonymous"), before, after, per_connection)])
    verdict.require(per_connection[0] <= GOAL, f"at most {GOAL} resident bytes per idle connection",
                    f"{per_connection[0]:.0f}")
    status = verdict.conclude()
    report.write_json(options.json, {"connections": options.connections, "before": before, "after": after,
                                     "bytes_per_connection": per_connection[0]})
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
