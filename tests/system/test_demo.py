"""scripts/demo ends with 0 on the figures of the articles, and names the figure when one of its rows is false."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from support import tonghop

SECONDS = 400  # sanitizers are slow; without them it takes a tenth


def demo(**more):
    """(exit code, what was said)"""
    done = subprocess.run(
        [str(tonghop.SOURCE / "scripts" / "demo"), "--fast", "--lang", "en"],
        env=dict(os.environ, TONGHOP_BIN=tonghop.BIN, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def every_total_is_that_of_its_article():
    code, said = demo()
    assert code == 0, f"exit {code}\n{said}"
    for number in range(1, 8):
        assert f"\n{number}/7 " in f"\n{said}", f"step {number} is missing\n{said}"
    assert "EQUAL" in said, said


def a_false_row_is_named():
    with tempfile.TemporaryDirectory(prefix="tonghop-test-") as folder:
        figures = pathlib.Path(folder) / "demo"
        shutil.copytree(tonghop.SOURCE / "share" / "demo", figures)
        row = figures / "937.csv"
        text = row.read_text(encoding="utf-8")
        assert ",TR02,,21," in text
        row.write_text(text.replace(",TR02,,21,", ",TR02,,22,"), encoding="utf-8")
        code, said = demo(TONGHOP_DEMO=str(figures))
    assert code == 1, f"exit {code}\n{said}"
    assert "93 T2020-2025@2023-10-12 TR02: expected value=171, got value=172" in said, said
    assert "F36: article 003 2023-10-12, line 19" in said, said


if __name__ == "__main__":
    if not os.access(os.path.join(tonghop.BIN, "tonghop-watch"), os.X_OK):
        print("skipped: not built: tonghop-watch")
        sys.exit(77)
    tonghop.run(every_total_is_that_of_its_article, a_false_row_is_named)
