"""wrk as the load: full speed over keep-alive connections, each request with another user."""

import json
from pathlib import Path
from typing import NamedTuple

from .servers import UPLOAD_BYTES
from .stage import Failed


class Scenario(NamedTuple):
    path: str
    method: str = "GET"
    body: int = 0
    connection: str = "keep-alive"


SMALL = Scenario("/small")
LARGE = Scenario("/large")
UPLOAD = Scenario("/upload", method="POST", body=UPLOAD_BYTES)
CONNECT = Scenario("/small", connection="close")


class Outcome(NamedTuple):
    """What wrk saw; times in microseconds. `status` counts answers of 400 and above."""

    requests: int
    microseconds: int
    p50: int
    p99: int
    max: int
    connect: int
    read: int
    write: int
    timeout: int
    status: int

    @property
    def rate(self):
        return self.requests / self.microseconds * 1_000_000

    @property
    def errors(self):
        kinds = ("connect", "read", "write", "timeout", "status")
        return {kind: getattr(self, kind) for kind in kinds if getattr(self, kind)}

    def require_clean(self, what):
        if self.errors or not self.requests:
            raise Failed(f"{what}: {self.requests} requests, errors {self.errors or 'none'}")


def users(count=4096):
    return [f"user-{number}" for number in range(count)]


class Load:
    """A wrk that runs; `outcome()` waits for its end."""

    def __init__(self, stage, port, scenario, seconds, cores=None, connections=64, users=users(), timeout=10):
        table = stage.write(f"users-{len(stage.processes)}", "\n".join(users) + "\n")
        self.seconds = seconds
        self.process = stage.start("wrk", [
            "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={timeout}s", "--latency",
            "-s", Path(__file__).with_name("load.lua"), f"http://127.0.0.1:{port}{scenario.path}", "--",
            table, scenario.method, scenario.path, scenario.body, scenario.connection], cores)

    def outcome(self):
        if self.process.popen.wait(self.seconds + 30) != 0:
            raise Failed(f"wrk ended with {self.process.popen.returncode}:\n{self.process.tail()}")
        return Outcome(**json.loads(self.process.tail().splitlines()[-1]))
