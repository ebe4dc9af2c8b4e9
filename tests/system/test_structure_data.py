"""Published figures in the structure of another day, over the register of Vietnam (TONGHOP_DATA; skipped without it).

The lines X16 and X17 of seed-acceptance.tsv; tests/acceptance/structure does the same with every commune.
"""

import csv

from support import tonghop

UNITS = ("--units", tonghop.need_data("vn-units.csv"), "--successors", tonghop.need_data("vn-successors.csv"))
DAY = ("--structure", "as-of:2025-07-01")


def line(number):
    with open(tonghop.need_data("seed-acceptance.tsv"), newline="", encoding="utf-8") as file:
        rows = {row["fact"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    return rows[number]


def row_of(fact):
    """The fact as an office enters it."""
    columns = ("measure", "period", "dims", "qualifier", "value", "of", "before", "after")
    return {"unit_code": fact["unit"], **{name: "" if fact[name] == "-" else fact[name] for name in columns}}


class Vietnam(tonghop.Province):
    """Provinces of the register, each in a store of its own: {lineage: root}."""

    def __init__(self, **roots):
        (lineage, root), *more = roots.items()
        super().__init__(
            UNITS[1], *UNITS[2:], "--province", root, "--lineage", lineage, catalogue="vn", up=False
        )
        for other, its_root in more:
            self.call("init", self.home, "--add", *UNITS, "--province", its_root, "--lineage", other)
        self.up()
        self.roots = roots

    def enter(self, lineage, *facts):
        slip, home = self.dir / f"{lineage}.tonghop", self.dir / f"node-{lineage}"
        self.call("enrol", self.home, "--lineage", lineage, "--unit", self.roots[lineage], "-o", slip)
        self.call("join", slip, "--dir", home)
        self.feed(home, [row_of(line(fact)) for fact in facts], "staffing")


def compare(province, number, note, *args):
    """The line of the table, alone in the answer, with the coverage that its note names."""
    want = line(number)
    rows = province.totals(*DAY, "--unit", want["unit"], "--period", want["period"], "--measure", want["measure"], *args)
    got = [{name: row[name] for name in ("unit_code", "qualifier", "value", "of", "before", "after")} for row in rows]
    asked = row_of(want)
    assert got == [{name: asked[name] for name in got[0]}], (number, rows)
    assert f"coverage {rows[0]['reported']}/{rows[0]['expected']}" in want["note"], (number, rows)
    done = province.call("totals", "--dir", province.home, *DAY, "--unit", want["unit"], "--period", want["period"],
                         "--measure", want["measure"], "--format", "table", "--lang", "vi", *args)
    if want["of"] != "-":
        assert all(word in done.stdout for word in ("282", "539", "52,3%", "8/28")), done.stdout
    assert done.stderr.count("TH2406") == note, done.stderr


def a_figure_of_hau_giang_in_todays_can_tho():
    with Vietnam(hg93="93") as province:
        province.enter("hg93", "F05")
        compare(province, "X16", 2)  # 92 and 94 of then are not here
    with Vietnam(hg93="93", ct92="92@2025-06-30", st94="94") as province:
        province.enter("hg93", "F05")
        compare(province, "X16", 0)


def rotations_of_kim_son_in_todays_ninh_binh():
    with Vietnam(nb37="37@2025-06-30", hn35="35", nd36="36") as province:
        province.enter("nb37", "F18", "F19", "F20")
        compare(province, "X17", 0)
        shown = province.call("totals", "--dir", province.home, *DAY, "--unit", "37", "--period", "2016..2017", "--by",
                              "unallocated", "--format", "table", "--lang", "vi").stdout
        assert "chưa phân bổ: Huyện Kim Sơn (376, đến 30/06/2025)" in shown and "1/24" in shown, shown
        rows = province.totals(*DAY, "--unit", "37", "--period", "2016..2017", "--by", "unit,dims")
        got = [(row["unit_code"], row["dims"], row["value"]) for row in rows]
        source = "37/376@2025-06-30"
        lines = [("", "6"), ("post=deputy_secretary", "4"), ("post=secretary", "2")]
        assert got == [(unit, *rest) for unit in ("37", source) for rest in lines], got


tonghop.run(a_figure_of_hau_giang_in_todays_can_tho, rotations_of_kim_son_in_todays_ninh_binh)
