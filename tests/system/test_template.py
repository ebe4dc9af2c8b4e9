"""template: a blank form of every kind, filled in, is a file that import takes; what stays blank is refused."""

import csv
import io

from support import tonghop

UNITS = [
    {"code": "P", "name": "Tỉnh P", "type": "province", "parent": "", "valid_from": "", "valid_to": ""},
    {"code": "D1", "name": "Huyện Một", "type": "district", "parent": "P", "valid_from": "", "valid_to": ""},
    {"code": "D2", "name": "Huyện Hai", "type": "district", "parent": "P", "valid_from": "", "valid_to": "2020-02-01"},
    {"code": "D2", "name": "Huyện Hai mới", "type": "district", "parent": "P", "valid_from": "2020-07-01", "valid_to": ""},
    {"code": "X1", "name": "Xã Một", "type": "commune", "parent": "D1", "valid_from": "", "valid_to": ""},
]
# (form, its periods, more words, rows for one unit or None)
FORMS = [
    ("bien-che", ["2022-09-14"], [], None),
    ("sap-xep", ["2022-09-14"], [], 14),
    ("kiem-nhiem", ["2022-09-14"], [], 7),
    ("to-chuc-dang", ["2022-09-14"], [], 2),
    ("ke-hoach", ["2022-09-14"], [], 4),
    ("dao-tao", ["2021", "2016..2017", "T2020-2025", "T2020-2025@2023-10-12"], [], 4),
    ("nhan-su", ["2021", "T2020-2025@2023-10-12"], [], 7),
    ("quy-hoach", ["2022-09-14"], [], 3),
    ("chi-tieu", ["2021"], [], 1),
    ("chi-tieu", ["..2030", "yearly", "yearly:2018..2021"], [], 4),
    ("danh-gia-nam", ["2021"], ["--as", "staffing"], None),
    ("danh-gia-nam", ["2021"], [], None),
    ("danh-gia-thang", ["2024-07"], [], 4),
    ("counts", ["2021"], [], None),
    ("collective", ["2018"], [], 6),
    ("transfer", ["2024"], [], 1),
]
SHAPES = {"RS": {"before": "139", "after": "92"}, "CP": {"value": "3", "of": "8"}, "PL06": {"value": "1", "of": "8"}}


def fill(row, number):
    """Something plausible for every cell that has to be there."""
    if "measure" in row:
        cells = next((cells for code, cells in SHAPES.items() if row["measure"].startswith(code)), {"value": "5"})
        row.update(cells if row["measure"] not in ("RS14", "CP06", "CP07") else {"value": "5"})
        row["value"] = "-5" if row["measure"].startswith("TG") else row["value"]
        row["dims"] = row["dims"].replace("base=", "base=2011").replace("doc=", "doc=NQ26")
    elif "person_id" in row and "effective" in row:
        more = {"to_unit": "D2", "score_sum": "100", "scored_months": "2", "scheme": "HN-3814"}
        row.update(more, person_id=f"p{number}", effective="2024-08-01")
    elif "person_id" in row:
        row.update(person_id=f"p{number}", rating="3")
    elif "count" in row:
        row.update(count="7")
    else:
        row.update(collective_id=f"c{number}", rating="4")
    return row


def template(province, node, *words, **how):
    return province.call("template", "--dir", node, *words, **how)


def filled(text, delimiter=","):
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(fill(row, number) for number, row in enumerate(rows))
    return rows, out.getvalue()


def every_form_can_be_filled_in_and_imported():
    with tonghop.Province(UNITS, "--province", "P", catalogue="vn") as province:
        node = province.node("D1")
        assert province.down() == 0
        for form, periods, words, count in FORMS:
            for period in periods:
                text = template(province, node, form, "--period", period, *words).stdout
                rows, ready = filled(text)
                units = {row.get("unit_code") or row["from_unit"] for row in rows}
                assert units == {"D1"}, (form, period, units)
                assert count in (None, len(rows)), (form, period, len(rows), text)
                file = province.dir / "form.csv"
                file.write_text(ready)
                done = province.call("import", "--dir", node, file, "--strict", "--dry-run", ok=None)
                assert done.returncode == 0, (form, period, done.stdout, done.stderr, ready)


def what_stays_blank_is_not_guessed():
    with tonghop.Province(UNITS, "--province", "P", catalogue="vn") as province:
        node = province.node("P")
        file = province.dir / "kn.csv"
        said = template(province, node, "kiem-nhiem", "--period", "2022-09-14", "-o", file).stdout
        assert "14 rows for 2 units" in said and f"tonghop import {file}" in said, said
        refused = province.call("import", "--dir", node, file, ok=(65,))
        assert refused.stderr.count("TH2231") == 14, refused.stderr
        exists = template(province, node, "kiem-nhiem", "--period", "2022-09-14", "-o", file, ok=(73,))
        assert "TH2012" in exists.stderr, exists.stderr
        head, first, *rest = file.read_text().splitlines()
        assert head == "unit_code,period,measure,dims,value,of,qualifier,basis,note", head
        assert first == "D1,2022-09-14,CP01,,,,,,", first
        file.write_text("\n".join([head, first.replace("CP01,,,,", "CP01,,3,8,"), *rest]) + "\n")
        some = province.call("import", "--dir", node, file, "--accept-valid", "--wait=100s", ok=(1,))
        assert "new 1" in some.stdout and "left out: 13" in some.stdout, some.stdout


def options_and_refusals():
    with tonghop.Province(UNITS, "--province", "P", catalogue="vn") as province:
        node, other = province.node("P"), province.node("X1")
        text = template(province, node, "sap-xep", "--period", "2019", ok=(65,))
        assert "TH2205" in text.stderr and "accepted: day" in text.stderr, text.stderr
        assert "TH1004" in template(province, node, "sap-xep", ok=(64,)).stderr
        assert "TH2009" in template(province, node, "sap", "--period", "2019", ok=(64,)).stderr
        # D2 is two units in 2020: the one that is there at its end is named with a day. A unit that is no reporter speaks for itself.
        rows, _ = filled(template(province, node, "dao-tao", "--period", "2020").stdout)
        assert {row["unit_code"] for row in rows} == {"D1", "D2@2020-12-31"}, rows
        rows, _ = filled(template(province, other, "dao-tao", "--period", "2021").stdout)
        assert {row["unit_code"] for row in rows} == {"X1"}, rows

        file = province.dir / "excel.csv"
        words = ["sap-xep", "--period", "2022-09-14", "--excel", "--names", "--lang", "vi", "-o", file]
        template(province, node, *words)
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbfunit_code;period;measure;dims;name;value;before;after;") and b"\r\n" in raw, raw
        assert "phòng chuyên môn thuộc sở" in raw.decode(), raw
        _, ready = filled(raw.decode("utf-8-sig").replace("\r\n", "\n"), ";")
        file.write_text(ready)
        done = province.call("import", "--dir", node, file, "--ignore-columns", "name", "--numbers", "vi", "--dry-run")
        assert "new 28" in done.stdout, done.stdout


def an_open_catalogue_has_a_row_for_each_unit():
    with tonghop.Province(UNITS, "--province", "P") as province:
        node = province.node("P")
        text = template(province, node, "staffing", "--period", "2022").stdout
        assert text == "unit_code,period,measure,dims,value,qualifier,basis,note\nX1,2022,,,,,,\nD2,2022,,,,,,\n", text


tonghop.run(
    every_form_can_be_filled_in_and_imported,
    what_stays_blank_is_not_guessed,
    options_and_refusals,
    an_open_catalogue_has_a_row_for_each_unit,
)
