"""SIGHUP: broker, worker and agent take over what they may, name what waits for a restart, and refuse a bad file whole."""

import re
import signal

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "P1", "name": "District 1", "type": "district", "parent": "P"},
]
LEVEL = {"log_level": "debug"}


def with_settings(text, sections):
    """The text of tonghop.yaml with these settings in their sections, in place of what was there."""
    for section, settings in sections.items():
        if not re.search(rf"(?m)^{section}:$", text):
            text += f"{section}:\n"
        for key, value in settings.items():
            head, found, tail = re.split(rf"(?m)^({section}:\n)", text, maxsplit=1)
            own = re.match(r"(?:[ #].*\n|\n)*", tail).end()
            kept = re.sub(rf"(?m)^  {key}:.*\n(?:    .*\n)*", "", tail[:own])
            text = f"{head}{found}  {key}: {value}\n{kept}{tail[own:]}"
    return text


class Running:
    """A broker, a worker and an agent with logs of their own."""

    def __init__(self, province):
        self.province = province
        self.broker, self.worker = province.apart()
        self.node = province.node("P1")
        self.agent = province.agent(self.node)
        self.said("agent-node-P1", "start")

    def log(self, name):
        return (self.province.dir / f"{name}.log").read_text()

    def said(self, name, *words, after=0):
        """Wait for a line of the log, written after so many characters, that has all the words."""

        def line():
            return [one for one in self.log(name)[after:].splitlines() if all(word in f"{one} " for word in words)]

        return tonghop.until(line, what=f"{name}: {words}")[0]

    def feed(self, value):
        rows = [{"unit_code": "P1", "period": "2025", "measure": "m", "value": value}]
        self.province.feed(self.node, rows, "staffing", name=f"{value}.csv")
        got = self.province.values("--unit", "P")[("P", "2025", "m", "")]
        assert got == str(value), got

    def reload(self, process, name, home, text, done):
        """SIGHUP with this tonghop.yaml; what the log says from then on until the word done."""
        before = len(self.log(name))
        (home / "tonghop.yaml").write_text(text)
        process.signal(signal.SIGHUP)
        self.said(name, f" {done}", after=before)
        return self.log(name)[before:]


def one_program(running, process, name, home, section, now, later):
    """Settings that apply at once, one that does not, then a bad file, then a good one again."""
    path = home / "tonghop.yaml"
    good = with_settings(path.read_text(), {"common": LEVEL, section: {**now, **later}})

    said = running.reload(process, name, home, good, "config ")
    for key in now:
        assert re.search(rf"setting .*{section}\.{key} .*applied=now", said), said
    for key in later:
        assert re.search(rf"setting .*{section}\.{key} .*applied=at-restart", said), said
    assert re.search(r"setting .*common\.log_level .*debug.* applied=now", said), said

    worse = with_settings(good, {section: {next(iter(now)): "nonsense"}})
    said = running.reload(process, name, home, worse, "config-kept")
    assert "applied" not in said and "tonghop.yaml:" in said, said
    assert not process.ended()

    said = running.reload(process, name, home, good, "config ")
    assert "applied" not in said, f"what is in force already is no change: {said}"


def what_may_change_changes_and_a_bad_file_is_refused():
    with tonghop.Province(UNITS, up=False) as province:
        running = Running(province)
        running.feed(1)
        assert not re.search(r" turn .*batches=", running.log("worker")), "debug before it was asked for"

        one_program(
            running, running.broker, "broker", province.home, "broker",
            {"window_batches": 1, "window_bytes": "256KiB", "self_test_every": "1s"}, {"handshake": "4s"},
        )
        one_program(
            running, running.worker, "worker", province.home, "worker",
            {"turn_batches": 1, "turn_wait": "1ms", "feed_keep": 2}, {"queries_max": 3},
        )
        one_program(
            running, running.agent, "agent-node-P1", running.node, "node",
            {"keep_time": "0s", "keep_bytes": 0, "outbox_max": "64MiB"},
            {"brokers": "[tcp://127.0.0.1:1, tcp://127.0.0.1:2]"},
        )

        before = len(running.log("worker"))
        for value in (2, 3, 4):
            running.feed(value)
        running.said("worker", " turn ", after=before)
        for process in (running.agent, running.worker, running.broker):
            assert process.stop() == 0, process.name
        province.verify()


def up_passes_it_on():
    with tonghop.Province(UNITS) as province:
        path = province.home / "tonghop.yaml"
        path.write_text(with_settings(path.read_text(), {"broker": {"window_batches": 3}, "worker": {"turn_batches": 7}}))
        province.up_process.send_signal(signal.SIGHUP)

        def told():
            said = province.logs(40)
            return "broker.window_batches" in said and "worker.turn_batches" in said

        tonghop.until(told, what="broker and worker read the file again")
        assert province.down() == 0


if __name__ == "__main__":
    tonghop.run(what_may_change_changes_and_a_bad_file_is_refused, up_passes_it_on)
