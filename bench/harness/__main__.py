"""bench/run: see `bench/run --help`."""
import argparse
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from . import bench as places
from . import goals, machine, measure, report

KEPT = places.ROOT / "bench" / "results" / "kept.json"

TEXT = """Measures Upline and its peers in turns, and prints the ratios beside what is asked.

examples:
  bench/run                       everything, five turns: about half an hour
  bench/run --only 1 3            two goals
  bench/run --only 2 --seconds 10 --repetitions 9
  bench/run --patience 60         on a machine that is busy now and then
  bench/run --smoke               tiny sizes, to see that all of it works
  bench/run --programs            the single programs one after the other, with what they print themselves
  bench/run --burst               the burst of a real day (bench/run --burst --help has its options)
  bench/run --keep                and keep the result in bench/results/kept.json
"""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run", description=TEXT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, nargs="+", metavar="GOAL", help="these goals' numbers only")
    parser.add_argument("--repetitions", type=int, metavar="N", help="turns, of which the median counts (default 5)")
    parser.add_argument("--seconds", type=float, metavar="S", help="of each measurement under load (default 5)")
    parser.add_argument("--patience", type=float, default=0, metavar="S",
                        help="wait so long at most, before each measurement, until others leave the cores alone")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes; fails where anything does not work")
    parser.add_argument("--full", action="store_true", help="the sizes of the goals: 50 million events and more; hours")
    parser.add_argument("--scratch", type=Path, default=places.ROOT / "build", metavar="DIR",
                        help="where shops and databases are made: a real disk (default build/)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the result goes (default build/bench.json)")
    parser.add_argument("--keep", action="store_true", help="writes it to bench/results/kept.json too")
    parser.add_argument("--programs", action="store_true",
                        help="instead: the single programs (bench/programs), with --smoke at small sizes")
    parser.add_argument("--list", action="store_true", help="says which goals there are, and measures nothing")
    return parser.parse_args(arguments)


def sizes_of(options):
    sizes = places.SMOKE if options.smoke else places.FULL if options.full else places.Sizes()
    if options.seconds:
        sizes = replace(sizes, seconds=options.seconds)
    return replace(sizes, repetitions=options.repetitions) if options.repetitions else sizes


def wanted_goals(only):
    unknown = set(only or []) - {goal.number for goal in goals.GOALS}
    if unknown:
        sys.exit(f"bench/run: there is no goal {min(unknown)}; bench/run --list says which there are")
    return [goal for goal in goals.GOALS if not only or goal.number in only]


def say(text, is_trouble=False):
    print(text, file=sys.stderr if is_trouble else sys.stdout, flush=True)


def tell(verdicts, is_comparable):
    kept, kept_machine = report.read_kept(KEPT)
    say(f"\n{report.table(verdicts, kept if is_comparable else {})}")
    if kept_machine and is_comparable:
        say(f"kept: {report.in_words(kept_machine)}")
    for why in dict.fromkeys(v.why_not for v in verdicts if v.why_not):
        say(f"not measured: {why}")


def run(options, wanted, scratch):
    """0 where everything worked."""
    bench = places.Bench(sizes_of(options), scratch, options.patience)
    needed = {name for goal in wanted for name in goal.needs()}
    measurements = [m for name, m in goals.MEASUREMENTS.items() if name in needed]
    described = machine.describe(scratch)
    say(f"{report.in_words(described)}, {machine.background(scratch)}")
    results = measure.run_in_turns(bench, measurements, say)
    verdicts = [goals.judge(goal, results) for goal in wanted]
    tell(verdicts, is_comparable=not options.smoke)
    new = report.document(described, bench.sizes, results, verdicts)
    report.write(options.json or places.ROOT / "build" / "bench.json", new)
    if options.keep:
        report.write(KEPT, new, keeps_others=bool(options.only))
    return 1 if any(result.is_broken for result in results.values()) else 0


def main():
    options = parse(sys.argv[1:])
    wanted = wanted_goals(options.only)
    if options.list:
        for goal in wanted:
            print(f"{goal.number:3}  {goal.what}  ({goal.asked()})")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is below is cleared away
    scratch = Path(tempfile.mkdtemp(prefix="bench.", dir=options.scratch))
    scratch.chmod(0o755)
    try:
        return run(options, wanted, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
