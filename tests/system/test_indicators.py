"""tonghop indicators: shares, caps, targets and rankings of real figures, as data and as people read them."""

import csv
import io
import json
import shutil

from support import tonghop

COLUMNS = "unit_code,period,indicator,dims,num,den,value,marks,version"
DAY, TEN_YEARS_BEFORE = "2022-09-14", "2017-02-07"


def units():
    """Hậu Giang with 8 districts and 75 communes, as many as it had that day."""
    rows = [{"code": "93", "name": "Tỉnh Hậu Giang", "type": "province", "parent": ""}]
    for at in range(8):
        rows.append({"code": f"93{at}", "name": f"District {at}", "type": "district", "parent": "93"})
    for at in range(75):
        rows.append({"code": f"313{at:02}", "name": f"Commune {at}", "type": "commune", "parent": f"93{at % 8}"})
    return rows


STAFFING = """unit_code,period,measure,dims,qualifier,value,of,before,after
93,2022-09-14,RS01,,,,,139,92
93,2022-09-14,RS02,,,,,16,12
93,2022-09-14,RS03,,,,,101,82
93,2022-09-14,RS04,,,-8,,,
93,2022-09-14,CP01,,,8,8,,
93,2022-09-14,CP04,,,10,,,
93,2022-09-14,CP05,,,282,539,,
930,2017-02-07,ST05,,over,1500,,,
930,2017-02-07,CH01,base=2011,,574,,,
930,2017-02-07,ST06,,over,2750,,,
930,2017-02-07,CH02,base=2011,,289,,,
930,..2020,TG01,from=2017-02-07,,-112,,,
930,2017,CH03,,,20,,,
930,2018,CH03,,,30,,,
"""

RATINGS = "unit_code,person_id,period,scheme,category,rating,reason\n" + "".join(
    f"{unit},p{at},{period},{scheme},cadre,{4 if at < 4 else 3},\n"
    for unit, period, scheme in (("930", "2018", "KS-01"), ("931", "2018-07", "HN-3814"))
    for at in range(11)
)

# Two groups of similar jobs, one of which has its one excellent person in six and the other one in four.
JOBS = "unit_code,person_id,period,scheme,category,rating,job_group\n" + "".join(
    f"937,{group}{at},2026,ND335,civil_servant,{4 if at == 0 else 3},{group}\n"
    for group, size in (("a", 6), ("b", 4))
    for at in range(size)
)

TRANSFERS = """person_id,effective,from_unit,to_unit,year,score_sum,scored_months,scheme
m1,2019-03-01,930,931,2019,180,2,HN-3814
m2,2019-04-01,930,932,2019,270,3,HN-3814
"""

COUNTS = """unit_code,period,category,rating,count
931,2021,cadre,4,1
931,2021,cadre,3,3
932,2021,cadre,4,2
932,2021,cadre,3,6
933,2021,cadre,4,3
933,2021,cadre,3,1
934,2021,cadre,4,0
934,2021,cadre,3,9
935,2021,cadre,4,1
935,2021,cadre,3,1
"""


def sheet(province, name, text):
    path = province.dir / name
    path.write_text(text, encoding="utf-8")
    return path


def fill(province):
    node = province.node("93")
    files = (
        ("staffing", STAFFING),
        ("evaluation", RATINGS),
        ("evaluation", JOBS),
        ("counts", COUNTS),
        ("transfer", TRANSFERS),
    )
    for number, (form, text) in enumerate(files):
        path = sheet(province, f"{number}.csv", text)
        province.call("import", "--dir", node, path, "--form", form, "--wait=100s")


def asked(province, *args, **how):
    return province.call("indicators", "--dir", province.home, *args, **how).stdout


def rows(province, *args):
    """{(unit, period, indicator, dims): (num, den, value, marks)}"""
    out = asked(province, "--format", "csv", *args)
    return {
        (r["unit_code"], r["period"], r["indicator"], r["dims"]): (r["num"], r["den"], r["value"], r["marks"])
        for r in csv.DictReader(io.StringIO(out))
    }


def figures_of_the_articles(province):
    got = rows(province, "--period", DAY)
    assert got == {
        ("93", DAY, "I10", "measure=RS01"): ("47", "139", "338", ""),
        ("93", DAY, "I10", "measure=RS02"): ("4", "16", "250", ""),
        ("93", DAY, "I10", "measure=RS03"): ("19", "101", "188", ""),
        ("93", DAY, "I10", "measure=RS04"): ("", "", "", ""),
        ("93", DAY, "I12", "measure=CP01"): ("8", "8", "1000", ""),
        ("93", DAY, "I12", "measure=CP04"): ("10", "75", "133", "from-register"),
        ("93", DAY, "I12", "measure=CP05"): ("282", "539", "523", ""),
    }, got
    got = rows(province, "--unit", "930", "--period", TEN_YEARS_BEFORE, "--indicator", "I16,I17")
    assert got == {
        ("930", TEN_YEARS_BEFORE, "I16", ""): ("926", "", "926", "over"),
        ("930", TEN_YEARS_BEFORE, "I17", ""): ("2461", "", "2461", "over"),
    }, got
    got = rows(province, "--unit", "930", "--period", "2018", "--by", "category,scheme", "--indicator", "I01")
    assert got == {("930", "2018", "I01", "category=cadre;scheme=KS-01"): ("4", "11", "364", "")}, got


def people_read_their_own_language(province):
    for lang, words in (
        ("vi", ["33,8%", "25,0%", "18,8%", "10/75 (13,3%)", "theo danh mục đơn vị", "282/539 (52,3%)", "theo báo cáo"]),
        ("en", ["33.8%", "25.0%", "18.8%", "10/75 (13.3%)", "from the register", "282/539 (52.3%)", "as reported"]),
    ):
        out = asked(province, "--format", "table", "--lang", lang, "--period", DAY)
        for word in ["Hậu Giang (93)", *words]:
            assert word in out, (word, out)
    for lang, word in (("vi", "trên 2.461"), ("en", "over 2,461")):
        out = asked(province, "--format", "table", "--lang", lang, "--unit", "930", "--indicator", "I17")
        assert word in out, out
    out = asked(province, "--format", "table", "--lang", "en", "--unit", "936")
    assert out.endswith("no figures yet\n"), out


def caps_and_targets_say_how_they_stand(province):
    got = rows(province, "--indicator", "I05")
    assert got == {
        ("931", "2018-07", "I05", "scheme=HN-3814"): ("4", "3", "-1", "cap-exceeded"),
        ("937", "2026", "I05", "job_group=a;scheme=ND335"): ("1", "1", "0", ""),  # 20% of 5
        ("937", "2026", "I05", "job_group=b;scheme=ND335"): ("1", "0", "-1", "cap-exceeded"),
    }, got
    got = rows(province, "--unit", "937", "--indicator", "I01", "--by", "job_group")
    assert {key[3]: row[:3] for key, row in got.items()} == {
        "job_group=a": ("1", "6", "167"),
        "job_group=b": ("1", "4", "250"),
    }, got
    how = ["--unit", "930", "--indicator", "I11", "--on", "2018-12-31"]
    got = rows(province, *how)
    marks = "behind;due=55;needed=3"
    target = ("930", "..2020", "I11", "from=2017-02-07;measure=TG01")
    assert got == {target: ("50", "112", "446", marks)}, got
    out = asked(province, *how, "--format", "table", "--lang", "en")
    assert "44.6%" in out and "3 needed per 30 days" in out, out
    assert rows(province, *how[:4], "--on", "2022-01-01")[target][3] == "overdue;due=112"
    assert rows(province, *how, "--period", "..2020") == got
    assert rows(province, *how, "--period", DAY) == {}


def who_leaves_joins_elsewhere(province):
    got = rows(province, "--indicator", "I14", "--by", "unit")
    assert got == {
        ("93", "2019", "I14", ""): ("2", "2", "0", ""),
        ("930", "2019", "I14", ""): ("2", "0", "2", ""),
        ("931", "2019", "I14", ""): ("0", "1", "-1", ""),
        ("932", "2019", "I14", ""): ("0", "1", "-1", ""),
    }, got


def forms_are_complete_at_the_version_of_the_page(province):
    province.call("complete", "--dir", province.dir / "node-93", "bien-che", TEN_YEARS_BEFORE, "--unit", "930", "--wait=30s")
    form = "form=bien-che;state="
    out = asked(province, "--format", "csv", "--period", TEN_YEARS_BEFORE, "--indicator", "I13,I16")
    got = {(r["indicator"], r["dims"]): (r["num"], r["den"], r["value"]) for r in csv.DictReader(io.StringIO(out))}
    assert got[("I13", form + "complete")] == ("1", "8", "125"), out
    assert got[("I13", form + "on_time")] == ("1", "8", "125"), out
    assert got[("I16", "")] == ("926", "", "926"), out
    assert len({r["version"] for r in csv.DictReader(io.StringIO(out))}) == 1, out
    got = rows(province, "--period", TEN_YEARS_BEFORE, "--indicator", "I13", "--by", "children")
    assert got[("930", TEN_YEARS_BEFORE, "I13", form + "complete")] == ("1", "1", "1000", ""), got
    assert got[("931", TEN_YEARS_BEFORE, "I13", form + "complete")] == ("0", "1", "0", ""), got
    out = asked(province, "--format", "table", "--lang", "en", "--period", TEN_YEARS_BEFORE, "--indicator", "I13")
    assert "1/8 (12.5%)" in out, out
    assert rows(province, "--indicator", "I13", "--as-known-at", "1") == {}  # it is about the present


def units_are_ranked_at_one_version(province):
    out = asked(province, "--rank", "--indicator", "I01", "--period", "2021", "--format", "csv", "--missing")
    table = list(csv.DictReader(io.StringIO(out)))
    assert [(r["rank"], r["unit_code"], r["value"]) for r in table] == [
        ("1", "933", "750"),
        ("2", "935", "500"),
        ("3", "931", "250"),
        ("3", "932", "250"),
        ("5", "934", "0"),
        ("", "930", ""),
        ("", "936", ""),
        ("", "937", ""),
    ], out
    out = asked(province, "--rank", "--indicator", "I01", "--period", "2021", "--format", "csv", "--min-base", "4")
    assert [r["rank"] for r in csv.DictReader(io.StringIO(out))] == ["1", "2", "2", "4", ""], out
    version = table[0]["version"]
    node = province.dir / "node-93"
    province.call("set", "--dir", node, "934", "2021", "EV07", "9", "--dims", "category=cadre;rating=4", "--wait")
    again = asked(
        province, "--rank", "--indicator", "I01", "--period", "2021", "--format", "csv", "--as-known-at", version,
        "--missing",
    )
    assert list(csv.DictReader(io.StringIO(again))) == table, again


def data_has_its_shape(province):
    assert asked(province, "--format", "csv").splitlines()[0] == COLUMNS
    said = json.loads(asked(province, "--format", "json", "--period", DAY, "--indicator", "I12"))
    assert said["province"] == "93" and said["structure"] == "as-reported" and said["version"] > 0, said
    row = next(row for row in said["rows"] if row["dims"] == "measure=CP04")
    assert (row["unit"], row["name"], row["indicator"]) == ("93", "Tỉnh Hậu Giang", "I12"), row
    assert (row["num"], row["den"], row["tenths"], row["marks"]) == (10, 75, 133, ["from-register"]), row
    said = json.loads(asked(province, "--format", "json", "--unit", "930", "--indicator", "I11", "--on", "2018-12-31"))
    assert said["on"] == "2018-12-31", said
    assert (said["rows"][0]["due"], said["rows"][0]["needed"]) == (55, 3), said
    assert said["rows"][0]["marks"] == ["behind"], said
    lines = asked(province, "--format", "jsonl", "--unit", "930", "--indicator", "I16").splitlines()
    assert json.loads(lines[0])["qualifier"] == "over" and json.loads(lines[0])["marks"] == [], lines


def what_is_not_there_is_named(province):
    for args, word in (
        (["--indicator", "I99"], 'unknown indicator "I99"'),
        (["--unit", "94"], 'unknown unit "94"'),
        (["--measure", "RS99"], 'unknown measure "RS99"'),
        (["--period", "2018-13"], 'unknown period "2018-13"'),
        (["--by", "colour"], 'unknown dimension or level "colour"'),
    ):
        said = province.call("indicators", "--dir", province.home, *args, ok=(65,)).stderr
        assert word in said and "TH5002" in said, said
    said = province.call("indicators", "--dir", province.home, "--on", "soon", ok=(64,)).stderr
    assert "TH1003" in said, said


def a_province_in_one_page():
    with tonghop.Province(units(), "--lineage", "hg93", catalogue="vn") as province:
        fill(province)
        for check in (
            figures_of_the_articles,
            people_read_their_own_language,
            caps_and_targets_say_how_they_stand,
            who_leaves_joins_elsewhere,
            forms_are_complete_at_the_version_of_the_page,
            data_has_its_shape,
            what_is_not_there_is_named,
            units_are_ranked_at_one_version,
        ):
            check(province)


MERGED = """code,name,type,level,parent,valid_from,valid_to
P,Province,t,province,,,
A,Old A,t,district,P,,2025-07-01
B,Old B,t,district,P,,2025-07-01
C,C,t,district,P,,
N,New,t,district,P,2025-07-01,
"""
SUCCESSORS = """old_code,new_code,effective,kind
A,N,2025-07-01,FULL
B,N,2025-07-01,FULL
"""
BEFORE = """unit_code,period,measure,value,of
A,2024-12-31,ST02,80,
A,2024-12-31,ST07,100,
B,2024-12-31,ST02,30,
B,2024-12-31,ST07,50,
A,2024-12-31,CP02,1,
C,2024-12-31,CP02,0,
C,2024-12-31,ST02,1,
C,2024-12-31,ST07,3,
"""


def shares_are_made_after_figures_were_restated():
    with tonghop.Scratch() as scratch:
        (scratch / "units.csv").write_text(MERGED)
        (scratch / "successors.csv").write_text(SUCCESSORS)
        files = (scratch / "units.csv", "--successors", scratch / "successors.csv")
        with tonghop.Province(*files, "--lineage", "p", catalogue="vn") as province:
            node = province.node("P")
            path = sheet(province, "before.csv", BEFORE)
            province.call("import", "--dir", node, path, "--form", "staffing", "--wait=100s")
            how = ["--by", "unit", "--indicator", "I07,I12", "--structure", "as-of:2025-07-01"]
            got = {(key[0], key[2]): row for key, row in rows(province, *how).items()}
            assert got == {
                ("P", "I07"): ("111", "153", "725", ""),
                ("N", "I07"): ("110", "150", "733", ""),
                ("C", "I07"): ("1", "3", "333", ""),
                ("P", "I12"): ("1", "2", "500", "from-register"),  # two districts that day, three before
                ("N", "I12"): ("1", "1", "1000", "from-register"),
                ("C", "I12"): ("0", "1", "0", "from-register"),
            }, got
            out = asked(province, *how, "--format", "table", "--lang", "en")
            assert "in the structure of 2025-07-01" in out and "New (N)" in out, out
            said = json.loads(asked(province, *how[:4], "--structure", "current", "--format", "json"))
            assert said["structure"].startswith("as-of:"), said
            assert rows(province, "--indicator", "I12")[("P", "2024-12-31", "I12", "measure=CP02")][1] == "3"
            assert rows(province, "--indicator", "I05,I11", *how[4:]) == {}


# ---- ratings of a whole country ----

OF_ALL = """
  - {code: ALL, vi: "tốt trở lên, trên tổng số", en: "good or better, of all",
     num: ["EV07{rating=4}", "EV07{rating=3}"],
     den: ["EV07{rating=4}", "EV07{rating=3}", "EV07{rating=2}", "EV07{rating=1}", "EV07{rating=0}"]}
"""


def national(name):
    """The published counts as rows of a form."""
    with open(name, encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))[1:]  # the first is the sum
    return [
        {"unit_code": "VN", "period": "2018", "category": category, "rating": row["rating_order"] or "unrated",
         "count": row[column]}
        for row in published
        for category, column in (("civil_servant", "civil_servants"), ("public_employee", "public_employees"))
    ]


def shares_of_a_country(counts, want, words):
    with tonghop.Scratch() as scratch:
        own = scratch / "catalogue"
        shutil.copytree(tonghop.SOURCE / "share" / "catalogue", own)
        with open(own / "indicators.yaml", "a", encoding="utf-8") as file:
            file.write(OF_ALL)
        top = [{"code": "VN", "name": "Việt Nam", "type": "country", "parent": ""}]
        with tonghop.Province(top, "--lineage", "vn", catalogue=str(own)) as province:
            province.feed(province.node("VN"), counts, "counts")
            got = {key[2]: row[:3] for key, row in rows(province, "--indicator", "I01,I02,ALL").items()}
            assert got == want, got
            for lang, share in words:
                out = asked(province, "--indicator", "ALL", "--format", "table", "--lang", lang)
                assert share in out, out


def published_national_ratings_round_after_adding():
    path = tonghop.DATA / "vn-national-ratings-2018.csv"
    if not path.exists():
        print(f"left out: {path} is not here (set TONGHOP_DATA)")
        return
    want = {
        "I01": ("590120", "2125580", "278"),
        "I02": ("2008920", "2125580", "945"),
        "ALL": ("2008920", "2129000", "944"),  # not 27.7 + 66.6
    }
    shares_of_a_country(national(path), want, [("vi", "94,4%"), ("en", "94.4%")])


def a_small_country_rounds_after_adding():
    counts = [
        {"unit_code": "VN", "period": "2018", "category": "civil_servant", "rating": rating, "count": count}
        for rating, count in (("4", 277), ("3", 666), ("2", 52), ("1", 4), ("unrated", 2))
    ]
    want = {"I01": ("277", "999", "277"), "I02": ("943", "999", "944"), "ALL": ("943", "1001", "942")}
    shares_of_a_country(counts, want, [("vi", "94,2%"), ("en", "94.2%")])


if __name__ == "__main__":
    tonghop.run(
        a_province_in_one_page,
        shares_are_made_after_figures_were_restated,
        a_small_country_rounds_after_adding,
        published_national_ratings_round_after_adding,
    )
