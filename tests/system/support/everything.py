"""Clerks that enter every kind of update, the desk that decides on their reports, and what comes of it.

The oracle is a dictionary again: the last words entered under each key with exit 0 or 75. Transfers and reports
change no total; that they are there, each once, the office's own list and new declarations must show.
"""

import collections
import csv
import io
import threading

from support import offices, tonghop

MEASURES = [f"m{at}" for at in range(12)]
PEOPLE = [f"p{at}" for at in range(12)]
YEARS = [f"20{at:02}" for at in range(10)]
BODIES = {f"b{at}": ("cell", "agency")[at % 2] for at in range(5)}
CATALOGUE = {
    "catalogue.yaml": "catalogue: {code: every, version: 1, languages: [vi, en], timezone: \"+00:00\","
    " default_scheme: PLAIN, person_ids: as_is}\n",
    "measures.yaml": "measures:\n"
    + "".join(f"  - {{code: {name}, vi: {name}, en: {name}, shape: stock, form: f}}\n" for name in MEASURES),
    "forms.yaml": """forms:
  - {code: f, vi: Số liệu, en: Figures, periods: [year], due_days: 5, close_days: 90, reporters: {levels: [district]}}
  - {code: r, vi: Xếp loại, en: Ratings, evaluation: true, periods: [year], due_days: 5, close_days: 90,
     reporters: {levels: [district]}}
""",
}


def catalogue(directory):
    """The directory with the catalogue in it."""
    for name, text in CATALOGUE.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


class Clerk(offices.Office):
    """Enters figures, ratings of people and bodies, transfers and declarations; corrects all of them."""

    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self.ratings, self.bodies, self.transfers = {}, {}, {}
        self.declared = [("f", YEARS[0])]
        self.kinds = collections.Counter()

    def year(self):
        return self.random.choice(YEARS)

    def send(self, form, rows):
        wait = ["--wait=200ms"] if self.random.random() < self.waits else []
        path = self.province.file(f"{self.node.name}.csv", rows)
        done = self.province.call("import", "--dir", self.node, path, "--form", form, *wait, ok=(0, 75))
        self.waited += done.returncode == 0 and bool(wait)

    def enter_figures(self):
        said = {(self.year(), self.random.choice(MEASURES)): self.random.randrange(1, 1000) for _ in range(5)}
        rows = [
            {"unit_code": self.unit, "period": period, "measure": measure, "value": value}
            for (period, measure), value in said.items()
        ]
        self.send("staffing", rows)
        self.entered.update(said)

    def enter_ratings(self):
        said = {(self.year(), self.random.choice(PEOPLE)): self.random.randrange(1, 5) for _ in range(4)}
        rows = [
            {"unit_code": self.unit, "person_id": person, "period": period, "category": "annual", "rating": rating}
            for (period, person), rating in said.items()
        ]
        self.send("evaluation", rows)
        self.ratings.update(said)

    def enter_bodies(self):
        said = {(self.year(), self.random.choice(list(BODIES))): self.random.randrange(1, 5) for _ in range(2)}
        rows = [
            {
                "unit_code": self.unit,
                "collective_id": f"{self.unit}-{body}",
                "kind": BODIES[body],
                "period": period,
                "rating": rating,
            }
            for (period, body), rating in said.items()
        ]
        self.send("collective", rows)
        self.bodies.update(said)

    def enter_transfer(self):
        # The key of a transfer names no unit: each office moves people of its own.
        year, person = self.year(), f"{self.unit}-{self.random.choice(PEOPLE)}"
        key = (f"{year}-{self.random.randrange(1, 13):02}-01", person)
        months = self.random.randrange(1, 12)
        row = {
            "person_id": person,
            "effective": key[0],
            "from_unit": self.unit,
            "to_unit": next(unit for unit in "ABC" if unit != self.unit),
            "year": year,
            "score_sum": months * 10,
            "scored_months": months,
        }
        self.send("transfer", [row])
        self.transfers[key] = months

    def declare(self):
        what = self.random.choice("fr"), self.year()
        self.province.call("complete", "--dir", self.node, *what, ok=(0, 75))
        self.declared.append(what)

    def enter(self):
        kinds = [self.enter_figures] * 9 + [self.enter_ratings] * 4 + [self.enter_bodies] * 2
        kind = self.random.choice([*kinds, self.enter_transfer, self.enter_transfer, self.declare, self.declare, self.declare])
        kind()
        self.kinds[kind.__name__] += 1
        self.files += 1

    def declare_all(self):
        """Declare everything again: the counts and sums of the office must be those of the province (V20)."""
        for form in "fr":
            for year in YEARS:
                self.province.call("complete", "--dir", self.node, form, year)
        self.province.call("sync", "--dir", self.node, f"--wait={tonghop.PATIENCE}s")
        refused = self.province.call("list", "--dir", self.node, "--state", "refused", "--format", "csv").stdout
        assert refused.count("\n") == 1, f"{self.unit}: refused in the end: {refused}"

    def check_transfers(self):
        said = self.province.call("list", "--dir", self.node, "--form", "transfer", "--format", "csv").stdout
        states = collections.Counter(row["state"] for row in csv.DictReader(io.StringIO(said)))
        assert states == {"decided": len(self.transfers)}, f"{self.unit}: {states} of {len(self.transfers)} transfers"


class Desk(threading.Thread):
    """Accepts and returns what was declared last. What it is refused (it changed meanwhile) is no fault."""

    def __init__(self, province, clerks, draw):
        super().__init__(daemon=True)
        self.province, self.clerks, self.draw = province, clerks, draw
        self.enough = threading.Event()
        self.acts = 0
        self.fault = None

    def run(self):
        try:
            while not self.enough.is_set():
                clerk = self.draw.choice(self.clerks)
                form, year = clerk.declared[-1]
                act = self.draw.choice([["accept"], ["return", "--comment", "please look again"]])
                words = [act[0], clerk.unit, form, year, *act[1:], "--dir", self.province.home, "--wait=1s"]
                self.acts += self.province.call(*words, ok=(0, 1, 75)).returncode == 0
        except Exception as error:  # raised by finish() in the test's own thread
            self.fault = error
            offices.Office.trouble.set()

    def finish(self):
        self.enough.set()
        self.join(3 * tonghop.PATIENCE)
        if self.fault is not None:
            raise self.fault
        assert not self.is_alive(), "the desk does not come to an end"


def expected(clerks):
    """{(unit, period, measure, dims): value} of districts and province, by dims."""
    out = offices.expected(clerks)
    counts = collections.Counter()
    for clerk in clerks:
        for unit in (clerk.unit, offices.PROVINCE):
            for (period, _), rating in clerk.ratings.items():
                counts[unit, period, "EV01", f"category=annual;rating={rating}"] += 1
            for (period, body), rating in clerk.bodies.items():
                counts[unit, period, "EV05", f"collective_kind={BODIES[body]};rating={rating}"] += 1
    return {**out, **{key: str(value) for key, value in counts.items()}}
