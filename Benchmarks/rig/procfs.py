"""What the kernel says about a process: its descendants, its CPU time, its memory."""

import os
from pathlib import Path
from typing import NamedTuple

TICK_MICROSECONDS = 1_000_000 / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/PID/stat from `state` on, or None when the process is gone."""
    try:
        # The name, in brackets, may hold anything; nothing behind it does.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] != "Z"


def descendants(root):
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(name)):
            children.setdefault(int(fields[1]), []).append(int(name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, []))
    return found


class CPU(NamedTuple):
    """`total` is the scheduler's count (nanoseconds, here in us); `user` and `system` come in ticks of 10 ms."""

    total: float
    user: float
    system: float

    def since(self, before):
        return CPU(*(now - then for now, then in zip(self, before)))


def cpu(root):
    """CPU time in microseconds of a process and its descendants, over all their threads that are alive."""
    total = user = system = 0.0
    for pid in descendants(root):
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0]) / 1000
        fields = _stat(pid)
        user += int(fields[11]) * TICK_MICROSECONDS
        system += int(fields[12]) * TICK_MICROSECONDS
    return CPU(total, user, system)


def thread_times(pid):
    """CPU time in microseconds of each thread that is alive, by name; those of one name together."""
    times = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = thread_name(pid, task.name)
        times[name] = times.get(name, 0.0) + int((task / "schedstat").read_text().split()[0]) / 1000
    return times


def resident(root):
    """Resident bytes of a process and its descendants: (all, anonymous)."""
    total = anonymous = 0
    for pid in descendants(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                total += int(line.split()[1]) * 1024
            elif line.startswith("Anonymous:"):
                anonymous += int(line.split()[1]) * 1024
    return total, anonymous


def thread_name(pid, thread):
    try:
        return Path(f"/proc/{pid}/task/{thread}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return "(ended)"
