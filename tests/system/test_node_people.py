"""People: a plain identity number never leaves the office's file, one person is rated once, both offices are told."""

import json
import sys

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": ""},
    {"code": "A", "name": "Office", "type": "district", "parent": "P"},
    {"code": "B", "name": "Other office", "type": "district", "parent": "P"},
]
NATIONAL_ID = "012345678901"
TWO = f"B,x,2018,cadre,ND56,4\nB,{NATIONAL_ID},2018,cadre,ND56,4\n"
HEADER = "unit_code,person_id,period,category,scheme,rating\n"


def holders(folder, text):
    """The files below folder that hold text."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in paths if text.encode() in path.read_bytes()]


def feed(province, home, name, text, ok=(0,)):
    path = province.dir / name
    path.write_text(text, encoding="utf-8")
    return province.call("import", "--dir", home, path, "--wait=100s", ok=ok)


def main():
    with tonghop.Province(UNITS, "--lineage", "p", catalogue="vn") as province:
        first, second = province.node("A"), province.node("B")
        feed(province, first, "first.csv", HEADER + f"A,{NATIONAL_ID},2018,cadre,ND56,good\n")

        done = feed(province, second, "second.csv", HEADER + TWO, ok=(1,))
        assert "second.csv:3: error TH2216" in done.stderr, done.stderr
        told = province.call("sync", "--dir", first).stderr
        assert "TH2316" in told, told
        assert province.call("sync", "--dir", first).stderr == "", "a notice is told once"

        # Withdrawn by the office that rated, the person is free for the other one.
        who = ["--person", NATIONAL_ID, "--category", "cadre", "--scheme", "ND56"]
        province.call("withdraw", "--dir", first, "A", "2018", *who, "--reason", "moved", "--wait=100s")
        feed(province, second, "second.csv", HEADER + TWO)
        values = province.values("--by", "unit,dims")
        rated = {key: value for key, value in values.items() if key[2] == "EV01"}
        assert [value for key, value in rated.items() if key[0] == "B" and "rating=4" in key[3]] == ["2"], rated
        assert not [key for key in rated if key[0] == "A"], rated

        lines = province.call("list", "--dir", second, "--format", "jsonl").stdout.splitlines()
        listed = [json.loads(line) for line in lines]
        assert len(listed) == 2 and all(len(one["dims"]) == len("person=") + 8 for one in listed), listed
        assert province.down() == 0
        for folder in (first, second, province.home):
            assert holders(folder, NATIONAL_ID) == [], f"a plain id in {holders(folder, NATIONAL_ID)}"
    return 0


sys.exit(main())
