"""PostgreSQL with a cluster of its own: made in the scratch folder, on a free port of this machine, by a user without
rights, and gone with the measurement."""
import glob
import os
import pwd
import re
import signal
import subprocess
import time

from . import process
from .errors import Broken, Missing

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "peers", "postgresql")

# As a careful operator would set it for this load: durable, with room, and no checkpoint in the middle.
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 300
max_wal_size = 8GB
checkpoint_timeout = 15min
synchronous_commit = on
fsync = on
"""


def _programs():
    """The folder of the newest version that has all that is needed."""
    needed = ("initdb", "postgres", "psql", "pgbench")
    folders = [folder for folder in glob.glob("/usr/lib/postgresql/*/bin") + os.get_exec_path()
               if all(os.access(os.path.join(folder, name), os.X_OK) for name in needed)]
    if not folders:
        raise Missing("PostgreSQL is not installed (Debian's package postgresql)")
    return max(folders)


def _who():
    """PostgreSQL refuses to run as root: then as the user that its package brings."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise Missing("PostgreSQL refuses to run as root, and there is no user postgres to run it as") from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _must_be_readable(who, *folders):
    """A checkout in somebody's own folder is nobody else's to read."""
    for folder in folders:
        if subprocess.run(["test", "-x", folder], check=False, cwd="/", **who).returncode != 0:
            raise Missing(f"PostgreSQL runs as the user postgres, who may not enter {folder}")


class Cluster:
    def __init__(self, bench):
        self.bench = bench
        self.bin = _programs()
        self.who = _who()
        self.folder = bench.folder("postgresql")
        if self.who:
            os.chown(self.folder, self.who["user"], self.who["group"])
            _must_be_readable(self.who, self.folder, SCRIPTS)
        self.data = self.folder / "data"
        self.port = process.free_port()
        self.process = None
        self._run(["initdb", "-D", self.data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--no-locale"])
        memory_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"{SETTINGS}port = {self.port}\nunix_socket_directories = ''\n"
                       f"shared_buffers = {min(2048, memory_mib // 8)}MB\n")

    def _run(self, command, **how):
        program = [os.path.join(self.bin, command[0]), *command[1:]]
        return process.run(program, cwd=self.folder, **self.who, **how)

    def start(self, slow_sync_us=0):
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = process.start([os.path.join(self.bin, "postgres"), "-D", self.data], cwd=self.folder,
                                         env=self.bench.environment(slow_sync_us), stdout=log, stderr=log, **self.who)
        process.await_port(self.port, self.process)
        self._await_connection()

    def _await_connection(self, patience=60):
        until = time.monotonic() + patience
        while True:
            try:
                self.psql("postgres", "-c", "SELECT 1")
                return
            except Broken:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def stop(self):
        process.stop(self.process, signal.SIGINT)  # PostgreSQL's "fast"

    def psql(self, database, *arguments):
        return self._run(["psql", "-h", "127.0.0.1", "-p", self.port, "-U", "bench", "-d", database, "-qAt",
                          "-v", "ON_ERROR_STOP=1", *arguments])

    def make_template(self, name, *, products, hot):
        self.psql("postgres", "-c", f"CREATE DATABASE {name}")
        sizes = self.bench.sizes
        for setting, value in (("members", sizes.members), ("products", products), ("keys", self.bench.keys()),
                               ("hot", int(hot))):
            self.settings = {**getattr(self, "settings", {}), setting: value}
        variables = [part for setting in self.settings.items() for part in ("-v", "=".join(map(str, setting)))]
        self.psql(name, *variables, "-f", os.path.join(SCRIPTS, "schema.sql"))

    def pgbench(self, database, script, clients, seconds, products, first):
        """`first`: where the clients' counters begin, so that no idempotency key comes twice."""
        out = self._run(["pgbench", "-h", "127.0.0.1", "-p", self.port, "-U", "bench", "-n", "-M", "prepared",
                         "-f", os.path.join(SCRIPTS, script), "-c", clients, "-j", 2, "-T", seconds,
                         "-D", f"n={first}", "-D", f"members={self.bench.sizes.members}", "-D", f"products={products}",
                         database])
        rate = re.search(r"tps = ([\d.]+)", out)
        failed = re.search(r"number of failed transactions: (\d+)", out)
        if not rate or (failed and failed.group(1) != "0"):
            raise Broken("pgbench did not finish its orders")
        return float(rate.group(1))


def _cluster(bench):
    return bench.once("postgresql", lambda: Cluster(bench))


def measure(bench, *, script="sell.sql", clients=64, hot=False, slow_sync_us=0):
    """Every repetition begins with the same database, as Upline's does."""
    cluster = _cluster(bench)
    products = 1 if hot else bench.sizes.products
    template = "hot" if hot else "usual"
    cluster.start()
    try:
        bench.once(f"postgresql {template}",
                   lambda: cluster.make_template(template, products=products, hot=hot) or True)
        cluster.psql("postgres", "-c", "DROP DATABASE IF EXISTS sold")
        cluster.psql("postgres", "-c", f"CREATE DATABASE sold TEMPLATE {template} STRATEGY FILE_COPY")
        if slow_sync_us:
            cluster.stop()
            cluster.start(slow_sync_us)
            _check_slow_sync(cluster, slow_sync_us)
        cluster.pgbench("sold", script, clients, max(1, round(bench.sizes.warm_up)), products, 0)
        rate = cluster.pgbench("sold", script, clients, max(1, round(bench.sizes.seconds)), products, 1_000_000_000)
        _check(cluster)
    finally:
        cluster.stop()
    return {"orders_per_s": rate, "commands_per_s": 2 * rate}


def _check_slow_sync(cluster, slow_sync_us, commits=20):
    began = time.monotonic()
    inserts = [part for i in range(commits) for part in ("-c", f"INSERT INTO commands VALUES ({-i - 1}, 0)")]
    cluster.psql("sold", *inserts)
    if time.monotonic() - began < 1e-6 * slow_sync_us * commits:
        raise Broken("PostgreSQL's commits are quicker than the slow sync: they go around the shim")


def _check(cluster):
    """What was sold is what was given, once each."""
    sold = cluster.psql("sold", "-c", "SELECT count(*) = count(DISTINCT key_id) FROM orders WHERE status = 2").strip()
    if sold != "t":
        raise Broken("PostgreSQL gave a key twice")
