"""A live view is what the province has, or says that it is not: stopped, cut off, made to lose messages, on a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    *({"code": f"D{at}", "name": f"District {at}", "type": "district", "parent": "P"} for at in range(1, 4)),
]
NUMBERS = ("value", "of", "before", "after", "reported", "expected")


def figures(value, units=("D1", "D2", "D3"), measures=("m1", "m2", "n.x"), period="2025"):
    return [
        {"unit_code": unit, "period": period, "measure": measure, "value": value + at}
        for at, (unit, measure) in enumerate((u, m) for u in units for m in measures)
    ]


class Watch:
    """tonghop watch as a program reads it: its events, and the table they make."""

    def __init__(self, province, *args, **env):
        command = [os.path.join(tonghop.BIN, "tonghop"), "watch", "--dir", str(province.home), *args]
        self.process = subprocess.Popen(
            command,
            env=dict(province.env, **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events, self.rows, self.version = [], {}, 0
        self.live = self.other_store = False
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            self.take(event)
            self.events.append(event)

    def take(self, event):
        kind = event["event"]
        if kind == "snapshot":
            self.rows = {}
        if kind in ("row", "change"):
            key = tuple(event[name] for name in ("unit", "period", "measure", "dims"))
            if kind == "change":
                assert self.live, f"a change while stale: {event}"
                assert event["was"] == self.rows.get(key, {}).get("value"), f"{event} after {self.rows.get(key)}"
            self.rows[key] = {name: event[name] for name in NUMBERS}
            if event["qualifier"] is None and event["reported"] == 0:
                del self.rows[key]
        if kind in ("live", "stale"):
            self.live = kind == "live"
        self.other_store = self.other_store or event.get("reason") == "store-changed"
        assert event["version"] >= self.version or self.other_store, f"version went back: {event}"
        self.version = event["version"]

    def kinds(self, kind):
        return [event for event in self.events if event["event"] == kind]

    def until(self, condition, what):
        tonghop.until(lambda: condition() or self.process.poll() is not None, what=what)
        assert condition(), f"watch ended with {self.process.poll()}: {self.process.stderr.read()}"
        return self

    def until_live(self):
        return self.until(lambda: self.live, "live")

    def until_same(self, province, *args):
        wanted = table_of(province, *args)
        return self.until(lambda: self.live and self.rows == wanted, f"the {len(wanted)} totals")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(tonghop.PATIENCE) == 0, self.process.stderr.read()
        self.reader.join(tonghop.PATIENCE)


def table_of(province, *args):
    def number(text):
        return int(text) if text else None

    return {
        (row["unit_code"], row["period"], row["measure"], row["dims"]): {name: number(row[name]) for name in NUMBERS}
        for row in province.totals(*args)
    }


def once_is_what_totals_say():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        province.feed(node, figures(10), "staffing")
        province.feed(node, figures(700, period="2026-11"), "staffing")
        for filters in (
            [],
            ["--by", "unit"],
            ["--unit", "D2", "--measure", "n.*,m1", "--period", "2025"],
            ["--by", "unit", "--missing", "--period", "2025", "--measure", "m1"],
        ):
            said = province.call("totals", "--dir", province.home, "--format", "csv", *filters).stdout
            seen = province.call("watch", "--dir", province.home, "--once", "--format", "csv", *filters).stdout
            assert seen == said and seen.count("\n") > 1, f"{filters}: {seen} instead of {said}"
        version = int(province.totals()[0]["version"])
        later = Watch(province, "--from", str(version + 1))
        later.until(lambda: later.process.poll() is None, "running")
        province.feed(node, figures(11), "staffing")
        later.until_same(province)
        assert later.events[0]["event"] == "snapshot" and later.events[0]["version"] > version
        later.stop()


def questions_that_cannot_be_answered():
    with tonghop.Province(UNITS, "--lineage", "p", up=False) as province:
        down = province.call("watch", "--dir", province.home, "--once", ok=None)
        assert down.returncode == 69 and "TH5001" in down.stderr, down
        province.up()
        for words, code in ((["--unit", "D9"], 65), (["--period", "2025-13"], 65), (["--by", "colour"], 65)):
            asked = province.call("watch", "--dir", province.home, "--once", *words, ok=None)
            assert asked.returncode == code and "TH5002" in asked.stderr, f"{words}: {asked}"
        asked = province.call("watch", "--dir", province.home, "--format", "csv", ok=None)
        assert asked.returncode == 64, asked


def a_watch_that_was_stopped_catches_up():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        watches = [Watch(province, "--by", "unit", "--interval", "20ms"), Watch(province, "--measure", "m*")]
        for watch in watches:
            watch.until_live()
        for value in range(1, 9):
            if value == 2:
                watches[0].process.send_signal(signal.SIGSTOP)
            province.feed(node, figures(value * 100), "staffing")
        withdraw = [{"unit_code": "D1", "period": "2025", "measure": "m1", "value": "", "op": "withdraw"}]
        province.feed(node, withdraw, "staffing")
        stopped = len(watches[0].events)
        time_asleep(3.5)
        assert len(watches[0].events) == stopped
        watches[0].process.send_signal(signal.SIGCONT)
        watches[0].until_same(province, "--by", "unit")
        watches[1].until_same(province, "--measure", "m*")
        assert watches[0].kinds("stale"), "it slept for longer than the silence it may not notice"
        # The other one missed nothing; a machine that gives it no time for 3 s makes it ask again.
        reasons = [event["reason"] for event in watches[1].kinds("stale")]
        assert set(reasons) <= {"silence", "link"} and len(watches[1].kinds("snapshot")) <= 1 + len(reasons), reasons
        for watch in watches:
            watch.stop()


def time_asleep(seconds):
    """The stopped process must miss beats for this long; nothing to look at tells when it has."""
    select.select([], [], [], seconds)


def lost_messages_are_noticed_and_repaired():
    if not tonghop.FAULTS:
        print("skipped: built without fault points")
        return
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        watches = [Watch(province, TONGHOP_FAULT_AT=f"feed.lost:{at}") for at in (4, 7, 11)]
        for watch in watches:
            watch.until_live()
        value = 0

        def all_lost():
            nonlocal value
            value += 1
            province.feed(node, figures(value), "staffing")
            return all(any(event["reason"] == "gap" for event in watch.kinds("stale")) for watch in watches)

        tonghop.until(all_lost, what="a hole in each")
        for watch in watches:
            watch.until_same(province)
            watch.stop()


def a_dead_worker_is_stale_and_a_new_one_is_live():
    with tonghop.Province(UNITS, "--lineage", "p", up=False) as province:
        broker, worker = province.apart()
        node = province.node("P")
        province.agent(node)
        province.feed(node, figures(1), "staffing")
        watch = Watch(province).until_same(province)
        worker.kill()
        province.feed(node, figures(2), "staffing", wait="1ms", ok=(75,))
        watch.until(lambda: not watch.live, "stale")
        assert watch.kinds("stale")[-1]["reason"] in ("silence", "link")
        worker.start()
        province.call("sync", "--dir", node, "--wait=100s")
        watch.until_same(province)
        broker.kill()
        watch.until(lambda: not watch.live, "stale again")
        broker.start()
        province.feed(node, figures(3), "staffing")
        watch.until_same(province)
        watch.stop()


def a_reader_that_goes_ends_it():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        command = [os.path.join(tonghop.BIN, "tonghop"), "watch", "--dir", str(province.home)]
        process = subprocess.Popen(command, env=province.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert json.loads(process.stdout.readline())["event"] == "snapshot"
        process.stdout.close()
        assert process.wait(tonghop.PATIENCE) == 0


class Terminal:
    """tonghop watch on a terminal of its own."""

    def __init__(self, province, *args, rows=12, columns=60):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        command = [os.path.join(tonghop.BIN, "tonghop"), "watch", "--dir", str(province.home), *args]
        env = dict(province.env, TERM="xterm", TONGHOP_LANG="vi")
        env.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            command, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self.shown = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, text, seconds=tonghop.PATIENCE):
        """Read on until text comes; what came before it, which is then forgotten."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"no {text!r} on the terminal: {self.shown[-2000:]!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        before, _, self.shown = self.shown.partition(text)
        return before

    def key(self, keys):
        os.write(self.master, keys.encode())


def a_terminal_shows_the_table_and_what_changes():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        province.feed(node, figures(1000), "staffing")
        terminal = Terminal(province, "--by", "unit")
        terminal.until("\x1b[?1049h")
        terminal.until("● trực tiếp · phiên bản 1")
        terminal.until("1.008")
        assert "3.009" not in terminal.shown  # below the last line
        terminal.key("\x1b[B" * 3)
        terminal.until("3.009")
        province.feed(node, figures(2000), "staffing")
        terminal.until("\x1b[7m▸ m1        P Province P     6.009")
        terminal.until("● trực tiếp · phiên bản 2")
        terminal.resize(5, 30)
        os.kill(terminal.process.pid, signal.SIGWINCH)
        terminal.until("…")
        province.down()
        terminal.until("○ số liệu lúc ")
        terminal.key("q")
        terminal.until("\x1b[?1049l")
        assert terminal.process.wait(tonghop.PATIENCE) == 0


if __name__ == "__main__":
    tonghop.run(
        once_is_what_totals_say,
        questions_that_cannot_be_answered,
        a_watch_that_was_stopped_catches_up,
        lost_messages_are_noticed_and_repaired,
        a_dead_worker_is_stale_and_a_new_one_is_live,
        a_reader_that_goes_ends_it,
        a_terminal_shows_the_table_and_what_changes,
    )
