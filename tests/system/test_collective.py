"""Collectives are rated by one office each, counted by kind and level, and seen by every viewer."""

import sys

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": ""},
    {"code": "A", "name": "Office", "type": "district", "parent": "P"},
    {"code": "B", "name": "Other office", "type": "district", "parent": "P"},
]


def bodies(unit, **ratings):
    return [
        {"unit_code": unit, "collective_id": body, "kind": kind, "period": "2024", "rating": rating}
        for body, (kind, rating) in ratings.items()
    ]


def ev05(province, *args):
    rows = province.totals("--measure", "EV05", *args)
    return {(r["unit_code"], r["dims"]): (r["value"], r["reported"], r["expected"]) for r in rows}


def collectives_are_counted_by_kind_and_level(province, first, second):
    rated = bodies("A", cb1=("cell", "excellent"), cb2=("cell", "good"), ub=("government", "good"))
    province.feed(first, rated, "collective")
    province.feed(second, bodies("B", cb9=("cell", "good")), "collective")
    by_kind = ev05(province, "--by", "unit,dims")
    assert by_kind == {
        ("P", "collective_kind=cell;rating=4;scheme=QD124"): ("1", "2", "2"),
        ("P", "collective_kind=cell;rating=3;scheme=QD124"): ("2", "2", "2"),
        ("P", "collective_kind=government;rating=3;scheme=QD124"): ("1", "2", "2"),
        ("A", "collective_kind=cell;rating=4;scheme=QD124"): ("1", "1", "1"),
        ("A", "collective_kind=cell;rating=3;scheme=QD124"): ("1", "1", "1"),
        ("A", "collective_kind=government;rating=3;scheme=QD124"): ("1", "1", "1"),
        ("B", "collective_kind=cell;rating=3;scheme=QD124"): ("1", "1", "1"),
    }, by_kind
    whole = ev05(province)
    assert whole == {("P", ""): ("4", "2", "2")}, whole
    assert ev05(province, "--by", "collective_kind")["P", "collective_kind=cell"][0] == "3"
    assert not [r for r in province.totals("--by", "unit,dims") if r["measure"] != "EV05"], "they are no people"


def a_watch_shows_them(province):
    for filters in (["--measure", "EV05", "--by", "unit,dims"], ["--by", "rating"]):
        said = province.call("totals", "--dir", province.home, "--format", "csv", *filters).stdout
        seen = province.call("watch", "--dir", province.home, "--once", "--format", "csv", *filters).stdout
        assert seen == said and seen.count("\n") > 2, f"{filters}: {seen} instead of {said}"


def a_collective_has_one_office(province, first, second):
    taken = province.feed(second, bodies("B", cb1=("cell", "good")), "collective", name="b.csv", ok=(1,))
    assert "TH2216" in taken.stderr and "collective" in taken.stderr, taken.stderr
    told = province.call("sync", "--dir", first).stderr
    assert "TH2316" in told and "collective" in told, told
    person = [{"unit_code": "B", "person_id": "x", "period": "2024", "category": "collective", "rating": 4}]
    refused = province.feed(second, person, "evaluation", name="p.csv", ok=(65,))
    assert "TH2229" in refused.stderr, refused.stderr

    # Withdrawn by the one, it is free for the other.
    gone = [{**bodies("A", cb1=("cell", ""))[0], "op": "withdraw", "revision": 2}]
    province.feed(first, gone, "collective", name="gone.csv")
    province.feed(second, bodies("B", cb1=("cell", "good")), "collective", name="b.csv")
    assert ev05(province, "--by", "unit")["B", ""][0] == "2"


def main():
    with tonghop.Province(UNITS, "--lineage", "p", catalogue="vn") as province:
        first, second = province.node("A"), province.node("B")
        collectives_are_counted_by_kind_and_level(province, first, second)
        a_watch_shows_them(province)
        a_collective_has_one_office(province, first, second)
        province.verify()
    return 0


sys.exit(main())
