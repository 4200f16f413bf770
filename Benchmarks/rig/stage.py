"""A stage: one temporary folder and the processes that run in it, all of them ended and removed when it is left.

    with Stage() as stage:
        server = stage.start("server", ["nginx", ...], cores="0")
        stage.wait_for_port(server, port)

Nothing outside the folder is written, no service of the machine is used, and only processes started here are ended, by
their ids: also after an exception, Ctrl-C or SIGTERM.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import procfs


class Failed(Exception):
    """The run cannot go on, or its figures mean nothing. The text says why."""


def run_program(main):
    """Exit status: what `main` returns, 1 with a line of text when it failed, 130 after Ctrl-C, SIGTERM or SIGHUP."""
    try:
        sys.exit(main())
    except (Failed, OSError) as failure:
        sys.exit(f"{Path(sys.argv[0]).stem}: {failure or repr(failure)}")
    except KeyboardInterrupt:
        sys.exit(130)


class Process:
    """A server or load that was started, with what it has printed."""

    def __init__(self, name, popen, log):
        self.name, self.popen, self.log = name, popen, log

    @property
    def pid(self):
        return self.popen.pid

    def ids(self):
        """This process and all that descend from it."""
        return procfs.descendants(self.pid)

    def signal_all(self, number):
        for pid in self.ids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def require_running(self):
        if self.popen.poll() is not None:
            raise Failed(f"{self.name} ended with {self.popen.returncode}:\n{self.tail()}")

    def end(self):
        self.signal_all(signal.SIGCONT)
        family = self.ids()
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                pass
        for pid in family:
            if pid != self.pid and procfs.is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.popen.kill()
        self.popen.wait()


class Stage:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="turnout-bench-"))
        self.processes = []
        self.ports = set()

    def __enter__(self):
        # Each of these leaves the block as Ctrl-C does, by an exception, so that the processes are ended.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave processes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in reversed(self.processes):
            process.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content)
        return path

    def port(self):
        """A free port below the range the kernel hands to outgoing connections, so that none of those takes it while
        a server is being restarted on it."""
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        for _ in range(1000):
            port = random.randrange(low // 2, low)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            if port not in self.ports:
                self.ports.add(port)
                return port
        raise Failed("no free port found")

    def start(self, name, arguments, cores=None, environment=None, folder=None):
        """`cores` as taskset writes them; `folder` is the working folder. Output goes to a log in the stage's folder."""
        if cores is not None:
            arguments = ["taskset", "-c", cores, *arguments]
        log = self.folder / f"{name}-{len(self.processes)}.out"
        with open(log, "wb") as output:
            popen = subprocess.Popen(
                [str(a) for a in arguments], cwd=folder or self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}, start_new_session=True)
        process = Process(name, popen, log)
        self.processes.append(process)
        return process

    def run(self, arguments, seconds=30):
        """Runs a short command to its end; its standard output, or Failed."""
        done = subprocess.run([str(a) for a in arguments], cwd=self.folder, capture_output=True, text=True, timeout=seconds)
        if done.returncode != 0:
            command = " ".join(str(a) for a in arguments[:4])
            raise Failed(f"{command}... ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def wait_for_port(self, process, port, seconds=10):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            process.require_running()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Failed(f"{process.name} does not listen on port {port} after {seconds} s:\n{process.tail()}")
