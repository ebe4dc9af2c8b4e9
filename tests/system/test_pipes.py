"""Readers that leave: what prints ends quietly, what works goes on, and no program is ended by SIGPIPE."""

import os
import shutil
import subprocess

from support import tonghop

MANY = 3000  # rows of an output that no pipe holds whole
UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    *({"code": f"D{at:04}", "name": f"District {at}", "type": "district", "parent": "P"} for at in range(MANY)),
]


def begun(province, *args, **how):
    """The command running, with pipes that we hold."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [os.path.join(tonghop.BIN, "tonghop"), *map(str, args)], env=province.env, **{**pipes, **how}
    )


def nobody_reads():
    """A pipe without a reader, to write into."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def ends_when_the_reader_leaves(province, *args):
    process = begun(province, *args)
    first = process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    code = process.wait(60)
    assert (code, said) == (0, b""), f"{args}: exit {code}, said {said!r}"
    assert first, f"{args}: nothing was printed"


def nobody_was_there(province, *args, ok=0):
    writer = nobody_reads()
    process = begun(province, *args, stdout=writer)
    os.close(writer)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (ok, b""), f"{args}: exit {process.returncode}, said {said!r}"


def a_reader_that_leaves_is_no_failure():
    with tonghop.Province(UNITS, "--lineage", "p") as province:
        node = province.node("P")
        rows = [{"unit_code": f"D{at:04}", "period": "2025", "measure": "m", "value": at} for at in range(MANY)]
        province.feed(node, rows, "staffing", wait="300s")
        home = ("--dir", province.home)
        outputs = [
            *(["list", "--dir", node, *form] for form in ([], ["--json"], ["--format", "table"])),
            *(["totals", *home, "--by", "unit", "--format", form] for form in ("csv", "jsonl", "json", "table")),
            *(["units", "list", *home, "--format", form] for form in ("csv", "json", "table")),
            ["watch", *home, "--once", "--by", "unit", "--format", "csv"],
            ["help", "--all-codes"],
            ["config", "default"],
        ]
        for args in outputs:
            ends_when_the_reader_leaves(province, *args)
            nobody_was_there(province, *args)
        for args in (["--help"], ["--version"], ["status", "--dir", node], ["verify", province.home]):
            nobody_was_there(province, *args)


def a_full_disk_is_one():
    if not os.path.exists("/dev/full"):
        print("skipped: no /dev/full here")
        return
    with tonghop.Province(UNITS[:3], up=False) as province:
        for args in (["units", "list", "--dir", province.home], ["--version"], ["config", "default"]):
            with open("/dev/full", "wb") as full:
                process = begun(province, *args, stdout=full)
                _, said = process.communicate(timeout=60)
            assert process.returncode == 74 and b"TH4103:" in said and b"stdout" in said, (args, process.returncode, said)


def work_goes_on_whoever_reads():
    with tonghop.Province(UNITS[:3], "--lineage", "p") as province:
        node = province.node("P")
        rows = [{"unit_code": "D0001", "period": "2025", "measure": "m", "value": 7}]
        path = province.file("feed.csv", rows)
        nobody_was_there(province, "import", "--dir", node, path, "--form", "staffing", "--wait=60s")
        assert province.values("--unit", "P") == {("P", "2025", "m", ""): "7"}
        nobody_was_there(province, "set", "--dir", node, "D0001", "2025", "m", "8", "--wait=60s")
        nobody_was_there(province, "sync", "--dir", node, "--wait=60s")
        assert province.values("--unit", "P") == {("P", "2025", "m", ""): "8"}
        wrong = province.file("wrong.csv", [dict(rows[0], value="x")])
        writer = nobody_reads()
        process = begun(province, "import", "--dir", node, wrong, "--form", "staffing", stdout=writer, stderr=writer)
        os.close(writer)
        assert process.wait(60) == 65


def a_program_we_become_has_the_default_again():
    with tonghop.Scratch() as directory:
        shutil.copy(os.path.join(tonghop.BIN, "tonghop"), directory)
        node = directory / "tonghop-node"
        node.write_text("#!/bin/sh\nkill -PIPE $$\nexit 3\n")
        node.chmod(0o755)
        done = subprocess.run([directory / "tonghop", "list"], env=tonghop.environment(), timeout=60, check=False)
        assert done.returncode == -13, done


tonghop.run(
    a_reader_that_leaves_is_no_failure,
    a_full_disk_is_one,
    work_goes_on_whoever_reads,
    a_program_we_become_has_the_default_again,
)
