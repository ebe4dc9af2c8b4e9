"""A store, an outbox and a stream of the first format are opened by this build, and the work goes on in them.

tests/data/make_golden_store.py made them. Nothing in tests/data/v1/golden is written here: all is copied first.
"""

import hashlib
import re
import shutil
import struct

from support import tonghop

GOLDEN = tonghop.SOURCE / "tests" / "data" / "v1" / "golden"
WAIT = f"--wait={tonghop.PATIENCE}s"
META = 0


def read(name):
    return (GOLDEN / name).read_text(encoding="utf-8")


def copied(scratch):
    """A copy that only its owner may use, as such files are."""
    place = scratch / "golden"
    shutil.copytree(GOLDEN, place)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    for name in ("backup/desk/p", "node"):
        (place / name / "run").mkdir(mode=0o700, exist_ok=True)
    return place


def listen_here(*homes):
    """Give the settings of directories the ports of this test."""
    text = (homes[0] / "tonghop.yaml").read_text()
    old = sorted({int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", text)})
    first = tonghop.Ports.take()
    for home in homes:
        for path in home.rglob("*.yaml"):
            said = path.read_text()
            for number, port in enumerate(old):
                said = said.replace(f"127.0.0.1:{port}", f"127.0.0.1:{first + number}")
            path.write_text(said)


# ---- the stream, read without our code ----


def numbers(data):
    """The fields of a message: (number, value) in order."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at : at + value], at + value
        yield tag >> 3, value


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def rows(stream):
    """{table: [(key, value)]}, after the hashes of the stream were checked."""
    at, found, whole = 0, {}, hashlib.blake2b(digest_size=32)
    while at < len(stream):
        size, begin = varint(stream, at)
        piece = stream[begin : begin + size]
        for number, value in numbers(piece):
            fields = dict(numbers(value))
            if number == 2:
                found.setdefault(fields[1], []).append((fields[2], fields.get(3, b"")))
            elif number == 3:
                assert fields[2] == whole.digest(), "the hash of the stream"
                said = [dict(numbers(table)) for name, table in numbers(value) if name == 1]
                assert [(t[1], t[2]) for t in said] == [(t, len(r)) for t, r in sorted(found.items())]
                assert [t[3] for t in said] == [digest(r) for _, r in sorted(found.items())], "a table's hash"
        whole.update(stream[at : begin + size])
        at = begin + size
    return found


def digest(table):
    run = hashlib.blake2b(digest_size=32)
    for key, value in table:
        run.update(struct.pack(">H", len(key)) + key + struct.pack(">I", len(value)) + value)
    return run.digest()


# ---- tests ----


def same_answers(home):
    for name, words in (("totals.csv", ["totals", "--by", "unit,dims"]), ("changes.csv", ["changes"])):
        got = tonghop.call(words[0], "--dir", home, "--format", "csv", *words[1:]).stdout
        assert got == read(name), f"{name}: {got}"


def work_goes_on_in_a_store_and_an_outbox_of_the_first_format():
    with tonghop.Scratch() as scratch:
        place = copied(scratch)
        node, home = place / "node", scratch / "province"
        assert tonghop.call("list", "--dir", node, "--format", "csv").stdout == read("list.csv")
        tonghop.call("backup", "inspect", place / "backup")
        tonghop.call("backup", "restore", place / "backup", "--to", home)
        listen_here(home, node)
        said = tonghop.call("verify", home).stdout
        assert "0 findings" in said, said
        with opened(home) as province:
            same_answers(home)
            province.call("set", "D1", "2025", "staff", "14", "--dir", node, WAIT)
            province.call("set", "D1", "2025", "later", "8", "--dir", home / "desk" / "p", WAIT)
            values = province.values("--by", "unit")
            assert values["D1", "2025", "later", ""] == "8", values
            assert values["D1", "2025", "staff", ""] == str(14 + 5), values
            assert values["P", "2025", "staff", ""] == str(14 + 5 + 30), values
            assert "364235b8" in province.call("changes", "--dir", home, "--format", "csv").stdout
            province.verify()


def a_stream_of_the_first_format_is_the_same_store():
    with tonghop.Scratch() as scratch:
        place = copied(scratch)
        home, again = scratch / "province", scratch / "again"
        tonghop.call("backup", "restore", place / "backup", "--to", home)
        listen_here(home)
        tonghop.call("import-store", place / "stream", "--to", home, "--yes")
        tonghop.call("export-store", home, "-o", again)
        golden, ours = rows((GOLDEN / "stream").read_bytes()), rows(again.read_bytes())
        assert golden.keys() == ours.keys()
        for table in golden.keys() - {META}:
            assert golden[table] == ours[table], f"table {table}"
        assert dict(golden[META])[b"store"] == dict(ours[META])[b"store"]
        with opened(home):
            same_answers(home)


class opened(tonghop.Province):
    """A directory that is there already, running."""

    def __init__(self, home):
        self.dir = home.parent
        self.home = home
        self.env = tonghop.environment()
        self.processes = []
        self.up_process = None
        self.up()

    def close(self, keep=False):
        super().close(keep=True)


if __name__ == "__main__":
    tonghop.run(
        work_goes_on_in_a_store_and_an_outbox_of_the_first_format,
        a_stream_of_the_first_format_is_the_same_store,
    )
