"""check.py SVG JSON: whether what bench_burst wrote makes sense."""
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def troubles(picture, figures):
    total, steps = figures["total"], figures["steps"]
    if total["sold"] == 0:
        yield "nothing was sold"
    if total["failed"] != 0:
        yield f"{total['failed']} requests failed"
    for name in ("offered", "sold", "shed"):
        if sum(step[name] for step in steps) != total[name]:
            yield f"the steps do not add up to the total of {name}"
    busiest = max(steps, key=lambda step: step["offered"])
    if not "18:00" <= busiest["time_of_day"] < "22:30":
        yield f"the peak is at {busiest['time_of_day']} and not in the evening"
    if figures["shop_before"]["orders"] == 0:
        yield "the shop had no history"
    if picture.tag != SVG + "svg" or len(picture.findall(SVG + "path")) < 20:
        yield "the picture is empty"


def main(svg, figures):
    if Path(svg).stat().st_size > 100_000:
        sys.exit("check.py: the picture is larger than 100 KB")
    try:
        picture = ET.parse(svg).getroot()
    except ET.ParseError as error:
        sys.exit(f"check.py: the picture is no XML: {error}")
    found = list(troubles(picture, json.loads(Path(figures).read_text(encoding="utf-8"))))
    if found:
        sys.exit("check.py: " + "; ".join(found))


main(*sys.argv[1:])
