"""Drills of a loss: the province's store, a node's old outbox, a node's disk. What comes back is counted.

TONGHOP_DRILL_NODES (4) and TONGHOP_DRILL_RECORDS (2000, of all nodes) say how large the first one is.
The one with an old backup of the province is in test_backup.py, where the backups are.
"""

import csv
import io
import os
import shutil
import time

from support import offices, tonghop

NODES = int(os.environ.get("TONGHOP_DRILL_NODES", "4"))
RECORDS = int(os.environ.get("TONGHOP_DRILL_RECORDS", "2000"))
WAIT = f"--wait={tonghop.PATIENCE}s"


def rows_of(unit, count, value=1):
    return [
        {"unit_code": unit, "period": f"{2000 + i % 20}", "measure": f"m{i // 20}", "value": value + i}
        for i in range(count)
    ]


def figure(unit, value, measure="m0", period="2000"):
    return [{"unit_code": unit, "period": period, "measure": measure, "value": value}]


def counted(node):
    """The line of the newest receipt that says how many records stand, and their digest."""
    said = tonghop.call("receipt", "--dir", node, "--last").stdout
    return next(line for line in said.splitlines() if line.startswith("records: "))


def refused(node):
    out = tonghop.call("list", "--dir", node, "--format", "csv", "--state", "refused").stdout
    return [(row["measure_or_category"], row["code"]) for row in csv.DictReader(io.StringIO(out))]


def the_store_of_the_province_is_gone():
    """Drill 1: rebuilt from the nodes; nothing is needed but to start it."""
    codes = [f"D{i:03}" for i in range(1, NODES + 1)]
    with tonghop.Province(offices.units(*codes)) as province:
        nodes = [province.node(code) for code in codes]
        for code, node in zip(codes, nodes):
            province.feed(node, rows_of(code, RECORDS // NODES), "staffing", name=f"{code}.csv")
        want = province.values("--by", "unit")
        records = sum(1 for unit, *_ in want if unit != offices.PROVINCE)
        assert records == RECORDS // NODES * NODES, records
        before = [counted(node).split()[1] for node in nodes]

        assert province.down() == 0
        shutil.rmtree(province.home / "state" / "p")
        agents = [province.agent(node) for node in nodes]
        begun = time.monotonic()
        province.up()
        for node in nodes:
            province.call("sync", "--dir", node, WAIT)
        tonghop.until(lambda: province.values("--by", "unit") == want, what="all nodes have given again")
        took = time.monotonic() - begun

        province.verify("--level", "full")
        for agent in agents:
            agent.stop()
        assert [counted(node).split()[1] for node in nodes] == before
        assert all(refused(node) == [] for node in nodes)
        print(f"     {NODES} nodes, {records} records: {took:.1f} s, {took * 1e6 / records:.0f} s per million")


def a_node_goes_on_with_an_old_outbox():
    """Drill 3: it goes on entering before it has heard of anything."""
    with tonghop.Province(offices.units("A", "B")) as province:
        node, other = province.node("A"), province.node("B")
        province.feed(other, rows_of("B", 40), "staffing")
        province.feed(node, rows_of("A", 40), "staffing")
        shutil.copytree(node, province.dir / "copy", ignore=shutil.ignore_patterns("wake"))
        province.feed(node, rows_of("A", 60, 7), "staffing")
        want = province.values("--by", "unit")
        shutil.rmtree(node)
        shutil.move(province.dir / "copy", node)

        path = province.file("new.csv", figure("A", 20, "z") + figure("A", 3))
        province.call("import", "--dir", node, path, "--form", "staffing")
        province.call("sync", "--dir", node, WAIT, ok=(0, 1))
        want["A", "2000", "z", ""] = want[offices.PROVINCE, "2000", "z", ""] = "20"
        assert province.values("--by", "unit") == want
        assert refused(node) == [("m0", "TH2222")], refused(node)  # named: others have overtaken it
        province.verify("--level", "full")


def the_disk_of_a_node_is_gone():
    """Drill 4: enrolled again under its number; totals stay. The office's own lists are empty until it imports again."""
    with tonghop.Province(offices.units("A", "B")) as province:
        node, other = province.node("A"), province.node("B")
        province.feed(other, rows_of("B", 40), "staffing")
        province.feed(node, rows_of("A", 40), "staffing")
        want = province.values("--by", "unit")
        shutil.rmtree(node)

        slip = province.dir / "again.tonghop"
        province.call("enrol", province.home, "--node", "1", "-o", slip)
        province.call("join", slip, "--dir", node)
        province.call("sync", "--dir", node, WAIT)
        assert province.values("--by", "unit") == want
        # Nothing of it is sent twice, and a correction is the next revision.
        province.feed(node, rows_of("A", 40), "staffing")
        assert province.values("--by", "unit") == want
        province.feed(node, figure("A", 99), "staffing")
        step = 99 - int(want["A", "2000", "m0", ""])
        want["A", "2000", "m0", ""] = "99"
        want[offices.PROVINCE, "2000", "m0", ""] = str(int(want[offices.PROVINCE, "2000", "m0", ""]) + step)
        assert province.values("--by", "unit") == want
        assert refused(node) == []
        province.verify("--level", "full")


tonghop.run(
    the_store_of_the_province_is_gone,
    a_node_goes_on_with_an_old_outbox,
    the_disk_of_a_node_is_gone,
)
