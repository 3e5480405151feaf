"""Where and how large everything is measured."""
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"


@dataclass
class Sizes:
    """The usual ones; --smoke and --full have others."""
    seconds: float = 5
    warm_up: float = 1
    repetitions: int = 5
    members: int = 100_000
    products: int = 50
    keys_a_second: int = 25_000  # in stock; more than are sold
    append_events: int = 300_000
    grown_events: tuple = (1_000_000, 5_000_000)
    history_purchases: tuple = (200_000, 1_000_000)
    tree_members: int = 1_000_000
    tree_chain: int = 100_000
    orders_of_history: int = 100_000
    orders_in_memory: int = 300_000


SMOKE = Sizes(seconds=0.7, warm_up=0.2, repetitions=1, members=2_000, products=5, keys_a_second=40_000,
              append_events=5_000, grown_events=(5_000, 20_000), history_purchases=(2_000, 5_000),
              tree_members=5_000, tree_chain=1_000, orders_of_history=2_000, orders_in_memory=2_000)
FULL = Sizes(grown_events=(1_000_000, 50_000_000), history_purchases=(1_000_000, 10_000_000),
             orders_in_memory=10_000_000)


@dataclass
class Bench:
    """What every measurement gets."""
    sizes: Sizes
    scratch: Path
    patience: float = 0  # seconds to wait for a quiet machine before each measurement
    made: dict = field(default_factory=dict)  # what was made once and is used by several measurements

    @property
    def upline(self):
        return BUILD / "upline"

    def program(self, name):
        return BUILD / "bench" / f"bench_{name}"

    def peer(self, name):
        return BUILD / "bench" / "peers" / f"bench_{name}"

    def once(self, name, make):
        """What `make()` made, the first time that the name is asked for."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def folder(self, name):
        """A fresh one. Others than us may look into it, since PostgreSQL runs as another user."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o755, parents=True)
        return path

    def _copy_slow_sync(self):
        """Where another user can read it too."""
        return shutil.copy(BUILD / "bench" / "peers" / "libbench_slow_sync.so", self.scratch / "slow_sync.so")

    def keys(self):
        return int(self.sizes.keys_a_second * (self.sizes.seconds + self.sizes.warm_up))

    def environment(self, slow_sync_us=0, **more):
        """Of a server; its syncs take so much longer."""
        slow = {}
        if slow_sync_us:
            slow = {"LD_PRELOAD": str(self.once("slow sync", self._copy_slow_sync)), "SLOW_SYNC_US": str(slow_sync_us)}
        return {**os.environ, **slow, **more}
