"""The floor: a server without rules (peers/floor.cpp)."""
import json
import re
import subprocess

from . import process
from .errors import Broken
from .upline import buy


def measure(bench, *, connections, slow_sync_us=0):
    server = process.start([bench.peer("floor"), bench.folder("floor") / "floor.db"],
                           env=bench.environment(slow_sync_us), stdout=subprocess.PIPE, text=True)
    try:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", server.stdout.readline())
        if not found:
            raise Broken("the floor did not start")
        told = buy(bench, found.group(1), {"storefront": "upline_x_" + "x" * 43}, connections=connections)
    finally:
        process.stop(server)
    stats = json.loads(server.stdout.readline())
    server.stdout.close()
    return {"commands_per_s": 2 * told["orders_per_s"], "orders_per_s": told["orders_per_s"],
            "commands_a_commit": stats["commands"] / max(1, stats["commits"]), "client_cores": told["client_cores"]}
