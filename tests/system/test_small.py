"""Small figures of the project's own through real processes: every total equals the plainest sum.

The same ground as tests/acceptance, which needs a folder of real data: persons' ratings, figures, rating
counts, corrections and withdrawals, the open catalogue as a directory, units by day.
"""

import csv
import io

from support import tonghop, trial

SMALL = trial.Small(20261124)


def ratings_of_every_office():
    with trial.Trial(SMALL.units) as province:
        province.send(SMALL.ratings, "evaluation")
        want = SMALL.sums(SMALL.ratings, "period", "category", "rating")
        trial.same(want, province.ratings(), "ratings")
        province.finish()


def figures_and_second_thoughts():
    """And their sums over measures, which nobody reports."""
    want = SMALL.sums(SMALL.staffing, "period", "measure", value="value")
    for (unit, period, _), value in list(want.items()):
        want[unit, period, "all.fte"] = want.get((unit, period, "all.fte"), 0) + value
    with tonghop.Scratch() as scratch:
        catalogue = trial.catalogue_directory(scratch / "catalogue", [("all.fte", "*.fte")])
        with trial.Trial(SMALL.units, catalogue=catalogue) as province:
            trial.history(province, SMALL.staffing, 1)
            trial.same(want, province.figures(), "figures")
            province.finish()


def rating_counts():
    with trial.Trial(SMALL.units) as province:
        province.send(SMALL.counts, "counts", at="US")
        want = SMALL.sums(SMALL.counts, "period", "category", "rating", value="count")
        trial.same(want, province.ratings("EV07"), "rating counts")
        province.finish()


def the_open_catalogue_as_a_directory_gives_the_same_totals():
    tables = []
    with tonghop.Scratch() as scratch:
        for catalogue in ("open", trial.catalogue_directory(scratch / "catalogue")):
            with trial.Trial(SMALL.units, catalogue=catalogue) as province:
                for state in trial.STATES:
                    part = [record for record in SMALL.ratings if record["unit_code"].startswith(state)]
                    province.send(part, "evaluation", at=state)
                province.send(SMALL.staffing, "staffing", at="US")
                tables.append(province.table())
                province.finish()
    assert tables[0] == tables[1], "totals differ"
    print(f"catalogue: {tables[0].count(chr(10))} totals the same bytes")


def units_alive_on_a_day():
    text = """code,name,type,level,parent,valid_from,valid_to
1,One,province,province,,,
11,Old,district,district,1,,2025-07-01
111,Kept,commune,commune,11,,2025-07-01
111,Kept,commune,commune,1,2025-07-01,
112,Gone,commune,commune,11,,2024-01-01
"""
    want = {"2023-12-31": (1, 1, 2), "2024-01-01": (1, 1, 1), "2025-06-30": (1, 1, 1), "2025-07-01": (1, 0, 1)}
    with tonghop.Scratch() as scratch:
        path = scratch / "units.csv"
        path.write_text(text)
        for day, counts in want.items():
            said = tonghop.call("units", "count", "--units", path, "--at", day, "--format", "csv").stdout
            got = {row["level"]: int(row["count"]) for row in csv.DictReader(io.StringIO(said))}
            levels = {level: count for level, count in zip(("province", "district", "commune"), counts) if count}
            assert got == levels, f"{day}: {got}"
    print(f"units: {len(want)} days")


tonghop.run(
    ratings_of_every_office,
    figures_and_second_thoughts,
    rating_counts,
    the_open_catalogue_as_a_directory_gives_the_same_totals,
    units_alive_on_a_day,
)
