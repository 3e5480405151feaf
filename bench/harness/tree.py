"""The referral tree: a random one under a chain."""
from . import process, upline
from .measure import Measurement


def _tree(bench):
    sizes = bench.sizes
    shop = upline.make_shop(bench, "tree", members=sizes.tree_members, chain=sizes.tree_chain, products=1, keys=1)
    told = process.run_json([bench.program("tree"), shop["data"], "--scratch", bench.scratch])
    for question in ("upline", "children", "count"):
        answers = told[question]
        for ours in ("view", "arrays"):
            # An array is quicker than the clock can tell.
            answers[f"{ours}_gain"] = answers["table"]["median_us"] / max(0.01, answers[ours]["median_us"])
            answers[f"{ours}_slowest_ms"] = answers[ours]["slowest_us"] / 1000
    return told


MEASUREMENTS = [Measurement("tree", "questions about the referral tree, three ways", _tree, times=1)]
