"""tonghop bench gives its figures only for a run whose totals are those of the load; the load is the same everywhere."""

import csv
import json
import os
import pathlib
import sys
import tempfile

from support import tonghop

NAMES = {
    "import_rows_per_second", "updates_per_second", "seconds", "flush_p50_ms", "flush_p99_ms", "start_p50_ms",
    "acknowledged_p50_ms", "acknowledged_p99_ms", "seen_p50_ms", "seen_p99_ms",
}


def a_small_province_is_measured():
    with tempfile.TemporaryDirectory(prefix="tonghop-test-") as folder:
        path = pathlib.Path(folder) / "figures.csv"
        env = tonghop.environment(TMPDIR=folder)
        said = tonghop.call(
            "bench", "--nodes", "3", "--updates", "3000", "--probes", "5", "--format", "json", "--csv", path, env=env
        ).stdout
        figures = json.loads(said)
        with open(path, encoding="utf-8", newline="") as file:
            written = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
        left = [name for name in os.listdir(folder) if name != path.name]
    assert figures["updates"] == 3000 and figures["nodes"] == 3, said
    assert written.keys() == NAMES, sorted(written)
    assert all(value > 0 for value in written.values()), written
    assert not left, f"left behind: {left}"


def single_updates_are_batches_of_their_own():
    said = tonghop.call(
        "bench", "--nodes", "2", "--updates", "1000", "--size", "7", "--probes", "0", "--format", "json"
    ).stdout
    assert json.loads(said)["size"] == 7, said


if __name__ == "__main__":
    if not os.access(os.path.join(tonghop.BIN, "tonghop-watch"), os.X_OK):
        print("skipped: not built: tonghop-watch")
        sys.exit(77)
    tonghop.run(a_small_province_is_measured, single_updates_are_batches_of_their_own)
