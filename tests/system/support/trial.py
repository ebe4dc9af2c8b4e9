"""One way of consolidating figures, for the project's small data and for large real data alike.

Records are rows as csv.DictReader gives them. What comes out of a province is compared with what somebody else
counted; nothing here adds up what the programs should have added up, but small(), which is its own oracle.
"""

import collections
import csv
import io
import random

from support import tonghop

OPEN = """catalogue:
  code: open
  version: 1
  languages: [vi, en]
  timezone: "+00:00"
  default_scheme: PLAIN
  person_ids: as_is
  ambiguous_codes: period_end
  open_measures: true
"""


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_unit(records):
    groups = collections.defaultdict(list)
    for record in records:
        groups[record["unit_code"]].append(record)
    return groups


class Trial(tonghop.Province):
    """A province that offices feed by files, each unit its own node unless said otherwise."""

    def __init__(self, units, *extra, **how):
        super().__init__(units, *extra, **how)
        self.nodes = {}

    def node_of(self, unit):
        if unit not in self.nodes:
            self.nodes[unit] = self.node(unit)
        return self.nodes[unit]

    def send(self, records, form, at=None, **how):
        """Import records, all of them at one node, or each unit's at its own."""
        for unit, part in by_unit(records).items() if at is None else [(at, records)]:
            self.feed(self.node_of(unit), part, form, name=f"{unit}.csv", wait="300s", **how)

    def ratings(self, measure="EV01"):
        """{(unit, period, category, rating): people}"""
        out = {}
        for row in self.totals("--measure", measure, "--by", "unit,category,rating"):
            dims = dict(part.split("=", 1) for part in row["dims"].split(";") if part)
            if row["value"]:
                out[row["unit_code"], row["period"], dims["category"], dims["rating"]] = int(row["value"])
        return out

    def figures(self):
        """{(unit, period, measure): value}"""
        rows = self.totals("--by", "unit")
        return {(row["unit_code"], row["period"], row["measure"]): int(row["value"]) for row in rows if row["value"]}

    def table(self):
        """Every total there is, as bytes, but for the column version."""
        rows = csv.reader(io.StringIO(self.call("totals", "--dir", self.home, "--format", "csv", "--by", "unit,dims").stdout))
        return "\n".join(",".join(row[:-1]) for row in rows)

    def finish(self):
        self.verify("--level", "full")
        assert self.down() == 0, "up did not end in order"


def same(expected, got, what):
    """Everything expected is there; a count of 0 may also be absent."""
    wrong = [(key, value, got.get(key)) for key, value in expected.items() if got.get(key, 0) != value]
    assert not wrong, f"{what}: {len(wrong)} of {len(expected)} differ, first (key, expected, got): {wrong[:3]}"
    more = [(key, value) for key, value in got.items() if key not in expected and value != 0]
    assert not more, f"{what}: {len(more)} that nobody expected, first {more[:3]}"
    print(f"{what}: {len(expected)} equal", flush=True)


def second_thoughts(records, draw):
    """A journal after the first file: 10 % set to a wrong value and back, 2 % withdrawn and set again."""
    out = []
    for record in records:
        key = {name: record[name] for name in ("unit_code", "period", "measure")}
        luck = draw.random()
        if luck < 0.10:
            out.append(dict(key, op="set", revision=2, value=int(record["value"]) + draw.randrange(1, 999)))
        elif luck < 0.12:
            out.append(dict(key, op="withdraw", revision=2, value=""))
        else:
            continue
        out.append(dict(key, op="set", revision=3, value=record["value"]))
    return out


def history(trial, records, seed):
    """Change the mind and change it back, send everything again: the same totals, byte for byte."""
    trial.send(records, "staffing")
    before = trial.table()
    journal = second_thoughts(records, random.Random(seed))
    trial.send(journal, "staffing")
    assert trial.table() == before, "totals differ after corrections and withdrawals"
    trial.send(records, "staffing")
    trial.send(journal, "staffing")
    assert trial.table() == before, "totals differ after everything was sent again"
    print(f"history: {len(journal)} second thoughts, {before.count(chr(10))} totals the same bytes", flush=True)


def catalogue_directory(path, derived=()):
    """The built-in catalogue as a directory of its own; derived: (code, sum of which codes)."""
    path.mkdir()
    (path / "catalogue.yaml").write_text(OPEN)
    if derived:
        sums = [f"  - {{code: {code}, vi: cộng, en: sum, sum_of: '{codes}'}}\n" for code, codes in derived]
        (path / "measures.yaml").write_text("derived:\n" + "".join(sums), encoding="utf-8")
    return path


# ---- the project's own small data ----

STATES = {"X": ["X1", "X2", "X3"], "Y": ["Y1", "Y2"]}


class Small:
    """Figures of five offices in two states, and their sums by the plainest code there is."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.units = [{"code": "US", "name": "Union", "type": "country", "parent": ""}]
        self.parents = {"US": None}
        for state, offices in STATES.items():
            for code, parent in [(state, "US"), *((office, state) for office in offices)]:
                self.units.append({"code": code, "name": f"Unit {code}", "type": "unit", "parent": parent})
                self.parents[code] = parent
        offices = [office for group in STATES.values() for office in group]
        self.ratings = [
            {
                "unit_code": office,
                "person_id": f"p{number}",
                "period": draw.choice(["2024", "2025"]),
                "category": draw.choice(["annual", "term"]),
                "score": "",
                "rating": draw.choice("43210"),
            }
            for number, office in enumerate(draw.choice(offices) for _ in range(120))
        ]
        self.staffing = [
            {"unit_code": office, "period": year, "measure": f"m{at}.fte", "value": str(draw.randrange(-9, 1 << 40))}
            for office in offices
            for year in ("2024", "2025-07")
            for at in range(8)
        ]
        self.counts = [
            {"unit_code": office, "period": "2025", "category": "annual", "rating": rating, "count": str(draw.randrange(50))}
            for office in offices
            for rating in ("4", "3", "2", "1", "not-evaluated", "suppressed")
        ]

    def sums(self, records, *names, value=None):
        """{(unit, *names): sum} for each unit and all above it; without value each record counts as one."""
        out = collections.Counter()
        for record in records:
            unit = record["unit_code"]
            while unit:
                out[(unit, *(record[name] for name in names))] += int(record[value]) if value else 1
                unit = self.parents[unit]
        return dict(out)
