"""list is a table for people and CSV for programs; --quiet leaves notes out."""

import os
import pty
import subprocess

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District 1", "type": "district", "parent": "P"},
]
ROWS = [
    {"unit_code": "D1", "period": "2025", "measure": "m1", "value": 7},
    {"unit_code": "P", "period": "2025", "measure": "longer.name", "value": 1234},
]


def on_a_terminal(province, *args):
    """What tonghop writes on a terminal."""
    master, slave = pty.openpty()
    command = [os.path.join(tonghop.BIN, "tonghop"), *map(str, args)]
    done = subprocess.Popen(command, env=province.env, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    text = b""
    while True:
        try:
            read = os.read(master, 65536)
        except OSError:
            break
        if not read:
            break
        text += read
    os.close(master)
    assert done.wait(tonghop.PATIENCE) == 0, text
    return text.decode().replace("\r\n", "\n")


def a_list_is_a_table_on_a_terminal():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        province.feed(node, ROWS, "staffing")
        piped = province.call("list", "--dir", node).stdout
        table = province.call("list", "--dir", node, "--format", "table").stdout
        assert piped.startswith("state,form,unit_code,") and piped.count("\n") == 3, piped
        assert on_a_terminal(province, "list", "--dir", node) == table
        head, *rows = table.splitlines()
        assert len(rows) == 2 and "," not in table, table
        at = head.index("measure")
        assert {row[at:].split()[0] for row in rows} == {"m1", "longer.name"}, table
        end = head.index("value") + len("value")
        assert {row[:end].split()[-1] for row in rows} == {"7", "1234"}, table


def quiet_leaves_notes_out():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        file = province.file("spaces.csv", [dict(ROWS[0], measure=" m1 ")])
        said = province.call("import", "--dir", node, file, "--form", "staffing")
        quiet = province.call("import", "--dir", node, file, "--form", "staffing", "--quiet", ok=None)
        assert "note TH" in said.stderr, said
        assert quiet.returncode == said.returncode and quiet.stderr == "" and quiet.stdout == "", quiet


def rows_for_a_spreadsheet():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        rows = [dict(ROWS[0], note="=HYPERLINK(1)"), dict(ROWS[1], note="")]
        province.feed(node, rows, "staffing")
        said = province.call("totals", "--dir", province.home, "--by", "unit", "--excel", text=False).stdout
        head, *lines = said.decode("utf-8-sig").split("\r\n")
        assert said.startswith(b"\xef\xbb\xbf") and head.startswith("unit_code;period;measure;dims;"), said
        assert lines[0].startswith("D1;2025;m1;;exact;7;;;;") and lines[-1] == "", lines
        said = province.call("list", "--dir", node, "--excel", text=False).stdout
        assert said.startswith(b"\xef\xbb\xbfstate;form;") and b";longer.name;" in said and said.endswith(b"\r\n"), said


tonghop.run(rows_for_a_spreadsheet, a_list_is_a_table_on_a_terminal, quiet_leaves_notes_out)
