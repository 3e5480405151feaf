"""The machine: what it is, and how busy others keep it."""
import os
import platform
import time
from dataclasses import dataclass


def ticks():
    """(busy, idle) of all cores since the start, in ticks."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, idle, iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return user + nice + system + irq + softirq + steal, idle + iowait


@dataclass(frozen=True)
class Background:
    """What others do to the machine while nothing of ours runs."""
    cpu: float  # share of all cores that is taken, 0 to 1
    sync_us: int  # median of an fdatasync: it takes longer while others write

    def __str__(self):
        return f"background {self.cpu:.0%}, fdatasync {self.sync_us} us"


def background(folder, seconds=0.5):
    busy, idle = ticks()
    time.sleep(seconds)
    busy_after, idle_after = ticks()
    spent = busy_after - busy
    return Background(round(spent / max(1, spent + idle_after - idle), 3), _sync_us(folder, 20))


def _first(path, name):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
    return "unknown"


def _sync_us(folder, times):
    """Median of fdatasync after a page was written: what a commit waits for at least."""
    name = os.path.join(folder, "sync-probe")
    file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    took = []
    for at in range(times):
        os.pwrite(file, b"x" * 4096, at * 4096)
        began = time.perf_counter()
        os.fdatasync(file)
        took.append(time.perf_counter() - began)
    os.close(file)
    os.unlink(name)
    return round(1e6 * sorted(took)[len(took) // 2])


QUIET = 0.15  # share of all cores


def await_quiet(folder, patience):
    """The background at last: quiet, or as it is after so many seconds."""
    until = time.monotonic() + patience
    while True:
        found = background(folder)
        if found.cpu < QUIET or time.monotonic() >= until:
            return found


def describe(folder):
    """Nothing in it names the machine or a path on it."""
    memory_kib = int(_first("/proc/meminfo", "MemTotal").split()[0])
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20),
        "kernel": platform.release().split("-")[0],
        "fdatasync_us": _sync_us(folder, 200),
    }
