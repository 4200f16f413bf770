#!/usr/bin/env python3
"""How fast `turnout migrate` moves contexts, beside the fastest way to write the same keys.

Measured, with --contexts contexts of about 300 bytes, in one run on one server:

    redis-cli --pipe   the four keys of each conversation, SET ... PX, from a file that was made before: the limit
    turnout migrate    the legacy keys are found, read, planned and written as the same four keys, and kept for a week
    again              a second run, which has nothing to write
    dry run            every line of it, to /dev/null

The goal is at least half the rate of redis-cli --pipe: the migration reads each context as well, and compares it once
more while it writes. The peak of the resident memory (VmHWM) of the migration is taken with a tenth of the contexts and
with all of them: it may not grow by more than --allowance MiB.

How: Redis has one core, the program that talks to it the other. A thousand conversations, taken by chance, must be the
same bytes both ways.

Not shown: the way over a network; messages from MySQL; what other clients of the server feel meanwhile.
"""

import argparse
import json
import os
import random
import subprocess
import time
import uuid
from pathlib import Path

from rig import report
from rig.redis import Redis
from rig.stage import Failed, Stage, run_program

GOAL = 0.5
NAMESPACE = uuid.UUID("cae878e8-595c-49eb-89c1-494fafb3dc08")
LIFETIME = "86400000"
SAMPLE = 1000


def arguments():
    parser = argparse.ArgumentParser(description="Contexts per second of turnout migrate and of redis-cli --pipe.")
    parser.add_argument("--turnout", default=".build/release/turnout", help="the binary (%(default)s)")
    parser.add_argument("--contexts", type=int, default=1_000_000)
    parser.add_argument("--allowance", type=float, default=4, help="MiB (%(default)s)")
    parser.add_argument("--check", action="store_true", help="exit 1 for a missed goal")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def command(*words):
    return f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)


def context(number):
    """User, history, state, and the times: all ASCII, so that characters are bytes."""
    user = f"{number:08}"
    said = [{"role": ("user", "assistant")[turn % 2], "content": f"message {turn} of {user}", "at": 1732345678000 + turn}
            for turn in range(3)]
    return user, json.dumps(said, separators=(",", ":")), json.dumps({"step": number % 7, "cart": [1, 2, 3]},
                                                                    separators=(",", ":"))


def legacy(number):
    user, history, state = context(number)
    value = (f'{{"user_id":"{user}","state":{state},"messages":{history},'
             '"created_at":1732345678000,"updated_at":1732345678002}')
    return command("SET", f"chat:customer:{user}", value, "PX", LIFETIME)


def conversation(number):
    """Keys and values in the order in which the migration writes them."""
    user, history, state = context(number)
    name = str(uuid.uuid5(NAMESPACE, f"chat:customer:{user}"))
    meta = (f'{{"v":1,"id":"{name}","role":"client","user_id":"{user}","created_at":1732345678000,'
            f'"updated_at":1732345678002,"messages":3,"source":"chat:customer:{user}","synced":3}}')
    front = f"conversation:client:{user}:"
    return [(f"{front}{name}:history", history), (f"{front}{name}:state", state), (f"{front}{name}:meta", meta),
            (f"{front}current", name)]


def unified(number):
    return "".join(command("SET", key, value, "PX", LIFETIME) for key, value in conversation(number))


def write(path, count, make):
    with path.open("w", buffering=1 << 20) as file:
        for number in range(count):
            file.write(make(number))


def pipe(redis, path, core):
    """Seconds."""
    start = time.monotonic()
    with path.open("rb") as file:
        done = subprocess.run(["taskset", "-c", core, "redis-cli", "-p", str(redis.port), "--pipe"], stdin=file,
                              capture_output=True, text=True, check=False)
    if "errors: 0" not in done.stdout:
        raise Failed(f"redis-cli --pipe: {done.stdout}{done.stderr}")
    return time.monotonic() - start


def peak(pid):
    """VmHWM in bytes; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def migrate(turnout, redis, core, folder, *words):
    """Its report, and the peak of its resident memory. taskset becomes the program."""
    words = ["taskset", "-c", core, turnout, "migrate", "--redis", redis.address, *words]
    environment = {**os.environ, "CONTEXT_TTL": "86400"}
    output = folder / "migrate.out"
    with output.open("w") as out, (folder / "migrate.err").open("w") as errors:
        start = time.monotonic()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL if "--dry-run" in words else out, stderr=errors,
                                   env=environment, cwd=folder)
        most = 0
        while process.poll() is None:
            most = max(most, peak(process.pid))
            time.sleep(0.05)
        seconds = time.monotonic() - start
    if process.returncode != 0:
        raise Failed(f"turnout migrate: {(folder / 'migrate.err').read_text()}")
    return json.loads(output.read_text() or "{}"), seconds, most


def require_same(client, numbers):
    for number in numbers:
        for key, value in conversation(number):
            if client.value(key) != value:
                raise Failed(f"{key} is not what it must be")


def run(options, stage):
    cores = [str(core) for core in sorted(os.sched_getaffinity(0))[:2]]
    turnout = os.path.abspath(options.turnout)
    redis = Redis(stage, cores[0])
    client = redis.client()
    sample = random.sample(range(options.contexts // 10), min(SAMPLE, options.contexts // 10))
    figures = {"contexts": options.contexts}
    source, target = stage.folder / "legacy.resp", stage.folder / "unified.resp"

    write(target, options.contexts, unified)
    figures["pipe_seconds"] = pipe(redis, target, cores[1])
    require_same(client, sample)
    target.unlink()

    for name, count in (("tenth", options.contexts // 10), ("all", options.contexts)):
        client.command("FLUSHALL")
        write(source, count, legacy)
        pipe(redis, source, cores[1])
        if name == "all":
            figures["dry_run_seconds"] = migrate(turnout, redis, cores[1], stage.folder, "--dry-run")[1]
        told, seconds, most = migrate(turnout, redis, cores[1], stage.folder, "--json")
        if told["migrated"] != count:
            raise Failed(f"migrated {told['migrated']} of {count}")
        require_same(client, sample)
        figures[f"{name}_seconds"], figures[f"{name}_peak_bytes"] = seconds, most
    told, figures["again_seconds"], _ = migrate(turnout, redis, cores[1], stage.folder, "--json")
    if told["migrated"] != 0 or told["present"] != options.contexts:
        raise Failed(f"a second run: {told}")
    return figures


def main():
    options = arguments()
    with Stage() as stage:
        figures = run(options, stage)
    count = options.contexts
    rows = [(name, figures[key]) for name, key in (
        ("redis-cli --pipe", "pipe_seconds"), ("turnout migrate", "all_seconds"), ("again", "again_seconds"),
        ("dry run", "dry_run_seconds"))]
    report.table([f"{count} contexts", "seconds", "contexts/s", "of the limit"], [
        [name, f"{seconds:.1f}", f"{count / seconds:.0f}", f"{figures['pipe_seconds'] / seconds:.2f}"]
        for name, seconds in rows])
    figures["ratio"] = figures["pipe_seconds"] / figures["all_seconds"]
    growth = (figures["all_peak_bytes"] - figures["tenth_peak_bytes"]) / 2**20
    print(f"  peak of the resident memory: {figures['tenth_peak_bytes'] / 2**20:.1f} MiB with {count // 10} contexts, "
          f"{figures['all_peak_bytes'] / 2**20:.1f} MiB with {count}\n")
    verdict = report.Verdict()
    verdict.require(figures["ratio"] >= GOAL, f"at least {GOAL} of the rate of redis-cli --pipe", f"{figures['ratio']:.2f}")
    verdict.require(growth <= options.allowance, f"at most {options.allowance} MiB more for ten times as many",
                    f"{growth:+.1f} MiB")
    status = verdict.conclude()
    report.write_json(options.json, figures)
    return status if options.check else 0


if __name__ == "__main__":
    run_program(main)
