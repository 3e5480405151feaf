"""`upline serve` as a process, and shops for it."""
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from . import process
from .errors import Broken


def make_shop(bench, name, *, hot=False, keys=None, products=None, members=None, orders=0, levels=3, chain=0):
    """A shop that is made once: {"data": its folder, "storefront" and "merchant": tokens, ...}."""
    def make():
        data = bench.folder(f"template-{name}")
        told = process.run_json([
            bench.program("make_shop"), data, "--members", members or bench.sizes.members,
            "--products", 1 if hot else products or bench.sizes.products,
            "--keys", bench.keys() if keys is None else keys, "--orders", orders, "--levels", levels,
            "--chain", chain, *(["--hot"] if hot else [])])
        return {"data": data, **told}
    return bench.once(f"shop {name}", make)


def _sync(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())


class Server:
    """On a copy of a shop, which goes away with it, so that every repetition begins with the same."""

    def __init__(self, bench, shop, slow_sync_us=0, keep_data=False):
        self.shop = shop
        self.keep_data = keep_data
        self.data = shop["data"] if keep_data else bench.scratch / "served"
        if not keep_data:
            shutil.rmtree(self.data, ignore_errors=True)
            shutil.copytree(shop["data"], self.data)
            _sync(self.data)  # so that nobody writes it out while we measure
        self.process = process.start(
            [bench.upline, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--log-level", "warn"],
            env=bench.environment(slow_sync_us), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            process.stop(self.process)
            raise Broken(f"upline serve did not start: {line.strip()}")
        self.port = int(found.group(1))
        self._await_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.stop(self.process)
        self.process.stdout.close()
        if not self.keep_data:
            shutil.rmtree(self.data, ignore_errors=True)

    @property
    def pid(self):
        return self.process.pid

    def _await_ready(self, patience=600):
        """Read models are filled at the first start, which is no part of what is measured."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                self.get("/v1/shops/bench/policy")
                self.get("/readyz")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise Broken("upline serve is not ready")

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                         headers={"Authorization": f"Bearer {self.shop['merchant']}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def get_json(self, path):
        return json.loads(self.get(path))

    def metrics(self):
        """{name: sum over its series}."""
        sums = {}
        for line in self.get("/metrics").splitlines():
            if line.startswith("#") or "_bucket{" in line:
                continue
            name, _, value = line.rpartition(" ")
            name = name.split("{")[0]
            sums[name] = sums.get(name, 0) + float(value)
        return sums


def buy(bench, port, shop, *, connections=64, hot=False, ids="time", read=None, seconds=None, members=None,
        products=None):
    """The closed loop of bench_orders."""
    command = [bench.program("orders"), port, "--connections", connections,
               "--members", members or bench.sizes.members,
               "--products", 1 if hot else products or bench.sizes.products,
               "--seconds", seconds or bench.sizes.seconds, "--warm-up", bench.sizes.warm_up, "--ids", ids]
    if read:
        command += ["--read", read]
    token = shop["merchant" if read else "storefront"]  # a storefront may not read balances
    told = process.run_json(command, env={**os.environ, "UPLINE_BENCH_TOKEN": token})
    if told["orders"] == 0:
        raise Broken("bench_orders: not one order was answered with a key")
    return told
