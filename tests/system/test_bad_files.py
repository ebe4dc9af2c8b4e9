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


def check(province, node, name, data, place, code, remedy):
    path = province.dir / "feed.csv"
    path.write_bytes(data)
    report = province.dir / "report.jsonl"
    done = province.call("import", "--dir", node, path, "--form", "staffing", "--report", report, ok=None)
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
        province.call("sync", "--dir", node, "--wait=30s")
        got = province.values("--unit", "P")
        assert got == {("P", "2025", "m1", ""): "5", ("P", "2025", "m2", ""): "6"}, got
        print(f"{len(FILES)} files refused")


tonghop.run(a_bad_file_is_refused_as_a_whole)
