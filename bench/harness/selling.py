"""Orders over HTTP: Upline, the floor and PostgreSQL, with quick syncs and slow ones."""
import time

from . import floor, machine, postgresql, process, upline
from .errors import Broken
from .measure import Measurement

SLOW_SYNC_US = 2000

THREADS = ("pen", "commit", "foresight", "io", "projector", "view", "index", "memory")  # that an order goes through


def _delta(before, after):
    return {name: after[name] - before.get(name, 0) for name in after}


def _spent(server):
    """By the server since its start."""
    return {"cpu": process.cpu_seconds(server.pid), **process.numbers_of(server.pid, "io"), **server.metrics()}


def sell(bench, *, connections=64, hot=False, slow_sync_us=0, ids="time", read=None):
    shop = upline.make_shop(bench, "hot" if hot else "usual", hot=hot)
    with upline.Server(bench, shop, slow_sync_us) as server:
        before = _spent(server)
        threads_before = process.cpu_by_name(server.pid)
        busy_before, idle_before = machine.ticks()
        told = upline.buy(bench, server.port, shop, connections=connections, hot=hot, ids=ids, read=read)
        busy, idle = machine.ticks()
        threads = _delta(threads_before, process.cpu_by_name(server.pid))
        time.sleep(1.2)  # the page of metrics is made once a second
        spent = _delta(before, _spent(server))
    commands = spent["upline_commands_total"]
    commits = spent["upline_commit_duration_seconds_count"]
    if slow_sync_us and spent["upline_commit_duration_seconds_sum"] / commits < 1e-6 * slow_sync_us:
        raise Broken("the commits of upline serve are quicker than the slow sync: they go around the shim")
    orders = commands / 2
    return {**told, "commands_per_s": 2 * told["orders_per_s"], "commands_a_commit": commands / commits,
            "commands_a_commit_a_client": commands / commits / connections,
            "commit_ms": 1e3 * spent["upline_commit_duration_seconds_sum"] / commits,
            "cpu_us_an_order": 1e6 * spent["cpu"] / orders,
            **{f"{thread}_us_an_order": 1e6 * threads.get(thread, 0) / orders for thread in THREADS},
            "idle_share": (idle - idle_before) / (busy - busy_before + idle - idle_before),
            "bytes_written_an_order": spent["write_bytes"] / orders,
            "reads_and_writes_an_order": (spent["syscr"] + spent["syscw"]) / orders}


MEASUREMENTS = [
    Measurement("upline", "orders over HTTP, 64 connections", sell),
    Measurement("postgresql", "the same orders by server functions, 64 clients", postgresql.measure),
    Measurement("floor", "the same requests without rules, 64 connections",
                lambda bench: floor.measure(bench, connections=64)),
    Measurement("upline random ids", "as upline, with random ids", lambda bench: sell(bench, ids="random")),
    Measurement("upline hot", "one promoter above every buyer, one product", lambda bench: sell(bench, hot=True)),
    Measurement("postgresql hot", "the same", lambda bench: postgresql.measure(bench, hot=True)),
    Measurement("postgresql hot statements", "the same, a round trip a statement",
                lambda bench: postgresql.measure(bench, script="sell_by_statements.sql", hot=True)),
    Measurement("upline slow", "+2 ms a sync", lambda bench: sell(bench, slow_sync_us=SLOW_SYNC_US)),
    Measurement("upline slow 256", "+2 ms a sync, 256 connections",
                lambda bench: sell(bench, slow_sync_us=SLOW_SYNC_US, connections=256)),
    Measurement("postgresql slow", "+2 ms a sync", lambda bench: postgresql.measure(bench, slow_sync_us=SLOW_SYNC_US)),
    Measurement("floor slow", "+2 ms a sync",
                lambda bench: floor.measure(bench, connections=64, slow_sync_us=SLOW_SYNC_US)),
    Measurement("floor slow 256", "+2 ms a sync, 256 connections",
                lambda bench: floor.measure(bench, connections=256, slow_sync_us=SLOW_SYNC_US)),
    Measurement("upline hot slow", "hot, +2 ms a sync",
                lambda bench: sell(bench, hot=True, slow_sync_us=SLOW_SYNC_US)),
    Measurement("postgresql hot slow", "hot, +2 ms a sync",
                lambda bench: postgresql.measure(bench, hot=True, slow_sync_us=SLOW_SYNC_US)),
    Measurement("postgresql hot statements slow", "hot, +2 ms a sync, a round trip a statement",
                lambda bench: postgresql.measure(bench, script="sell_by_statements.sql", hot=True,
                                                 slow_sync_us=SLOW_SYNC_US)),
]
