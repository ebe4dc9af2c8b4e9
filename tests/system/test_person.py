"""A person changes offices within a year: the months of both, once each; who rates the year; who left and who came."""

import csv
import io
import json
import sys

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": ""},
    {"code": "A", "name": "Office", "type": "district", "parent": "P"},
    {"code": "B", "name": "Other office", "type": "district", "parent": "P"},
]
NATIONAL_ID = "012345678901"


def months(unit, first, last, score):
    return [
        {
            "unit_code": unit,
            "person_id": NATIONAL_ID,
            "period": f"2019-{month:02}",
            "category": "cadre",
            "scheme": "HN-3814",
            "score": score,
            "rating": "B",
        }
        for month in range(first, last + 1)
    ]


def year(unit, scored):
    return [
        {
            "unit_code": unit,
            "person_id": NATIONAL_ID,
            "period": "2019",
            "category": "cadre",
            "scheme": "KS-01",
            "rating": "good",
            "months_scored": scored,
        }
    ]


def leaves(sum_of_scores, scored, scheme="HN-3814"):
    return [
        {
            "person_id": NATIONAL_ID,
            "effective": "2019-05-01",
            "from_unit": "A",
            "to_unit": "B",
            "year": "2019",
            "score_sum": sum_of_scores,
            "scored_months": scored,
            "scheme": scheme,
        }
    ]


class Asking:
    def __init__(self, province):
        self.province = province

    def rows(self, *args, person=NATIONAL_ID, scheme="HN-3814"):
        words = ["person", person, "--scheme", scheme, "--year", "2019", "--dir", self.province.home]
        out = self.province.call(*words, "--format", "csv", *args).stdout
        return list(csv.DictReader(io.StringIO(out)))


def the_months_of_a_year_are_told_once(province, first, second):
    person = Asking(province)
    assert person.rows() == [
        {"kind": "year", "period": "2019", "unit_code": "", "months": "0", "score": "0", "average": ""}
    ]
    province.feed(first, months("A", 3, 4, "80"), "evaluation")
    province.feed(first, leaves("316.5", 4), "transfer")
    province.feed(second, months("B", 5, 11, "85"), "evaluation")
    rows = person.rows()
    assert [row["period"] for row in rows] == [*(f"2019-{m:02}" for m in range(5, 12)), "2019-05-01", "2019"], rows
    assert rows[-2] == {
        "kind": "brought", "period": "2019-05-01", "unit_code": "A", "months": "4", "score": "316.5", "average": "",
    }  # fmt: skip
    assert (rows[-1]["months"], rows[-1]["score"], rows[-1]["average"]) == ("11", "911.5", "82.86"), rows[-1]

    # All that A scored is reported: nothing is brought along any more.
    province.feed(first, months("A", 1, 2, "78"), "evaluation")
    rows = person.rows()
    assert [row["kind"] for row in rows] == ["month"] * 11 + ["year"], rows
    assert rows[-1]["score"] == "911", rows[-1]
    out = province.call("person", NATIONAL_ID, "--scheme", "HN-3814", "--year", "2019", "--dir", province.home,
                        "--format", "json")  # fmt: skip
    answer = json.loads(out.stdout)["rows"]
    assert answer[-1]["average"] == 82.82 and answer[0]["average"] is None, answer


def the_office_that_gained_the_person_rates_the_year(province, first, second):
    province.feed(first, year("A", 4), "evaluation", name="a.csv")
    refused = province.feed(second, year("B", 11), "evaluation", name="b.csv", ok=(1,))
    assert "TH2216" in refused.stderr, refused.stderr
    province.feed(first, leaves("0", "0", scheme="KS-01"), "transfer", name="moves.csv")
    taken = province.feed(second, year("B", 12), "evaluation", name="c.csv")
    assert "TH2317" in taken.stderr and "11" in taken.stderr, taken.stderr
    rated = [r for r in province.totals("--by", "unit,dims", "--measure", "EV01", "--period", "2019")]
    assert {r["unit_code"] for r in rated} == {"P", "B"}, rated
    assert all(r["value"] == "1" for r in rated), rated


def transfers_balance(province):
    rows = province.totals("--by", "unit", "--measure", "I14.out,I14.in", "--period", "2019")
    counts = {(r["unit_code"], r["measure"]): r["value"] for r in rows}
    assert counts == {("P", "I14.out"): "2", ("P", "I14.in"): "2", ("A", "I14.out"): "2", ("B", "I14.in"): "2"}, counts
    assert all(r["reported"] == r["expected"] == "" for r in rows), rows
    named = province.totals("--by", "unit,dims", "--measure", "I14.in")
    assert sorted(r["dims"] for r in named if r["unit_code"] == "B") == ["scheme=HN-3814", "scheme=KS-01"], named
    assert [r for r in province.totals("--by", "unit,dims") if r["measure"].startswith("I14")] == []


def what_is_asked_wrongly_is_said(province):
    def wrong(*words, ok):
        return province.call("person", *words, "--dir", province.home, ok=(ok,)).stderr

    assert "TH1003" in wrong(NATIONAL_ID, "--year", "2019", ok=64)
    assert "TH1003" in wrong(NATIONAL_ID, "--scheme", "HN-3814", "--year", "2019-01", ok=64)
    assert "TH5002" in wrong(NATIONAL_ID, "--scheme", "XX", "--year", "2019", ok=65)
    person = Asking(province)
    assert len(person.rows(person="f" * 32)) == 1, "a pseudonym is taken as it stands"


def main():
    with tonghop.Province(UNITS, "--lineage", "p", catalogue="vn") as province:
        first, second = province.node("A"), province.node("B")
        the_months_of_a_year_are_told_once(province, first, second)
        the_office_that_gained_the_person_rates_the_year(province, first, second)
        transfers_balance(province)
        what_is_asked_wrongly_is_said(province)
        province.verify()
    return 0


sys.exit(main())
