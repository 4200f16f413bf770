"""The proxy and the two sample applications, as processes, and the commands beside them."""

import os
import socket
import subprocess
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class System:
    def __init__(self, options):
        self.options = options
        self.port, self.admin = free_port(), free_port()
        self.proxy = f"http://127.0.0.1:{self.port}"
        self.processes = []
        self.environment = dict(
            os.environ, REDIS_URL=options.redis, TURNOUT_FLAGS=options.redis, TURNOUT_ADMIN=f"127.0.0.1:{self.admin}",
            TURNOUT_STATE=os.path.join(options.folder, "state"), CONTEXT_TTL="1800")

    def start(self):
        ports = {}
        for cohort in ("legacy", "unified"):
            ports[cohort] = free_port()
            # A machine that is busy with other tests may make a user wait: what is looked at here is that nothing is lost.
            self.launch(
                "sample", cohort, "--listen", f"127.0.0.1:{ports[cohort]}", "--messages", self.options.mysql,
                "--redis-timeout", "5000")
        self.launch(
            "serve", "--listen", f"127.0.0.1:{self.port}", "--legacy", f"http://127.0.0.1:{ports['legacy']}",
            "--unified", f"http://127.0.0.1:{ports['unified']}")
        for port in (*ports.values(), self.port, self.admin):
            self.wait_for(port)

    def launch(self, *arguments, program=None):
        log = open(os.path.join(self.options.folder, f"{len(self.processes)}.log"), "wb")
        self.processes.append(subprocess.Popen(
            [program or self.options.turnout, *arguments], env=self.environment, cwd=self.options.folder, stdout=log,
            stderr=log))

    def wait_for(self, port):
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit(f"nobody listens at {port}\n{self.logs()}")
                time.sleep(0.05)

    def logs(self):
        text = ""
        for number in range(len(self.processes)):
            with open(os.path.join(self.options.folder, f"{number}.log")) as file:
                text += f"--- {number}\n{file.read()[-3000:]}\n"
        return text

    def begin(self, *arguments):
        """A command that somebody waits for later."""
        return subprocess.Popen(
            [self.options.turnout, *arguments], env=self.environment, cwd=self.options.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, expected=(0,)):
        done = subprocess.run(
            [self.options.turnout, *arguments], env=self.environment, cwd=self.options.folder, capture_output=True,
            text=True, timeout=300)
        if done.returncode not in expected:
            raise SystemExit(
                f"turnout {' '.join(arguments)} ended with {done.returncode}, expected {expected}\n{done.stdout[-4000:]}\n"
                f"{done.stderr[-4000:]}\n{self.logs()}")
        return done.stdout

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
