"""import --accept-valid: what is right is sent, what is not is listed; both are told to people and programs."""

import json

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District 1", "type": "district", "parent": "P"},
    {"code": "D2", "name": "District 2", "type": "district", "parent": "P"},
]
HEAD = "unit_code,period,measure,value\n"
MIXED = HEAD + "D1,2025,m1,5\nD1,2025,m2,1.5\nD2,2025,m1,7\nD1,2025,m3,1\nD1,2025,m3,2\n"


def good_rows_are_sent_and_the_others_listed():
    with tonghop.Province(UNITS) as province:
        node = province.node("P")
        file = province.dir / "mixed.csv"
        report = province.dir / "report.jsonl"
        file.write_text(MIXED)

        refused = province.call("import", "--dir", node, file, ok=(65,))
        assert "Nothing was sent: 2 errors" in refused.stdout, refused.stdout
        looked = province.call("import", "--dir", node, file, "--accept-valid", "--dry-run", "--json", ok=(1,))
        assert json.loads(looked.stdout)["queued"] == 0, looked.stdout

        words = ["--accept-valid", "--wait=100s", "--json", "--report", report]
        said = json.loads(province.call("import", "--dir", node, file, *words, ok=(1,)).stdout)
        assert (said["rows"], said["new"], said["queued"], said["left_out"]) == (5, 2, 2, 3), said
        assert (said["errors"], said["refused"], said["exit"]) == (3, [], 1), said
        rows = [(row["row"], row["code"]) for row in said["left_out_rows"]]
        assert rows == [(3, "TH2233"), (6, "TH2230"), (5, "TH2113")], rows
        listed = [json.loads(line) for line in report.read_text().splitlines()]
        assert [(row["row"], row["code"]) for row in listed] == rows, listed
        assert province.values("--unit", "P") == {("P", "2025", "m1", ""): "12"}, province.values()

        file.write_text(MIXED.replace("1.5", "15").replace("D1,2025,m3,2\n", ""))
        again = province.call("import", "--dir", node, file, "--accept-valid", "--wait=100s")
        assert "new 2" in again.stdout and "unchanged 2" in again.stdout, again.stdout
        assert "left out" not in again.stdout, again.stdout
        want = {("P", "2025", "m1", ""): "12", ("P", "2025", "m2", ""): "15", ("P", "2025", "m3", ""): "1"}
        assert province.values("--unit", "P") == want, province.values()


def what_is_said_to_people():
    with tonghop.Province(UNITS) as province:
        node = province.node("P")
        assert province.down() == 0
        bad, good = province.dir / "bad.csv", province.dir / "good.csv"
        bad.write_text(MIXED)
        good.write_text(HEAD + "D1,2024,m1,5\n")
        said = province.call("import", "--dir", node, bad, good, "--accept-valid", ok=(1,))
        assert "bad.csv:3:4: error TH2233" in said.stderr and "bad.csv:5: error TH2113: row 6" in said.stderr, said.stderr
        assert "left out: 3" in said.stdout and "Queued batch 1 (2 items)" in said.stdout, said.stdout
        waited = province.call("import", "--dir", node, bad, "--accept-valid", "--wait=200ms", ok=(1,))
        assert "unchanged 2" in waited.stdout, waited.stdout
        bad.write_text(HEAD + "D1,2023,m1,5\nD1,2023,m2,1.5\n")
        # Queued and not acknowledged weighs more than rows that were left out.
        waited = province.call("import", "--dir", node, bad, "--accept-valid", "--wait=200ms", "--json", ok=(75,))
        assert json.loads(waited.stdout)["left_out"] == 1, waited.stdout
        bad.write_text(HEAD + "D1,2023,m2,1.5\n")
        none = province.call("import", "--dir", node, bad, "--accept-valid", ok=(65,))
        assert "Nothing was sent: 1 error" in none.stdout, none.stdout
        piped = province.call("import", "--dir", node, "-", "--accept-valid", "--lang", "vi", stdin=MIXED, ok=(1,))
        assert "để lại 3 dòng" in piped.stdout and "stdin:3:4: lỗi TH2233" in piped.stderr, piped


def a_vietnamese_sheet():
    """Semicolons, 1.273 and 36,4, in the encodings that spreadsheets of old machines write."""
    text = "unit_code;period;measure;value;note\nD1;2025;m1;1.273;Hoàn thành tốt nhiệm vụ\nD1;2025;m2;12;\n"
    with tonghop.Province(UNITS) as province:
        node = province.node("P")
        file = province.dir / "sheet.csv"
        vi = ["--numbers", "vi", "--wait=100s"]

        file.write_text(text)
        plain = province.call("import", "--dir", node, file, ok=(65,))
        assert "write 1273" in plain.stderr, plain.stderr
        file.write_text(text.replace("1.273", "1,273"))
        bad = province.call("import", "--dir", node, file, *vi, ok=(65,))
        assert 'sheet.csv:2:4: error TH2233: "1,273"' in bad.stderr, bad.stderr
        file.write_text(text.replace("D1;2025;m1;1.273", "D1;2025;m1;12.73"))
        bad = province.call("import", "--dir", node, file, *vi, "--lang", "vi", ok=(65,))
        assert "viết số nguyên, dạng 1.273 hoặc 1273." in bad.stderr, bad.stderr

        file.write_bytes(text.replace(";", "\t").encode("utf-16"))
        refused = province.call("import", "--dir", node, file, *vi, ok=(65,))
        assert "TH2004" in refused.stderr, refused.stderr
        said = province.call("import", "--dir", node, file, *vi, "--encoding", "utf-16")
        assert "UTF-16" in said.stdout and "new 2" in said.stdout, said.stdout
        marks = text.replace("ố", "ô\u0301").replace("ệ", "ê\u0323").replace("ụ", "u\u0323")
        file.write_bytes(marks.encode("cp1258"))
        same = province.call("import", "--dir", node, file, *vi, "--encoding", "cp1258")
        assert "unchanged 2" in same.stdout, same.stdout
        file.write_text(text)
        wrong = province.call("import", "--dir", node, file, *vi, "--encoding", "cp1258", ok=(65,))
        assert "sheet.csv: error TH2003: not CP1258. → name the file's own encoding" in wrong.stderr, wrong.stderr
        want = {("P", "2025", "m1", ""): "1273", ("P", "2025", "m2", ""): "12"}
        assert province.values("--unit", "P") == want, province.values()


def control_totals_of_a_file_are_compared():
    """A local program writes what it counted; the province says which line differs, at the row of the file."""
    head = "form,unit_code,period,measure,dims,count,sum\n"
    line = "kiem-nhiem,D1,2022-09-14,{},,1,{}\n"
    with tonghop.Province(UNITS, catalogue="vn") as province:
        node = province.node("D1")
        for measure, value in (("CP01", 3), ("CP05", 282)):
            province.call("set", "--dir", node, "D1", "2022-09-14", measure, value, "--of", "539", "--wait=30s")
        file = province.dir / "totals.csv"
        file.write_text(head + line.format("CP01", 3) + line.format("CP05", 283))
        said = province.call("import", "--dir", node, file, "--wait=30s", "--json", ok=(1,))
        answer = json.loads(said.stdout)
        assert (answer["form"], answer["rows"], answer["new"], answer["queued"]) == ("completion", 2, 1, 1), answer
        assert answer["refused"][0]["code"] == "TH2220" and answer["refused"][0]["row"] == 2, answer
        assert "totals.csv:2: error TH2220" in said.stderr and "CP05" in said.stderr, said.stderr
        file.write_text(head + line.format("CP01", 3) + line.format("CP05", 282))
        said = province.call("import", "--dir", node, file, "--wait=30s")
        assert "No item refused" in said.stdout, said.stdout


def a_doubt_of_both_sides_is_told_once():
    with tonghop.Province(UNITS, "--lineage", "p", catalogue="vn") as province:
        node = province.node("P")
        row = {"unit_code": "P", "period": "2022-09-14", "measure": "ST01", "value": 5}
        report = province.dir / "report.jsonl"
        file = province.file("doubts.csv", [row])
        done = province.call("import", "--dir", node, file, "--wait=100s", "--report", report)
        assert done.stderr.count("TH2340") == 1, done.stderr
        listed = [json.loads(line)["code"] for line in report.read_text().splitlines()]
        assert listed == ["TH2340"], listed
        done = province.call("set", "--dir", node, "P", "2022-09-15", "ST01", "5", "--wait=100s")
        assert done.stderr.count("TH2340") == 1, done.stderr


tonghop.run(
    control_totals_of_a_file_are_compared,
    a_vietnamese_sheet,
    good_rows_are_sent_and_the_others_listed,
    what_is_said_to_people,
    a_doubt_of_both_sides_is_told_once,
)
