"""A file that is not right is refused as a whole: file, line, column, code, sentence, remedy; nothing is queued.

The office is offline all the while: what it may not send must be told without the province.
"""

import gzip
import io
import json
import re
import zipfile

from support import tonghop

HEAD = b"unit_code,period,measure,value\n"
GOOD = HEAD + b"A,2025,m1,5\nA,2025,m2,6\n"
UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": "", "valid_to": ""},
    {"code": "A", "name": "Alpha", "type": "district", "parent": "P", "valid_to": ""},
    {"code": "A2", "name": "Alpha two", "type": "commune", "parent": "A", "valid_to": "2020-01-01"},
    {"code": "B", "name": "Beta", "type": "district", "parent": "P", "valid_to": ""},
]


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("feed.csv", GOOD)
    return out.getvalue()


# (what, bytes, place as line, line:column or nothing, code, must a remedy stand beside the sentence)
FILES = [
    ("an unterminated quote", GOOD + b'A,2025,"m3,7\n', "4", "TH2102", True),
    ("text beside a quote", GOOD + b'A,2025,"m3"x,7\n', "4", "TH2102", True),
    ("a missing column", b"unit_code,period,value\nA,2025,5\n", "1", "TH2006", True),
    ("a column twice", b"unit_code,period,measure,value,value\nA,2025,m,5,6\n", "1:5", "TH2007", False),
    ("an unknown column", b"unit_code,period,measure,value,colour\nA,2025,m,5,red\n", "1:5", "TH2008", True),
    ("a word for a number", GOOD + b"A,2025,m3,seven\n", "4:4", "TH2233", True),
    ("a number with points", GOOD + b"A,2025,m3,1.273\n", "4:4", "TH2233", True),
    ("a number in hexadecimal", GOOD + b"A,2025,m3,0x10\n", "4:4", "TH2233", True),
    ("a number above 2^63", GOOD + b"A,2025,m3,9223372036854775808\n", "4:4", "TH2233", True),
    ("a cell too few", GOOD + b"A,2025,m3\n", "4", "TH2101", True),
    ("a cell too many", GOOD + b"A,2025,m3,7,8\n", "4", "TH2101", True),
    ("a cell of 1 MB", GOOD + b"A,2025," + b"m" * (1 << 20) + b",7\n", "4:3", "TH2103", True),
    ("a quoted cell of 1 MB", GOOD + b'A,2025,"' + b"m" * (1 << 20) + b'",7\n', "4:3", "TH2103", True),
    ("10,000 cells", GOOD + b"A,2025,m3,7" + b",x" * 10000 + b"\n", "4", "TH2101", True),
    ("NUL", GOOD + b"A,2025,m\0,7\n", "4", "TH2005", True),
    ("a control character", GOOD + b"A,2025,m\x07,7\n", "4", "TH2005", True),
    ("UTF-16", b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "", "TH2004", True),
    ("UTF-16 of the other order", b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "", "TH2004", True),
    ("bytes that are no UTF-8", GOOD + b"A,2025,m\xff\xfe,7\n", "4", "TH2003", True),
    ("zip", zipped(), "", "TH2004", True),
    ("gzip", gzip.compress(GOOD), "", "TH2004", True),
    ("HTML", b"<!DOCTYPE html>\n<html><body>Error</body></html>\n", "", "TH2004", True),
    ("no bytes", b"", "", "TH2002", False),
    ("a header alone", HEAD, "", "TH2011", False),
    ("65 columns", b"unit_code,period,measure,value" + b",c" * 61 + b"\n", "", "TH2010", False),
    ("another district's unit", GOOD + b"B,2025,m3,7\n", "4:1", "TH2204", False),
    ("an unknown unit", GOOD + b"Z9,2025,m3,7\n", "4:1", "TH2203", False),
    ("an ended unit", GOOD + b"A2,2025,m3,7\n", "4:1", "TH2203", False),
    ("a period that is none", GOOD + b"A,2025-13,m3,7\n", "4:2", "TH2205", False),
    ("one key twice", GOOD + b"A,2025,m1,7\n", "4", "TH2230", False),
    ("no value", GOOD + b"A,2025,m3,\n", "4", "TH2231", False),
]


BODY = b"unit_code,collective_id,kind,period,rating\n"
BODIES = [
    ("no unit", BODY + b",a,cell,2018,4\n", "2:1", "TH2112", True),
    ("an unknown unit", BODY + b"Z9,a,cell,2018,4\n", "2:1", "TH2203", False),
    ("another district's unit", BODY + b"B,a,cell,2018,4\n", "2:1", "TH2204", False),
    ("an ended unit", BODY.replace(b"\n", b",scheme\n") + b"A2,a,cell,2021,4,QD132\n", "2:1", "TH2203", False),
    ("no id", BODY + b"A,,cell,2018,4\n", "2:2", "TH2112", True),
    ("an id of 65 bytes", BODY + b"A," + b"a" * 65 + b",cell,2018,4\n", "2:2", "TH2103", True),
    ("a kind that is none", BODY + b"A,a,club,2018,4\n", "2:3", "TH2236", False),
    ("a period that is none", BODY + b"A,a,cell,2018Q5,4\n", "2:4", "TH2205", False),
    ("a target's period", BODY + b"A,a,cell,..2018,4\n", "2:4", "TH2205", False),
    ("a level that is none", BODY + b"A,a,cell,2018,best\n", "2:5", "TH2107", True),
    ("a level the scheme does not have", BODY + b"A,a,cell,2018,9\n", "2:5", "TH2210", False),
    ("neither score nor level", BODY + b"A,a,cell,2018,\n", "2", "TH2237", False),
    ("which of two schemes", BODY + b"A,a,cell,2020,4\n", "2", "TH2229", False),
    ("a scheme that is none", BODY.replace(b"\n", b",scheme\n") + b"A,a,cell,2018,4,XX\n", "2:6", "TH2229", False),
    ("a score of none", BODY.replace(b"\n", b",score\n") + b"A,a,cell,2018,4,90\n", "2:6", "TH2209", False),
    ("a reason that is none", BODY.replace(b"\n", b",reason\n") + b"A,a,cell,2018,4,luck\n", "2:6", "TH2236", False),
    ("one body twice", BODY + b"A,a,cell,2018,4\nA,a,cell,2018,3\n", "3", "TH2230", False),
    ("a person's column", BODY.replace(b"\n", b",leader\n") + b"A,a,cell,2018,4,1\n", "1:6", "TH2008", True),
    ("no kind column", BODY.replace(b"kind,", b"") + b"A,a,2018,4\n", "1", "TH2006", True),
]
MOVE = b"person_id,effective,from_unit,to_unit,year,score_sum,scored_months,scheme\n"
MOVES = [
    ("nobody", MOVE + b",2024-07-01,A,B,2024,0,0,HN-3814\n", "2:1", "TH2112", True),
    ("a person of 65 bytes", MOVE + b"p" * 65 + b",2024-07-01,A,B,2024,0,0,HN-3814\n", "2:1", "TH2103", True),
    ("no day", MOVE + b"p,,A,B,2024,0,0,HN-3814\n", "2:2", "TH2112", True),
    ("a month for a day", MOVE + b"p,2024-07,A,B,2024,0,0,HN-3814\n", "2:2", "TH2205", False),
    ("a day that does not exist", MOVE + b"p,2024-02-30,A,B,2024,0,0,HN-3814\n", "2:2", "TH2205", False),
    ("a day of another year", MOVE + b"p,2024-07-01,A,B,2023,0,0,HN-3814\n", "2:2", "TH2205", False),
    ("from nowhere", MOVE + b"p,2024-07-01,Z9,B,2024,0,0,HN-3814\n", "2:3", "TH2203", False),
    ("from another district", MOVE + b"p,2024-07-01,B,A,2024,0,0,HN-3814\n", "2:3", "TH2204", False),
    ("to nowhere", MOVE + b"p,2024-07-01,A,Z9,2024,0,0,HN-3814\n", "2:4", "TH2203", False),
    ("to where they are", MOVE + b"p,2024-07-01,A,A,2024,0,0,HN-3814\n", "2:4", "TH2236", False),
    ("no unit to go to", MOVE + b"p,2024-07-01,A,,2024,0,0,HN-3814\n", "2:4", "TH2112", True),
    ("a month for a year", MOVE + b"p,2024-07-01,A,B,2024-07,0,0,HN-3814\n", "2:5", "TH2205", False),
    ("a sum with three decimals", MOVE + b"p,2024-07-01,A,B,2024,87.505,6,HN-3814\n", "2:6", "TH2233", True),
    ("more than the months can have", MOVE + b"p,2024-07-01,A,B,2024,601,6,HN-3814\n", "2:6", "TH2209", False),
    ("no sum", MOVE + b"p,2024-07-01,A,B,2024,,6,HN-3814\n", "2:6", "TH2231", False),
    ("13 months", MOVE + b"p,2024-07-01,A,B,2024,0,13,HN-3814\n", "2:7", "TH2211", False),
    ("months with a point", MOVE + b"p,2024-07-01,A,B,2024,0,6.0,HN-3814\n", "2:7", "TH2233", True),
    ("which scheme", MOVE + b"p,2024-07-01,A,B,2024,0,0,\n", "2:8", "TH2229", False),
    ("one move twice", MOVE + b"p,2024-07-01,A,B,2024,0,0,HN-3814\np,2024-07-01,A,B,2024,1,1,HN-3814\n", "3", "TH2230", False),
    ("a rating's column", MOVE.replace(b"\n", b",category\n") + b"p,2024-07-01,A,B,2024,0,0,HN-3814,cadre\n", "1:9", "TH2008", True),
]
DONE = b"form,unit_code,period,measure,dims,count,sum\n"
STAFF = b"bien-che,A,2022-09-14,"
COMPLETIONS = [
    ("no form", DONE + b",A,2022-09-14,ST01,,1,5\n", "2:1", "TH2112", True),
    ("a form that is none", DONE + b"bien,A,2022-09-14,ST01,,1,5\n", "2:1", "TH2236", False),
    ("an unknown unit", DONE + b"bien-che,Z9,2022-09-14,ST01,,1,5\n", "2:2", "TH2203", False),
    ("another district's unit", DONE + b"bien-che,B,2022-09-14,ST01,,1,5\n", "2:2", "TH2204", False),
    ("a year for a day", DONE + b"bien-che,A,2022,ST01,,1,5\n", "2:3", "TH2205", False),
    ("a measure of another form", DONE + STAFF + b"ST01,,1,5\n" + STAFF + b"CP05,,1,5\n", "3:4", "TH2202", False),
    ("no measure", DONE + STAFF + b",,1,5\n", "2:4", "TH2112", True),
    ("a member that is none", DONE + STAFF + b"ST01,,1,5\n" + STAFF + b"ST02,block=x,1,5\n", "3:5", "TH2228", False),
    ("ratings of nobody", DONE + b"danh-gia-thang,A,2024-07,EV01,,1,90\n", "2:5", "TH2228", False),
    ("no count", DONE + STAFF + b"ST01,,,5\n", "2:6", "TH2112", True),
    ("a count with a point", DONE + STAFF + b"ST01,,1.0,5\n", "2:6", "TH2233", True),
    ("a count below 0", DONE + STAFF + b"ST01,,-1,5\n", "2:6", "TH2236", False),
    ("no sum", DONE + STAFF + b"ST01,,1,\n", "2:7", "TH2112", True),
    ("a sum that is none", DONE + STAFF + b"ST01,,1,many\n", "2:7", "TH2233", True),
    ("a line twice", DONE + STAFF + b"ST01,,1,5\n" + STAFF + b"ST01,-,1,6\n", "3", "TH2230", False),
    ("201 lines", DONE + b"".join(b"ke-hoach,A,2022-09-14,PL02,doc=d%d,1,1\n" % i for i in range(201)), "202", "TH2010", False),
    ("a column of others", DONE.replace(b"\n", b",basis\n") + STAFF + b"ST01,,1,5,x\n", "1:8", "TH2008", True),
]
VI = b"unit_code;period;measure;value\n"
VIETNAMESE = [
    ("the other way of writing", VI + b"A;2022-09-14;ST01;1,273\n", "2:4", "TH2233", True),
    ("a point that is no group", VI + b"A;2022-09-14;ST01;12.73\n", "2:4", "TH2233", True),
    ("groups that are too long", VI + b"A;2022-09-14;ST01;1.2730\n", "2:4", "TH2233", True),
    ("a decimal of a whole number", VI + b"A;2022-09-14;ST01;36,4\n", "2:4", "TH2233", True),
    ("a share", VI + b"A;2018;EV04;36,4%\n", "2:4", "TH2233", True),
    ("a revision in groups", VI.replace(b"\n", b";revision\n") + b"A;2022-09-14;ST01;1;1.000\n", "2:5", "TH2233", True),
]


def check(province, node, name, data, place, code, remedy, words=("--form", "staffing")):
    path = province.dir / "feed.csv"
    path.write_bytes(data)
    report = province.dir / "report.jsonl"
    done = province.call("import", "--dir", node, path, *words, "--report", report, ok=None)
    line, column = (place + ":").split(":")[:2]
    at = f":{line}:{column}" if column else rf":{line}(:\d+)?" if line else ""
    found = re.search(rf"(?m)^(\S*/)?{path.name}{at}: error {code}: \S.*$", done.stderr)
    assert done.returncode == 65, f"{name}: exit {done.returncode} {done.stderr}"
    assert found, f"{name}: no {code} at {place or 'the file'} in\n{done.stderr}"
    assert not remedy or re.search("→|; write ", found.group()), f"{name}: no remedy in {found.group()}"
    assert len(done.stderr) < 4000, f"{name}: {len(done.stderr)} bytes of errors"
    first = json.loads(report.read_text().splitlines()[0])
    assert (first["code"], first["row"], first["severity"]) == (code, int(line or 0), "error"), f"{name}: {first}"
    assert first["text_vi"] and first["text_en"], f"{name}: {first}"


def a_bad_file_is_refused_as_a_whole():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        assert province.down() == 0  # what follows needs nobody
        for case in FILES:
            check(province, node, *case)
            state = json.loads(province.call("status", "--dir", node, "--json").stdout)
            assert state["outbox"]["batches"] == 0, f"{case[0]}: something was queued"
        good = province.dir / "good.csv"
        good.write_bytes(GOOD)
        province.call("import", "--dir", node, good, "--form", "staffing")
        bad = province.dir / "bad.csv"
        bad.write_bytes(FILES[0][1])
        province.call("import", "--dir", node, bad, good, "--form", "staffing", ok=(65,))
        state = json.loads(province.call("status", "--dir", node, "--json").stdout)
        assert (state["outbox"]["batches"], state["outbox"]["items"]) == (1, 2), state
        province.up()
        province.call("sync", "--dir", node, "--wait=100s")
        got = province.values("--unit", "P")
        assert got == {("P", "2025", "m1", ""): "5", ("P", "2025", "m2", ""): "6"}, got
        print(f"{len(FILES)} files refused")


def so_is_a_bad_file_of_every_form():
    """The header tells the form; nothing of a refused file is queued."""
    tables = [(BODIES, []), (MOVES, []), (COMPLETIONS, []), (VIETNAMESE, ["--numbers", "vi"])]
    with tonghop.Province(UNITS, catalogue="vn") as province:
        node = province.node("A")
        assert province.down() == 0
        for table, words in tables:
            for case in table:
                check(province, node, *case, words=words)
        state = json.loads(province.call("status", "--dir", node, "--json").stdout)
        assert state["outbox"]["batches"] == 0, state
        print(f"{sum(len(table) for table, _ in tables)} files refused")


tonghop.run(a_bad_file_is_refused_as_a_whole, so_is_a_bad_file_of_every_form)
