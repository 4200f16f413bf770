"""The servers of a benchmark: two nginx upstreams that say which cohort they are, and the proxies before them.

All proxies get equal work: keep-alive to the upstreams with pools that are large enough, X-Forwarded-For, -Proto and
-Host, X-Request-Id (kept or made), the cohort in a header to the upstream and on the answer, HTTP/1.1, no access log.
Turnout does more than that on each request (Via, flag and generation headers, counters and histograms per cohort).
"""

import json
import os
import pwd
import signal
from typing import NamedTuple

FLAG = "UNIFIED_CONVERSATION_ENABLED"
COHORTS = ("legacy", "unified")

# Above any number of connections a scenario opens, below the limit of descriptors.
CONNECTIONS = 9000
POOL = 512
FOREVER = 1_000_000_000

SMALL_BYTES = 200
LARGE_BYTES = 64 * 1024
UPLOAD_BYTES = 16 * 1024


# Where Debian's packages put the modules of nginx.
MODULES = "/usr/lib/nginx/modules"


def _nginx(stage, name, http, cores, environment=None, modules=()):
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
    temporary = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    loaded = "\n".join(f"load_module {MODULES}/{module};" for module in modules)
    configuration = stage.write(f"{name}.conf", f"""
{loaded}
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile {2 * CONNECTIONS};
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections {2 * CONNECTIONS}; }}
http {{
{temporary}
  keepalive_requests {FOREVER};
  keepalive_timeout 3600s;
  client_body_buffer_size 64k;
{http}
}}
""")
    arguments = ["nginx", "-p", folder, "-e", folder / "error.log", "-c", configuration]
    return stage.start(name, arguments, cores, environment)


class Upstream:
    """One cohort's server. /small, /large and /upload answer as the scenarios want; every answer carries the cohort's
    name in X-Upstream, and /small in its first word. /requests counts the requests answered.

    With `log`, each request leaves a line: time it ended, time it took, generation, cohort decided, user."""

    def __init__(self, stage, cohort, cores, log=False):
        self.stage, self.cohort, self.cores = stage, cohort, cores
        self.port = stage.port()
        self.log = stage.folder / f"{cohort}.log" if log else None
        stage.write(f"{cohort}-large", os.urandom(LARGE_BYTES))
        self.start()

    def start(self):
        access = "  access_log off;"
        if self.log:
            fields = "$msec $request_time $http_x_turnout_generation $http_x_turnout_cohort $http_x_user_id"
            access = f"  log_format asked '{fields}';\n  access_log {self.log} asked buffer=256k flush=1s;"
        small = self.cohort.ljust(SMALL_BYTES, ".")
        # An upload is read to its end before it is answered: `mirror` reads it, and what the static handler has
        # against POST (405) becomes the answer.
        http = f"""{access}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    add_header X-Upstream {self.cohort} always;
    location = /small {{ return 200 "{small}"; }}
    location = /large {{ open_file_cache max=1; alias {self.stage.folder}/{self.cohort}-large; }}
    location = /upload {{
      mirror /read;
      error_page 405 =200 @read;
      root {self.stage.folder};
      try_files /{self.cohort}-large =500;
    }}
    location = /read {{ internal; return 204; }}
    location @read {{ return 200 "{small}"; }}
    location = /requests {{ stub_status; access_log off; }}
  }}"""
        self.process = _nginx(self.stage, self.cohort, http, self.cores)
        self.stage.wait_for_port(self.process, self.port)

    def kill(self):
        """kill -9 of the server with its workers."""
        self.process.signal_all(signal.SIGKILL)
        self.process.popen.wait()

    def stall(self):
        self.process.signal_all(signal.SIGSTOP)

    def resume(self):
        self.process.signal_all(signal.SIGCONT)


class Sick(NamedTuple):
    """How a server of `start` answers /small: after `delay` seconds; `errors` per cent of the requests with 500 and `late`
    per cent after `late_delay` seconds instead, drawn anew for each request."""

    delay: float = 0
    errors: float = 0
    late: float = 0
    late_delay: float = 0

    def start(self, stage, name, cores=None):
        return SickUpstream(stage, name, self, cores)


class SickUpstream:
    """A server that answers as `Sick` says; it counts the requests that it was sent."""

    def __init__(self, stage, name, sick, cores):
        self.port = stage.port()
        self.asked = stage.folder / f"{name}-asked.log"
        body = name.ljust(SMALL_BYTES, ".")

        def share(percent, variable):
            # A share of 0 or 100 % has no line of its own in split_clients.
            some = f"{percent}% 1; * 0;" if 0 < percent < 100 else f"* {1 if percent else 0};"
            return f'  split_clients "${{request_id}}{variable}" ${variable} {{ {some} }}'

        http = f"""
  log_format asked '1';
  access_log {self.asked} asked;
{share(self._share(sick.errors), "fails")}
{share(self._share(sick.late), "lingers")}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    location = /small {{
      error_page 410 = @late;
      if ($fails) {{ return 500; }}
      if ($lingers) {{ return 410; }}
      echo_sleep {sick.delay};
      echo "{body}";
    }}
    location @late {{ echo_sleep {sick.late_delay}; echo "{body}"; }}
  }}"""
        self.process = _nginx(stage, name, http, cores, modules=["ngx_http_echo_module.so"])
        stage.wait_for_port(self.process, self.port)

    @staticmethod
    def _share(percent):
        return round(percent, 2)

    def requests(self):
        return self.asked.stat().st_size // 2


def upstreams(stage, cores=None, log=False):
    return {cohort: Upstream(stage, cohort, cores, log) for cohort in COHORTS}


class Proxy(NamedTuple):
    name: str
    process: object
    port: int


class Turnout(NamedTuple):
    """A running `turnout serve`, and its command line. `flags` is where its flags are: a file or an address."""

    name: str
    process: object
    port: int
    stage: object
    binary: str
    flags: object
    admin: str

    def command(self, *arguments):
        """The standard output of `turnout ARGUMENTS`, which must succeed."""
        return self.stage.run([self.binary, *arguments, "--flags", self.flags, "--admin", self.admin])

    def buckets(self, users):
        """The bucket of each user, as `turnout which` computes it."""
        answer = json.loads(self.stage.run([self.binary, "which", *users, "--flags", self.flags, "--json"]))
        return {decision["user"]: decision["bucket"] for decision in answer["decisions"]}


def start_turnout(stage, binary, upstreams, cores=None, environment=None, workers=1, percentage=50, timeouts=None,
                  store=None, name="turnout"):
    """`timeouts` become the section of that name in a configuration file, for what has no option. `store` is the address
    of a Redis server that has the flags, instead of a file. `name` is also that of the working folder."""
    flags = store or stage.write("flags.json", json.dumps({FLAG: percentage}))
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    port, admin = stage.port(), f"127.0.0.1:{stage.port()}"
    arguments = [binary, "serve", "--listen", f"127.0.0.1:{port}", "--admin", admin, "--flags", flags,
                 "--workers", workers, "--name", name]
    for cohort, upstream in upstreams.items():
        arguments += [f"--{cohort}", f"http://127.0.0.1:{upstream.port}"]
    if timeouts:
        lines = "".join(f"  {key}: {value}\n" for key, value in timeouts.items())
        arguments += ["--config", stage.write("turnout.yaml", f"timeouts:\n{lines}")]
    process = stage.start(name, arguments, cores, environment, folder)
    stage.wait_for_port(process, port)
    return Turnout(name, process, port, stage, binary, flags, admin)


def start_haproxy(stage, binary, upstreams, cores=None, environment=None):
    port = stage.port()
    backends = "".join(f"""
backend {cohort}
  http-request set-header X-Turnout-Cohort {cohort}
  http-response set-header X-Turnout-Cohort {cohort}
  server {cohort} 127.0.0.1:{upstream.port}
""" for cohort, upstream in upstreams.items())
    configuration = stage.write("haproxy.cfg", f"""
global
  nbthread 1
  maxconn {CONNECTIONS}

defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s

frontend turnout
  bind 127.0.0.1:{port} backlog 4096
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Request-Id %[uuid] unless {{ req.hdr(X-Request-Id) -m found }}
  use_backend unified if {{ req.hdr(X-User-Id),xxh32,mod(100000) lt 50000 }}
  default_backend legacy
{backends}""")
    process = stage.start("haproxy", ["haproxy", "-db", "-f", configuration], cores, environment)
    stage.wait_for_port(process, port)
    return Proxy("haproxy", process, port)


def start_nginx(stage, binary, upstreams, cores=None, environment=None):
    port = stage.port()
    pools = "".join(f"""
  upstream {cohort} {{
    server 127.0.0.1:{upstream.port};
    keepalive {POOL};
    keepalive_requests {FOREVER};
  }}""" for cohort, upstream in upstreams.items())
    http = f"""
  access_log off;
  split_clients "${{http_x_user_id}}" $cohort {{
    50% unified;
    * legacy;
  }}
  map $http_x_request_id $id {{
    "" $request_id;
    default $http_x_request_id;
  }}
{pools}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://$cohort;
      proxy_http_version 1.1;
      # Answers stay in memory, as with the others.
      proxy_buffers 16 16k;
      proxy_max_temp_file_size 0;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Request-Id $id;
      proxy_set_header X-Turnout-Cohort $cohort;
      add_header X-Turnout-Cohort $cohort always;
    }}
  }}"""
    process = _nginx(stage, "nginx", http, cores, environment)
    stage.wait_for_port(process, port)
    return Proxy("nginx", process, port)


PROXIES = {"turnout": start_turnout, "haproxy": start_haproxy, "nginx": start_nginx}
