"""Rebuilding and verifying, and how sales fare meanwhile."""
import threading

from . import process, upline
from .measure import Measurement

LIVE_CONNECTIONS = 8  # live traffic, not all that the server can take


def _history(bench):
    orders = bench.sizes.orders_of_history
    return upline.make_shop(bench, "history", orders=orders, keys=orders + bench.keys())


def _views(bench):
    return process.run_json([bench.program("views"), _history(bench)["data"]])


class _Rebuilding(threading.Thread):
    """`upline rebuild` again and again, beside the server."""

    def __init__(self, bench, data):
        super().__init__()
        self.command = [bench.upline, "rebuild", "--data", data, "--shop", "bench"]
        self.is_over = threading.Event()
        self.rebuilt = 0
        self.failure = None

    def run(self):
        while not self.is_over.is_set() and not self.failure:
            try:
                process.run(self.command)
                self.rebuilt += 1
            except Exception as failure:  # pylint: disable=broad-except
                self.failure = failure

    def __exit__(self, *_):
        self.is_over.set()
        self.join()

    def __enter__(self):
        self.start()
        return self


def _live(bench):
    shop = _history(bench)
    with upline.Server(bench, shop) as server:
        quiet = upline.buy(bench, server.port, shop, connections=LIVE_CONNECTIONS)
        with _Rebuilding(bench, server.data) as rebuilding:
            disturbed = upline.buy(bench, server.port, shop, connections=LIVE_CONNECTIONS)
    if rebuilding.failure:
        raise rebuilding.failure
    return {"p99_ms": disturbed["order_ms"]["p99"], "quiet_p99_ms": quiet["order_ms"]["p99"],
            "orders_per_s": disturbed["orders_per_s"], "quiet_orders_per_s": quiet["orders_per_s"],
            "rebuilt": rebuilding.rebuilt}


MEASUREMENTS = [
    Measurement("views", "a shop with orders: rebuilt, verified, compared", _views),
    Measurement("live during rebuild", "orders over HTTP while another process rebuilds", _live),
]
