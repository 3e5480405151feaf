"""The table, the JSON, and what has changed since the kept result."""
import json
import time


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _row(verdict, kept):
    goal = verdict.goal
    met = {True: "yes", False: "NO", None: ""}[verdict.met]
    before = kept.get(goal.key, {}).get("value")
    change = f"{verdict.value / before:.2f} x" if before and verdict.value is not None else ""
    value = number(verdict.value) if goal.peer or verdict.value is None else ""
    return [str(goal.number), goal.what, f"{number(verdict.ours)} {goal.unit}".strip(), number(verdict.peer), value,
            goal.asked(), met, change]


def table(verdicts, kept):
    header = ["goal", "measured", "ours", "peer", "ratio", "asked", "met", "to kept"]
    rows = [header, *(_row(v, kept) for v in verdicts)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _short(value):
    """As many digits as such a measurement has."""
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def document(machine, sizes, results, verdicts):
    return _short({
        "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine,
        "sizes": vars(sizes),
        "goals": {v.goal.key: {"ours": v.ours, "peer": v.peer, "value": v.value, "asked": v.goal.asked(), "met": v.met}
                  for v in verdicts if v.value is not None},
        "measurements": {name: {"what": r.what, "background": [vars(background) for background in r.background],
                                "repetitions": r.figures}
                         for name, r in results.items() if r.figures},
    })


def read_kept(path):
    """{goal: what was kept}, and the machine that it was taken on."""
    if not path.exists():
        return {}, None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return kept["goals"], kept["machine"]


def in_words(machine):
    return (f"{machine['cores']} cores, {machine['processor']}, {machine['memory_gib']} GiB, "
            f"fdatasync {machine['fdatasync_us']} us")


def write(path, new, keeps_others=False):
    """`keeps_others`: goals that were not measured this time stay as they were kept."""
    merged = dict(new)
    if keeps_others and path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        merged["goals"] = {**old["goals"], **new["goals"]}
        merged["measurements"] = {**old["measurements"], **new["measurements"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(merged, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
