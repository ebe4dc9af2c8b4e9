"""Another key for the province's broker: announced, heard, changed over, and those who missed it."""

import shutil

from support import asking, offices, tonghop

UNITS = offices.units("A", "B")


def missing(province, *args, ok=(0,)):
    """Who has not heard of the next key yet."""
    out = province.call("keys", "rotate", "--broker", province.home, *args, ok=ok).stdout
    return [line.rsplit(" ", 1)[0] for line in out.splitlines() if line.startswith(("node ", "viewer ", "desk "))]


def public_of(keys):
    return (keys / "broker.public").read_text().strip()


def everybody_follows_a_broker_that_changes_its_key():
    with tonghop.Province(UNITS) as province:
        near, far = province.node("A"), province.node("B")
        slip, viewer = province.dir / "viewer.tonghop", province.dir / "viewer"
        province.call("enrol", province.home, "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", viewer)
        agent = province.agent(near)
        province.feed(near, offices.figure("A", 1), "staffing")
        before = province.call("keys", "fingerprint", province.home).stdout.strip()

        said = province.call("keys", "rotate", "--broker", province.home).stdout
        assert before not in said
        assert {"node 1", "node 2", "viewer 3"} >= set(missing(province)) >= {"node 2", "viewer 3"}
        province.feed(near, offices.figure("A", 2, "n"), "staffing")
        tonghop.until(lambda: "node 1" not in missing(province), what="the office that is there has heard")
        for _ in range(2):  # the first answer tells, the second question says that it was heard
            province.call("totals", "--dir", viewer)
        tonghop.until(lambda: missing(province) == ["node 2"], what="the viewer has heard")
        assert missing(province, "--switch", ok=(64,)) == ["node 2"]
        assert province.call("keys", "fingerprint", province.home).stdout.strip() == before
        for _ in range(2):
            province.call("sync", "--dir", far, "--wait=100s")
        tonghop.until(lambda: missing(province) == [], what="all have heard")

        assert before not in province.call("keys", "rotate", "--broker", "--switch", province.home).stdout
        after = province.call("keys", "fingerprint", province.home).stdout.strip()
        assert after != before and after in said, (before, after, said)
        province.feed(near, offices.figure("A", 3, "o"), "staffing")
        province.feed(far, offices.figure("B", 4), "staffing")
        assert len(province.values("--unit", "A")) == 3
        assert agent.stop() == 0
        totals = province.call("totals", "--dir", viewer, "--format", "csv").stdout
        assert totals == province.call("totals", "--dir", province.home, "--format", "csv").stdout
        new = public_of(province.home / "keys")
        for keys in (near / "keys", far / "keys", viewer / "keys"):
            assert public_of(keys) == new and not list(keys.glob("broker.next.*")), keys
        province.call("sync", "--dir", province.home / "desk" / "p", "--wait=100s")  # which heard nothing over the line
        province.verify()
        assert province.down() == 0
        province.up()
        province.feed(far, offices.figure("B", 5, "n"), "staffing")
        asking.refused(66, "TH2001", "keys", "rotate", "--broker", "--switch", province.home)  # to nothing


def who_missed_it_is_given_the_key_by_hand():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        early = province.dir / "early.tonghop"
        province.call("enrol", province.home, "--unit", "B", "-o", early)
        province.call("keys", "rotate", "--broker", province.home)
        between = province.dir / "between.tonghop"
        province.call("enrol", province.home, "--unit", "B", "-o", between)
        assert missing(province, "--switch", ok=(64,)) == ["node 1"]
        province.call("keys", "rotate", "--broker", "--switch", "--yes", province.home)

        province.feed(node, offices.figure("A", 1), "staffing", wait="3s", ok=(75,))
        shutil.copy2(province.home / "keys" / "broker.public", node / "keys" / "broker.public")
        province.call("sync", "--dir", node, "--wait=100s")
        assert province.values("--unit", "A") == {("A", "2025", "m", ""): "1"}
        # A file written while the key was announced has both; an older one is made anew.
        province.call("join", between, "--dir", province.dir / "between")
        province.call("join", early, "--dir", province.dir / "early", "--timeout=3s", ok=(75,))
        again = province.dir / "again.tonghop"
        province.call("enrol", province.home, "--node", "2", "-o", again)
        asking.refused(73, "TH1207", "join", again, "--dir", province.dir / "early")
        shutil.rmtree(province.dir / "early")
        province.call("join", again, "--dir", province.dir / "early")
        province.feed(province.dir / "early", offices.figure("B", 2), "staffing")
        province.verify()


tonghop.run(
    everybody_follows_a_broker_that_changes_its_key,
    who_missed_it_is_given_the_key_by_hand,
)
