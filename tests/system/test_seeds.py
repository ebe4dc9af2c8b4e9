"""Figures as articles print them come back word for word, and what follows from them (tests/data/seeds, made up).

The same ground as tests/acceptance/seeds, which needs a folder of published figures.
"""

from support import seeds, tonghop

FOLDER = tonghop.SOURCE / "tests" / "data" / "seeds"


def figures_come_back_as_they_were_printed():
    lines = seeds.read(FOLDER / "lines.tsv")
    with seeds.Seeds(lines, FOLDER / "units.csv", FOLDER / "successors.csv", "2025-06-30") as province:
        assert seeds.check(province) == {line["fact"] for line in lines}
        seeds.check_scheme(province, "HN-3814", "2018-07", ["2018-06", "2018-07"])


def what_is_counted_by_age_has_three_bands():
    seeds.check_dimension("age_band", 3)


tonghop.run(figures_come_back_as_they_were_printed, what_is_counted_by_age_has_three_bands)
