"""What the public sees: figures of the newest edition, and of people nothing that tells of one of them."""

import csv
import io
import json
import os
import subprocess

from support import asking, tonghop

CATALOGUE = """catalogue:
  code: test
  version: 1
  languages: [vi, en]
  timezone: "+07:00"
  default_scheme: S
  person_ids: as_is
  ambiguous_codes: period_end
  open_measures: true
  public: {threshold: 5, share_base: 20, release: "06:00"}
"""
SCHEMES = """schemes:
  - {code: S, vi: mức, en: levels, periods: [year], person_scope: unit, score: {max: 0},
     levels: [{rating: 4}, {rating: 3}, {rating: 2}]}
"""
INDICATORS = """indicators:
  - {code: TOP, vi: tỷ lệ xuất sắc, en: share of the best, num: ["EV01{rating=4}"],
     den: ["EV01{rating=4}", "EV01{rating=3}", "EV01{rating=2}"]}
  - {code: ROOM, vi: còn được xếp, en: room, kind: cap_room}
"""
UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    *({"code": f"D{at}", "name": f"District {at}", "type": "district", "parent": "P"} for at in range(1, 6)),
]
FIVE = {4: 1, 3: 3, 2: 1}
MANY = {"D2": {4: 11, 3: 30, 2: 12}, "D3": {4: 16, 3: 41, 2: 20}, "D4": {4: 8, 3: 25, 2: 9}, "D5": {4: 9, 3: 31, 2: 14}}


def people(unit, counts, first=0):
    ratings = [rating for rating, count in counts.items() for _ in range(count)]
    return [
        {"unit_code": unit, "period": "2024", "category": "c", "person_id": f"{unit}-{first + at}", "rating": rating}
        for at, rating in enumerate(ratings)
    ]


class Public(tonghop.Province):
    """An office of five among larger ones, and a figure that is not about persons."""

    def __init__(self, scratch, **how):
        catalogue = scratch / "catalogue"
        catalogue.mkdir()
        (catalogue / "catalogue.yaml").write_text(CATALOGUE)
        (catalogue / "schemes.yaml").write_text(SCHEMES, encoding="utf-8")
        (catalogue / "indicators.yaml").write_text(INDICATORS, encoding="utf-8")
        super().__init__(UNITS, "--lineage", "p", catalogue=catalogue, **how)

    def fill(self):
        self.office = self.node("P")
        rows = people("D1", FIVE)
        for unit, counts in MANY.items():
            rows += people(unit, counts)
        self.feed(self.office, rows, "evaluation")
        self.figure(3)

    def figure(self, value):
        row = {"unit_code": "D1", "period": "2024", "measure": "desks", "value": value}
        self.feed(self.office, [row], "staffing", name="desks.csv")

    def public(self, *args, place=None):
        where = place or self.home
        out = self.call("totals", "--dir", where, "--audience", "public", "--format", "csv", *args).stdout
        rows = csv.DictReader(io.StringIO(out))
        return {(r["unit_code"], r["measure"], r["dims"]): r["value"] for r in rows}

    def publish(self, *args):
        out = self.call("publish", "--dir", self.home, "--format", "csv", *args).stdout
        return list(csv.DictReader(io.StringIO(out)))


def an_office_of_five_shows_that_it_has_five():
    with tonghop.Scratch() as scratch, Public(scratch) as province:
        assert province.public() == {}, "nothing was published yet"
        province.fill()
        newest = province.publish()[0]
        assert (newest["made"], newest["renewed"], newest["kept"]) == ("by-hand", "1", "0"), newest
        shown = province.public("--by", "unit")
        assert shown["D1", "EV01", ""] == "5" and shown["P", "EV01", ""] == "231", shown
        assert shown["D1", "desks", ""] == "3"
        levels = province.public("--by", "unit,rating")
        of_five = {dims: value for (unit, measure, dims), value in levels.items() if (unit, measure) == ("D1", "EV01")}
        assert of_five == {f"rating={rating}": "hidden" for rating in (0, 2, 3, 4)}, of_five
        assert levels["P", "EV01", "rating=3"] == "130", levels
        for lang, word in (("vi", "ẩn"), ("en", "hidden")):
            args = ["--lang", lang, "--format", "table", "--unit", "D1", "--by", "rating"]
            table = province.call("totals", "--dir", province.home, "--audience", "public", *args).stdout
            assert table.count(word) == 4, table
        exact = province.values("--unit", "D1", "--by", "rating", "--measure", "EV01")
        assert sorted(exact.values()) == ["1", "1", "3"], exact
        said = json.loads(
            province.call("totals", "--dir", province.home, "--audience", "public", "--format", "json").stdout
        )
        assert said["audience"] == "public" and said["edition"].endswith("Z"), said
        assert "D1-0" not in json.dumps(said)
        province.verify()


def shares_are_told_where_both_parts_are():
    with tonghop.Scratch() as scratch, Public(scratch) as province:
        province.fill()
        province.publish()
        args = ["--dir", province.home, "--by", "unit", "--format", "csv"]
        told = {}
        for audience in ("internal", "public"):
            out = province.call("indicators", *args, "--audience", audience, "--indicator", "TOP").stdout
            told[audience] = {r["unit_code"]: (r["value"], r["marks"]) for r in csv.DictReader(io.StringIO(out))}
        assert told["public"]["D1"] == ("", "hidden") and told["internal"]["D1"] == ("200", ""), told
        assert told["public"]["P"] == told["internal"]["P"] == ("195", ""), told
        same = [unit for unit, row in told["public"].items() if row == told["internal"][unit]]
        hidden = [unit for unit, row in told["public"].items() if row == ("", "hidden")]
        assert len(same) + len(hidden) == len(told["public"]), told
        asking.refused(65, "TH5023", "indicators", *args, "--audience", "public", "--indicator", "ROOM", env=province.env)


def figures_change_as_editions_alone():
    with tonghop.Scratch() as scratch, Public(scratch) as province:
        province.fill()
        province.publish()
        before = province.public("--by", "unit,rating")
        province.feed(province.office, people("D2", {4: 1}, 900), "evaluation", name="one.csv")
        province.figure(4)
        assert province.public("--by", "unit,rating") == before, "seen before the next edition"
        newest = province.publish()[0]
        assert (newest["renewed"], newest["kept"]) == ("0", "1"), f"one person more is told: {newest}"
        assert province.public("--by", "unit,rating") == before, "one person more is told"
        assert province.public()["P", "desks", ""] == "4"
        rows = [row for unit in MANY for row in people(unit, {4: 20, 3: 30, 2: 25}, 1000)]
        province.feed(province.office, rows, "evaluation", name="many.csv")
        newest = province.publish()[0]
        assert newest["renewed"] == "1", newest
        assert province.public("--by", "unit")["P", "EV01", ""] == "532"
        assert len(province.publish()) == len(province.publish()) == 4, "an edition without a change"
        assert province.down() == 0
        kept = province.call("verify", province.home).stdout
        province.up()
        assert province.public("--by", "unit")["P", "EV01", ""] == "532", kept
        assert [row["number"] for row in province.publish("--list")] == ["3", "2", "1", "0"]
        province.verify()


def the_public_gets_no_other_answers():
    with tonghop.Scratch() as scratch, Public(scratch) as province:
        province.fill()
        province.publish()
        slip, viewer = province.dir / "public.tonghop", province.dir / "public"
        asking.refused(64, "TH1003", "enrol", province.home, "--unit", "D1", "--audience", "public", "-o", slip)
        province.call("enrol", province.home, "--role", "viewer", "--audience", "public", "-o", slip)
        province.call("join", slip, "--dir", viewer)
        plain = province.call("totals", "--dir", viewer, "--format", "csv", "--by", "unit,rating").stdout
        asked = province.call(
            "totals", "--dir", province.home, "--audience", "public", "--format", "csv", "--by", "unit,rating"
        ).stdout
        assert plain == asked and "hidden" in plain, plain
        for question in (
            ["totals", "--as-known-at", "1"],
            ["totals", "--structure", "current"],
            ["totals", "--by", "job_group"],
            ["changes"],
            ["diff", "0", "1"],
            ["completeness"],
            ["person", "D1-0", "--year", "2024", "--scheme", "S"],
            ["publish", "--list"],
        ):
            asking.refused(65, "TH5023", question[0], "--dir", viewer, *question[1:], env=province.env)
        args = ["--audience", "public", "--as-known-at", "1"]
        asking.refused(65, "TH5023", "totals", "--dir", province.home, *args, env=province.env)
        code, out, err = asking.ask(
            "tonghop", "watch", "--dir", str(viewer), "--once", "--timeout", "2s", env=province.env
        )
        assert code != 0 and "EV01" not in out, f"the feed of a public key: {code} {out} {err}"
        slip = province.dir / "internal.tonghop"
        province.call("enrol", province.home, "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", province.dir / "internal")
        asking.refused(65, "TH2239", "publish", "--dir", province.dir / "internal", env=province.env)


def asked_to_publish(province):
    return subprocess.Popen(
        [os.path.join(tonghop.BIN, "tonghop"), "publish", "--dir", str(province.home), "--format", "csv"],
        env=province.env,
        stdout=subprocess.PIPE,
        text=True,
    )


def an_edition_is_whole_or_not_there():
    if not tonghop.FAULTS:
        print("skipped: built without stop points")
        return
    for point in ("edition.written", "edition.committed"):
        with tonghop.Scratch() as scratch, Public(scratch, up=False) as province:
            _, worker = province.apart()
            province.fill()
            tonghop.until(lambda: province.publish("--list"), what="the first edition")
            worker.stop()
            worker.start(TONGHOP_STOP_AT=f"{point}:1")
            asker = asked_to_publish(province)
            tonghop.until(worker.ended, what=f"the worker dies at {point}")
            worker.start()
            out, _ = asker.communicate(timeout=2 * tonghop.PATIENCE)
            assert asker.returncode == 0, out
            listed = list(csv.DictReader(io.StringIO(out)))
            assert [row["number"] for row in listed] == ["1", "0"], f"{point}: {out}"
            assert listed[0]["renewed"] == "1", listed
            assert province.public()["P", "EV01", ""] == "231"
            province.verify()


tonghop.run(
    an_office_of_five_shows_that_it_has_five,
    shares_are_told_where_both_parts_are,
    figures_change_as_editions_alone,
    the_public_gets_no_other_answers,
    an_edition_is_whole_or_not_there,
)
