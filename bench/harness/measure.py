"""Measurements by name, run in turns."""
import statistics
from dataclasses import dataclass, field
from typing import Callable

from . import machine
from .errors import Broken, Missing


@dataclass
class Measurement:
    name: str
    what: str
    run: Callable  # takes a Bench, gives {figure: number}
    times: int | None = None  # where once, say, is all that is affordable

    def wanted(self, repetitions):
        return min(repetitions, self.times or repetitions)


@dataclass
class Result:
    what: str
    figures: list = field(default_factory=list)  # of each repetition: {figure: number}
    background: list = field(default_factory=list)  # before each repetition
    why_not: str = ""
    is_broken: bool = False  # and not only missing

    def each(self, figure):
        return [figures[figure] for figures in self.figures if figure in figures]

    def median(self, figure):
        values = self.each(figure)
        return statistics.median(values) if values else None


def flat(figures, prefix=""):
    """{"a": {"b": 1}} becomes {"a.b": 1}; what is no number is left out."""
    found = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, (int, float)):
            found[prefix + name] = value
    return found


def run_in_turns(bench, measurements, say):
    """Each once, then each once more: what others do on the machine meets all of them alike."""
    results = {m.name: Result(m.what) for m in measurements}
    for turn in range(bench.sizes.repetitions):
        for measurement in measurements:
            result = results[measurement.name]
            if result.why_not or turn >= measurement.wanted(bench.sizes.repetitions):
                continue
            background = machine.await_quiet(bench.scratch, bench.patience)
            try:
                figures = flat(measurement.run(bench))
            except (Missing, Broken) as error:
                result.why_not = str(error)
                say(f"  {measurement.name}: {error}", is_trouble=True)
                result.is_broken = isinstance(error, Broken)
                continue
            result.figures.append(figures)
            result.background.append(background)
            first = ", ".join(f"{name} {value:.4g}" for name, value in list(figures.items())[:4])
            say(f"  {turn + 1}/{bench.sizes.repetitions} {measurement.name:34} {first} ({background})")
    return results
