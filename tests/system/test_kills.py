"""Nothing acknowledged is lost and nothing counts twice, whatever is killed -9 at whatever moment.

Three offices enter figures without a pause while node agents, broker and worker are killed at random and
started again, TONGHOP_KILLS times in all (500). The oracle is a dictionary: the last value entered under each
key with exit 0 or 75. In the end every total of every unit must equal it, and verify must agree.
TONGHOP_SEED repeats the order of kills and figures.
"""

import os
import random
import subprocess
import threading
import time

import tonghop

KILLS = int(os.environ.get("TONGHOP_KILLS", "500"))
SEED = int(os.environ.get("TONGHOP_SEED", str(random.randrange(1 << 32))))
UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": ""},
    {"code": "A", "name": "Alpha", "type": "district", "parent": "P"},
    {"code": "B", "name": "Beta", "type": "district", "parent": "P"},
    {"code": "C", "name": "Gamma", "type": "district", "parent": "P"},
]
POINTS = ["turn.begun", "turn.applied", "turn.committed", "turn.confirmed", "turn.published"]


class Office(threading.Thread):
    """One clerk: enters small files as fast as the computer takes them."""

    def __init__(self, province, unit, node, seed):
        super().__init__(daemon=True)
        self.province, self.unit, self.node = province, unit, node
        self.random = random.Random(seed)
        self.entered = {}
        self.files = 0
        self.waited = 0
        self.enough = threading.Event()
        self.fault = None

    def figures(self):
        draw = self.random
        keys = {(f"2{draw.randrange(10):03}", f"m{draw.randrange(12)}") for _ in range(draw.randrange(1, 9))}
        return {key: draw.randrange(1, 1000) for key in keys}

    def enter(self):
        figures = self.figures()
        rows = [
            {"unit_code": self.unit, "period": period, "measure": measure, "value": value}
            for (period, measure), value in figures.items()
        ]
        path = self.province.file(f"{self.unit}.csv", rows)
        wait = ["--wait=200ms"] if self.random.random() < 0.2 else []
        while True:
            done = self.province.call("import", "--dir", self.node, path, "--form", "staffing", *wait, ok=None)
            if done.returncode in (0, 75):
                break
            # A killed command: either everything of the file was queued or nothing; once more settles it.
            assert done.returncode < 0, f"import: exit {done.returncode} {done.stderr}"
        self.waited += done.returncode == 0 and bool(wait)
        self.entered.update(figures)
        self.files += 1

    def run(self):
        try:
            while not self.enough.is_set():
                self.enter()
        except Exception as error:  # shown by the test
            self.fault = error


def kill_at_random(province, victims, offices, draw):
    counts = dict.fromkeys((victim.name for victim in victims), 0)
    for _ in range(KILLS):
        victim = draw.choice(victims)
        deadline = time.monotonic() + draw.random() * 0.06
        while time.monotonic() < deadline:
            time.sleep(0.002)
        victim.kill()
        victim.start()
        counts[victim.name] += 1
        for office in offices:
            assert office.fault is None, office.fault
    return counts


def expected(offices):
    total = {}
    for office in offices:
        for (period, measure), value in office.entered.items():
            total[office.unit, period, measure, ""] = value
            total["P", period, measure, ""] = total.get(("P", period, measure, ""), 0) + value
    return {key: str(value) for key, value in total.items()}


def nothing_is_lost_or_counted_twice_under_random_kills():
    draw = random.Random(SEED)
    print(f"seed {SEED}, {KILLS} kills", flush=True)
    with tonghop.Province(UNITS, up=False) as province:
        broker = province.program("broker", "tonghop-broker", "run", "--dir", province.home)
        worker = province.program("worker", "tonghop-worker", "run", "--dir", province.home, "--name", "w1")
        nodes = {unit["code"]: province.node(unit["code"]) for unit in UNITS[1:]}
        agents = [
            province.program(f"agent-{code}", "tonghop-node", "run", "--dir", home) for code, home in nodes.items()
        ]
        offices = [Office(province, code, home, draw.random()) for code, home in nodes.items()]
        for office in offices:
            office.start()
        counts = kill_at_random(province, [broker, worker, *agents], offices, draw)
        for office in offices:
            office.enough.set()
        for office in offices:
            office.join(60)
            assert office.fault is None, office.fault
        for home in nodes.values():
            province.call("sync", "--dir", home, "--wait=60s", timeout=90)

        got = province.values("--by", "unit")
        want = expected(offices)
        wrong = [(key, want.get(key), got.get(key)) for key in want.keys() | got.keys() if want.get(key) != got.get(key)]
        assert not wrong, f"{len(wrong)} of {len(want)} totals differ, first (key, entered, got): {wrong[:3]}"
        province.verify("--level", "full")
        files = sum(office.files for office in offices)
        waited = sum(office.waited for office in offices)
        print(f"kills {counts}; {files} files entered, {waited} seen acknowledged; {len(want)} totals equal, verify agrees")


def dies_at(province, worker, node, point, number):
    """The worker kills itself at point; started again, the figure counts once."""
    worker.kill()
    worker.start(TONGHOP_STOP_AT=f"{point}:1")
    rows = [{"unit_code": "A", "period": "2025", "measure": f"at-{number}", "value": 100 + number}]
    path = province.file("point.csv", rows)
    importing = subprocess.Popen(
        [os.path.join(tonghop.BIN, "tonghop"), "import", "--dir", node, path, "--form", "staffing", "--wait=30s"],
        env=province.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    tonghop.until(worker.ended, 20, f"the worker dies at {point}")
    worker.start()
    _, said = importing.communicate(timeout=40)
    assert importing.returncode == 0, f"{point}: {said}"
    got = province.values("--measure", f"at-{number}", "--by", "unit")
    want = {(unit, "2025", f"at-{number}", ""): str(100 + number) for unit in ("P", "A")}
    assert got == want, f"{point}: {got}"


def a_figure_counts_once_wherever_the_worker_dies_in_its_turn():
    if not tonghop.FAULTS:
        print("skipped: built without fault points")
        return
    with tonghop.Province(UNITS, up=False) as province:
        province.program("broker", "tonghop-broker", "run", "--dir", province.home)
        worker = province.program("worker", "tonghop-worker", "run", "--dir", province.home, "--name", "w1")
        node = province.node("A")
        for number, point in enumerate(POINTS):
            dies_at(province, worker, node, point, number)
        province.verify("--level", "full")
        print(f"named points: {' '.join(POINTS)}")


tonghop.run(
    a_figure_counts_once_wherever_the_worker_dies_in_its_turn,
    nothing_is_lost_or_counted_twice_under_random_kills,
)
