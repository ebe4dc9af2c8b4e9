"""Reports of forms: declared complete and compared, accepted, returned, closed and opened again."""

import csv
import datetime
import io
import json
import re
import shutil

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District 1", "type": "district", "parent": "P"},
    {"code": "D2", "name": "District 2", "type": "district", "parent": "P"},
]
CATALOGUE = {
    "catalogue.yaml": "catalogue: {code: t, version: 1, languages: [vi, en], timezone: \"+00:00\","
    " default_scheme: PLAIN, person_ids: as_is}\n",
    "measures.yaml": """measures:
  - {code: M1, vi: một, en: one, unit: {vi: người, en: people}, shape: stock, form: f}
  - {code: M2, vi: hai, en: two, unit: {vi: người, en: people}, shape: n_of_m, form: f}
  - {code: M3, vi: ba, en: three, unit: {vi: người, en: people}, shape: stock, form: g}
""",
    "forms.yaml": """forms:
  - {code: f, vi: Biểu F, en: Form F, periods: [day, year], due_days: 5, close_days: 1000,
     reporters: {levels: [district]}}
  - {code: g, vi: Biểu G, en: Form G, periods: [day], due_days: 5, close_days: 10, return_days: 3,
     reporters: {levels: [district]}}
  - {code: r, vi: Xếp loại, en: Ratings, evaluation: true, periods: [month], due_days: 5,
     reporters: {levels: [district]}}
""",
}


def day(back):
    """So many days ago, where the province is."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today - datetime.timedelta(days=back)).isoformat()


def day_after(text, after):
    return (datetime.date.fromisoformat(text) + datetime.timedelta(days=after)).isoformat()


class Reporting(tonghop.Province):
    """A province with that catalogue, open for years, and a node for D1."""

    def __init__(self, **how):
        with tonghop.Scratch() as scratch:
            for name, text in CATALOGUE.items():
                (scratch / name).write_text(text, encoding="utf-8")
            super().__init__(UNITS, "--lineage", "p", catalogue=scratch, up=False, **how)
        settings = self.home / "tonghop.yaml"
        text, count = re.subn(r"opened: .*", "opened: 2020-01-01", settings.read_text())
        assert count == 1, text
        settings.write_text(text)
        self.up()

    def desk(self, *args, ok=(0,)):
        return self.call(*args, "--dir", self.home, ok=ok)

    def office(self, home, *args, ok=(0,)):
        return self.call(*args, "--dir", home, ok=ok)

    def verified(self):
        self.call("verify", self.home, "--level", "full")


def send(province, home, *figures):
    for unit, period, measure, value, *more in figures:
        province.office(home, "set", unit, period, measure, value, *more, "--wait")


def a_report_goes_to_and_fro_until_it_is_accepted():
    with Reporting() as province:
        office, period = province.node("D1"), day(3)
        send(province, office, ("D1", period, "M1", "5"), ("D1", period, "M2", "7", "--of", "9"))
        early = province.desk("accept", "D1", "f", period, ok=(1,))
        assert "TH2241" in early.stderr and "is open" in early.stderr, early
        declared = province.office(office, "complete", "f", period, "--wait")
        assert "figures 2 · lines 2" in declared.stdout, declared
        assert "No item refused" in declared.stdout, declared

        comment = "M1 is too low: the hospital is missing. " + "Please look. " * 30
        province.desk("return", "D1", "f", period, "--comment", comment.strip())
        heard = province.office(office, "sync")
        assert "TH2341" in heard.stderr and comment.strip() in heard.stderr, heard
        status = province.office(office, "status").stdout
        assert comment.strip() in status and "complete f" in status, status
        assert json.loads(province.office(office, "status", "--json").stdout)["returned"] == 1

        listed = province.office(office, "list")
        assert ",TH2341\n" in listed.stdout and comment.strip() in listed.stderr, listed
        assert comment.strip() not in province.office(office, "list", "--form", "staffing").stderr

        send(province, office, ("D1", period, "M1", "6"))
        province.office(office, "complete", "f", period, "--wait")
        assert "TH2341" not in province.office(office, "status").stdout
        province.desk("accept", "D1", "f", period, "--comment", "thank you")
        told = province.feed(office, [{"unit_code": "D1", "period": period, "measure": "M3", "value": 1}], "staffing")
        assert "TH2342" in told.stderr and "thank you" in told.stderr, told
        province.verified()


def every_difference_is_named():
    with Reporting() as province:
        office, period = province.node("D1"), day(3)
        send(province, office, ("D1", period, "M1", "5"), ("D1", period, "M2", "7", "--of", "9"))
        own = province.home / "desk" / "p"
        # The desk corrects one figure and takes another back: the office knows nothing of it.
        province.office(own, "set", "D1", period, "M1", "8", "--wait", ok=(1,))
        province.office(own, "set", "D1", period, "M1", "8", "--wait")
        province.office(own, "withdraw", "D1", period, "M2", "--reason", "twice", "--wait", ok=(1,))
        province.office(own, "withdraw", "D1", period, "M2", "--reason", "twice", "--wait")
        refused = province.office(office, "complete", "f", period, "--wait", ok=(1,))
        lines = [line for line in refused.stderr.splitlines() if "TH2220" in line]
        assert len(lines) == 2, refused
        assert "M1: unit 5, province 8" in lines[0], lines
        assert "M2: unit 1, province 0" in lines[1], lines
        said = json.loads(province.office(office, "complete", "f", period, "--wait", "--json", ok=(1,)).stdout)
        assert said["exit"] == 1 and said["lines"] == 2, said
        assert [item["code"] for item in said["refused"]] == ["TH2220", "TH2220"], said
        # What the office then corrects to what the province holds is taken.
        send(province, office, ("D1", period, "M1", "8"))
        province.office(office, "withdraw", "D1", period, "M2", "--reason", "twice", "--wait", ok=(0, 1))
        province.office(office, "complete", "f", period, "--wait")
        province.verified()


def ratings_are_part_of_their_form():
    with Reporting() as province:
        office = province.node("D1")
        period = day(40)[:7]
        people = [
            {"unit_code": "D1", "person_id": f"p{at}", "period": period, "category": "cadre", "score": 80 + at}
            for at in range(5)
        ]
        province.feed(office, people, "evaluation")
        declared = province.office(office, "complete", "r", period, "--wait")
        assert "figures 5 · lines 1" in declared.stdout, declared
        province.feed(office, [dict(people[0], score=99)], "evaluation")
        again = province.desk("accept", "D1", "r", period, ok=(1,))
        assert "changed since it was submitted" in again.stderr, again
        province.office(office, "complete", "r", period, "--wait")
        province.desk("accept", "D1", "r", period)
        province.verified()


def nothing_is_taken_after_closing_but_with_a_grant():
    with Reporting() as province:
        office, closed, still = province.node("D1"), day(11), day(10)
        send(province, office, ("D1", still, "M3", "5"))
        late = province.office(office, "set", "D1", closed, "M3", "5", "--wait", ok=(1,))
        assert "TH2221" in late.stderr and day(1) in late.stderr, late
        assert "TH2221" in province.office(office, "complete", "g", closed, "--wait", ok=(1,)).stderr
        wrong = province.desk("reopen", "D1", "g", closed, "--until", day(1), "--reason", "x", ok=(65,))
        assert "TH2236" in wrong.stderr, wrong
        province.desk("reopen", "D1", "g", closed, "--until", day(0), "--reason", "an inspection", "--by", "the chair")
        send(province, office, ("D1", closed, "M3", "5"))
        province.office(office, "complete", "g", closed, "--wait")
        other = province.node("D2")
        assert "TH2221" in province.office(other, "set", "D2", closed, "M3", "5", "--wait", ok=(1,)).stderr
        province.verified()


def only_the_desk_may_decide():
    with Reporting() as province:
        office = province.node("D1")
        refused = province.call("accept", "D1", "f", day(3), "--dir", office, ok=(65,))
        assert "TH2239" in refused.stderr, refused
        for args, code, text in [
            (("accept", "D9", "f", day(3)), 65, "TH2203"),
            (("accept", "D1", "nothing", day(3)), 64, "TH2009"),
            (("accept", "D1", "f", "2025-13-01"), 65, "TH2205"),
            (("return", "D1", "f", day(3)), 64, "--comment"),
            (("reopen", "D1", "f", day(3), "--until", "tomorrow", "--reason", "x"), 64, "until"),
            (("reopen", "D1", "f", day(3), "--until", day(0)), 64, "--reason"),
        ]:
            said = province.desk(*args, ok=(code,))
            assert text in said.stderr, (args, said)
        assert "TH2009" in province.office(office, "complete", "nothing", day(3), ok=(64,)).stderr
        assert "TH5002" in province.office(office, "complete", "f", "soon", ok=(65,)).stderr


def states(province, *args, ok=(0,)):
    """form, period and unit to what completeness says of it."""
    text = province.desk("completeness", "--format", "csv", *args, ok=ok).stdout
    return {(row["form"], row["period"], row["unit_code"]): row for row in csv.DictReader(io.StringIO(text))}


def completeness_says_who_is_late():
    with Reporting() as province:
        first, second = province.node("D1"), province.node("D2")
        period, early, shut = day(9), day(2), day(12)
        assert states(province) == {}
        rows = states(province, "--form", "f", "--period", period)
        assert set(rows) == {("f", period, "D1"), ("f", period, "D2")}, rows
        for row in rows.values():
            assert (row["state"], row["expected"], row["on_time"], row["late_days"]) == ("none", "1", "0", "4"), row
            assert (row["due"], row["close"]) == (day(4), day_after(period, 1000)), row

        send(province, first, ("D1", period, "M1", "5"), ("D1", early, "M1", "5"))
        assert states(province, "--unit", "D1")[("f", period, "D1")]["state"] == "open"
        for at in (period, early):
            province.office(first, "complete", "f", at, "--wait")
        rows = states(province, "--period", "*")
        late, good = rows[("f", period, "D1")], rows[("f", early, "D1")]
        assert (late["state"], late["first"], late["on_time"], late["late_days"]) == ("submitted", day(0), "0", "4"), late
        assert (good["on_time"], good["late_days"], good["figures"], good["since"]) == ("1", "0", "1", day(0)), good
        assert rows[("f", early, "D2")]["late_days"] == "0", "not due yet"
        assert set(states(province, "--late")) == {("f", period, "D1"), ("f", period, "D2")}

        send(province, first, ("D1", period, "M1", "6"))
        assert states(province, "--unit", "D1")[("f", period, "D1")]["state"] == "changed"
        province.desk("return", "D1", "f", early, "--comment", "not, so")
        row = states(province, "--unit", "D1")[("f", early, "D1")]
        assert (row["state"], row["comment"], row["on_time"]) == ("returned", "not, so", "1"), row
        assert row["grant_until"] == day(-14), row
        province.office(first, "complete", "f", period, "--wait")
        province.desk("accept", "D1", "f", period)
        assert states(province, "--unit", "D1")[("f", period, "D1")]["state"] == "accepted"

        said = json.loads(province.desk("completeness", "--form", "f", "--period", period, "--format", "json").stdout)
        assert (said["expected"], said["reported"], said["on_time"]) == (2, 1, 0), said
        assert [(one["unit"], one["name"], one["state"], one["days"]) for one in said["late"]] == [
            ("D1", "District 1", "accepted", 4),
            ("D2", "District 2", "none", 4),
        ], said
        said = json.loads(province.desk("completeness", "--format", "json").stdout)
        assert [(one["form"], one["period"], len(one["returned"])) for one in said["forms"]] == [
            ("f", period, 0),
            ("f", early, 1),
        ], said
        table = province.desk("completeness", "--format", "table").stdout
        for text in ("1/2", "50.0%", "D1 District 1: 4 days late", "D2 District 2: not submitted, 4 days overdue", "“not, so”"):
            assert text in table, (text, table)

        # Closed, and open again for one unit.
        rows = states(province, "--form", "g", "--period", shut)
        assert [(row["closed"], row["grant_until"], row["close"]) for row in rows.values()] == [("1", "", day(2))] * 2
        province.desk("reopen", "D2", "g", shut, "--until", day(-1), "--reason", "an inspection")
        rows = states(province, "--form", "g")
        assert [(row["closed"], row["grant_until"]) for row in rows.values()] == [("1", ""), ("0", day(-1))], rows
        send(province, second, ("D2", shut, "M3", "1"))

        # Who is not expected is shown when it declared something.
        top = province.node("P")
        send(province, top, ("P", early, "M2", "1", "--of", "2"))
        assert ("f", early, "P") not in states(province)
        province.office(top, "complete", "f", early, "--wait")
        row = states(province)[("f", early, "P")]
        assert (row["state"], row["expected"], row["late_days"]) == ("submitted", "0", "0"), row
        for args in (("--form", "nothing"), ("--unit", "D9"), ("--period", "2025-13")):
            assert "TH5002" in province.desk("completeness", *args, ok=(64, 65)).stderr, args
        assert states(province, "--form", "g", "--period", "1999-*") == {}
        province.verified()


def an_older_directory_gets_its_desk_with_the_first_use():
    with Reporting() as province:
        province.down()
        shutil.rmtree(province.home / "desk")
        roster = province.home / "register" / "roster.yaml"
        text = roster.read_text()
        roster.write_text(text[: text.index("  - number: 0\n    class: desk")])
        province.up()
        office, period = province.node("D1"), day(3)
        send(province, office, ("D1", period, "M1", "5"))
        province.office(office, "complete", "f", period, "--wait")
        province.desk("accept", "D1", "f", period)
        listed = province.call("keys", "list", province.home, "--format", "csv").stdout
        assert len(re.findall(r"(?m)^desk,0,p,", listed)) == 1, listed
        shutil.rmtree(province.home / "desk")
        lost = province.desk("return", "D1", "f", period, "--comment", "x", ok=(73,))
        assert "TH1210" in lost.stderr and "--role desk" in lost.stderr, lost


tonghop.run(
    a_report_goes_to_and_fro_until_it_is_accepted,
    every_difference_is_named,
    ratings_are_part_of_their_form,
    nothing_is_taken_after_closing_but_with_a_grant,
    only_the_desk_may_decide,
    completeness_says_who_is_late,
    an_older_directory_gets_its_desk_with_the_first_use,
)
