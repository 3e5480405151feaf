"""The referral tree: a random one under a chain."""
from . import process, upline
from .measure import Measurement


def _gains(answers, told):
    """By ids as Upline is asked, and by numbers as SQLite is quickest. What is quicker than the clock can tell is told
    by the mean of all questions, on both sides."""
    for ours, table in (("memory", "table"), ("view", "table"), ("memory_by_number", "table_by_number"),
                        ("bare_array", "table_by_number")):
        if ours in answers and table in answers:
            answers[f"{ours}_gain"] = answers[table]["mean_us"] / answers[ours]["mean_us"]
    if "table" in answers:
        # What is left if finding the member were all that there is to do.
        answers["limit_gain"] = answers["table"]["mean_us"] / told["look_up"]["mean_us"]
    for ours in ("memory", "memory_since"):
        answers[f"{ours}_slowest_ms"] = answers[ours]["slowest_us"] / 1000


def _tree(bench):
    sizes = bench.sizes
    shop = upline.make_shop(bench, "tree", members=sizes.tree_members, chain=sizes.tree_chain, products=1, keys=1)
    told = process.run_json([bench.program("tree"), shop["data"], "--scratch", bench.scratch])
    for question in ("upline", "children", "count", "count_of_all"):
        _gains(told[question], told)
    return told


MEASUREMENTS = [Measurement("tree", "questions about the referral tree, by memory, read model and SQL", _tree, times=1)]
