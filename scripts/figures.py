"""The figures of scripts/demo: shown live from `tonghop watch`, and compared with the articles.

    figures.py show EXPECTED LIVE...        the figures as they come, until all are complete; then as in the articles
    figures.py wait SECONDS KEY TEST LIVE   until the figure KEY (unit period measure dims, one word, | between)
                                            passes TEST: FIELD=VALUE, or version>N; prints the line's value
    figures.py compare EXPECTED TOTALS...   exit 1 when a total is not that of its article
    figures.py journal FILE FIRST LAST      the flows of FILE again and again under the revisions FIRST to LAST:
                                            a growing figure that ends where it began

LIVE is a file that `tonghop watch --format jsonl` writes. TONGHOP_LANG says vi or en.
"""

import csv
import json
import os
import sys
import time

ENGLISH = os.environ.get("TONGHOP_LANG") == "en"
KEY = ("unit", "period", "measure", "dims")
CELLS = ("qualifier", "value", "of", "before", "after", "reported", "expected")
SHOW_SECONDS = 30


def text(vi, en):
    return en if ENGLISH else vi


def number(value):
    return f"{abs(value):,}".replace(",", text(".", ",")).join(["−" if value < 0 else "", ""])


def figure(row, share=False):
    """As people write it: 139 → 92 (−47), 282/539 (52,3%), −8."""
    value = number(row["value"])
    if row["before"] is not None:
        return f"{number(row['before'])} → {number(row['after'])} ({value})"
    if row["of"] is None:
        return value
    if not share:
        return f"{value}/{number(row['of'])}"
    permille = (2000 * row["value"] + row["of"]) // (2 * row["of"])
    return f"{value}/{number(row['of'])} ({permille // 10}{text(',', '.')}{permille % 10}%)"


def read_expected(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["unit"] = row.pop("unit_code")
    return rows


class Live:
    """What the watches have written so far: the last row of each figure."""

    def __init__(self, paths):
        self.files = [open(path, encoding="utf-8") for path in paths]
        self.parts = [""] * len(paths)
        self.rows = {}
        self.version = 0

    def read(self):
        """The rows that are new, in the order they came."""
        fresh = []
        for index, file in enumerate(self.files):
            *lines, self.parts[index] = (self.parts[index] + file.read()).split("\n")
            for line in lines:
                event = json.loads(line)
                self.version = max(self.version, event.get("version", 0))
                if event["event"] in ("row", "change"):
                    self.rows[tuple(event[name] for name in KEY)] = event
                    fresh.append(event)
        return fresh


def summary(live, expected):
    """The lines of the demonstration, with what is known now."""
    lines = {"structure": [], "posts": [], "other": []}
    for want in expected:
        row = live.rows.get(tuple(want[name] for name in KEY))
        if row is None or row["value"] is None:
            continue
        part = "other" if want["unit"] != "93" else "structure" if want["measure"][:2] == "RS" else "posts"
        wrong = part == "posts" and row["of"] is not None and str(row["value"]) != want["value"]
        note = text(" (một huyện ghi nhầm)", " (one district misread its list)") if wrong else ""
        lines[part].append(f"{want['measure']} {figure(row, share=part == 'other')}{note}")
    if lines["other"]:
        lines["other"][0] = f"Hà Nội: {lines['other'][0]}"
    return ["      " + " · ".join(line) for line in lines.values() if line]


def changes(fresh):
    """What just came, for a log: one line a version of a province."""
    by_version = {}
    for row in fresh:
        if row["value"] is not None:
            shown = f"{row['measure']} {figure(row)} [{row['reported']}/{row['expected']}]"
            by_version.setdefault((row["unit"], row["version"]), []).append(shown)
    for (unit, version), shown in by_version.items():
        more = f" … +{len(shown) - 3}" if len(shown) > 3 else ""
        yield f"      {unit} {text('phiên bản', 'version')} {version}: {' · '.join(shown[:3])}{more}"


def show(expected_path, *live_paths):
    # The offline district has not entered its part of the last figure of its province yet.
    expected = [row for row in read_expected(expected_path) if row["measure"] != "PL01"]
    live = Live(live_paths)
    drawn = 0
    end = time.monotonic() + SHOW_SECONDS
    while time.monotonic() < end:
        fresh = live.read()
        lines = summary(live, expected)
        if sys.stdout.isatty() and fresh:
            sys.stdout.write(f"\x1b[{drawn}A" if drawn else "")
            sys.stdout.write("".join(f"\x1b[2K{line}\n" for line in lines))
            drawn = len(lines)
        elif fresh:
            print("\n".join(changes(fresh)), flush=True)
        missing = [
            want["measure"]
            for want in expected
            if str(live.rows.get(tuple(want[name] for name in KEY), {}).get("reported")) != want["reported"]
        ]
        if not missing:
            if not sys.stdout.isatty():
                print("\n".join(lines), flush=True)
            return 0
        time.sleep(0.02)
    print(text("chưa đủ:", "incomplete:"), " ".join(missing))
    return 1


def wait(seconds, key, test, live_path):
    live = Live([live_path])
    end = time.monotonic() + float(seconds)
    while True:
        live.read()
        row = live.rows.get(tuple(key.split("|")), {})
        if test.startswith("version>"):
            passed = live.version > int(test[8:])
        else:
            name, _, want = test.partition("=")
            passed = str(row.get(name)) == want if want else row.get(name) is not None
        if passed or time.monotonic() > end:
            break
        time.sleep(0.002)
    print(live.version if test.startswith("version") else figure(row, share=True) if row.get("value") is not None else "—")
    return 0 if passed else 1


def compare(expected_path, *totals_paths):
    totals = {}
    for path in totals_paths:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                row["unit"] = row.pop("unit_code")
                totals[tuple(row[name] for name in KEY)] = row
    expected = read_expected(expected_path)
    wrong = 0
    for want in expected:
        got = totals.get(tuple(want[name] for name in KEY), dict.fromkeys(CELLS, ""))
        names = [name for name in CELLS if want[name] != got[name]]
        if names:
            wrong += 1
            where = " ".join(want[name] for name in KEY if want[name])
            print(f"{where}: {text('mong đợi', 'expected')} {cells(want, names)}, {text('nhận', 'got')} {cells(got, names)}")
            print(
                f"    {want['fact']}: {text('bài', 'article')} {want['article']} {want['date']}, "
                f"{text('dòng', 'line')} {want['line']}: “{want['as_written']}”"
            )
    print(len(expected) - wrong, len(expected))
    return 1 if wrong or not expected else 0


def cells(row, names):
    return " ".join(f"{name}={row[name] or '—'}" for name in names)


def journal(path, first, last):
    with open(path, encoding="utf-8", newline="") as file:
        flows = [row for row in csv.DictReader(file) if row["measure"].startswith("TR")]
    writer = csv.DictWriter(sys.stdout, [*flows[0], "revision"], lineterminator="\n")
    writer.writeheader()
    first, last = int(first), int(last)
    for revision in range(first, last + 1):
        for row in flows:
            more = 0 if revision == last else revision - first + 1
            writer.writerow({**row, "value": int(row["value"]) + more, "revision": revision})
    return 0


COMMANDS = {"show": show, "wait": wait, "compare": compare, "journal": journal}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
