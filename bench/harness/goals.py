"""What is asked of Upline, and which figures answer it."""
import statistics
from dataclasses import dataclass

from . import appending, books, footprint, importing, reading, selling, tree


@dataclass(frozen=True)
class Goal:
    number: int
    what: str
    ours: tuple  # (measurement, figure)
    peer: tuple | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def key(self):
        return f"{self.number}: {self.what}"

    def needs(self):
        return [self.ours[0], *([self.peer[0]] if self.peer else [])]

    def asked(self):
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else "shown"


def _goal(number, what, ours, figure, peer=None, peer_figure=None, **asked):
    return Goal(number, what, (ours, figure), (peer, peer_figure or figure) if peer else None, **asked)


GOALS = [
    _goal(1, "orders ÷ PostgreSQL, 64 clients", "upline", "orders_per_s", "postgresql", at_least=3, unit="orders/s"),
    _goal(1, "the same, +2 ms a sync", "upline slow", "orders_per_s", "postgresql slow", unit="orders/s"),
    _goal(2, "hot promoter, hot product ÷ PostgreSQL, statements", "upline hot", "orders_per_s",
          "postgresql hot statements", at_least=15, unit="orders/s"),
    _goal(2, "the same, +2 ms a sync", "upline hot slow", "orders_per_s", "postgresql hot statements slow",
          at_least=15, unit="orders/s"),
    _goal(2, "÷ PostgreSQL, server functions", "upline hot", "orders_per_s", "postgresql hot", at_least=15,
          unit="orders/s"),
    _goal(2, "÷ functions, +2 ms a sync", "upline hot slow", "orders_per_s", "postgresql hot slow", at_least=15,
          unit="orders/s"),
    _goal(3, "commands ÷ floor without rules", "upline", "commands_per_s", "floor", at_least=0.9, unit="commands/s"),
    _goal(3, "the same, +2 ms a sync", "upline slow", "commands_per_s", "floor slow", unit="commands/s"),
    _goal(3, "time-ordered ids ÷ random ids", "upline", "orders_per_s", "upline random ids", unit="orders/s"),
    _goal(4, "+2 ms a sync: 256 connections ÷ 64", "upline slow 256", "orders_per_s", "upline slow", at_least=2.8,
          unit="orders/s"),
    _goal(4, "the same, the floor", "floor slow 256", "orders_per_s", "floor slow", unit="orders/s"),
    _goal(4, "commands a commit ÷ clients, 64 of them, +2 ms", "upline slow", "commands_a_commit_a_client",
          at_least=0.8),
    _goal(5, "event append ÷ SQLite with its index, 100 a commit", "append", "100", "sqlite append", at_least=1,
          unit="events/s"),
    _goal(5, "the same, 1000 a commit", "append", "1000", "sqlite append", at_least=1, unit="events/s"),
    _goal(5, "one thread ÷ SQLite, 100 a commit", "append alone", "100", "sqlite append", unit="events/s"),
    _goal(5, "one thread ÷ SQLite, 1000 a commit", "append alone", "1000", "sqlite append", unit="events/s"),
    _goal(6, "append rate when large ÷ when small", "append grown", "large", "append grown", "small", at_least=0.95,
          unit="events/s"),
    _goal(6, "the same, random ids", "append grown, random ids", "large", "append grown, random ids", "small",
          unit="events/s"),
    _goal(6, "the same, SQLite's own", "sqlite append grown", "large", "sqlite append grown", "small", unit="events/s"),
    _goal(6, "opening a large shop and one command", "opening", "ms", at_most=50, unit="ms"),
    _goal(7, "import of a real history", "import", "purchases_per_s", at_least=40_000, unit="purchases/s"),
    _goal(7, "import of a made-up one, with keys", "import made", "large.purchases_per_s", at_least=40_000,
          unit="purchases/s"),
    _goal(7, "the same, large ÷ small", "import made", "large.purchases_per_s", "import made", "small.purchases_per_s",
          at_least=0.95, unit="purchases/s"),
    _goal(8, "rebuild of all read models", "views", "rebuild_events_per_s", at_least=400_000, unit="events/s"),
    _goal(8, "p99 of orders during a rebuild ÷ without", "live during rebuild", "p99_ms", "live during rebuild",
          "quiet_p99_ms", at_most=2, unit="ms"),
    _goal(9, "verify: hashes, tree, identities", "views", "verify_events_per_s", at_least=500_000, unit="events/s"),
    _goal(9, "comparing the views", "views", "compare_events_per_s", unit="events/s"),
    *(_goal(10, f"GET {name} ÷ nginx static file", "reads", name, "nginx", "requests_per_s", at_least=0.7,
            unit="requests/s") for name in ("stock", "order", "balance")),
    _goal(10, "GET of an order that is not in memory", "reads", "old order", "nginx", "requests_per_s",
          unit="requests/s"),
    _goal(11, "10 levels up, by number: gain over recursive SQL", "tree", "upline.memory_by_number_gain", at_least=300,
          unit="x"),
    _goal(11, "10 levels up, by id: gain over recursive SQL", "tree", "upline.memory_gain", at_least=300, unit="x"),
    _goal(11, "10 levels up, if finding the member were all", "tree", "upline.limit_gain", unit="x"),
    _goal(11, "downline count: gain over recursive SQL", "tree", "count.memory_gain", at_least=300, unit="x"),
    _goal(11, "first 50 children: gain over SQL", "tree", "children.memory_gain", unit="x"),
    _goal(11, "first 50 children, if finding the member were all", "tree", "children.limit_gain", unit="x"),
    *(_goal(11, f"{what}: the slowest{when}", "tree", f"{question}.{ours}_slowest_ms", at_most=5, unit="ms")
      for question, what in (("upline", "10 levels up"), ("children", "first 50 children"), ("count", "downline count"),
                             ("count_of_all", "count below the chain's head"))
      for ours, when in (("memory", ""), ("memory_since", ", 8,192 new members"))),
    _goal(12, "disk for an order: log, vault, views", "disk", "bytes_an_order", at_most=1536, unit="bytes"),
    _goal(12, "memory of a server with many orders", "memory", "mib", at_most=400, unit="MiB"),
    _goal(13, "until an answered order can be read, p99", "lag", "read_ms.p99", at_most=100, unit="ms"),
    _goal(14, "CPU for an order", "upline", "cpu_us_an_order", unit="us"),
    *(_goal(14, f"of it: {what}", "upline", f"{thread}_us_an_order", unit="us")
      for thread, what in (("pen", "the pen"), ("commit", "the commit"), ("foresight", "answers ahead"),
                           ("io", "I/O threads"), ("projector", "the projector"), ("view", "read models"), ("index", "the index"),
                           ("memory", "states in memory"))),
    _goal(14, "share of all cores that nobody used", "upline", "idle_share"),
    _goal(14, "system calls for an order", "syscalls", "syscalls_an_order"),
    _goal(14, "bytes written for a byte of an event", "written", "written_a_byte"),
]

MEASUREMENTS = {m.name: m for module in (selling, appending, importing, books, reading, tree, footprint)
                for m in module.MEASUREMENTS}


@dataclass(frozen=True)
class Verdict:
    goal: Goal
    ours: float | None
    peer: float | None
    value: float | None  # the ratio; without a peer our own figure
    met: bool | None  # nothing where nothing is asked or nothing was measured
    why_not: str = ""


def judge(goal, results):
    ours = results[goal.ours[0]]
    peer = results[goal.peer[0]] if goal.peer else None
    why_not = ours.why_not or (peer.why_not if peer else "")
    values = ours.each(goal.ours[1])
    if peer:
        # Of the same turn, so that a busy moment of the machine meets both.
        values = [a / b for a, b in zip(values, peer.each(goal.peer[1])) if b]
    value = statistics.median(values) if values else None
    met = None
    if value is not None and goal.at_least is not None:
        met = value >= goal.at_least
    if value is not None and goal.at_most is not None:
        met = value <= goal.at_most
    return Verdict(goal, ours.median(goal.ours[1]), peer.median(goal.peer[1]) if peer else None, value, met, why_not)
