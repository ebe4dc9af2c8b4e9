"""Clerks that enter figures without a pause, and what the province must say in the end.

The oracle is a dictionary: the last value entered under each key with exit 0 or 75, summed up for the province.
"""

import os
import random
import threading

from support import tonghop

PROVINCE = "P"


def units(*codes):
    """A province with these districts."""
    top = {"code": PROVINCE, "name": "Province", "type": "province", "parent": ""}
    return [top, *({"code": code, "name": f"District {code}", "type": "district", "parent": PROVINCE} for code in codes)]


class Office(threading.Thread):
    """One clerk: enters small files as fast as the computer takes them."""

    trouble = threading.Event()  # some clerk has a fault

    def __init__(self, province, unit, node, seed, waits=0.2):
        super().__init__(daemon=True)
        self.province, self.unit, self.node, self.waits = province, unit, node, waits
        self.random = random.Random(seed)
        self.entered = {}
        self.files = 0
        self.waited = 0
        self.enough = threading.Event()
        self.fault = None

    def figures(self):
        draw = self.random
        keys = {(f"2{draw.randrange(10):03}", f"m{draw.randrange(12)}") for _ in range(draw.randrange(1, 9))}
        return {key: draw.randrange(1, 1000) for key in sorted(keys)}

    def enter(self):
        figures = self.figures()
        rows = [
            {"unit_code": self.unit, "period": period, "measure": measure, "value": value}
            for (period, measure), value in figures.items()
        ]
        path = self.province.file(f"{self.node.name}.csv", rows)
        wait = ["--wait=200ms"] if self.random.random() < self.waits else []
        done = self.province.call("import", "--dir", self.node, path, "--form", "staffing", *wait, ok=(0, 75))
        self.waited += done.returncode == 0 and bool(wait)
        self.entered.update(figures)
        self.files += 1

    def run(self):
        try:
            while not self.enough.is_set():
                self.enter()
        except Exception as error:  # raised by check() in the test's own thread
            self.fault = error
            self.trouble.set()

    def check(self):
        if self.fault is not None:
            raise self.fault

    def finish(self, seconds=3 * tonghop.PATIENCE):
        self.enough.set()
        self.join(seconds)
        self.check()
        assert not self.is_alive(), f"the clerk of {self.unit} does not come to an end"


def expected(offices):
    """{(unit, period, measure, dims): value} of districts and province."""
    total = {}
    for office in offices:
        for (period, measure), value in office.entered.items():
            total[office.unit, period, measure, ""] = value
            total[PROVINCE, period, measure, ""] = total.get((PROVINCE, period, measure, ""), 0) + value
    return {key: str(value) for key, value in total.items()}


def assert_equal(want, got, what="totals"):
    wrong = [(key, want.get(key), got.get(key)) for key in want.keys() | got.keys() if want.get(key) != got.get(key)]
    assert not wrong, f"{len(wrong)} of {len(want)} {what} differ, first (key, wanted, got): {sorted(wrong)[:3]}"


def seed():
    """TONGHOP_SEED, or one drawn; printed so that a run can be repeated."""
    number = int(os.environ.get("TONGHOP_SEED", str(random.randrange(1 << 32))))
    print(f"seed {number}", flush=True)
    return number


def figure(unit, value, measure="m", period="2025"):
    return [{"unit_code": unit, "period": period, "measure": measure, "value": value}]
