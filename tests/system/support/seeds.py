"""Figures as articles print them: entered, asked for, and read again as people read them in both languages.

A line is a row of a table with the columns of tests/data/seeds.tsv ("-" = none). Lines F.. are what an office
enters: unit, value, qualifier, levels, and what must come back; the note names the root of the province and the
coverage there. Lines X.. are what follows from them: indicators (I..), totals in the structure of another day,
ratings of single people, a correction, a figure taken back. Nothing here computes a figure.
"""

import csv
import io
import json
import re

from support import tonghop

LANGS = ("vi", "en")
PEOPLE = re.compile(r"(\d+) evaluations .* (\d+) with rating (\d), (\d+) with rating (\d)")
COLUMNS = ["unit_code", "period", "measure", "dims", "qualifier", "value", "of", "before", "after", "note"]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{key: "" if value == "-" else value for key, value in line.items()} for line in lines]


def said(line, pattern):
    """What the note says after a word, or None."""
    found = re.search(pattern, line["note"])
    return found.group(1) if found else None


def root_of(line):
    return said(line, r"root (\w+)")


def numbers(line):
    return tuple(line[name] for name in ("qualifier", "value", "of", "before", "after"))


def cells(text):
    """Rows of a table as people see it: (header, row) as lists of cells; empty cells are not there."""
    out, header = [], None
    for row in text.splitlines():
        parts = re.split(r"\s{2,}", row.strip())
        if parts[0] in ("Chỉ tiêu", "Measure"):
            header = parts
        elif header and len(parts) > 1:
            out.append((header, parts))
    return out


def figure(header, row):
    """The figure of a row in one text, as an article would print it; its coverage."""
    covered = bool(re.fullmatch(r"\d+/\d+", row[-1]))
    got = row[1 : -1 if covered else None]
    if header[1] in ("Nơi", "Where"):
        header, got = header[1:], got[1:]
    if header[1] in ("Trước", "Before") and len(got) == 3:
        text = f"{got[0]} → {got[1]} ({got[2]})"
    elif header[1] in ("Đạt", "Met"):
        text = f"{got[0]}/{got[1]}" + (f" ({got[2]})" if len(got) == 3 else "")
    else:
        (text,) = got
    return text, row[-1] if covered else ""


class Seeds(tonghop.Province):
    """One machine that holds every province of the lines, with an office at each root that has figures."""

    def __init__(self, lines, units, successors, day, more=()):
        self.lines = {line["fact"]: line for line in lines}
        self.roots = list(dict.fromkeys(filter(None, map(root_of, lines))))
        self.day = day  # on which each root's code means that province
        files = ("--units", units, "--successors", successors)
        first, *others = (("--province", self.ref(root), "--lineage", f"p{root}") for root in [*self.roots, *more])
        super().__init__(units, *files[2:], *first, catalogue="vn", up=False)
        for words in others:
            self.call("init", self.home, "--add", "--catalogue", "vn", *files, *words)
        self.up()
        self.offices = {root: self.office(root) for root in self.roots}
        self.compared = 0

    def ref(self, root):
        return f"{root}@{self.day}"

    def office(self, root):
        slip, home = self.dir / f"{root}.tonghop", self.dir / f"node-{root}"
        self.call("enrol", self.home, "--lineage", f"p{root}", "--unit", self.ref(root), "-o", slip)
        self.call("join", slip, "--dir", home)
        return home

    # ---- what an office does ----

    def enter(self, lines, **more):
        for root in self.roots:
            rows = [
                dict({name: line.get(name, "") for name in COLUMNS}, unit_code=line["unit"], note=line["fact"], **more)
                for line in lines
                if root_of(line) == root
            ]
            if rows:
                header = [*COLUMNS, *more]
                self.feed(self.offices[root], rows, "staffing", name=f"{root}.csv", header=header)

    def enter_people(self, line):
        """Single ratings so that so many people have this one, as the note says."""
        whole, *parts = map(int, PEOPLE.search(line["note"]).groups())
        ratings = [parts[1]] * parts[0] + [parts[3]] * parts[2]
        assert len(ratings) == whole, line
        dims = dict(pair.split("=") for pair in line["dims"].split(";"))
        rows = [
            {
                "unit_code": line["unit"],
                "person_id": f"person {number}",
                "period": line["period"],
                "scheme": dims["scheme"],
                "category": dims["category"],
                "rating": rating,
            }
            for number, rating in enumerate(ratings)
        ]
        self.feed(self.offices[root_of(line)], rows, "evaluation", name="people.csv")

    # ---- what a reader asks ----

    def ask(self, verb, line, unit, *more, lang="en", form="table"):
        words = ("--unit", self.ref(unit) if unit in self.roots and "--structure" not in more else unit)
        words += ("--period", line["period"], "--lang", lang, "--format", form, *more)
        return self.call(verb, "--dir", self.home, *words)

    def rows(self, line, unit, *more):
        out = self.ask("totals", line, unit, "--measure", line["measure"], *more, form="csv").stdout
        return list(csv.DictReader(io.StringIO(out)))

    def total(self, line, unit, *more, by="dims"):
        """The line's total at a unit and how it stands in the tables of both languages; None without one."""
        rows = self.rows(line, unit, "--by", by, *more)
        at = [number for number, row in enumerate(rows) if row["dims"] == line["dims"]]
        if not at:
            return None
        assert len(at) == 1, rows
        shown = []
        for lang in LANGS:
            out = self.ask("totals", line, unit, "--measure", line["measure"], "--by", by, *more, lang=lang).stdout
            table = cells(out)
            assert len(table) == len(rows), out
            shown.append(figure(*table[at[0]]))
        return rows[at[0]], shown

    def compare(self, line, unit, coverage, *more, by="dims"):
        found = self.total(line, unit, *more, by=by)
        assert found, f"{line['fact']}: {unit} has no such total"
        row, shown = found
        assert tuple(row[name] for name in ("qualifier", "value", "of", "before", "after")) == numbers(line), row
        got = f"{row['reported']}/{row['expected']}" if row["expected"] else ""
        assert got == (coverage or ""), f"{line['fact']} at {unit}: coverage {got}, not {coverage}"
        for lang, (text, covered) in zip(LANGS, shown):
            assert text == line[lang], f"{line['fact']} at {unit}: {text}, not {line[lang]}"
            assert covered == got, f"{line['fact']} at {unit}: {covered} in the table, {got} as data"
        self.compared += 1

    # ---- lines ----

    def check_entered(self, line):
        """A figure at the unit that reported it and at the root of its province."""
        root = root_of(line)
        if "listed under" in line["note"]:
            self.compare(line, line["unit"], "")
            assert self.total(line, root) is None, f"{line['fact']}: a total of what is only listed"
            return
        covered = said(line, r"coverage (\d+/\d+)")
        self.compare(line, root, covered)
        if line["unit"] != root:
            self.compare(line, line["unit"], "1/1" if covered else "")

    def check_indicator(self, line):
        dims = ",".join(pair.split("=")[0] for pair in line["dims"].split(";")) if line["dims"] else ""
        more = ("--indicator", line["measure"], *(("--by", dims) if dims else ()))
        out = self.ask("indicators", line, line["unit"], *more, form="csv").stdout
        marks = {"from-register"} if "from the register" in line["note"] else set()
        marks |= {line["qualifier"]} - {"exact"}
        want = (line["value"], line["of"], marks)
        got = [(row["num"], row["den"], set(row["marks"].split())) for row in csv.DictReader(io.StringIO(out))]
        assert want in got, f"{line['fact']}: {want} expected, {got}"
        for lang in LANGS:
            out = self.ask("indicators", line, line["unit"], *more, lang=lang).stdout
            shown = [cell for row in out.splitlines() for cell in re.split(r"\s{2,}", row)]
            assert line[lang] in shown, f"{line['fact']}: {line[lang]} expected\n{out}"
            if marks == {"from-register"}:
                assert {"vi": "theo danh mục đơn vị", "en": "from the register"}[lang] in out, out
        self.compared += 1

    def check_restated(self, line):
        """In the structure of another day: the total, and the line of what stands at no unit of that day."""
        day = said(line, r"--structure (as-of:[\d-]+)")
        covered = said(line, r"coverage (\d+/\d+)")
        self.compare(line, line["unit"], covered, "--structure", day)
        source = said(line, r"unallocated line of district (\w+)")
        if source:
            rows = self.rows(line, line["unit"], "--structure", day, "--by", "unallocated")
            apart = [row for row in rows if row["unit_code"].startswith(f"{line['unit']}/{source}@")]
            assert [row["value"] for row in apart] == [line["value"]], rows
            out = self.ask("totals", line, line["unit"], "--structure", day, "--by", "unallocated", lang="vi").stdout
            assert re.search(rf"chưa phân bổ: .* \({source}, đến \d\d/\d\d/\d\d\d\d\)", out), out

    def check_people(self, line):
        self.enter_people(line)
        self.compare(line, root_of(line), said(line, r"coverage (\d+/\d+)"), by="category,rating,scheme")

    def check_correction(self, line):
        """A second revision moves the total by exactly one."""
        root = root_of(line) or line["unit"]
        (before,) = [row for row in self.rows(line, root) if not row["dims"]]
        self.enter([dict(line, note=f"root {root}")], op="set", revision="2")
        assert int(line["value"]) - int(before["value"]) == 1, before
        self.compare(line, root, said(line, r"coverage (\d+/\d+)"))

    def check_withdrawal(self, line):
        """Not reported, which is no row as data, and never nothing of so many."""
        root, measure, why = root_of(line), ("--measure", line["measure"]), ("--reason", "counted twice")
        self.call("withdraw", "--dir", self.offices[root], line["unit"], line["period"], line["measure"], *why, "--wait=30s")
        assert self.rows(line, root) == []
        said_ = json.loads(self.ask("totals", line, root, *measure, "--missing", form="json").stdout)
        (row,) = said_["rows"]
        assert row["value"] is None and row["of"] is None, row
        assert f"{row['reported']}/{row['expected']}" == said(line, r"coverage (\d+/\d+)"), row
        for lang in LANGS:
            out = self.ask("totals", line, root, *measure, "--missing", lang=lang).stdout
            assert line[lang] in out and "0/" not in re.sub(r" 0/\d+$", "", out, flags=re.M), out
        self.compared += 1


def check(province):
    """Every line, in the order that leaves each figure where a later line needs it."""
    lines = [line for line in province.lines.values() if root_of(line) or line["unit"]]
    later = {}
    for line in lines:
        note = line["note"]
        if line["measure"].startswith("I") and line["measure"][1:].isdigit():
            kind = "indicator"
        elif "--structure" in note:
            kind = "restated"
        elif PEOPLE.search(note):
            kind = "people"
        elif "corrected" in note:
            kind = "correction"
        elif "withdrawn" in note:
            kind = "withdrawal"
        elif note.startswith("total of"):
            kind = "total"
        else:
            kind = "entered"
        later.setdefault(kind, []).append(line)
    province.enter(later["entered"])
    for line in later["entered"]:
        province.check_entered(line)
    for line in later["total"]:
        province.compare(line, line["unit"], said(line, r"coverage (\d+/\d+)"))
    for kind in ("people", "indicator", "restated", "correction", "withdrawal"):
        for line in later[kind]:
            getattr(province, f"check_{kind}")(line)
    province.verify("--level", "full")
    print(f"{len(lines)} lines, {province.compared} totals and shares in both languages", flush=True)
    return {line["fact"] for part in later.values() for line in part}


# ---- the catalogue ----


def check_dimension(name, count):
    """So many members, by the installed catalogue's own words."""
    text = (tonghop.SOURCE / "share" / "catalogue" / "measures.yaml").read_text(encoding="utf-8")
    (dim,) = re.findall(rf"(?m)^  - {{code: {name},(?:.|\n)*?\]}}", text)
    assert dim.count("{code:") - 1 == count, dim


def check_scheme(province, scheme, first_month, months):
    """In force from that month on, for at least so many, and not a month before; months: labels in order."""
    office = province.offices[province.roots[0]]
    for month in months:
        row = {"unit_code": province.roots[0], "person_id": "p", "period": month, "scheme": scheme}
        row.update(category="cadre", score="80", rating="3")
        path = province.file("month.csv", [row])
        done = province.call("import", "--dir", office, path, "--dry-run", ok=(0, 65))
        assert (done.returncode == 0) == (month >= first_month), (month, done.stderr)
        assert done.returncode == 0 or "TH2229" in done.stderr, done.stderr
