"""bench/first, once everything is built: runs, compares, prints."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BIN = pathlib.Path(os.environ["TONGHOP_BIN"])
TOOLS = BIN.parent / "bench"


def bench(options, probes, **more):
    """One run of the product."""
    done = subprocess.run(
        [BIN / "tonghop", "bench", "--format", "json", "--nodes", str(options.nodes), "--updates",
         str(options.updates), "--seed", str(options.seed), "--probes", str(probes)],
        env=dict(os.environ, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"first: tonghop bench ended with {done.returncode}")
    return json.loads(done.stdout)


def raw(trace):
    """The same calls on LMDB alone."""
    with tempfile.TemporaryDirectory(prefix="tonghop-raw-") as folder:
        done = subprocess.run(
            [TOOLS / "raw", trace, folder], stdout=subprocess.PIPE, text=True, check=True
        )
    return json.loads(done.stdout)


def spread(values):
    return f"median {statistics.median(values):,.0f}, {min(values):,.0f} .. {max(values):,.0f}"


def parse():
    parser = argparse.ArgumentParser(prog="bench/first")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=30)
    parser.add_argument("--updates", type=int, default=200_000)
    parser.add_argument("--probes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261121)
    return parser.parse_args()


def measure(options, folder):
    """Product and limit alternately: (runs of the product, runs of LMDB, the last run's latencies)."""
    trace = os.path.join(folder, "trace")
    bench(options, 0, LD_PRELOAD=str(TOOLS / "trace.so"), TONGHOP_TRACE=trace)
    product, limit = [], []
    for run in range(options.runs):
        last = run == options.runs - 1
        product.append(bench(options, options.probes if last else 0))
        limit.append(raw(trace))
    return product, limit


def report(options, product, limit, busy):
    one, calls = product[-1], limit[-1]
    path = [run["updates_per_second"] for run in product]
    bare = [options.updates / run["seconds"] for run in limit]
    cpu = statistics.median(run["cpu_seconds"] for run in limit)
    if busy > os.cpu_count() / 4:
        print(
            f"warning   this machine was busy before we began (load {busy:.1f} on {os.cpu_count()} processors): "
            "the side with more processes gets a larger share of it, so ratios are worth little"
        )
    print(f"machine   {one['model']} x {one['cores']}, Linux {one['kernel']}, {one['file_system']}")
    print("versions  " + ", ".join(versions()))
    print(
        f"load      {options.nodes} nodes, {options.updates:,} updates (95 % evaluations, 1 in 10 a correction), "
        f"batches of at most {one['size']}, seed {options.seed}, {options.runs} runs of each, alternating"
    )
    print()
    print("Catch-up: updates/s on the disk, acknowledged to all nodes, in totals that were read and compared")
    print(f"  whole path: CURVE, real processes          {spread(path)}")
    print(f"  raw LMDB: the same calls, nothing else     {spread(bare)}")
    print(f"            {cpu:.2f} s of processor time in {statistics.median(run['seconds'] for run in limit):.2f} s")
    print(
        f"            {calls['commits']} commits, {calls['puts'] / options.updates:.2f} puts and "
        f"{(calls['gets'] + calls['moves']) / options.updates:.2f} gets an update, "
        f"{calls['put_bytes'] / options.updates:.0f} bytes put an update"
    )
    print(f"  whole path / raw LMDB                      {statistics.median(path) / statistics.median(bare):.2f}")
    if not options.probes:
        return
    flush = one["flush_p50_ms"]
    print()
    print(f"One figure into an idle system, {options.probes} times: milliseconds, median and p99")
    for name, what in (
        ("flush", "disk: 4 KiB and fdatasync"),
        ("acknowledged", "set --wait, from its start to its end"),
        ("seen", "set, from its start to a subscriber"),
    ):
        print(f"  {what:<42} {one[name + '_p50_ms']:7.2f} {one[name + '_p99_ms']:7.2f}")
    print(f"  starting a program (within both)           {one['start_p50_ms']:7.2f}")
    print(f"  acknowledged / flush, medians              {one['acknowledged_p50_ms'] / flush:7.1f}")
    print(f"  seen / flush, medians                      {one['seen_p50_ms'] / flush:7.1f}")


def versions():
    said = subprocess.run([BIN / "tonghop", "version"], stdout=subprocess.PIPE, text=True, check=True)
    return [" ".join(line.split()) for line in said.stdout.splitlines()]


def main():
    options = parse()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tonghop-first-") as folder:
        product, limit = measure(options, folder)
    report(options, product, limit, busy)


if __name__ == "__main__":
    main()
