"""show: every revision of one item, named by the cells of its line in list; list has every kind."""

import csv
import io
import json

from support import tonghop

UNITS = [
    {"code": "P", "name": "Tỉnh P", "type": "province", "parent": ""},
    {"code": "D1", "name": "Huyện Một", "type": "district", "parent": "P"},
    {"code": "D2", "name": "Huyện Hai", "type": "district", "parent": "P"},
]
KEY = ["unit_code", "period", "measure_or_category", "dims"]
PEOPLE = "unit_code,person_id,period,category,scheme,score,rating\nD1,012345678901,2024-07,cadre,HN-3814,87.5,B\n"
BODIES = "unit_code,collective_id,kind,period,rating\nD1,D1 chi bộ 1,cell,2018,excellent\n"
MOVES = (
    "person_id,effective,from_unit,to_unit,year,score_sum,scored_months,scheme\n"
    "012345678901,2024-08-01,D1,D2,2024,612.5,7,HN-3814\n"
)


def rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


def imported(province, node, name, text, *words, **how):
    file = province.dir / name
    file.write_text(text)
    return province.call("import", "--dir", node, file, "--wait=100s", *words, **how)


def revisions_of_a_figure():
    with tonghop.Province(UNITS, catalogue="vn") as province:
        node = province.node("P")
        where = ["D1", "2022-09-14", "CP05"]
        province.call("set", "--dir", node, *where, "283", "--of", "539", "--basis", "BC 12", "--wait=100s")
        province.call("set", "--dir", node, *where, "282", "--of", "539", "--note", "ghi nhầm", "--wait=100s")
        province.call("set", "--dir", node, "P", *where[1:], "900", "--of", "1000", "--wait=100s", ok=(1,))

        said = province.call("show", "--dir", node, *where, "--format", "table", "--lang", "vi").stdout.splitlines()
        assert said[0] == "D1 Huyện Một · kỳ 14/09/2022 · CP05 bí thư chi bộ kiêm trưởng ấp, khu vực", said
        assert said[1].startswith("  bản sửa 1 · lô 1 · ") and said[1].endswith("· tỉnh đã nhận: 283/539 (52,5%)"), said
        assert said[2] == "      căn cứ: BC 12", said
        assert said[3].startswith("  bản sửa 2 · lô 2 · ") and said[3].endswith("· tỉnh đã nhận: 282/539 (52,3%)"), said
        assert said[4] == "      ghi chú: ghi nhầm" and len(said) == 5, said
        refused = province.call("show", "--dir", node, "P", *where[1:], "--format", "table").stdout
        assert "refused: 900/1,000 (90.0%)" in refused and "TH2226: CP05 2022-09-14: D1 already" in refused, refused

        data = rows(province.call("show", "--dir", node, *where))
        assert [(r["revision"], r["value"], r["state"], r["basis"]) for r in data] == [
            ("1", "283", "decided", "BC 12"),
            ("2", "282", "decided", ""),
        ], data
        assert all(r["entered"].endswith("Z") for r in data), data
        (one,) = json.loads(province.call("show", "--dir", node, "P", *where[1:], "--json").stdout)
        assert one["code"] == "TH2226" and one["state"] == "refused" and one["said"].startswith("TH2226: "), one

        province.call("withdraw", "--dir", node, *where, "--reason", "chưa rõ")
        last = rows(province.call("show", "--dir", node, *where))[-1]
        assert (last["revision"], last["state"], last["note"], last["value"]) == ("3", "queued", "chưa rõ", ""), last
        nothing = province.call("show", "--dir", node, "D2", *where[1:], ok=(1,))
        assert nothing.stdout == "" and "TH5021" in nothing.stderr, nothing
        assert province.call("show", "--dir", node, "D2", *where[1:], "--json", ok=(1,)).stdout == "[]\n"


def every_kind_is_listed_and_found_again():
    with tonghop.Province(UNITS, catalogue="vn") as province:
        node = province.node("P")
        imported(province, node, "people.csv", PEOPLE)
        imported(province, node, "bodies.csv", BODIES)
        imported(province, node, "moves.csv", MOVES)
        province.call("set", "--dir", node, "D1", "2016..2017", "MV01", "2", "--dims", "post=secretary", "--wait=100s")
        province.call("set", "--dir", node, "D1", "2016..2017", "MV01", "6", "--wait=100s")

        listed = rows(province.call("list", "--dir", node))
        assert sorted(r["form"] for r in listed) == [
            "collective",
            "evaluation",
            "staffing",
            "staffing",
            "transfer",
        ], listed
        for row in listed:
            assert row["state"] == "decided", row
            found = rows(province.call("show", "--dir", node, *[row[key] for key in KEY]))
            assert len(found) in (1, 2) and any(all(f[key] == row[key] for key in KEY) for f in found), (row, found)
        by_form = {row["form"]: row for row in listed}
        move = by_form["transfer"]
        assert (move["unit_code"], move["period"], move["measure_or_category"]) == ("D1", "2024-08-01", "HN-3814"), move
        assert (move["value"], move["score"]) == ("7", "612.5") and move["dims"].endswith(";to=D2"), move
        body = by_form["collective"]
        assert (body["dims"], body["rating"]) == ("collective=D1 chi bộ 1;kind=cell", "4"), body
        for form, count in (("transfer", 1), ("staffing", 2), ("collective", 1), ("completion", 0)):
            assert len(rows(province.call("list", "--dir", node, "--form", form))) == count, form

        found = rows(province.call("show", "--dir", node, "D1", "2024-07", "--person", "012345678901"))
        assert [r["rating"] for r in found] == ["3"] and "012345678901" not in str(found), found
        people = province.call("show", "--dir", node, "D1", "2024-07", "cadre", "--format", "table", "--lang", "vi").stdout
        assert "mức 3 hoàn thành tốt nhiệm vụ, điểm 87,50 (HN-3814)" in people, people
        people = province.call("show", "--dir", node, "D1", "2024-08-01", "--form", "transfer", "--format", "table").stdout
        assert "accepted: to D2, 7 months, scores 612.50" in people, people
        found = rows(province.call("show", "--dir", node, "D1", "2018", "--collective", "D1 chi bộ 1"))
        assert [r["rating"] for r in found] == ["4"], found
        only = rows(province.call("show", "--dir", node, "D1", "2016..2017", "MV01", "-"))
        assert [r["value"] for r in only] == ["6"], only


def what_does_not_fit_is_counted():
    with tonghop.Province(UNITS) as province:
        node = province.node("P")
        many = "unit_code,period,measure,value\n" + "".join(f"D1,2025,m{i},{i}\n" for i in range(70))
        imported(province, node, "many.csv", many)
        cut = province.call("show", "--dir", node, "D1", "2025", ok=(1,))
        assert len(rows(cut)) == 64 and "TH5022: not all of it was printed: 6 more" in cut.stderr, cut.stderr
        assert len(rows(province.call("show", "--dir", node, "D1", "2025", "m69"))) == 1


def what_the_desk_decided_is_listed():
    with tonghop.Province(UNITS, catalogue="vn") as province:
        node = province.node("D1")
        province.call("set", "--dir", node, "D1", "2022-09-14", "CP05", "282", "--of", "539", "--wait=100s")
        province.call("complete", "--dir", node, "kiem-nhiem", "2022-09-14", "--wait=100s")
        province.call("return", "D1", "kiem-nhiem", "2022-09-14", "--comment", "thiếu xã B", "--dir", province.home)
        province.call("sync", "--dir", node, "--wait=100s")

        (row,) = rows(province.call("list", "--dir", node, "--form", "completion"))
        assert (row["measure_or_category"], row["value"], row["state"], row["code"]) == (
            "kiem-nhiem",
            "1",
            "decided",
            "TH2341",
        ), row
        said = province.call("show", "--dir", node, "D1", "2022-09-14", "kiem-nhiem", "--format", "table", "--lang", "vi")
        assert "· tỉnh đã nhận: bảng kiểm 1 dòng\n" in said.stdout, said.stdout
        assert "TH2341: Tỉnh trả lại biểu kiem-nhiem" in said.stdout and "“thiếu xã B”" in said.stdout, said.stdout


tonghop.run(what_the_desk_decided_is_listed, what_does_not_fit_is_counted, revisions_of_a_figure, every_kind_is_listed_and_found_again)
