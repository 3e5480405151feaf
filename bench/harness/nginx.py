"""nginx serving a small file from this machine, and wrk."""
import re
import shutil

from . import process
from .errors import Broken, Missing

CONFIGURATION = """
worker_processes {threads};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; multi_accept on; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 100000000; open_file_cache max=100;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} reuseport; root {folder}/html; default_type application/json; }}
}}
"""


def wrk(bench, url, *, connections=64, token=None):
    """Requests a second; every answer has to be a 200."""
    program = shutil.which("wrk")
    if not program:
        raise Missing("wrk is not installed (Debian's package wrk)")
    headers = ["-H", f"Authorization: Bearer {token}"] if token else []
    seconds = max(1, round(bench.sizes.seconds))
    out = process.run([program, "-t", 1, "-c", connections, "-d", f"{seconds}s", "--latency", *headers, url])
    if "Non-2xx" in out or "Socket errors" in out:
        raise Broken(f"wrk: not every answer was a 200: {re.search('(Non-2xx.*|Socket errors.*)', out).group(1)}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def measure(bench, threads):
    """A file of as many bytes as an answer of ours has."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        raise Missing("nginx is not installed (Debian's package nginx-light)")
    folder = bench.folder("nginx")
    port = process.free_port()
    (folder / "html").mkdir(mode=0o755)
    (folder / "html" / "stock.json").write_text('{"status":"ok","position":123456,"padding":"' + "x" * 200 + '"}')
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, threads=threads, port=port))
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = process.start([program, "-c", folder / "nginx.conf", "-p", folder], stdout=log, stderr=log)
    try:
        process.await_port(port, server)
        return {"requests_per_s": wrk(bench, f"http://127.0.0.1:{port}/stock.json")}
    finally:
        process.stop(server)
