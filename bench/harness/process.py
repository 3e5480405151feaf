"""Processes that a measurement starts: each ends with it, whatever becomes of it."""
import ctypes
import json
import os
import signal
import socket
import subprocess
import time

from .errors import Broken, Missing

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **how):
    try:
        return subprocess.Popen([str(part) for part in command], preexec_fn=_die_with_parent, **how)
    except FileNotFoundError:
        raise Missing(f"{command[0]} is not installed") from None


def stop(process, with_signal=signal.SIGTERM, patience=60):
    """Ends it, and waits until it has ended."""
    if process.poll() is None:
        process.send_signal(with_signal)
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Broken(f"{os.path.basename(process.args[0])} did not end within {patience} s") from None


def _kill(process):
    process.kill()
    process.communicate()


def _why(said):
    """The line that tells most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "ERROR" in line or "FATAL" in line), lines[-1] if lines else "")


def run(command, patience=3600, **how):
    """What it says on standard output. Broken, with its last words, where it fails."""
    process = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise Broken(f"{os.path.basename(process.args[0])} took more than {patience} s") from None
    except BaseException:  # we are to end
        _kill(process)
        raise
    if process.returncode != 0:
        raise Broken(f"{os.path.basename(process.args[0])}: {_why(err) or f'it ended with {process.returncode}'}")
    return out


def run_json(command, **how):
    """The one line of JSON that our own programs say."""
    return json.loads(run(command, **how).splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process, patience=30):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Broken(f"{os.path.basename(process.args[0])} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Broken(f"{os.path.basename(process.args[0])} does not listen after {patience} s")


def _cpu_in(stat_file):
    with open(stat_file, encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all its threads, those that have ended too."""
    return _cpu_in(f"/proc/{pid}/stat")


def cpu_by_name(pid):
    """{name: seconds of all threads that are called so}, of those that live: some end while they are asked for."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{thread}"
        try:
            with open(f"{folder}/comm", encoding="ascii", errors="replace") as name:
                name = name.read().strip()
            found[name] = found.get(name, 0) + _cpu_in(f"{folder}/stat")
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def numbers_of(pid, file):
    """/proc/<pid>/io or status, as far as its lines are numbers."""
    found = {}
    with open(f"/proc/{pid}/{file}", encoding="ascii", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            word = value.split()
            if word and word[0].isdigit():
                found[name] = int(word[0])
    return found
