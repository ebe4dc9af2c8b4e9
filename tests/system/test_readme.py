"""The commands of README.md's section "A province in one directory" work word for word."""

import pathlib
import re
import subprocess
import tempfile

from support import tonghop

SECTION = "## A province in one directory"
UNITS = """code,name,type,parent
US,United States,country,
OH,Ohio,state,US
UT,Utah,state,US
"""
FIGURES = """unit_code,period,measure,value
OH,2018,fire.full_time,41
UT,2018,fire.full_time,23
"""
EXPECTED = [
    "unit_code,period,measure,dims,qualifier,value,of,before,after,reported,expected,version",
    "OH,2018,fire.full_time,,exact,41,,,,1,1,",
    "US,2018,fire.full_time,,exact,64,,,,2,2,",
    "UT,2018,fire.full_time,,exact,23,,,,1,1,",
]


def commands():
    """The indented lines of the section, up to the next one."""
    text = (tonghop.SOURCE / "README.md").read_text(encoding="utf-8")
    section = text.split(SECTION)[1].split("\n## ")[0]
    lines = re.findall(r"^ {4}(.*)$", section, re.MULTILINE)
    assert len(lines) >= 8, f"only {len(lines)} commands under {SECTION!r}"
    return lines


def the_commands_of_the_readme_work_word_for_word():
    with tempfile.TemporaryDirectory(prefix="tonghop-test-") as folder:
        place = pathlib.Path(folder)
        (place / "units.csv").write_text(UNITS, encoding="utf-8")
        (place / "staffing.csv").write_text(FIGURES, encoding="utf-8")
        # A reader types the commands one after the other; -m gives %1 its meaning.
        done = subprocess.run(
            ["bash", "-emc", "\n".join([*commands(), "wait %1 || exit 3"])],
            cwd=place,
            env=tonghop.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=4 * tonghop.PATIENCE,
            check=False,
        )
        said = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        for line in EXPECTED:
            assert f"\n{line}" in f"\n{done.stdout}", f"no line {line!r}\n{said}"
        assert "READY nodes=" in done.stdout, said


if __name__ == "__main__":
    tonghop.run(the_commands_of_the_readme_work_word_for_word)
