"""What an order takes: disk, memory, and what the kernel does for it."""
import re
import shutil
import signal
import subprocess

from . import process, upline
from .errors import Missing
from .measure import Measurement


def _bytes_by_file(folder):
    """Of a shop that nobody has open, its write-ahead logs therefore folded in."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def _disk(bench):
    """What orders add to a shop of the same members: log with its index, vault (their keys) and views."""
    orders = bench.sizes.orders_of_history
    sizes = []
    for name, count in (("empty", 0), ("sold", orders)):
        shop = upline.make_shop(bench, f"disk {name}", orders=count, keys=max(1, count), levels=2, products=5)
        process.run([bench.upline, "rebuild", "--data", shop["data"], "--shop", "bench"])
        sizes.append(_bytes_by_file(shop["data"] / "bench"))
    empty, sold = sizes
    grown = {name: (size - empty.get(name, 0)) / orders for name, size in sold.items()}
    kinds = {"events": 0.0, "index": 0.0, "vault": 0.0, "views": 0.0}
    for name, size in grown.items():
        kinds[next((kind for kind in kinds if name.startswith(kind)), "views")] += size
    return {"bytes_an_order": sum(grown.values()), **kinds}


def _memory(bench):
    orders = bench.sizes.orders_in_memory
    shop = upline.make_shop(bench, "many orders", orders=orders, keys=orders + bench.keys())
    with upline.Server(bench, shop) as server:
        at_rest = process.numbers_of(server.pid, "status")["VmRSS"]
        upline.buy(bench, server.port, shop)
        after = process.numbers_of(server.pid, "status")
    return {"orders": orders, "mib": after["VmRSS"] / 1024, "at_rest_mib": at_rest / 1024,
            "most_mib": after["VmHWM"] / 1024}


NAMED = ("pwrite64", "pread64", "fdatasync", "fcntl", "newfstatat", "futex", "recvfrom", "sendto", "epoll_wait",
         "mprotect", "getpid")


def _syscalls(bench):
    """Counted by the kernel's own tracepoints while orders are sold, and those of NAMED apart."""
    program = shutil.which("perf")
    if not program:
        raise Missing("perf is not installed (Debian's package linux-perf): system calls are not counted")
    shop = upline.make_shop(bench, "usual")
    events = ",".join(["raw_syscalls:sys_enter", *(f"syscalls:sys_enter_{name}" for name in NAMED)])
    with upline.Server(bench, shop) as server:
        counter = process.start([program, "stat", "-x", ",", "-e", events, "-p", server.pid],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        told = upline.buy(bench, server.port, shop)
        counter.send_signal(signal.SIGINT)
        _, said = counter.communicate(timeout=30)
    counted = {name: int(count) for count, name in re.findall(r"^(\d+),,\w+:sys_enter_?(\w*),", said, re.MULTILINE)}
    if "" not in counted:
        raise Missing("perf may not count system calls here")
    # The warm-up sells as many a second.
    orders = told["orders"] * (bench.sizes.seconds + bench.sizes.warm_up) / bench.sizes.seconds
    return {"syscalls_an_order": counted.pop("") / orders,
            "by_name": {name: count / orders for name, count in counted.items()}}


def _written(bench):
    """Bytes that the server had written to the disk for each byte of an event."""
    shop = upline.make_shop(bench, "usual")
    with upline.Server(bench, shop) as server:
        before = process.numbers_of(server.pid, "io")["write_bytes"]
        upline.buy(bench, server.port, shop)
        written = process.numbers_of(server.pid, "io")["write_bytes"] - before
        size = process.run_json([bench.program("log_size"), server.data, "--after", shop["events"]])
    return {"written_a_byte": written / size["bytes"], "bytes_an_event": size["bytes"] / size["events"]}


MEASUREMENTS = [
    Measurement("disk", "bytes that a delivered order with two accruals adds", _disk, times=1),
    Measurement("memory", "of a server that holds many orders, after selling", _memory, times=1),
    Measurement("syscalls", "for an order, 64 connections", _syscalls),
    Measurement("written", "bytes to the disk for a byte of an event, 64 connections", _written),
]
