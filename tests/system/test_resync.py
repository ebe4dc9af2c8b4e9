"""Either side loses its disk, or is put back from a copy: totals stay exact, and nothing acknowledged is lost."""

import csv
import io
import shutil

from support import offices, tonghop

UNITS = offices.units("A", "B")


def listed(province, node, *args):
    said = province.call("list", "--dir", node, "--format", "csv", *args).stdout
    return list(csv.DictReader(io.StringIO(said)))


def a_node_put_back_from_a_copy_heals_by_itself():
    with tonghop.Province(UNITS) as province:
        node, other = province.node("A"), province.node("B")
        province.feed(other, offices.figure("B", 10), "staffing")
        province.feed(node, offices.figure("A", 1) + offices.figure("A", 2, "n"), "staffing")
        shutil.copytree(node, province.dir / "copy", ignore=shutil.ignore_patterns("wake"))
        # After the copy: a correction, a new figure, a withdrawal. The copy knows of none of them.
        province.feed(node, offices.figure("A", 5) + offices.figure("A", 7, "k"), "staffing")
        province.call("withdraw", "--dir", node, "A", "2025", "n", "--reason", "x", f"--wait={tonghop.PATIENCE}s")
        want = province.values("--by", "unit")
        assert want["A", "2025", "m", ""] == "5" and want["A", "2025", "k", ""] == "7", want

        shutil.rmtree(node)
        shutil.move(province.dir / "copy", node)
        # It goes on entering before it hears of anything: something new, something that others have overtaken.
        path = province.file("offline.csv", offices.figure("A", 20, "z") + offices.figure("A", 3))
        province.call("import", "--dir", node, path, "--form", "staffing")
        province.call("sync", "--dir", node, f"--wait={tonghop.PATIENCE}s", ok=(0, 1))

        want["A", "2025", "z", ""] = want[offices.PROVINCE, "2025", "z", ""] = "20"
        assert province.values("--by", "unit") == want
        province.verify()
        refused = listed(province, node, "--state", "refused")
        assert [(row["measure_or_category"], row["code"]) for row in refused] == [("m", "TH2222")], refused

        # What the copy had forgotten is there again: the same rows are nothing new, a correction is the next one.
        same = province.feed(node, offices.figure("A", 7, "k"), "staffing")
        assert "0" in same.stdout, same.stdout
        province.feed(node, offices.figure("A", 8), "staffing")
        want["A", "2025", "m", ""] = "8"
        want[offices.PROVINCE, "2025", "m", ""] = "18"
        assert province.values("--by", "unit") == want
        assert listed(province, node, "--state", "refused") == []
        province.verify()


def a_province_whose_store_is_gone_is_filled_by_its_nodes():
    with tonghop.Province(UNITS) as province:
        node, other = province.node("A"), province.node("B")
        for value in (1, 2):
            province.feed(node, offices.figure("A", value) + offices.figure("A", value + 10, "n"), "staffing")
        province.feed(other, offices.figure("B", 10) + offices.figure("B", 3, "k"), "staffing")
        province.call("withdraw", "--dir", other, "B", "2025", "k", "--reason", "x", f"--wait={tonghop.PATIENCE}s")
        # A correction that is refused hides nothing of what was accepted.
        province.feed(node, offices.figure("A", 5, "n", "2024") + offices.figure("A", 6, "n", "2024-02-31"), "staffing", ok=(0, 1, 65))
        want = province.values("--by", "unit")

        assert province.down() == 0
        shutil.rmtree(province.home / "state" / "p")
        path = province.file("offline.csv", offices.figure("A", 20, "z"))
        province.call("import", "--dir", node, path, "--form", "staffing")
        province.up()
        assert "store-made-anew" in province.logs(40)
        for each in (node, other):
            province.call("sync", "--dir", each, f"--wait={tonghop.PATIENCE}s")

        want["A", "2025", "z", ""] = want[offices.PROVINCE, "2025", "z", ""] = "20"
        assert province.values("--by", "unit") == want
        province.verify()
        assert "epoch: 2\nbatches: 1..1\n" in province.call("receipt", "--dir", other, "--last").stdout
        # Revisions go on where they were, on both sides.
        province.feed(node, offices.figure("A", 7), "staffing")
        province.feed(other, offices.figure("B", 4, "k"), "staffing")
        want["A", "2025", "m", ""], want[offices.PROVINCE, "2025", "m", ""] = "7", "17"
        want["B", "2025", "k", ""] = want[offices.PROVINCE, "2025", "k", ""] = "4"
        assert province.values("--by", "unit") == want
        assert listed(province, node, "--state", "refused") == []
        province.verify()


tonghop.run(
    a_node_put_back_from_a_copy_heals_by_itself,
    a_province_whose_store_is_gone_is_filled_by_its_nodes,
)
