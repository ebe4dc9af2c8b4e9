"""A viewer on another machine sees what the province sees: at once, later, and with another register."""

import json
import os
import re
import subprocess
import threading

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    *({"code": f"D{at}", "name": f"District {at}", "type": "district", "parent": "P"} for at in range(1, 4)),
]


def figures(value):
    return [
        {"unit_code": unit, "period": "2025", "measure": measure, "value": value + at}
        for at, (unit, measure) in enumerate((u, m) for u in ("D1", "D2", "D3") for m in ("m1", "n.x"))
    ]


def enrol(province, name="viewer"):
    slip = province.dir / f"{name}.tonghop"
    province.call("enrol", province.home, "--role", "viewer", "-o", slip)
    return slip


def join(province, name="viewer", **how):
    home = province.dir / name
    return home, province.call("join", enrol(province, name), "--dir", home, **how)


def same(province, viewer, verb, *args):
    """What verb says in the viewer's directory; it must be what it says in the province's."""
    own = province.call(verb, "--dir", province.home, *args).stdout
    seen = province.call(verb, "--dir", viewer, *args).stdout
    assert seen == own, f"{verb} {args}: {seen!r} instead of {own!r}"
    return seen


def without_time(text):
    said = json.loads(text)
    del said["time"]
    return said


def a_joined_viewer_sees_what_the_province_sees():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        province.feed(province.node("P"), figures(10), "staffing")
        viewer, joined = join(province)
        assert "machine's key" in joined.stdout, joined
        bundle = viewer / "register" / "bundle"
        assert bundle.stat().st_mode & 0o777 == 0o600
        for args in ([], ["--by", "unit"], ["--unit", "D2", "--measure", "n.*", "--missing"]):
            assert same(province, viewer, "totals", "--format", "csv", *args).count("\n") > 1
            assert "District" in same(province, viewer, "totals", "--format", "table", "--by", "unit") or args
            same(province, viewer, "totals", "--format", "jsonl", *args)
            same(province, viewer, "watch", "--once", "--format", "csv", *args)
        same(province, viewer, "watch", "--once", "--format", "table", "--by", "unit")
        asked = [
            province.call("totals", "--dir", home, "--format", "json").stdout for home in (province.home, viewer)
        ]
        assert without_time(asked[0]) == without_time(asked[1]), asked
        assert without_time(asked[0])["rows"][0]["unit"] == "P", asked


def what_a_viewer_may_not_ask_is_refused():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        viewer, _ = join(province)
        for verb in (["totals"], ["watch", "--once"]):
            unknown = province.call(*verb, "--dir", viewer, "--unit", "D9", ok=(65,))
            assert "TH5002" in unknown.stderr, unknown
            other = province.call(*verb, "--dir", viewer, "--lineage", "q", ok=(64,))
            assert "--lineage (p)" in other.stderr, other
        number = re.search(r"(?m)^node: *(\d+)", (province.dir / "viewer.tonghop").read_text()).group(1)
        province.call("keys", "revoke", number, province.home, "--role", "viewer", "--reason", "lost")
        for verb in (["totals"], ["watch", "--once"]):
            revoked = province.call(*verb, "--dir", viewer, ok=(77,))
            assert "TH1209" in revoked.stderr, revoked


def the_first_contact_finishes_what_join_began():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        province.feed(province.node("P"), figures(10), "staffing")
        slips = [enrol(province, name) for name in ("late", "later")]
        homes = [province.dir / name for name in ("late", "later")]
        ports = (province.home / "tonghop.yaml").read_text()
        province.down()
        for slip, home in zip(slips, homes):
            early = province.call("join", slip, "--dir", home, "--timeout", "300ms", ok=(75,))
            assert "first contact" in early.stdout, early
            assert not (home / "register").exists()
        silent = province.call("totals", "--dir", homes[0], "--timeout", "300ms", ok=(69,))
        assert "TH3003: no answer within 300 ms" in silent.stderr, silent
        province.up()
        assert (province.home / "tonghop.yaml").read_text() == ports
        assert same(province, homes[0], "totals", "--format", "csv").count("\n") > 1
        assert same(province, homes[1], "watch", "--once", "--format", "csv").count("\n") > 1
        again = province.call("join", slips[0], "--dir", homes[0])
        assert "first contact" not in again.stdout, again


def a_damaged_copy_is_fetched_again():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        province.feed(province.node("P"), figures(10), "staffing")
        viewer, _ = join(province)
        bundle = viewer / "register" / "bundle"
        whole = bundle.read_bytes()
        at = whole.index(b"District 2")
        for damaged in (b"", whole[:-7], whole[:at] + b"district 2" + whole[at + 10 :], b"\xff" * 100):
            bundle.write_bytes(damaged)
            assert "District 2" in same(province, viewer, "totals", "--format", "table", "--by", "unit")
            assert bundle.read_bytes() == whole


class Events:
    """tonghop watch of a joined viewer, as lines of JSON."""

    def __init__(self, province, viewer, *args):
        self.process = subprocess.Popen(
            [os.path.join(tonghop.BIN, "tonghop"), "watch", "--dir", str(viewer), "--format", "jsonl", *args],
            env=province.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.heard = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.heard.append(json.loads(line))

    def kinds(self):
        return [event["event"] for event in list(self.heard) if event["event"] != "row"]

    def stop(self):
        self.process.terminate()
        code = self.process.wait(tonghop.PATIENCE)
        self.reader.join(tonghop.PATIENCE)
        return code


def another_bundle_reaches_every_viewer():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        province.feed(province.node("P"), figures(10), "staffing")
        viewer, _ = join(province)
        watched, _ = join(province, "watched")
        same(province, viewer, "totals", "--format", "table")
        events = Events(province, watched, "--by", "unit")
        tonghop.until(lambda: "live" in events.kinds(), what="a live view")

        province.down()
        settings = province.home / "tonghop.yaml"
        settings.write_text(settings.read_text().replace('name: "province Province P"', 'name: "Newland"'))
        province.up()

        assert "Newland" in same(province, viewer, "totals", "--format", "table")

        def newland():
            files = [home / "register" / "bundle" for home in (viewer, watched)]
            return all(b"Newland" in file.read_bytes() for file in files) and events.kinds()[-1] == "live"

        tonghop.until(newland, what="the live view again")
        kinds = events.kinds()
        # Stale more than once where the machine gave it no time; live again only after a snapshot.
        assert kinds[:2] == ["snapshot", "live"] and "stale" in kinds, kinds
        assert all(kinds[at - 1] == "snapshot" for at, kind in enumerate(kinds) if kind == "live"), kinds
        assert "Newland" in same(province, watched, "watch", "--once", "--format", "table")
        assert events.stop() == 0


tonghop.run(
    a_joined_viewer_sees_what_the_province_sees,
    what_a_viewer_may_not_ask_is_refused,
    the_first_contact_finishes_what_join_began,
    a_damaged_copy_is_fetched_again,
    another_bundle_reaches_every_viewer,
)
