#!/usr/bin/python3
"""test_units_apply.py - units merge, split and end while the province works

Two communes become one from a day on: figures of before stay where they were, those of after belong to the
new unit, a total asked for as it was known before says what it said then; a change that would leave figures
without a unit is refused, and says which.
"""

import csv
import sys

from support import tonghop

UNITS = [
    {"code": "P", "name": "Tỉnh", "type": "tỉnh", "parent": ""},
    {"code": "D1", "name": "Huyện Một", "type": "huyện", "parent": "P"},
    {"code": "D2", "name": "Huyện Hai", "type": "huyện", "parent": "P"},
    {"code": "C1", "name": "Xã Một", "type": "xã", "parent": "D1"},
    {"code": "C2", "name": "Xã Hai", "type": "xã", "parent": "D1"},
    {"code": "C3", "name": "Xã Ba", "type": "xã", "parent": "D2"},
]
HEADER = ["code", "name", "type", "parent", "valid_from", "valid_to"]
MERGER = [
    dict(zip(HEADER, ["C1", "Xã Một", "xã", "D1", "", "2026-01-01"])),
    dict(zip(HEADER, ["C2", "Xã Hai", "xã", "D1", "", "2026-01-01"])),
    dict(zip(HEADER, ["C9", "Xã Chín", "xã", "D1", "2026-01-01", ""])),
]
SUCCESSORS = [
    {"old_code": old, "new_code": "C9", "effective": "2026-01-01", "kind": "full"} for old in ("C1", "C2")
]


def figure(unit, period, value):
    return {"unit_code": unit, "period": period, "measure": "x", "value": value}


def codes(province):
    return province.call("units", "list", "--dir", province.home).stdout


def answer(province, *words):
    return province.call("totals", "--dir", province.home, "--format", "csv", "--by", "unit", *words).stdout


def lines(text):
    return {line.rsplit(",", 1)[0] for line in text.splitlines()}


def two_communes_merge_while_the_province_works():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        merger = province.file("merger.csv", MERGER)
        successors = province.file("successors.csv", SUCCESSORS)
        province.feed(node, [figure("C1", "2025-12", 5), figure("C2", "2025-12", 7), figure("C3", "2026-02", 1)], "staffing")
        before = answer(province)
        version = before.splitlines()[1].rsplit(",", 1)[1]

        checked = province.call("units", "apply", merger, "--successors", successors, "--dir", province.home, "--dry-run")
        assert "C9" not in codes(province), checked.stdout
        province.call("units", "apply", merger, "--successors", successors, "--dir", province.home)

        tonghop.until(lambda: "C9" in codes(province), what="the new register")
        late = province.file("late.csv", [figure("C9", "2026-02", 20)])
        words = ["import", "--dir", node, late, "--form", "staffing", "--dry-run"]

        def the_office_knows_it():  # it fetches the register with its next contact
            province.call("sync", "--dir", node, ok=(0, 75))
            return province.call(*words, ok=(0, 65)).returncode == 0

        tonghop.until(the_office_knows_it, what="the office's register")
        province.feed(node, [figure("C9", "2026-02", 20)], "staffing", name="late.csv")
        now = lines(answer(province))
        assert {line for line in lines(before) if ",2025-12," in line} <= now, (before, now)
        assert "D1,2026-02,x,,exact,20,,,,1,1" in now, now
        assert answer(province, "--as-known-at", version) == before
        province.verify()

        refused = province.feed(node, [figure("C1", "2026-03", 20)], "staffing", name="gone.csv", ok=(65,))
        assert "TH2203" in refused.stderr and "C9" in refused.stderr, refused.stderr

        province.down()
        province.up()
        assert lines(answer(province)) == now
        province.verify()


def a_change_that_leaves_figures_homeless_is_refused_and_names_them():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        province.feed(node, [figure("C1", "2026-02", 5)], "staffing")
        merger = province.file("merger.csv", MERGER)
        broken = province.file("broken.csv", [dict(zip(HEADER, ["C8", "Xã Tám", "xã", "D7", "", ""]))])

        refused = province.call("units", "apply", merger, "--dir", province.home, "--lang", "en", ok=(1,))
        assert "TH2114" in refused.stderr and "C1" in refused.stderr and "2026-02" in refused.stderr, refused.stderr
        refused = province.call("units", "apply", broken, "--dir", province.home, ok=(65,))
        assert "TH2110" in refused.stderr, refused.stderr
        assert "C9" not in codes(province)
        province.verify()

        province.call("withdraw", "--dir", node, "C1", "2026-02", "x", "--reason", "sáp nhập", "--wait")
        province.call("units", "apply", merger, "--dir", province.home)
        tonghop.until(lambda: "C9" in codes(province), what="the new register")
        province.verify()


def one_line_merges_splits_and_ends_units():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        desk = ["--dir", province.home, "--lang", "en"]

        def change(*words, ok=(0,)):
            return province.call("units", *words, *desk, ok=ok)

        def units(day):
            said = province.call("units", "list", "--dir", province.home, "--at", day, "--format", "csv").stdout
            return {row["code"]: (row["name"], row["parent"]) for row in csv.DictReader(said.splitlines())}

        change("merge", "D1", "D2", "--into", "D9", "--name", "Huyện Chín", "--on", "2026-01-01", "--wait")
        tonghop.until(lambda: "D9" in units("2026-01-01"), what="the merged district")
        assert units("2025-12-31") == {u["code"]: (u["name"], u["parent"]) for u in UNITS}
        assert units("2026-01-01") == {
            "P": ("Tỉnh", ""),
            "D9": ("Huyện Chín", "P"),
            "C1": ("Xã Một", "D9"),
            "C2": ("Xã Hai", "D9"),
            "C3": ("Xã Ba", "D9"),
        }
        gone = province.feed(province.node("P"), [figure("D1", "2026-03", 20)], "staffing", ok=(65,))
        assert "TH2203" in gone.stderr and "D9" in gone.stderr, gone.stderr

        change("split", "C1", "--into", "C1,C4=Xã Bốn", "--on", "2026-02-01", "--wait")
        tonghop.until(lambda: "C4" in units("2026-02-01"), what="the part that was split off")
        assert units("2026-02-01")["C4"] == ("Xã Bốn", "D9") and "C1" in units("2026-02-01")

        change("merge", "C2", "C3", "--into", "C3", "--name", "Xã Ba Hai", "--on", "2026-03-01", "--wait")
        tonghop.until(lambda: "C2" not in units("2026-03-01"), what="the commune that went into another")
        assert units("2026-02-28")["C3"][0] == "Xã Ba" and units("2026-03-01")["C3"][0] == "Xã Ba Hai"

        change("close", "C4", "--on", "2026-04-01", "--wait")
        tonghop.until(lambda: "C4" not in units("2026-04-01"), what="the end of the part")
        province.verify()

        for code, words in {
            "TH2116": ["close", "D9", "--on", "2026-05-01"],
            "TH1208": ["close", "C4", "--on", "2026-05-01"],
            "TH2109": ["close", "C3", "--on", "soon"],
            "TH1004": ["split", "C3", "--into", "C5=Năm", "--on", "2026-05-01"],
        }.items():
            refused = change(*words, ok=(64, 65))
            assert code in refused.stderr, (words, refused.stderr)
        many = ",".join(f"N{i}=Xã {i}" for i in range(120))
        checked = change("split", "C3", "--into", many, "--on", "2026-05-01", "--basis", "QĐ 1", "--dry-run")
        assert "Queued" not in checked.stdout and "C3" in units("2026-05-01"), checked.stdout
        checked = change("merge", "C1", "--into", "C3", "--on", "2026-05-01", "--dry-run")
        assert "C1" in units("2026-05-01"), checked.stdout


if __name__ == "__main__":
    tonghop.run(
        two_communes_merge_while_the_province_works,
        a_change_that_leaves_figures_homeless_is_refused_and_names_them,
        one_line_merges_splits_and_ends_units,
    )
    sys.exit(0)
