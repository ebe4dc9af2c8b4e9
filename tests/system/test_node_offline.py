"""An office without a line: what it enters is checked, kept, sent later, and counted once.

Import offline and twice, kill -9 at every stop point of an import and of the agent, two imports at once, a
province that comes back.
"""

import json
import signal
import subprocess
import sys

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": ""},
    {"code": "A", "name": "Office", "type": "district", "parent": "P"},
    {"code": "B", "name": "Other office", "type": "district", "parent": "P"},
]
HEADER = "unit_code,period,measure,value\n"
# Where the process dies, and of how many rows: a draft is on disk before its end only if it is large.
POINTS = {"import.drafted": 20000, "import.published": 2000, "agent.sent": 2000, "agent.decided": 2000}


class Office:
    """A joined node of a province that is down from now on."""

    def __init__(self, province, unit="A"):
        self.province = province
        self.home = province.node(unit)

    def file(self, name, text):
        path = self.province.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, verb, *args, **how):
        return self.province.call(verb, "--dir", self.home, *args, **how)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def queued(self):
        return self.status()["outbox"]["items"]


def rows(measure, count, first=0):
    return HEADER + "".join(f"A,2025,{measure}-{i},{i}\n" for i in range(first, first + count))


def offline_is_75_and_safe(office):
    path = office.file("a.csv", rows("off", 3))
    done = office.run("import", path, "--wait=200ms", ok=(75,))
    assert "NOT yet acknowledged" in done.stdout, done.stdout
    assert office.queued() == 3
    again = office.run("import", path, "--json")
    said = json.loads(again.stdout)
    assert (said["new"], said["unchanged"], said["batches"]) == (0, 3, []), said
    assert office.queued() == 3
    office.run("sync", "--wait=200ms", ok=(75,))


def broken_files_leave_nothing(office):
    before = office.status()
    files = {
        "unknown unit": (HEADER + "X,2025,m,1\n", "TH2203"),
        "not a number": (HEADER + "A,2025,m,1.273\n", "TH2233"),
        "last of many": (rows("many", 40000) + "A,2025,m,x\n", "TH2233"),
        "not ours": (HEADER.replace("value", "values") + "A,2025,m,1\n", "TH2008"),
        "a quote": (HEADER + 'A,2025,m,"1\n', "TH2102"),
        "empty": ("", "TH2002"),
    }
    for name, (text, code) in files.items():
        done = office.run("import", office.file("bad.csv", text), ok=(65,))
        assert code in done.stderr, f"{name}: {done.stderr}"
        assert "error" in done.stderr.splitlines()[0], f"{name}: {done.stderr}"
    office.run("import", office.province.dir / "no-such-file.csv", ok=(66,))
    after = office.status()
    assert after["last_batch"] == before["last_batch"], (before, after)


def a_report_names_every_row(office):
    report = office.province.dir / "report.jsonl"
    path = office.file("bad.csv", HEADER + "A,2025,m,x\nA,2025,n,1\nX,2025,m,1\n")
    office.run("import", path, "--report", report, ok=(65,))
    found = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert [(one["row"], one["column"], one["code"]) for one in found] == [(2, 4, "TH2233"), (4, 1, "TH2203")], found


def from_a_pipe(office):
    command = [f"{tonghop.BIN}/tonghop", "import", "--dir", str(office.home), "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    slow = subprocess.Popen(command, env=office.province.env, **pipes)
    slow.stdin.write(HEADER + "A,2025,slow,1\n")
    slow.stdin.flush()
    office.run("set", "A", "2025", "meanwhile", "1")  # does not wait for the pipe's end
    slow.communicate(timeout=tonghop.PATIENCE)
    assert slow.returncode == 0
    said = json.loads(office.run("import", "-", "--json", stdin=HEADER + "A,2025,piped,1\n").stdout)
    assert said["new"] == 1, said


def dies_at(office, point, number):
    """Killed at point; done again, everything is there once."""
    path = office.file("point.csv", rows(f"point{number}", POINTS[point]))
    env = dict(office.province.env, TONGHOP_STOP_AT=f"{point}:1")
    done = office.run("import", path, "--wait=100s", ok=None, env=env)
    assert done.returncode == -9, f"{point}: exit {done.returncode} {done.stderr}"
    again = json.loads(office.run("import", path, "--json").stdout)
    assert again["new"] + again["unchanged"] == POINTS[point], again
    assert (again["new"] == 0) == (point != "import.drafted"), f"{point}: {again}"


def two_at_once(office):
    paths = [office.file(f"both{i}.csv", rows("both", 5000)) for i in range(2)]
    command = [f"{tonghop.BIN}/tonghop", "import", "--dir", str(office.home), "--json"]
    running = [
        subprocess.Popen([*command, str(path)], env=office.province.env, stdout=subprocess.PIPE, text=True)
        for path in paths
    ]
    said = [json.loads(process.communicate(timeout=tonghop.PATIENCE)[0]) for process in running]
    assert sorted(one["new"] for one in said) == [0, 5000], said
    assert sorted(one["unchanged"] for one in said) == [0, 5000], said


def an_interrupted_wait_says_so(office):
    path = office.file("ctrl.csv", rows("ctrl", 1))
    command = [f"{tonghop.BIN}/tonghop-node", "import", "--dir", str(office.home), str(path), "--wait=60s"]
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(command, env=office.province.env, stdout=subprocess.PIPE, text=True)
        tonghop.until(lambda: office.status()["link"]["agent"] == process.pid, what="the command is the agent")
        process.send_signal(number)
        said, _ = process.communicate(timeout=tonghop.PATIENCE)
        assert process.returncode == 75 and "NOT yet acknowledged" in said, (process.returncode, said)
        path.write_text(rows("ctrl", 1, first=1), encoding="utf-8")


def everything_arrives_once(office, province):
    province.up()
    office.run("sync", "--wait=100s")
    assert office.queued() == 0
    values = province.values("--by", "unit", "--timeout", "120s")
    mine = {key: value for key, value in values.items() if "A" in key}
    assert len(mine) == 3 + 3 + 2 + sum(POINTS.values()) + 5000, len(mine)
    province.verify("--level", "full")


def refused_items_name_their_row(office):
    """Counts beside the ratings they would count again."""
    person = office.file("person.csv", "unit_code,person_id,period,category,rating\nA,p1,2025,annual,4\n")
    header = "unit_code,period,category,rating,count\n"
    counts = office.file("counts.csv", header + "B,2025,annual,4,1\nA,2025,annual,4,1\n")
    office.run("import", person, "--wait=100s")
    everywhere = Office(office.province, "P")
    done = everywhere.run("import", counts, "--wait=100s", ok=(1,))
    assert "counts.csv:3: error TH2226" in done.stderr, done.stderr
    assert "1 item refused" in done.stdout, done.stdout
    listed = everywhere.run("list", "--state", "refused").stdout.splitlines()
    assert len(listed) == 2 and listed[1].endswith(",TH2226"), listed
    said = json.loads(everywhere.run("import", counts, "--wait=100s", "--json", ok=(1,)).stdout)
    assert (said["new"], said["unchanged"]) == (1, 1), said  # refused counts as not sent
    assert [one["row"] for one in said["refused"]] == [3], said
    return everywhere


def overtaken_rows_of_a_journal_are_skipped(office, everywhere):
    """Only the province knows that another node of the unit wrote a newer revision."""
    journal = "unit_code,period,measure,value,revision\nA,2025,race,{},{}\n"
    everywhere.run("import", office.file("newer.csv", journal.format(9, 7)), "--wait=100s")
    older = office.file("older.csv", journal.format(1, 3))
    done = office.run("import", older, "--wait=100s")
    assert "older.csv:2: warning TH2322" in done.stderr, done.stderr
    said = json.loads(office.run("set", "A", "2025", "race", "2", "--wait=100s", "--json").stdout)
    assert said["refused"] == [], said
    listed = office.run("list", "--format", "jsonl").stdout.splitlines()
    race = [json.loads(line) for line in listed if '"race"' in line]
    assert [(one["revision"], one["state"]) for one in race] == [("8", "decided")], race


def main():
    if not tonghop.FAULTS:
        print("skipped: built without stop points")
        return 77
    with tonghop.Province(UNITS) as province:
        office = Office(province)
        province.down()
        offline_is_75_and_safe(office)
        broken_files_leave_nothing(office)
        a_report_names_every_row(office)
        from_a_pipe(office)
        two_at_once(office)
        an_interrupted_wait_says_so(office)
        for number, point in enumerate(POINTS):
            if point.startswith("agent"):
                province.up()
            dies_at(office, point, number)
            if point.startswith("agent"):
                province.down()
        everything_arrives_once(office, province)
        everywhere = refused_items_name_their_row(office)
        overtaken_rows_of_a_journal_are_skipped(office, everywhere)
    return 0


sys.exit(main())
