"""What was known at an earlier version is answered again, byte for byte, whatever came later."""

import datetime

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District one", "type": "district", "parent": "P"},
    {"code": "D2", "name": "District two", "type": "district", "parent": "P"},
]
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
            lambda: province.call("withdraw", "--dir", two, "D2", "2025", "posts", "--reason", "wrong", "--wait=30s"),
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


tonghop.run(
    every_version_is_answered_as_it_was,
    a_day_is_its_last_version,
    what_is_not_known_yet_is_refused,
)
