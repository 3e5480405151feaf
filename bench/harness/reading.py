"""Reads over HTTP against nginx, and how soon what was written can be read."""
from . import nginx, selling, upline
from .errors import Broken
from .measure import Measurement

IO_THREADS = 2  # of upline serve, and so nginx's workers


def _reads(bench):
    shop = upline.make_shop(bench, "few products", products=5, keys=40_000, orders=500, members=1_000)
    with upline.Server(bench, shop) as server:
        oldest = server.get_json("/v1/shops/bench/orders?limit=1")["orders"][0]["order"]
        sold = upline.buy(bench, server.port, shop, products=5, members=1_000, connections=16, seconds=0.2)
        at = f"http://127.0.0.1:{server.port}/v1/shops/bench"
        return {name: nginx.wrk(bench, at + path, token=shop["merchant"])
                for name, path in (("stock", "/stock"), ("order", f"/orders/{sold['newest_order']}"),
                                   ("balance", "/members/m0/balances"), ("old order", f"/orders/{oldest}"))}


def _lag(bench):
    """A reader asks the read models for a member as of the newest answered order, all the while: an upper bound of the
    lag for whoever asks, since the request's own time is in it. Whatever is asked of them waits for all of them; a
    balance would come from memory."""
    told = selling.sell(bench, read="/v1/shops/bench/members/m0")
    if told["read_ms"]["p50"] == 0:
        raise Broken("not one read was answered while orders were sold")
    return {"read_ms": told["read_ms"], "orders_per_s": told["orders_per_s"]}


MEASUREMENTS = [
    Measurement("reads", "GET stock, order, balance, 64 connections", _reads),
    Measurement("nginx", "GET of a static file, as many threads", lambda bench: nginx.measure(bench, IO_THREADS)),
    Measurement("lag", "a read model as of the newest answered order, at full load", _lag),
]
