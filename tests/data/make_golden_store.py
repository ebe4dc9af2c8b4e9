#!/usr/bin/python3
"""make_golden_store.py - a small province of this format: its store, a node's outbox, the store as a stream

    TONGHOP_BIN=build/dev/bin tests/data/make_golden_store.py    write tests/data/v1/golden anew

tests/system/test_golden.py opens them with every build. They are made anew as long as the format is not
released; what a release has written stays as it is, and a later format gets a directory of its own.

    backup/        a backup of the province with its keys, which nobody uses for anything else
    node/          directory of an office: settings, keys, outbox
    stream         what export-store made of the same store
    totals.csv     totals of the store, by unit and dims
    list.csv       what the office has
    changes.csv    the history
"""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from support import tonghop  # found by the line above

OUT = HERE / "v1" / "golden"
UNITS = [
    {"code": "P", "name": "Tỉnh", "type": "province", "parent": ""},
    {"code": "D1", "name": "Huyện Một", "type": "district", "parent": "P"},
    {"code": "D2", "name": "Huyện Hai", "type": "district", "parent": "P"},
    {"code": "C1", "name": "Xã Một", "type": "commune", "parent": "D1"},
    {"code": "C2", "name": "Xã Hai", "type": "commune", "parent": "D1"},
]
CATALOGUE = {
    "catalogue.yaml": """catalogue: {code: gold, version: 1, languages: [vi, en], timezone: "+07:00",
  default_scheme: PLAIN, person_ids: as_is}
""",
    "measures.yaml": """measures:
  - {code: staff, vi: Biên chế, en: Staff, shape: stock, scope: own, form: f}
  - {code: posts, vi: Vị trí, en: Posts, shape: n_of_m, form: f}
  - {code: later, vi: Sau này, en: Later, shape: stock}
""",
    "forms.yaml": """forms:
  - {code: f, vi: Biên chế, en: Staffing, periods: [year], due_days: 5, reporters: {levels: [district, commune]}}
""",
}
WAIT = f"--wait={tonghop.PATIENCE}s"


def row(unit, measure, value, revision=1, period="2025"):
    return {"unit_code": unit, "period": period, "measure": measure, "value": value, "revision": revision}


def rating(unit, person, value, period="2025"):
    return {"unit_code": unit, "person_id": person, "period": period, "category": "annual", "rating": value}


def fill(province):
    one, two = province.node("D1"), province.node("D2")
    desk = province.home / "desk" / "p"
    province.feed(one, [row("D1", "staff", 12), row("C1", "staff", 5), row("C2", "staff", 7)], "staffing")
    province.feed(two, [row("D2", "staff", 30)], "staffing")
    province.feed(two, [dict(row("D2", "posts", 3), of=8)], "staffing")
    province.feed(one, [rating("D1", "an", 4), rating("C1", "binh", 3), rating("C2", "chi", 2)], "evaluation")
    body = {"unit_code": "D1", "collective_id": "cb-1", "kind": "cell", "period": "2025", "rating": 4}
    province.feed(one, [body], "collective")
    gone = {"person_id": "an", "effective": "2025-07-01", "from_unit": "D1", "to_unit": "D2", "year": "2025"}
    province.feed(one, [dict(gone, score_sum=420, scored_months=6)], "transfer")
    province.feed(one, [row("D1", "staff", 13, revision=2)], "staffing")
    province.feed(one, [row("C2", "staff", 9, revision=2)], "staffing")
    province.call("withdraw", "--dir", one, "C2", "2025", "staff", "--reason", "counted twice", WAIT)
    # Somebody was faster: the office hears that its revision is stale.
    province.call("set", "D1", "2025", "later", "1", "--dir", desk, WAIT)
    province.feed(one, [row("D1", "later", 2)], "staffing", ok=(0, 1))
    province.call("complete", "--dir", one, "f", "2025", WAIT, ok=(0, 1))
    province.call("return", "D1", "f", "2025", "--comment", "xem lại giúp", "--dir", province.home, WAIT, ok=(0, 1))
    province.call("units", "merge", "C1", "C2", "--into", "C9", "--name", "Xã Chín", "--on", "2026-01-01", "--dir", province.home)
    later = [row("C9", "staff", 3, period="2026")]
    province.call("sync", "--dir", one, WAIT)
    tonghop.until(lambda: province.feed(one, later, "staffing", ok=(0, 65)).returncode == 0, what="the new register")
    province.call("sync", "--dir", one, WAIT)
    return one


def keep_node(node):
    """A node's directory without what runs in it; its outbox compacted."""
    kept = OUT / "node"
    (kept / "outbox").mkdir(parents=True)
    shutil.copy(node / "tonghop.yaml", kept)
    shutil.copytree(node / "keys", kept / "keys")
    shutil.copy(node / "outbox" / "data.mdb", kept / "outbox")


def main():
    with tonghop.Scratch() as scratch:
        for name, text in CATALOGUE.items():
            (scratch / name).write_text(text, encoding="utf-8")
        with tonghop.Province(UNITS, "--lineage", "p", catalogue=scratch) as province:
            node = fill(province)
            province.call("backup", "save", province.home, "--to", province.dir / "backups", "--with-keys")
            province.call("export-store", province.home, "-o", province.dir / "stream")
            shutil.rmtree(OUT, ignore_errors=True)
            OUT.mkdir(parents=True)
            (made,) = (province.dir / "backups").iterdir()
            shutil.copytree(made, OUT / "backup")
            shutil.copy(province.dir / "stream", OUT)
            keep_node(node)
            for name, words in ANSWERS.items():
                asked = node if name == "list.csv" else province.home
                text = province.call(words[0], "--dir", asked, "--format", "csv", *words[1:]).stdout
                (OUT / name).write_text(text, encoding="utf-8")
    size = subprocess.run(["du", "-sh", str(OUT)], capture_output=True, text=True, check=True).stdout
    print(size, end="")


ANSWERS = {
    "totals.csv": ["totals", "--by", "unit,dims"],
    "list.csv": ["list"],
    "changes.csv": ["changes"],
}

if __name__ == "__main__":
    main()
