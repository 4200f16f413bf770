"""Makes docs/dashboard.png: python3 screenshot.py TURNOUT FILE [--minutes 12]

Starts the program on free ports with two upstreams of its own, sends traffic through it while the percentage rises, and
takes a picture of the real page in Chromium. Unified is faster and fails more often, so the verdict is harmful. The
picture needs minutes, because the charts show the last 15."""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from devtools import Browser

FLAG = "UNIFIED_CONVERSATION_ENABLED"
CLIENTS = 6
USERS = 6_000
SIZE = (1280, 800)
#: Share of the time after which the percentage is set, by whom and why.
STEPS = ((0, 1, "anna", "a first step"), (0.15, 5, "anna", "no complaints"), (0.4, 25, "otto", "support has looked at it"))


class Upstream:
    """A keep-alive HTTP server whose delay, in milliseconds, is log-normal around its median."""

    def __init__(self, median, failing):
        self.median, self.failing = median, failing

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                # Slow, regular waves make the charts look like a service with users.
                wave = 1 + 0.15 * random.random() * abs((time.time() % 240) - 120) / 120
                await asyncio.sleep(random.lognormvariate(0, 0.45) * self.median * wave / 1000)
                failed = random.random() < self.failing
                status = "500 Internal Server Error" if failed else "200 OK"
                created = "X-Turnout-Created: 1\r\n" if not failed and random.random() < 0.12 else ""
                writer.write(f"HTTP/1.1 {status}\r\n{created}Content-Length: 2\r\n\r\nok".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


async def client(port, end):
    while time.monotonic() < end:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while time.monotonic() < end:
                user = int(USERS * random.random() ** 1.5)
                writer.write(f"GET /api/chat HTTP/1.1\r\nHost: shop\r\nX-User-Id: user-{user}\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                await asyncio.sleep(random.expovariate(1) * 0.05)
        except (asyncio.IncompleteReadError, ConnectionError, IndexError):
            pass
        finally:
            writer.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def run(options, folder):
    upstreams = {"legacy": Upstream(46, 0.0015), "unified": Upstream(38, 0.019)}
    ports = {name: await upstream.start() for name, upstream in upstreams.items()}
    listen, admin = free_port(), f"127.0.0.1:{free_port()}"
    with open(f"{folder}/flags.json", "w", encoding="utf-8") as file:
        file.write(f'{{"{FLAG}": 0}}\n')
    with open(f"{folder}/log", "wb") as log:
        proxy = subprocess.Popen(
            [options.turnout, "serve", "--listen", f"127.0.0.1:{listen}", "--state", f"{folder}/state",
             "--legacy", f"http://127.0.0.1:{ports['legacy']}", "--unified", f"http://127.0.0.1:{ports['unified']}",
             "--flags", f"{folder}/flags.json", "--admin", admin],
            cwd=folder, stdout=log, stderr=log)
    try:
        url = f"http://{admin}/"
        await until_ready(url, proxy, folder)
        seconds = options.minutes * 60
        clients = [asyncio.create_task(client(listen, time.monotonic() + seconds + 60)) for _ in range(CLIENTS)]
        start = time.monotonic()
        for share, percentage, author, reason in STEPS:
            await asyncio.sleep(max(0, start + share * seconds - time.monotonic()))
            await asyncio.to_thread(set_percentage, url, f"{folder}/state/admin.token", percentage, author, reason)
        await asyncio.sleep(max(0, start + seconds - time.monotonic()))
        await asyncio.to_thread(picture, url, options.file)
        for task in clients:
            task.cancel()
    finally:
        proxy.send_signal(signal.SIGTERM)
        proxy.wait()


def set_percentage(url, token_file, percentage, author, reason):
    with open(token_file, encoding="ascii") as file:
        token = file.read().strip()
    request = urllib.request.Request(f"{url}api/v1/flags/{FLAG}", method="PUT", headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/json", "If-Match": "*"})
    request.data = json.dumps({"percentage": percentage, "by": author, "reason": reason}).encode()
    with urllib.request.urlopen(request, timeout=10):
        print(f"{percentage} %", flush=True)


async def until_ready(url, proxy, folder):
    for _ in range(100):
        try:
            await asyncio.to_thread(urllib.request.urlopen, url + "readyz", timeout=1)
            return
        except OSError:
            await asyncio.sleep(0.1)
            if proxy.poll() is not None:
                break
    with open(f"{folder}/log", encoding="utf-8") as log:
        raise SystemExit(f"the proxy did not start:\n{log.read()}")


def picture(url, path):
    with Browser() as browser:
        page = browser.open(url, *SIZE)
        page.wait("document.querySelector('#link')?.dataset.state === 'live'", 20)
        page.wait("document.querySelectorAll('.guardrails tbody tr').length === 5", 20)
        page.wait("document.querySelectorAll('.chart .line').length === 10", 20)
        print(page.text("#sentence"), flush=True)
        # The first row of charts is enough.
        height = page.evaluate("document.querySelector('.chart').getBoundingClientRect().bottom + scrollY + 16")
        page.resize(SIZE[0], max(SIZE[1], int(height)))
        time.sleep(2)
        page.screenshot(path, full=False)
    print(f"{path}: {os.path.getsize(path) // 1024} KiB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("turnout")
    parser.add_argument("file")
    parser.add_argument("--minutes", type=float, default=12)
    options = parser.parse_args()
    options.turnout = os.path.abspath(options.turnout)
    options.file = os.path.abspath(options.file)
    with tempfile.TemporaryDirectory(prefix="turnout-screenshot-") as folder:
        asyncio.run(run(options, folder))


main()
