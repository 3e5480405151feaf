"""What is asked of Upline, and which figures answer it."""
import statistics
from dataclasses import dataclass

from . import selling


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
    _goal(4, "commands a commit ÷ clients, 64 of them, +2 ms", "upline slow", "commands_a_commit_a_client",
          at_least=0.8),
]

MEASUREMENTS = {m.name: m for m in selling.MEASUREMENTS}


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
