"""The province's own desk: its directory, its number, desks on other machines."""

import json
import re
import shutil

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District 1", "type": "district", "parent": "P"},
    {"code": "D2", "name": "District 2", "type": "district", "parent": "P"},
]
OTHER = [
    {"code": "Q", "name": "Province Q", "type": "province", "parent": ""},
    {"code": "E1", "name": "District 1", "type": "district", "parent": "Q"},
]


def status(province, home):
    return json.loads(province.call("status", "--dir", home, "--json").stdout)


def each_province_of_a_directory_has_a_desk_that_is_node_0():
    with tonghop.Province(UNITS, "--lineage", "p", up=False) as province:
        units = tonghop.write_csv(province.dir / "other.csv", OTHER[0].keys(), OTHER)
        province.call("init", province.home, "--add", "--units", units, "--catalogue", "open", "--lineage", "q")
        desks = {lineage: province.home / "desk" / lineage for lineage in ("p", "q")}
        # Before the province runs: it is judged with the register beside it, and waits.
        province.call("set", "D1", "2025", "m1", "5", "--dir", desks["p"])
        refused = province.call("set", "E1", "2025", "m1", "5", "--dir", desks["p"], ok=(65,))
        assert "TH2203" in refused.stderr, refused
        assert status(province, desks["p"])["node"] == 0
        province.up()
        province.call("sync", "--dir", desks["p"], "--wait=100s")
        province.call("set", "D2", "2025", "m1", "6", "--dir", desks["p"], "--wait")
        province.call("set", "E1", "2025", "m1", "7", "--dir", desks["q"], "--wait")
        assert status(province, desks["q"])["node"] == 0
        assert province.values("--unit", "P", "--measure", "m1")[("P", "2025", "m1", "")] == "11"
        assert province.values("--unit", "Q", "--measure", "m1")[("Q", "2025", "m1", "")] == "7"
        province.call("verify", province.home, "--level", "full", "--lineage", "p")
        province.call("verify", province.home, "--level", "full", "--lineage", "q")


def a_desk_on_another_machine_has_a_number_of_its_own():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        slip, home = province.dir / "desk.tonghop", province.dir / "desk"
        province.call("enrol", province.home, "--role", "desk", "-o", slip)
        assert re.search(r"(?m)^role: *desk", slip.read_text())
        province.call("join", slip, "--dir", home)
        assert status(province, home)["node"] == 1
        province.call("set", "D1", "2025", "m1", "5", "--dir", home, "--wait")
        province.call("set", "D2", "2025", "m1", "6", "--dir", province.home / "desk" / "p", "--wait")
        assert province.values("--measure", "m1")[("P", "2025", "m1", "")] == "11"
        province.call("keys", "revoke", "1", province.home, "--role", "desk", "--reason", "moved")
        refused = province.call("set", "D1", "2025", "m1", "9", "--dir", home, "--wait=3s", ok=(75, 77))
        assert province.values("--measure", "m1")[("P", "2025", "m1", "")] == "11", refused


def a_desk_that_was_lost_is_replaced_by_an_enrolled_one():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        slip, home = province.dir / "desk.tonghop", province.home / "desk" / "p"
        province.call("set", "D1", "2025", "m1", "5", "--dir", home, "--wait")
        shutil.rmtree(home)
        province.call("enrol", province.home, "--role", "desk", "-o", slip)
        province.call("join", slip, "--dir", home)
        # It does not know the revision of what the lost one said: the answer tells it.
        stale = province.call("set", "D1", "2025", "m1", "6", "--dir", home, "--wait", ok=(1,))
        assert "TH2222" in stale.stderr, stale
        province.call("set", "D1", "2025", "m1", "6", "--dir", home, "--wait")
        assert province.values("--measure", "m1")[("P", "2025", "m1", "")] == "6"


tonghop.run(
    each_province_of_a_directory_has_a_desk_that_is_node_0,
    a_desk_on_another_machine_has_a_number_of_its_own,
    a_desk_that_was_lost_is_replaced_by_an_enrolled_one,
)
