"""Keys that are replaced: of an office that lost its disk, of one whose key was revoked."""

import csv
import io
import os
import shutil
import signal

from support import asking, offices, tonghop

UNITS = offices.units("A", "B")


def all_keys(province):
    out = province.call("keys", "list", province.home, "--format", "csv").stdout
    return list(csv.DictReader(io.StringIO(out)))


def key_of(province, number):
    return next(row for row in all_keys(province) if row["number"] == str(number) and row["role"] not in ("worker", "sign"))


def enrol_again(province, number, name, *args):
    slip = province.dir / name
    province.call("enrol", province.home, "--node", number, "-o", slip, *args)
    return slip


def words_of_the_desk(province):
    """What the province's desk has said about keys, in its order."""
    desk = next((province.home / "desk").iterdir())
    out = province.call("list", "--dir", desk, "--format", "csv").stdout
    return [row["measure_or_category"] for row in csv.DictReader(io.StringIO(out)) if row["measure_or_category"] in ("revoke", "enrol")]


def an_office_that_lost_its_disk_comes_back_under_its_number():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        other = province.node("B")
        province.feed(node, offices.figure("A", 1), "staffing")
        before = key_of(province, 1)["fingerprint"]
        agent = province.agent(node)
        slip = enrol_again(province, 1, "again.tonghop", "--reason", "disk lost")
        assert key_of(province, 1)["fingerprint"] == before
        province.feed(node, offices.figure("A", 2, "n"), "staffing")  # until the file is used nothing changes

        home = province.dir / "node-A-again"
        province.call("join", slip, "--dir", home)
        province.feed(home, offices.figure("A", 3, "o"), "staffing")
        after = key_of(province, 1)
        assert after["fingerprint"] != before and after["state"] == "active", after
        # Whoever has the old disk is cut off, not only refused the next time.
        province.feed(node, offices.figure("A", 9, "p"), "staffing", wait="0s")
        tonghop.until(lambda: "the province refused this key" in agent.log.read_text(), what="the old key is cut off")
        agent.stop()
        asking.refused(77, "TH1209", "sync", "--dir", node, "--wait=60s")
        province.feed(other, offices.figure("B", 4), "staffing")
        assert province.values("--unit", "A") == {
            ("A", "2025", "m", ""): "1",
            ("A", "2025", "n", ""): "2",
            ("A", "2025", "o", ""): "3",
        }
        assert words_of_the_desk(province) == ["enrol"]
        province.verify("--level", "full")
        asking.refused(77, "TH1205", "join", slip, "--dir", province.dir / "thief", "--timeout", "60s")


def a_number_that_was_revoked_is_enrolled_again_and_its_outbox_goes_on():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        copy = shutil.copytree(node, province.dir / "stolen", ignore=shutil.ignore_patterns("run"))
        (copy / "run").mkdir(mode=0o700)
        before = key_of(province, 1)["fingerprint"]
        province.down()
        province.call("rotate", "--dir", node, "--timeout", "1s", ok=(75,))  # a key that whoever took the directory has
        taken = (node / "keys" / "next.public").read_text()
        province.up()
        province.call("keys", "revoke", "1", province.home, "--reason", "laptop stolen")
        province.feed(node, offices.figure("A", 2, "n"), "staffing", wait="0s")

        slip = enrol_again(province, 1, "again.tonghop")
        asking.refused(77, "TH1209", "sync", "--dir", copy, "--wait=60s")  # the stolen key stays out
        province.call("join", slip, "--dir", node)
        province.call("sync", "--dir", node, "--wait=100s")
        assert key_of(province, 1)["fingerprint"] != before
        assert (node / "keys" / "node.public").read_text() != taken and not list((node / "keys").glob("next.*"))
        assert province.values("--unit", "A") == {("A", "2025", "m", ""): "1", ("A", "2025", "n", ""): "2"}
        asking.refused(77, "TH1209", "sync", "--dir", copy, "--wait=60s")
        assert words_of_the_desk(province) == ["revoke", "enrol"]
        province.verify("--level", "full")


def a_file_that_was_lost_is_made_anew():
    with tonghop.Province(UNITS) as province:
        first = province.dir / "first.tonghop"
        province.call("enrol", province.home, "--unit", "A", "-o", first)
        second = enrol_again(province, 1, "second.tonghop")
        asking.refused(77, "TH1209", "join", first, "--dir", province.dir / "first", "--timeout", "60s")
        province.call("join", second, "--dir", province.dir / "second")
        province.feed(province.dir / "second", offices.figure("A", 1), "staffing")

        viewer = province.dir / "viewer.tonghop"
        province.call("enrol", province.home, "--role", "viewer", "-o", viewer)
        province.call("join", viewer, "--dir", province.dir / "viewer")
        before = key_of(province, 2)["fingerprint"]
        again = enrol_again(province, 2, "viewer2.tonghop")
        province.call("totals", "--dir", province.dir / "viewer")
        province.call("join", again, "--dir", province.dir / "viewer2")
        assert key_of(province, 2)["fingerprint"] != before
        province.call("totals", "--dir", province.dir / "viewer2")
        asking.refused(77, "TH1209", "totals", "--dir", province.dir / "viewer", "--timeout", "60s")

        third = province.dir / "third.tonghop"
        asking.refused(65, "TH5002", "enrol", province.home, "--node", "99", "-o", third)
        asking.refused(64, "TH1003", "enrol", province.home, "--node", "1", "--unit", "A", "-o", third)
        assert not third.exists()


def keys_that_joined_outlive_the_store_that_noted_them():
    with tonghop.Province(UNITS) as province:
        early = province.node("A")
        province.feed(early, offices.figure("A", 1), "staffing")
        assert province.down() == 0
        shutil.copytree(province.home / "state", province.dir / "state")
        province.up()
        late = province.node("B")
        province.feed(late, offices.figure("B", 2), "staffing")
        want = province.values("--by", "unit")
        assert province.down() == 0
        shutil.rmtree(province.home / "state")
        shutil.copytree(province.dir / "state", province.home / "state")
        province.up()
        province.call("sync", "--dir", late, "--wait=100s")
        assert province.values("--by", "unit") == want
        province.feed(late, offices.figure("B", 3, "n"), "staffing")
        assert province.down() == 0
        shutil.rmtree(province.home / "run")  # the store knows them now, too
        province.up()
        province.feed(late, offices.figure("B", 4, "o"), "staffing")
        province.verify("--level", "full")


def settle(province, number, old):
    """Wait until the number has another key in force; what keys list says of it."""
    tonghop.until(
        lambda: key_of(province, number)["fingerprint"] not in ("", old) and key_of(province, number)["state"] == "active",
        what=f"another key of {number}",
    )
    return key_of(province, number)


def own_fingerprint(province, directory):
    return province.call("keys", "fingerprint", directory).stdout.strip()


def a_key_that_the_province_wants_changed_is_changed_by_its_office():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        before = key_of(province, 1)["fingerprint"]
        agent = province.agent(node)
        old = shutil.copytree(node / "keys", province.dir / "keys")

        province.call("keys", "rotate", "1", province.home)
        assert key_of(province, 1)["state"] == "rotating"
        province.feed(node, offices.figure("A", 2, "n"), "staffing")  # its answer says so
        row = settle(province, 1, before)
        assert row["previous"] == before and row["previous_until"] > row["since"], row
        tonghop.until(lambda: own_fingerprint(province, node) == row["fingerprint"], what="the office has it")
        assert not list((node / "keys").glob("next.*"))
        province.feed(node, offices.figure("A", 3, "o"), "staffing")
        assert agent.stop() == 0
        # The old key still gets in, for it may be the office's own from a copy; but it announces no other.
        new = (node / "keys").rename(province.dir / "new")
        shutil.copytree(old, node / "keys")
        province.feed(node, offices.figure("A", 4, "p"), "staffing")
        province.call("rotate", "--dir", node, "--wait=3s", ok=(75,))
        assert key_of(province, 1)["fingerprint"] == row["fingerprint"]
        shutil.rmtree(node / "keys")
        new.rename(node / "keys")
        province.feed(node, offices.figure("A", 5, "q"), "staffing")
        province.verify("--level", "full")


def an_office_changes_its_key_by_itself_and_the_old_one_runs_out():
    with tonghop.Province(UNITS, env=tonghop.environment(TONGHOP_WORKER_KEY_OVERLAP="3s")) as province:
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        before = key_of(province, 1)["fingerprint"]
        copy = shutil.copytree(node, province.dir / "copy", ignore=shutil.ignore_patterns("run"))
        (copy / "run").mkdir(mode=0o700)
        said = province.call("rotate", "--dir", node, "--wait=100s").stdout
        after = key_of(province, 1)["fingerprint"]
        assert after != before and after in said, said
        tonghop.until(lambda: key_of(province, 1)["previous"] == "", what="the old key runs out")
        asking.refused(77, "TH1209", "sync", "--dir", copy, "--wait=60s")
        province.feed(node, offices.figure("A", 2, "n"), "staffing")


def an_office_whose_answer_was_lost_finds_its_new_key():
    """JOINED did not come; the old key still holds, or has run out meanwhile and the new one is tried."""
    with tonghop.Province(UNITS, env=tonghop.environment(TONGHOP_WORKER_KEY_OVERLAP="3s")) as province:
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        for runs_out in (False, True):
            old = shutil.copytree(node / "keys", province.dir / f"keys-{runs_out}")
            province.call("rotate", "--dir", node, "--wait=100s")
            mine = own_fingerprint(province, node)
            assert key_of(province, 1)["fingerprint"] == mine
            for half in ("secret", "public"):
                shutil.copy2(node / "keys" / f"node.{half}", node / "keys" / f"next.{half}")
                shutil.copy2(old / f"node.{half}", node / "keys" / f"node.{half}")
            if runs_out:
                tonghop.until(lambda: key_of(province, 1)["previous"] == "", what="the old key runs out")
            province.call("sync", "--dir", node, "--wait=100s")
            assert own_fingerprint(province, node) == mine and key_of(province, 1)["fingerprint"] == mine
            assert not list((node / "keys").glob("next.*"))
        province.feed(node, offices.figure("A", 2, "n"), "staffing")


def keys_of_this_machine_are_changed_here():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        keys = {row["role"]: row["fingerprint"] for row in all_keys(province)}
        shutil.copy(province.home / "keys" / "broker.public", province.home / "keys" / "viewer.next.public")  # of a call that ended
        province.call("keys", "rotate", "w1", province.home, "--role", "worker")
        province.call("keys", "rotate", "0", province.home, "--role", "viewer")
        province.call("keys", "rotate", "p", province.home, "--role", "desk")
        for row in all_keys(province):
            if row["role"] not in ("node", "sign"):
                assert row["fingerprint"] != keys[row["role"]] and row["previous"] == keys[row["role"]], row
        assert not list((province.home / "keys").glob("*.next.*"))
        province.feed(node, offices.figure("A", 1), "staffing")  # the worker still has the old one
        assert province.values("--unit", "A") == {("A", "2025", "m", ""): "1"}
        province.call("sync", "--dir", province.home / "desk" / "p", "--wait=60s")
        assert province.down() == 0
        province.up()
        province.feed(node, offices.figure("A", 2, "n"), "staffing")
        assert len(province.values("--unit", "A")) == 2
        asking.refused(65, "TH5002", "keys", "rotate", "w9", province.home, "--role", "worker")
        asking.refused(65, "TH5002", "keys", "rotate", "77", province.home)
        asking.refused(64, "TH1003", "rotate", "--dir", province.home / "desk" / "p")


def receipts(province, node):
    out = province.call("receipt", "--dir", node, "--format", "csv").stdout
    return [row["code"] for row in csv.DictReader(io.StringIO(out))]


def signing_keys(province):
    return [row for row in all_keys(province) if row["role"] == "sign"]


def receipts_outlive_the_key_that_signed_them():
    with tonghop.Province(UNITS) as province:
        node, away = province.node("A"), province.node("B")
        agent = province.agent(node)
        province.feed(node, offices.figure("A", 1), "staffing")
        first = tonghop.until(lambda: receipts(province, node), what="the first receipt")[0]
        old = shutil.copy2(province.home / "keys" / "sign.public", province.dir / "old.public")
        paper = province.dir / "first.txt"
        paper.write_text(province.call("receipt", first, "--dir", node).stdout)

        for number in (2, 3):  # the office that is away misses both
            said = province.call("keys", "rotate", "--sign", province.home).stdout
            rows = signing_keys(province)
            assert [row["state"] for row in rows] == ["past"] * (number - 1) + ["active"], rows
            assert rows[-1]["fingerprint"] in said and rows[-2]["fingerprint"] in said, (said, rows)
            worker = province.pids()["worker_pid"]
            os.kill(worker, signal.SIGTERM)  # its next start takes the new key
            tonghop.until(lambda: province.pids()["worker_pid"] not in (0, worker), what="another worker")
            province.feed(node, offices.figure("A", number, f"m{number}"), "staffing")
            tonghop.until(lambda: len(receipts(province, node)) == number, what="a receipt under the new key")
        province.feed(away, offices.figure("B", 1), "staffing")
        province.call("sync", "--dir", away, "--wait=60s")
        assert len(tonghop.until(lambda: receipts(province, away), what="one of the third key")) == 1
        assert agent.stop() == 0

        rows = signing_keys(province)
        for directory in (node, away):
            province.call("receipt", "--verify", "--dir", directory)
        last = province.dir / "last.txt"
        last.write_text(province.call("receipt", receipts(province, node)[-1], "--dir", node).stdout)
        assert rows[0]["fingerprint"] in paper.read_text() and rows[2]["fingerprint"] in last.read_text()
        for text, key in ((paper, old), (last, province.home / "keys" / "sign.public")):
            province.call("receipt", text, "--verify", "--key", key)
        kept = province.home / "keys" / f"sign-{rows[0]['fingerprint']}.public"
        assert kept.read_text() == old.read_text()
        asking.refused(1, "TH5034", "receipt", paper, "--verify", "--key", province.home / "keys" / "sign.public")
        secrets = [path.name for path in (province.home / "keys").glob("sign*.secret")]
        assert secrets == ["sign.secret"], secrets


tonghop.run(
    an_office_that_lost_its_disk_comes_back_under_its_number,
    a_number_that_was_revoked_is_enrolled_again_and_its_outbox_goes_on,
    a_file_that_was_lost_is_made_anew,
    keys_that_joined_outlive_the_store_that_noted_them,
    a_key_that_the_province_wants_changed_is_changed_by_its_office,
    an_office_changes_its_key_by_itself_and_the_old_one_runs_out,
    an_office_whose_answer_was_lost_finds_its_new_key,
    keys_of_this_machine_are_changed_here,
    receipts_outlive_the_key_that_signed_them,
)
