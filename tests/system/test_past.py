"""What was known at an earlier version is answered again, byte for byte; what changed since, and why."""

import csv
import datetime
import io
import json
import pathlib
import tempfile

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District one", "type": "district", "parent": "P"},
    {"code": "D2", "name": "District two", "type": "district", "parent": "P"},
]
# A measure that is the sum of two, and a year that is the sum of its months.
CATALOGUE = {
    "catalogue.yaml": """
catalogue: {code: t, version: 1, languages: [vi, en], timezone: "+07:00", default_scheme: PLAIN,
  person_ids: as_is, ambiguous_codes: refuse}
""",
    "measures.yaml": """
measures:
  - {code: a.fte, vi: a, en: a, unit: {vi: người, en: people}, shape: flow, scope: own, form: f}
  - {code: b.fte, vi: b, en: b, unit: {vi: người, en: people}, shape: flow, scope: own, form: f}
derived: [{code: all.fte, vi: cả, en: all, sum_of: "*.fte"}]
""",
    "forms.yaml": """
forms:
  - {code: f, vi: biểu, en: form, periods: [month], cutoff: calendar, due_days: 5, close_days: 60,
     reporters: {levels: [district]}}
""",
}
QUESTIONS = [
    ["--format", "csv"],
    ["--format", "csv", "--by", "unit,dims"],
    ["--format", "csv", "--by", "rating", "--measure", "EV*"],
    ["--format", "csv", "--unit", "D1", "--missing", "--measure", "staff,posts"],
    ["--format", "json", "--by", "unit,dims"],
    ["--format", "jsonl", "--by", "children"],
    ["--format", "table", "--by", "unit"],
    ["--format", "table", "--by", "unit", "--lang", "vi"],
]


def figures(revision, **values):
    return [
        {"unit_code": unit, "period": "2025", "measure": measure, "value": value, "revision": revision}
        for unit, numbers in values.items()
        for measure, value in zip(("staff", "posts"), numbers)
    ]


def people(revision, unit, **ratings):
    return [
        {
            "unit_code": unit,
            "person_id": person,
            "period": "2025",
            "category": "cadre",
            "rating": rating,
            "score": 80,
            "revision": revision,
        }
        for person, rating in ratings.items()
    ]


class History:
    """Remembers every answer of a province, by version."""

    def __init__(self, province):
        self.province = province
        self.answers = {}

    def ask(self, *args):
        return self.province.call("totals", "--dir", self.province.home, *args).stdout

    def remember(self):
        version = max([0, *(int(row["version"]) for row in self.province.totals())])
        self.answers[version] = [self.ask(*question) for question in QUESTIONS]
        return version

    def compare(self):
        for version, answers in self.answers.items():
            for question, wanted in zip(QUESTIONS, answers):
                for _ in range(2):
                    got = self.ask(*question, "--as-known-at", version)
                    assert got == wanted, f"{version} {question}: {got!r} instead of {wanted!r}"


def every_version_is_answered_as_it_was():
    with tonghop.Province(UNITS) as province:
        one, two = province.node("D1"), province.node("D2")
        past = History(province)
        past.remember()
        steps = [
            lambda: province.feed(one, figures(1, D1=(12, 15)), "staffing"),
            lambda: province.feed(two, people(1, "D2", an=3, binh=4, chi=2), "evaluation"),
            lambda: province.feed(two, figures(1, D2=(7, 9)), "staffing"),
            lambda: province.feed(one, figures(2, D1=(13, 15)), "staffing"),
            lambda: province.feed(two, people(2, "D2", an=4, binh=1), "evaluation"),
            lambda: province.call("withdraw", "--dir", two, "D2", "2025", "posts", "--reason", "wrong", "--wait=100s"),
            lambda: province.feed(one, people(1, "D1", an=2, dung=3), "evaluation"),
            lambda: province.feed(two, figures(3, D2=(8, 10)), "staffing"),
        ]
        for step in steps:
            step()
            past.remember()
        assert len(past.answers) == len(steps) + 1, past.answers.keys()
        past.compare()
        province.down()
        province.up()
        past.compare()
        province.verify()


def every_viewer_sees_it_with_the_register_of_then():
    with tonghop.Province(UNITS) as province:
        some_history(province)
        slip, viewer = province.dir / "viewer.tonghop", province.dir / "viewer"
        province.call("enrol", province.home, "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", viewer)
        table = ["--format", "table", "--by", "unit", "--as-known-at", 3]
        seen = [province.call("totals", "--dir", home, *table).stdout for home in (province.home, viewer)]
        assert seen[0] == seen[1] and "District one" in seen[0], seen
        for verb in (["changes", "--format", "table"], ["diff", 1, 4, "--format", "csv"]):
            seen = [province.call(*verb, "--dir", home, ok=(0, 1)).stdout for home in (province.home, viewer)]
            assert seen[0] == seen[1] and seen[0].count("\n") > 2, seen

        # What the directory says now is not what the worker answers from.
        settings = province.home / "tonghop.yaml"
        settings.write_text(settings.read_text().replace('name: "province Province P"', 'name: "Newland"'))
        assert "Newland" in province.call("totals", "--dir", province.home, "--format", "table").stdout
        then = province.call("totals", "--dir", province.home, *table).stdout
        assert "Newland" not in then and "province Province P" in then, then


def a_day_is_its_last_version():
    with tonghop.Province(UNITS) as province:
        node = province.node("D1")
        zone = datetime.timezone.utc  # of the catalogue
        yesterday = datetime.datetime.now(zone).date() - datetime.timedelta(days=1)
        for revision in (1, 2):
            province.feed(node, figures(revision, D1=(10 + revision, 20)), "staffing")
        past = History(province)
        today = datetime.datetime.now(zone).date()
        now = past.ask("--format", "csv", "--by", "unit")
        assert now == past.ask("--format", "csv", "--by", "unit", "--as-known-at", today)
        assert now.count("\n") == 5, now
        empty = past.ask("--format", "csv", "--as-known-at", yesterday)
        assert empty == past.ask("--format", "csv", "--as-known-at", 0)
        assert empty.count("\n") == 1, empty
        assert '"version":0,"time":null,' in past.ask("--format", "json", "--as-known-at", yesterday)


def told(province, *args, ok=(0,)):
    done = province.call(*args, "--dir", province.home, "--format", "csv", ok=ok)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def number(text):
    return int(text) if text else 0


def some_history(province):
    """Figures and people that come, are corrected, move and go: four versions of D1, three of D2."""
    one, two = province.node("D1"), province.node("D2")
    province.feed(one, figures(1, D1=(12, 15)), "staffing")
    province.feed(two, people(1, "D2", an=3, binh=4), "evaluation")
    rows = [dict(row, basis="12/QD-UB", note="counted again") for row in figures(2, D1=(13, 15))][:1]
    province.feed(one, rows, "staffing")
    province.feed(two, people(2, "D2", an=4), "evaluation")
    province.call("withdraw", "--dir", one, "D1", "2025", "posts", "--reason", "wrong", "--wait=100s")
    return one, two


def a_figure_has_a_history():
    with tonghop.Province(UNITS) as province:
        some_history(province)
        staff = told(province, "changes", "--unit", "D1", "--measure", "staff", "--period", "2025")
        assert [(r["was_value"], r["now_value"], r["why"], r["revision"]) for r in staff] == [
            ("", "12", "new", "1"),
            ("12", "13", "correction", "2"),
        ], staff
        assert (staff[1]["basis"], staff[1]["note"]) == ("12/QD-UB", "counted again"), staff
        assert [r["version"] for r in staff] == sorted(r["version"] for r in staff)
        gone = told(province, "changes", "--unit", "D1", "--measure", "posts")[-1]
        assert (gone["was_value"], gone["now_value"], gone["why"], gone["note"]) == ("15", "", "withdrawal", "wrong")

        every = told(province, "changes")
        assert len(every) == 7 and {r["kind"] for r in every} == {"staffing", "evaluation"}, every
        assert told(province, "changes", "--limit", "2") == every[-2:]
        first = every[0]["version"]
        assert told(province, "changes", "--since", first) == [r for r in every if r["version"] != first]
        assert told(province, "changes", "--until", first) == [r for r in every if r["version"] == first]
        assert told(province, "changes", "--unit", "P") == every
        assert {r["unit_code"] for r in told(province, "changes", "--unit", "D2")} == {"D2"}
        assert told(province, "changes", "--after-close") == []
        province.down()
        province.up()
        assert told(province, "changes") == every


def people_are_told_without_their_ids():
    with tonghop.Province(UNITS) as province:
        some_history(province)
        rated = told(province, "changes", "--measure", "EV*")
        assert [(r["dims"], r["was_rating"], r["now_rating"], r["now_value"]) for r in rated] == [
            ("category=cadre", "", "3", "80"),
            ("category=cadre", "", "4", "80"),
            ("category=cadre", "3", "4", "80"),
        ], rated
        assert rated[0]["person"] == rated[2]["person"] != rated[1]["person"], rated
        assert all(len(r["person"]) == 8 for r in rated), rated
        for form in ("csv", "json", "jsonl", "table"):
            done = province.call("changes", "--dir", province.home, "--format", form)
            assert "binh" not in done.stdout and rated[1]["person"] in done.stdout, done.stdout


def what_makes_totals_differ_adds_up():
    with tonghop.Province(UNITS) as province:
        some_history(province)
        totals = {v: province.totals("--as-known-at", v, "--by", "unit,dims") for v in range(6)}
        for since in range(6):
            for until in range(6):
                rows = told(province, "diff", since, until, "--by", "unit,dims", ok=(0, 1))
                before, after = sorted((since, until))
                said = {(r["unit_code"], r["period"], r["measure"], r["dims"]): r for r in rows if r["kind"] == "total"}
                wanted = {}
                for version, place in ((before, "was_value"), (after, "now_value")):
                    for r in totals[version]:
                        key = (r["unit_code"], r["period"], r["measure"], r["dims"])
                        wanted.setdefault(key, {"was_value": "", "now_value": ""})[place] = r["value"]
                differ = {k: v for k, v in wanted.items() if v["was_value"] != v["now_value"]}
                assert differ.items() <= {k: {n: r[n] for n in ("was_value", "now_value")} for k, r in said.items()}.items()
                for line in {r["line"] for r in rows}:
                    head, *updates = [r for r in rows if r["line"] == line]
                    grown = [number(r["now_value"]) - number(r["was_value"]) for r in (head, *updates)]
                    assert updates and grown[0] == sum(grown[1:]), (head, updates)
                args = ["--by", "unit,dims", "--dir", province.home]
                exit_code = province.call("diff", since, until, *args, ok=(0, 1)).returncode
                assert exit_code == (1 if rows else 0), (since, until, rows)

        answer = json.loads(
            province.call("diff", "1", "5", "--dir", province.home, "--format", "json", ok=(1,)).stdout
        )
        staff = next(total for total in answer["totals"] if total["measure"] == "staff")
        assert (staff["was"]["value"], staff["now"]["value"]) == (12, 13), staff
        assert [(c["unit"], c["revision"], c["basis"]) for c in staff["changes"]] == [("D1", 2, "12/QD-UB")], staff
        table = province.call("diff", "1", "5", "--dir", province.home, "--format", "table", ok=(1,)).stdout
        assert "P Province P · 2025 · staff: 12 → 13\n    D1 District one · 2025 · staff: 12 → 13\n" in table, table
        same = province.call("diff", "5", "5", "--dir", province.home, "--format", "table", "--lang", "vi").stdout
        assert same == "không khác nhau\n", same


def sums_of_measures_and_months_are_told():
    directory = tempfile.TemporaryDirectory()
    for name, text in CATALOGUE.items():
        (pathlib.Path(directory.name) / name).write_text(text)
    with directory, tonghop.Province(UNITS, catalogue=directory.name) as province:
        one, two = province.node("D1"), province.node("D2")

        def month(unit, period, measure, value, revision=1):
            return dict(unit_code=unit, period=period, measure=measure, value=value, revision=revision)

        january = [month("D1", "2026-01", "a.fte", 5), month("D1", "2026-01", "b.fte", 7)]
        province.feed(one, [*january, month("D1", "2026-02", "a.fte", 6)], "staffing")
        province.feed(two, [month("D2", "2026-01", "a.fte", 1)], "staffing")
        province.feed(one, [month("D1", "2026-01", "a.fte", 9, 2)], "staffing")

        rows = told(province, "diff", 1, 3, "--measure", "*.fte", "--period", "2026-01,2026", ok=(1,))
        heads = {(r["measure"], r["period"]): r for r in rows if r["kind"] == "total"}
        updates = {key: [r for r in rows if r["line"] == head["line"] and r is not head] for key, head in heads.items()}
        assert {key: (r["was_value"], r["now_value"]) for key, r in heads.items()} == {
            ("a.fte", "2026"): ("11", "16"),
            ("a.fte", "2026-01"): ("5", "10"),
            ("all.fte", "2026"): ("18", "23"),
            ("all.fte", "2026-01"): ("12", "17"),
        }, heads
        for (measure, period), listed in updates.items():
            moves = [(r["measure"], r["unit_code"], r["was_value"], r["now_value"]) for r in listed]
            told_one_by_one = [("a.fte", "D2", "", "1"), ("a.fte", "D1", "5", "9")]
            assert moves == (told_one_by_one if period == "2026-01" else []), (measure, period, moves)


def what_is_not_known_yet_is_refused():
    with tonghop.Province(UNITS) as province:
        province.feed(province.node("D1"), figures(1, D1=(1, 2)), "staffing")

        def refused(code, exit_code, position, lang="en"):
            args = ["--as-known-at", position, "--lang", lang]
            done = province.call("totals", "--dir", province.home, *args, ok=(exit_code,))
            assert f"{code}:" in done.stderr and done.stdout == "", done
            return done.stderr

        assert "there is no version 2 yet" in refused("TH5002", 65, 2)
        assert "chưa có phiên bản 99" in refused("TH5002", 65, 99, "vi")
        assert "has not come yet" in refused("TH5002", 65, "2099-01-01")
        assert "chưa đến" in refused("TH5002", 65, "2099-01-01", "vi")
        for wrong in ("x", "-1", "2026-13-01", "01", ""):
            assert "--as-known-at" in refused("TH1003", 64, wrong)
        for args in (["diff", "0", "x"], ["changes", "--since", "x"], ["changes", "--until", "0.5"]):
            done = province.call(*args, "--dir", province.home, ok=(64,))
            assert "TH1003:" in done.stderr and done.stdout == "", done
        for args in (["diff", "0", "7"], ["changes", "--since", "7"], ["changes", "--until", "2099-01-01"]):
            done = province.call(*args, "--dir", province.home, ok=(65,))
            assert "TH5002:" in done.stderr and done.stdout == "", done
        done = province.call("changes", "--unit", "D9", "--dir", province.home, ok=(65,))
        assert "unknown unit" in done.stderr, done


tonghop.run(
    every_version_is_answered_as_it_was,
    every_viewer_sees_it_with_the_register_of_then,
    a_day_is_its_last_version,
    a_figure_has_a_history,
    people_are_told_without_their_ids,
    what_makes_totals_differ_adds_up,
    sums_of_measures_and_months_are_told,
    what_is_not_known_yet_is_refused,
)
