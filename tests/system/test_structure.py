"""Totals restated to the structure of another day (tonghop totals --structure), through real processes."""

import csv
import io
import json

from support import tonghop

# Two provinces with districts become one without; 376 and 377 leave no successor, B is split.
UNITS = """code,name,type,level,parent,valid_from,valid_to
VN,Việt Nam,Nước,country,,,
35,Hà Nam,Tỉnh,province,VN,,2025-07-01
37,Ninh Bình,Tỉnh,province,VN,,2025-07-01
37,Ninh Bình,Tỉnh,province,VN,2025-07-01,
351,Phủ Lý,Thành phố,district,35,,2025-07-01
376,Kim Sơn,Huyện,district,37,,2025-07-01
377,Yên Mô,Huyện,district,37,,2025-07-01
A,Ân Hòa,Xã,commune,376,,2025-07-01
B,Bình Minh,Xã,commune,376,,2025-07-01
C,Châu Sơn,Xã,commune,351,,2025-07-01
N,Nam Kim,Xã,commune,37,2025-07-01,
O,Ô Trại,Xã,commune,37,2025-07-01,
"""
SUCCESSORS = """old_code,new_code,effective,kind
35,37,2025-07-01,FULL
37,37,2025-07-01,FULL
A,N,2025-07-01,FULL
B,N,2025-07-01,PARTIAL
B,O,2025-07-01,PARTIAL
C,O,2025-07-01,FULL
"""
FIGURES = """unit_code,period,measure,value
A,2024,m,1
B,2024,m,2
C,2024,m,4
376,2016..2017,m,6
N,2026,m,8
"""
# unit or unit/source, period: value, reported/expected. Expected are the leaves of each province's own day.
NEW = {
    "37 2016..2017": "6 0/4",
    "37 2024": "7 3/4",
    "37 2026": "8 1/2",
    "37/376@2025-06-30 2016..2017": "6 0/4",
    "37/B@2025-06-30 2024": "2 3/4",
    "N 2024": "1 1/1",
    "N 2026": "8 1/1",
    "O 2024": "4 1/1",
    "VN 2016..2017": "6 0/4",
    "VN 2024": "7 3/4",
    "VN 2026": "8 1/2",
}
OLD = {
    "35 2024": "4 1/1",
    "351 2024": "4 1/1",
    "37 2016..2017": "6 0/3",
    "37 2024": "3 2/3",
    "37 2026": "8 1/1",
    "376 2016..2017": "6 0/2",
    "376 2024": "3 2/2",
    "376 2026": "8 1/1",
    "376/N@2025-07-01 2026": "8 1/1",
    "A 2024": "1 1/1",
    "B 2024": "2 1/1",
    "C 2024": "4 1/1",
    "VN 2016..2017": "6 0/4",
    "VN 2024": "7 3/4",
    "VN 2026": "8 1/2",
}


def figures():
    return list(csv.DictReader(io.StringIO(FIGURES)))


def lines(province, *args):
    return shown(province.totals(*args))


def shown(rows):
    return {f"{r['unit_code']} {r['period']}": f"{r['value']} {r['reported']}/{r['expected']}" for r in rows}


class Whole(tonghop.Province):
    """Both provinces and the new one below one root."""

    def __init__(self, figures=FIGURES, **how):
        with tonghop.Scratch() as scratch:
            (scratch / "units.csv").write_text(UNITS)
            (scratch / "successors.csv").write_text(SUCCESSORS)
            super().__init__(scratch / "units.csv", "--successors", scratch / "successors.csv", **how)
        self.feed(self.node("VN"), list(csv.DictReader(io.StringIO(figures))), "staffing")


class Apart(tonghop.Province):
    """The same provinces, each with a lineage and a store of its own; of the three those that are named."""

    PROVINCES = {"nb": ("37@2025-06-30", ("A", "B", "376")), "hn": ("35", ("C",)), "new": ("37@2025-07-01", ("N",))}

    def __init__(self, *lineages):
        with tonghop.Scratch() as scratch:
            files = (scratch / "units.csv", "--successors", scratch / "successors.csv")
            roots = UNITS.replace("VN,Việt Nam,Nước,country,,,\n", "").replace(",VN,", ",,")
            files[0].write_text(roots)
            files[2].write_text(SUCCESSORS)
            first, *more = ((lineage, *self.PROVINCES[lineage]) for lineage in lineages)
            super().__init__(*files, "--province", first[1], "--lineage", first[0], up=False)
            for lineage, root, _ in more:
                words = ("--add", "--catalogue", "open", "--units", *files, "--province", root, "--lineage", lineage)
                self.call("init", self.home, *words)
        self.up()
        for lineage, root, units in [first, *more]:
            slip, home = self.dir / f"{lineage}.tonghop", self.dir / f"node-{lineage}"
            self.call("enrol", self.home, "--lineage", lineage, "--unit", root, "-o", slip)
            self.call("join", slip, "--dir", home)
            self.feed(home, [row for row in figures() if row["unit_code"] in units], "staffing")

    def ask(self, *args):
        return self.call("totals", "--dir", self.home, "--format", "csv", *args)


def figures_stand_where_their_units_went():
    with Whole() as province:
        for day, want in (("as-of:2025-07-01", NEW), ("current", NEW), ("as-of:2024-06-01", OLD)):
            got = lines(province, "--structure", day, "--by", "unit")
            assert got == want, f"{day}: {got}"
        reported = province.totals("--by", "unit")
        assert province.totals("--by", "unit", "--structure", "as-reported") == reported
        assert lines(province, "--structure", "as-of:2025-07-01", "--unit", "37") == {
            key: value for key, value in NEW.items() if key.startswith("37 ")
        }
        province.verify("--level", "full")


def people_read_what_is_unallocated():
    with Whole() as province:
        ask = ("totals", "--dir", province.home, "--unit", "37", "--period", "2016..2017", "--by", "unallocated")
        shown = province.call(*ask, "--structure", "as-of:2025-07-01", "--format", "table", "--lang", "vi").stdout
        assert "theo cơ cấu ngày 01/07/2025" in shown, shown
        assert "chưa phân bổ: Huyện Kim Sơn (376, đến 30/06/2025)" in shown, shown
        shown = province.call(*ask, "--structure", "as-of:2025-07-01", "--format", "table").stdout
        assert "unallocated: Huyện Kim Sơn (376, until 2025-06-30)" in shown, shown


def json_says_what_the_figures_are():
    with Whole() as province:
        ask = ("totals", "--dir", province.home, "--unit", "37", "--period", "2024", "--format")
        said = json.loads(province.call(*ask, "json", "--structure", "as-of:2025-07-01").stdout)
        assert said["structure"] == "as-of:2025-07-01" and said["conservation"] == "ok", said
        assert said["sources"] == [{"lineage": "vn", "version": 1}] and said["predecessors_missing"] == [], said
        assert [row["value"] for row in said["rows"]] == [7], said
        assert [(row["unit"], row["unallocated"], row["value"]) for row in said["unallocated"]] == [
            ("37", "B@2025-06-30", 2)
        ], said
        said = json.loads(province.call(*ask, "json").stdout)
        assert said["structure"] == "as-reported" and said["unallocated"] == [], said


def wrong_structures_are_refused():
    with Whole() as province:
        ask = ("totals", "--dir", province.home, "--structure")
        for word in ("tomorrow", "as-of:", "as-of:2025-02-30", "as-of:2025"):
            done = province.call(*ask, word, ok=(64,))
            assert "TH1003" in done.stderr, done.stderr
        done = province.call(*ask, "as-of:2025-07-01", "--unit", "377", ok=(65,))
        assert "TH5002" in done.stderr, done.stderr
        assert lines(province, "--structure", "as-of:2024-06-01", "--unit", "377", "--missing", "--period", "2024") == {
            "377 2024": " 0/1"
        }


def provinces_in_stores_of_their_own_are_put_together():
    want = {key: value for key, value in NEW.items() if not key.startswith("VN ")}
    with Apart("nb", "hn", "new") as province:
        for asked in ([], ["--lineage", "hn"]):
            done = province.ask("--structure", "current", "--unit", "37", "--by", "unit", *asked)
            assert shown(csv.DictReader(io.StringIO(done.stdout))) == want, done.stdout
            assert done.stderr == "", done.stderr
        said = json.loads(province.ask("--structure", "current", "--unit", "37", "--format", "json").stdout)
        assert [row["lineage"] for row in said["sources"]] == ["nb", "hn", "new"], said
        assert said["predecessors_missing"] == [], said
        old = lines(province, "--structure", "as-of:2024-06-01", "--lineage", "nb", "--by", "unit")
        assert old["376 2024"] == OLD["376 2024"] and old["376/N@2025-07-01 2026"] == "8 1/1", old
        assert not any(key.startswith("35") for key in old), old
        # without a unit: where the root of the lineage stands
        assert lines(province, "--structure", "current", "--lineage", "hn", "--period", "2024") == {"37 2024": "7 3/4"}


def a_province_that_is_not_here_is_named():
    with Apart("nb") as province:
        done = province.ask("--structure", "as-of:2025-07-01", "--unit", "37", "--period", "2024")
        assert shown(csv.DictReader(io.StringIO(done.stdout))) == {"37 2024": "3 2/4"}, done.stdout
        notes = done.stderr.splitlines()
        assert len(notes) == 1 and "TH2406" in notes[0] and "Tỉnh Hà Nam (35, until 2025-06-30)" in notes[0], notes
        done = province.ask("--structure", "as-of:2025-07-01", "--unit", "37", "--quiet")
        assert done.stderr == "", done.stderr
        said = json.loads(province.ask("--structure", "as-of:2025-07-01", "--unit", "37", "--format", "json").stdout)
        assert sorted(said["predecessors_missing"]) == ["35@2025-06-30", "37@2025-07-01"], said
        assert said["sources"] == [{"lineage": "nb", "version": 1}], said
        # a commune of nb alone: nobody else has anything to say about it
        done = province.ask("--structure", "as-of:2025-07-01", "--unit", "N", "--period", "2024")
        assert shown(csv.DictReader(io.StringIO(done.stdout))) == {"N 2024": "1 1/1"} and done.stderr == "", done


def a_viewer_of_one_province_is_given_that_one():
    with Apart("nb", "hn") as province:
        slip, home = province.dir / "viewer.tonghop", province.dir / "viewer"
        province.call("enrol", province.home, "--lineage", "nb", "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", home)
        ask = ("totals", "--format", "json", "--unit", "37", "--period", "2024", "--structure", "as-of:2025-07-01")
        own = json.loads(province.call(*ask, "--dir", home).stdout)
        assert [row["value"] for row in own["rows"]] == [3] and own["rows"][0]["expected"] == 4, own
        assert own["predecessors_missing"] == ["35@2025-06-30"], own
        every = json.loads(province.call(*ask, "--dir", province.home, "--lineage", "nb").stdout)
        assert [row["value"] for row in every["rows"]] == [7] and every["predecessors_missing"] == [], every


def an_earlier_version_stands_in_todays_structure_too():
    with Apart("nb", "hn") as province:
        node = province.dir / "node-nb"
        province.feed(node, [{"unit_code": "A", "period": "2024", "measure": "m", "value": "5"}], "staffing", name="c.csv")
        ask = ("--structure", "as-of:2025-07-01", "--unit", "37", "--period", "2024", "--lineage", "nb", "--format", "json")
        today = json.loads(province.ask(*ask).stdout)
        assert [row["value"] for row in today["rows"]] == [11], today
        first = json.loads(province.ask(*ask, "--as-known-at", "1").stdout)
        assert [row["value"] for row in first["rows"]] == [3] and first["version"] == 1, first
        # version 1 of nb says nothing about hn; a day does
        assert first["predecessors_missing"] == ["35@2025-06-30"], first
        day = today["time"][:10]
        known = json.loads(province.ask(*ask, "--as-known-at", day).stdout)
        assert known["rows"] == today["rows"] and known["predecessors_missing"] == [], known
        assert [row["version"] for row in known["sources"]] == [2, 1], known
        assert known["conservation"] == first["conservation"] == "ok"


def a_register_that_changed_still_fits_its_kin():
    """The desk adds a commune to 377, which leaves no successor; a figure of it stands at 37 with those of hn."""
    with Apart("nb", "hn") as province:
        header = ["code", "name", "type", "level", "parent", "valid_from", "valid_to"]
        row = dict(zip(header, ["Z", "Zung", "Xã", "commune", "377", "2024-01-01", "2025-07-01"]))
        words = ("--dir", province.home, "--lineage", "nb")
        listed = ("units", "list", "--dir", province.home, "--lineage", "nb")
        before = json.loads(province.ask("--structure", "current", "--unit", "37", "--format", "json").stdout)
        province.call("units", "apply", province.file("more.csv", [row]), *words)
        tonghop.until(lambda: "Zung" in province.call(*listed).stdout, what="the new register")
        node = province.dir / "node-nb"
        rows = [{"unit_code": "Z", "period": "2024", "measure": "m", "value": "100"}]

        def office_knows_it():
            province.call("sync", "--dir", node, ok=None)
            return province.feed(node, rows, "staffing", name="z.csv", ok=(0, 65)).returncode == 0

        tonghop.until(office_knows_it, what="the new register at the office")
        ask = ("--structure", "as-of:2025-07-01", "--unit", "37", "--period", "2024", "--by", "unallocated", "--lineage", "nb")
        want = {"37 2024": "107 4/4", "37/B@2025-06-30 2024": "2 4/4", "37/Z@2025-06-30 2024": "100 4/4"}
        assert lines(province, *ask) == want, lines(province, *ask)
        # as it was known before, there was no such commune; the kin are those of now
        known = lines(province, *ask, "--as-known-at", str(before["version"]))
        assert known == {"37 2024": "3 2/4", "37/B@2025-06-30 2024": "2 2/4"}, known
        province.down()
        province.up()
        assert lines(province, *ask) == want


def a_figure_lost_on_its_way_is_a_fault_and_no_footnote():
    if not tonghop.FAULTS:
        print("skipped: not built with faults")
        return
    with Whole() as province:
        province.down()
        province.up(TONGHOP_FAULT_AT="restated.lost:1")
        ask = ("totals", "--dir", province.home, "--structure", "as-of:2025-07-01")
        lost = province.call(*ask, "--format", "json", ok=(1,))
        assert json.loads(lost.stdout)["conservation"] == "fault", lost.stdout
        assert "TH5005" in lost.stderr and "m 2016..2017" in lost.stderr, lost.stderr
        assert json.loads(province.call(*ask, "--format", "json").stdout)["conservation"] == "ok"


CATALOGUE = {
    "catalogue.yaml": 'catalogue: {code: t, version: 1, languages: [vi, en], timezone: "+07:00", default_scheme: PLAIN, person_ids: as_is}\n',
    "measures.yaml": """dims:
  - {code: post, type: code}
  - {code: managed_by, type: code}
measures:
  - {code: a.flow, vi: luồng, en: flow, shape: flow, dims: [{code: post}], form: months}
  - {code: a.stock, vi: tồn, en: stock, shape: stock, dims: [{code: post}], form: months}
  - {code: own, vi: riêng, en: own, shape: stock, scope: own, marginal: sum, dims: [{code: post}], form: months}
  - {code: share, vi: tỷ lệ, en: share, shape: share, form: months}
derived:
  - {code: both, vi: cả hai, en: both, sum_of: "a.*"}
""",
    "forms.yaml": """forms:
  - {code: months, vi: tháng, en: months, periods: [month, year]}
""",
}
MONTHS = """unit_code,period,measure,dims,value,of
A,2024-01,a.flow,,1,
A,2024-02,a.flow,,2,
A,2024-02,a.flow,post=head,1,
B,2024-02,a.flow,,4,
C,2024-03,a.flow,,8,
A,2024-01,a.stock,,10,
A,2024-03,a.stock,,30,
B,2024-02,a.stock,,200,
37,2024-03,own,post=x,5,
377,2024-03,own,post=y,6,
C,2024-03,own,post=y,7,
A,2024-03,share,,364,1000
C,2024,a.stock,,9,
"""
MOVES = """person_id,effective,from_unit,to_unit,year,score_sum,scored_months
p1,2024-05-01,A,C,2024,0,0
p2,2024-06-01,A,B,2024,0,0
"""
RATINGS = """unit_code,person_id,period,category,rating,managed_by
A,p1,2024,cadre,4,district
A,p2,2024,cadre,3,
B,p3,2024,staff,4,district
C,p4,2024,cadre,4,province
"""
BODIES = """unit_code,collective_id,kind,period,rating
A,c1,cell,2024,4
C,c2,cell,2024,3
C,c3,agency,2024,4
"""


def what_is_made_while_it_is_asked_for_is_made_in_every_structure():
    with tonghop.Scratch() as scratch:
        for name, text in CATALOGUE.items():
            (scratch / "catalogue").mkdir(exist_ok=True)
            (scratch / "catalogue" / name).write_text(text)
        with Whole(catalogue=scratch / "catalogue", figures=MONTHS) as province:
            for form, text in (("evaluation", RATINGS), ("collective", BODIES), ("transfer", MOVES)):
                rows = list(csv.DictReader(io.StringIO(text)))
                province.feed(province.dir / "node-VN", rows, form, name=f"{form}.csv")
            questions = [
                (),
                ("--by", "unit"),
                ("--by", "unit,dims"),
                ("--by", "unit,rating", "--measure", "EV*"),
                ("--by", "unit,managed_by", "--measure", "EV01"),
                ("--by", "unit,post"),
                ("--by", "unit", "--measure", "I14.out,I14.in"),
                ("--by", "unit", "--period", "2024Q1"),
                ("--by", "unit,dims", "--period", "2024Q1,2024-03"),
                ("--by", "unit", "--period", "2024"),
                ("--by", "children", "--unit", "37", "--missing"),
                ("--level", "commune", "--measure", "both"),
            ]
            for asked in questions:
                # the tree of that day is the one the figures were reported in
                for form in ("csv", "jsonl"):
                    ask = ("totals", "--dir", province.home, "--format", form, *asked)
                    reported = province.call(*ask).stdout
                    restated = province.call(*ask, "--structure", "as-of:2024-06-01").stdout
                    assert restated == reported, f"{asked}:\n{restated}instead of\n{reported}"
                assert reported.count("\n") > 1, (asked, reported)
            check_quarter(province)


def check_quarter(province):
    """The first quarter in the new structure: A went into N, C into O, B stands unallocated."""
    ask = ("totals", "--dir", province.home, "--structure", "as-of:2025-07-01", "--period", "2024Q1", "--by", "unit")
    said = json.loads(province.call(*ask, "--format", "json").stdout)
    assert said["conservation"] == "ok", said
    got = {
        (row["unit"], row["measure"]): (row["value"], f"{row['reported']}/{row['expected']}", row["parts"])
        for row in said["rows"]
        if row["measure"] in ("a.flow", "a.stock", "both")
    }
    assert got == {
        ("37", "a.flow"): (15, "3/4", 3),
        ("37", "a.stock"): (230, "2/4", 3),
        ("37", "both"): (245, "3/4", 3),
        ("N", "a.flow"): (3, "1/1", 2),
        ("N", "a.stock"): (30, "1/1", 2),
        ("N", "both"): (33, "1/1", 2),
        ("O", "a.flow"): (8, "1/1", 1),
        ("O", "both"): (8, "1/1", 1),
        ("VN", "a.flow"): (15, "3/4", 3),
        ("VN", "a.stock"): (230, "2/4", 3),
        ("VN", "both"): (245, "3/4", 3),
    }, got
    apart = {(row["unallocated"], row["measure"]): row["value"] for row in said["unallocated"]}
    assert apart[("B@2025-06-30", "a.flow")] == 4 and apart[("B@2025-06-30", "both")] == 204, apart


tonghop.run(
    figures_stand_where_their_units_went,
    people_read_what_is_unallocated,
    json_says_what_the_figures_are,
    wrong_structures_are_refused,
    provinces_in_stores_of_their_own_are_put_together,
    a_province_that_is_not_here_is_named,
    a_viewer_of_one_province_is_given_that_one,
    an_earlier_version_stands_in_todays_structure_too,
    a_register_that_changed_still_fits_its_kin,
    a_figure_lost_on_its_way_is_a_fault_and_no_footnote,
    what_is_made_while_it_is_asked_for_is_made_in_every_structure,
)
