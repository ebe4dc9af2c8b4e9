"""What the system tests share: a province of real processes, started, killed and asked.

Only the commands of docs/commands.md are used; no code of the programs is shared. Timing settings that
the documents name are made short through the environment, so that tests wait for conditions and not for
the pace of a bad line. How long a condition may take is PATIENCE: nothing depends on the speed of a machine.
"""

import csv
import fcntl
import io
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("TONGHOP_BIN", "")
FAULTS = os.environ.get("TONGHOP_FAULTS") == "1"
SOURCE = pathlib.Path(__file__).resolve().parents[3]
DATA = pathlib.Path(os.environ.get("TONGHOP_DATA", SOURCE.parent / "shared" / "data"))
PATIENCE = 100  # seconds for whatever must happen; only a test that fails waits so long
PROGRAMS = ["tonghop", "tonghop-node", "tonghop-broker", "tonghop-worker", "tonghop-watch"]

FAST = {
    "TONGHOP_LANG": "en",
    "TONGHOP_NODE_HELLO_DELAY": "50ms",
    "TONGHOP_NODE_HELLO_WAIT": "1s",
    "TONGHOP_NODE_RECONNECT_MIN": "20ms",
    "TONGHOP_NODE_RECONNECT_MAX": "100ms",
    "TONGHOP_NODE_REFUSED_WAIT": "200ms",
    "TONGHOP_NODE_RESEND_FIRST": "300ms",
    "TONGHOP_NODE_RESEND_MAX": "1s",
    "TONGHOP_NODE_SILENCE": "500ms",
    "TONGHOP_NODE_PING_WAIT": "300ms",
    "TONGHOP_WORKER_RECONNECT_MIN": "10ms",
    "TONGHOP_WORKER_RECONNECT_MAX": "50ms",
    "TONGHOP_WORKER_ATTACH_EVERY": "300ms",
    "TONGHOP_WORKER_BEAT": "200ms",
    "TONGHOP_WORKER_MAP_SIZE": "1GiB",
    "TONGHOP_NODE_MAP_SIZE": "1GiB",
}


def need_programs(*more):
    """Skip the test (exit 77) unless everything it runs was built."""
    missing = [name for name in [*PROGRAMS, *more] if not os.access(os.path.join(BIN, name), os.X_OK)]
    if missing:
        print(f"skipped: not built: {' '.join(missing)}")
        sys.exit(77)


def built_with(symbol):
    """Does the broker hold this symbol? So a test knows a sanitizer."""
    with open(os.path.join(BIN, "tonghop-broker"), "rb") as program:
        return symbol.encode() in program.read()


def need_data(name):
    """The path of a file of the external data folder, or skip the test."""
    path = DATA / name
    if not path.exists():
        print(f"skipped: the folder with {name} is not here (set TONGHOP_DATA)")
        sys.exit(77)
    return path


def environment(**more):
    env = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", **FAST)
    env.update({key: str(value) for key, value in more.items()})
    return env


def until(condition, seconds=PATIENCE, what="condition"):
    """Look until condition() is true; its value. Fails after the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def call(*args, ok=(0,), env=None, timeout=2 * PATIENCE, stdin=None, text=True):
    """Run tonghop with args; ok=None accepts every exit code. text=False: its output as bytes."""
    done = subprocess.run(
        [os.path.join(BIN, "tonghop"), *map(str, args)],
        env=env or environment(),
        text=text,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    if ok is not None and done.returncode not in ok:
        words = " ".join(map(str, args))
        raise AssertionError(f"tonghop {words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


class Ports:
    """Ports in a row that nobody else is given: below those of the system's choice, and locked among tests.

    A port that is free now may be another's when the broker wants it, or wants it again after it was killed.
    """

    COUNT = 5
    taken = set()
    table = None  # byte N is locked while a test has port N

    @classmethod
    def table_file(cls):
        if cls.table is None:
            path = pathlib.Path(tempfile.gettempdir()) / f"tonghop-test-ports-{os.getuid()}"
            cls.table = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        return cls.table

    @staticmethod
    def is_free(port):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("127.0.0.1", port))
                door.listen()
            except OSError:
                return False
        return True

    @classmethod
    def take(cls):
        """The first of COUNT ports, ours until this process ends."""
        lowest_chosen = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        last = lowest_chosen - cls.COUNT if lowest_chosen > 12000 else 60000
        for first in random.sample(range(10000, last, cls.COUNT), (last - 10000) // cls.COUNT):
            if first in cls.taken:
                continue
            try:
                fcntl.lockf(cls.table_file(), fcntl.LOCK_EX | fcntl.LOCK_NB, cls.COUNT, first)
            except OSError:
                continue
            cls.taken.add(first)
            if all(map(cls.is_free, range(first, first + cls.COUNT))):
                return first
        raise AssertionError("no free ports")


class Scratch:
    """A directory for as long as a with statement lasts."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tonghop-test-"))
        return self.path

    def __exit__(self, kind, error, trace):
        shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A program that is started again whenever it was killed, until stop()."""

    def __init__(self, name, program, *args, env=None, log=None):
        self.name = name
        self.command = [os.path.join(BIN, program), *map(str, args)]
        self.env = env or environment()
        self.log = log
        self.process = None
        self.starts = 0

    def start(self, **more):
        env = dict(self.env, **{key: str(value) for key, value in more.items()})
        with open(self.log or os.devnull, "ab") as log:
            self.process = subprocess.Popen(
                self.command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.starts += 1
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def ended(self):
        return self.process is None or self.process.poll() is not None

    def stop(self, seconds=PATIENCE):
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM") from None


class Province:
    """A province directory in a scratch place, with its processes."""

    def __init__(self, units, *extra, catalogue="open", up=True, env=None):
        need_programs()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tonghop-test-"))
        self.home = self.dir / "province"
        self.env = env or environment()
        self.processes = []
        self.up_process = None
        path = units
        if not isinstance(units, (str, pathlib.Path)):
            path = write_csv(self.dir / "units.csv", units[0].keys(), units)
        ports = () if "--ports" in extra else ("--ports", Ports.take())
        self.call("init", self.home, "--units", path, "--catalogue", catalogue, *ports, *extra)
        if up:
            self.up()

    def call(self, *args, **how):
        how.setdefault("env", self.env)
        return call(*args, **how)

    def up(self, **more):
        env = dict(self.env, **{key: str(value) for key, value in more.items()})
        with open(self.dir / "up.log", "ab") as log:
            self.up_process = subprocess.Popen(
                [os.path.join(BIN, "tonghop"), "up", str(self.home), f"--timeout={PATIENCE}s"],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.up_process.stdout.readline()
        assert line.startswith("READY"), f"up said {line!r}: {self.logs()}"
        return line

    def down(self):
        """SIGTERM to up; its exit code."""
        if self.up_process is None:
            return 0
        self.up_process.send_signal(signal.SIGTERM)
        code = self.up_process.wait(PATIENCE)
        self.up_process = None
        return code

    def pids(self):
        return json.loads((self.home / "run" / "up.json").read_text())

    def program(self, name, program, *args, **how):
        """A program of its own instead of a child of up."""
        process = Process(
            name,
            program,
            *args,
            env=how.get("env", self.env),
            log=self.dir / f"{name}.log",
        )
        self.processes.append(process)
        return process.start()

    def apart(self):
        """Broker and worker as programs of their own, so that each can be killed alone."""
        broker = self.program("broker", "tonghop-broker", "run", "--dir", self.home)
        worker = self.program("worker", "tonghop-worker", "run", "--dir", self.home, "--name", "w1")
        return broker, worker

    def node(self, *units, only=False):
        """Enrol and join a node; its directory."""
        name = units[0].replace("@", "-")
        slip, home = self.dir / f"{name}.tonghop", self.dir / f"node-{name}"
        refs = [word for unit in units for word in ("--unit", unit)]
        self.call("enrol", self.home, *refs, "-o", slip, *(["--only"] if only else []))
        self.call("join", slip, "--dir", home)
        return home

    def agent(self, node):
        """The agent of a node directory as a program of its own; from here on no command is it."""
        agent = self.program(f"agent-{node.name}", "tonghop-node", "run", "--dir", node)
        until(lambda: " start " in agent.log.read_text(errors="replace"), what=f"{agent.name} runs")
        return agent

    def file(self, name, rows, header=None):
        return write_csv(self.dir / name, header or rows[0].keys(), rows)

    def feed(self, node, rows, form, name="feed.csv", header=None, wait=f"{PATIENCE}s", ok=(0,)):
        path = self.file(name, rows, header)
        return self.call("import", "--dir", node, path, "--form", form, f"--wait={wait}", ok=ok)

    def totals(self, *args):
        out = self.call("totals", "--dir", self.home, "--format", "csv", *args).stdout
        return list(csv.DictReader(io.StringIO(out)))

    def values(self, *args):
        """{(unit, period, measure, dims): value} of every total that has one."""
        return {
            (r["unit_code"], r["period"], r["measure"], r["dims"]): r["value"]
            for r in self.totals(*args)
            if r["value"]
        }

    def verify(self, *args, ok=(0,)):
        return self.call("verify", self.home, *args, ok=ok)

    def logs(self, lines=12):
        said = []
        for path in [*self.dir.glob("*.log"), *self.home.glob("log/*.log")]:
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            said += [f"--- {path.name}", *tail]
        return "\n".join(said)

    def close(self, keep=False):
        for process in self.processes:
            if not process.ended():
                process.kill()
        if self.up_process is not None:
            self.up_process.kill()
            self.up_process.wait()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print(self.logs(), file=sys.stderr)
        self.close(keep=kind is not None and os.environ.get("TONGHOP_KEEP") == "1")


def run(*tests):
    """Run test functions one after the other, saying each one's name and time."""
    need_programs()
    for test in tests:
        begun = time.monotonic()
        test()
        print(f"ok   {test.__name__.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
