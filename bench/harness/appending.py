"""The log by itself, in one process: against SQLite's own best, and at growing sizes."""
import re

from . import process
from .measure import Measurement


def _append(bench, program, *options):
    return process.run_json([program, "--scratch", bench.scratch, *options])


def _at_batches(bench, program, *options):
    """{"100": events/s, "1000": events/s}, by events a commit."""
    return {str(batch): _append(bench, program, "--batch", batch, "--events", bench.sizes.append_events, *options)["0"]
            for batch in (100, 1000)}


def _grown(bench, program, ids):
    small, large = bench.sizes.grown_events
    figures = _append(bench, program, "--batch", 1000, "--events", min(100_000, small), "--ids", ids,
                      "--sizes", small, large)
    return {"small": figures[str(small)], "large": figures[str(large)],
            "large_to_small": figures[str(large)] / figures[str(small)], "bytes_an_event": figures["bytes_an_event"]}


def _opening(bench):
    out = process.run([bench.program("opening_cost"), "--scratch", bench.scratch,
                       "--events", bench.sizes.grown_events[1]])
    statements, took = re.search(r"(\d+) statements, median (\d+) us", out).groups()
    return {"ms": int(took) / 1000, "statements": int(statements)}


MEASUREMENTS = [
    Measurement("append", "events appended by the pen, by events a commit",
                lambda bench: _at_batches(bench, bench.program("append"))),
    Measurement("append alone", "the same by one thread, which commits what it has appended",
                lambda bench: _at_batches(bench, bench.program("append"), "--alone")),
    Measurement("sqlite append", "rows into a table with a unique index, by rows a commit",
                lambda bench: _at_batches(bench, bench.peer("sqlite_append"))),
    Measurement("append grown", "events appended to a small log and to a large one",
                lambda bench: _grown(bench, bench.program("append"), "time"), times=1),
    Measurement("append grown, random ids", "the same with random ids",
                lambda bench: _grown(bench, bench.program("append"), "random"), times=1),
    Measurement("sqlite append grown", "the same into the table",
                lambda bench: _grown(bench, bench.peer("sqlite_append"), "time"), times=1),
    Measurement("opening", "opening a large shop and one command", _opening, times=1),
]
