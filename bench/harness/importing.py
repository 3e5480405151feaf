"""Imports of a real history and of made-up ones."""
import os
import re
from pathlib import Path

from . import process
from .bench import ROOT
from .measure import Measurement


def _import(bench, folder, times=1):
    out = process.run([bench.program("import_speed"), folder, "--scratch", bench.scratch, "--times", times])
    purchases, events = re.search(r"([\d.]+) purchases/s, [\d.]+ rows/s, ([\d.]+) events/s", out).groups()
    return {"purchases_per_s": float(purchases), "events_per_s": float(events),
            "peak_mib": float(re.search(r"peak memory (\d+)", out).group(1)),
            "pen_us": float(re.search(r"pen ([\d.]+) us", out).group(1)),
            "others_us": float(re.search(r"other threads ([\d.]+) us", out).group(1))}


def _real(bench):
    """The whole of CDNOW where UPLINE_TEST_DATA names the folder that holds it, else the tenth of it in demo/."""
    data = Path(os.environ.get("UPLINE_TEST_DATA", "")) / "cdnow"
    is_whole = os.environ.get("UPLINE_TEST_DATA") and data.is_dir() and bench.sizes.repetitions > 1
    return _import(bench, data if is_whole else ROOT / "demo")


def _history(bench, purchases):
    def make():
        folder = bench.folder(f"history-{purchases}")
        process.run([bench.program("make_history"), folder, "--purchases", purchases, "--members",
                     max(1, purchases // 3), "--products", min(1000, max(1, purchases // 100))])
        return folder
    return bench.once(f"history {purchases}", make)


def _made(bench):
    small, large = (_import(bench, _history(bench, purchases)) for purchases in bench.sizes.history_purchases)
    return {"small": small, "large": large}


MEASUREMENTS = [
    Measurement("import", "a real history: purchases, keys, members, refunds", _real),
    Measurement("import made", "made-up histories with keys, a small one and a large one", _made, times=1),
]
