"""A store out as a stream and in again: while the province runs, into its own place and into another one."""

import random
import re
import shutil

from support import asking, offices, tonghop

UNITS = offices.units("D1", "D2")


def figures(unit, value, revision=1, period="2025"):
    return [
        {"unit_code": unit, "period": period, "measure": f"m{i}", "value": value + i, "revision": revision}
        for i in range(5)
    ]


def store_of(home, name="p"):
    """What a directory holds of its store: names in state/, and the id of the roster."""
    roster = (home / "register" / "roster.yaml").read_text()
    found = re.search(rf'lineage: "?{name}"?.*?store_id: "?([0-9a-f]{{16}})', roster, re.DOTALL)
    return sorted(path.name for path in (home / "state").iterdir()), found.group(1)


def filled():
    """A province that runs, with two offices that have said something."""
    province = tonghop.Province(UNITS)
    nodes = [province.node("D1"), province.node("D2")]
    for value, (unit, node) in enumerate(zip(("D1", "D2"), nodes)):
        province.feed(node, figures(unit, 10 * value), "staffing")
    return province, nodes


def a_store_goes_out_while_it_runs_and_comes_in_again():
    province, nodes = filled()
    with province:
        stream = province.dir / "p.store"
        wanted = province.values("--by", "unit")
        said = province.call("export-store", province.home, "-o", stream).stdout
        assert re.match(r"p: exported version \d+, [\d,]+ rows, [\d.,]+ (KiB|MiB|B) to ", said), said
        assert stream.stat().st_mode & 0o777 == 0o600
        asking.refused(73, "TH4304", "import-store", stream, "--to", province.home, "--yes")
        province.feed(nodes[0], figures("D1", 70, revision=2), "staffing")  # not in the stream
        later = province.values("--by", "unit")
        assert later != wanted
        names, old_id = store_of(province.home)
        assert names == ["p"], names
        province.down()

        text = asking.refused(64, "TH1006", "import-store", stream, "--to", province.home)
        assert "holds a province already" in text and "--yes" in text, text
        assert store_of(province.home) == (names, old_id)
        said = province.call("import-store", stream, "--to", province.home, "--yes").stdout
        assert "verified" in said and "The old store: state/p.before-" in said, said

        names, new_id = store_of(province.home)
        assert len(names) == 2 and names[1].startswith("p.before-"), names
        assert new_id != old_id and new_id in said
        province.verify()
        province.up()
        # What the stream did not have is sent again by its office, of its own.
        for node in nodes:
            province.call("sync", "--dir", node, f"--wait={tonghop.PATIENCE}s")
        tonghop.until(lambda: province.values("--by", "unit") == later, what="what came later is sent again")
        province.feed(nodes[1], figures("D2", 50, revision=2), "staffing")
        province.verify()


def a_province_moves_to_another_directory():
    province, nodes = filled()
    with province:
        stream = province.dir / "p.store"
        with open(stream, "wb") as out:
            out.write(province.call("export-store", province.home, "-o", "-", text=False).stdout)
        wanted = province.values("--by", "unit")
        province.down()
        old, new = province.home, province.dir / "elsewhere"
        shutil.copytree(old, new, ignore=lambda _, names: {"state", "run", "log"} & set(names), symlinks=True)
        for name in ("run", "log"):
            (new / name).mkdir(mode=0o700)

        province.call("import-store", stream, "--to", new)

        shutil.rmtree(old)
        province.home = new
        assert store_of(new)[0] == ["p"]
        province.verify()
        province.up()
        assert province.values("--by", "unit") == wanted
        province.feed(nodes[0], figures("D1", 30, revision=2), "staffing")


def a_damaged_stream_leaves_everything_as_it_was():
    province, _ = filled()
    with province:
        stream, bad = province.dir / "p.store", province.dir / "bad.store"
        province.down()
        province.call("export-store", province.home, "-o", stream)
        whole = stream.read_bytes()
        before = store_of(province.home)
        draw = random.Random(offices.seed())
        spoilt = [whole[: draw.randrange(len(whole))] for _ in range(3)]
        for _ in range(6):
            at = draw.randrange(len(whole))
            spoilt.append(whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :])
        spoilt += [b"", b"not a store at all", whole + b"x", whole + whole]
        for content in spoilt:
            bad.write_bytes(content)
            asking.refused(65, "TH4307", "import-store", bad, "--to", province.home, "--yes")
        assert store_of(province.home) == before
        province.verify()
        province.up()
        assert province.values("--by", "unit")


def the_store_of_another_province_is_refused():
    province, _ = filled()
    with province, tonghop.Scratch() as scratch:
        stream = province.dir / "p.store"
        province.call("export-store", province.home, "-o", stream)
        units = tonghop.write_csv(scratch / "units.csv", UNITS[0].keys(), UNITS)
        other = scratch / "other"
        ports = tonghop.Ports.take()
        province.call("init", other, "--units", units, "--catalogue", "open", "--ports", ports, "--lineage", "q")
        text = asking.refused(65, "TH4306", "import-store", stream, "--to", other)
        assert "has no province p" in text, text

        # The same lineage, but another register: every record would mean something else.
        third = scratch / "third"
        more = [*UNITS, {"code": "D3", "name": "District D3", "type": "district", "parent": "P"}]
        units = tonghop.write_csv(scratch / "more.csv", UNITS[0].keys(), more)
        province.call("init", third, "--units", units, "--catalogue", "open", "--ports", tonghop.Ports.take())
        asking.refused(74, "TH4105", "import-store", stream, "--to", third)
        assert list((third / "state").iterdir()) == []


def a_store_of_this_format_needs_no_migration():
    province, _ = filled()
    with province:
        asking.refused(73, "TH4304", "migrate", province.home)
        province.call("backup", "save", province.home, "--to", province.dir / "backups")
        province.down()
        before = store_of(province.home)
        said = province.call("migrate", province.home).stdout
        assert "p: of format 1 already, nothing to do" in said, said
        assert store_of(province.home) == before
        (made,) = (province.dir / "backups").iterdir()
        text = asking.refused(65, "TH4303", "migrate", made)
        assert "never changed" in text, text
        asking.refused(65, "TH4306", "migrate", province.home, "--lineage", "zz")


def wrong_words_are_answered():
    with tonghop.Province(UNITS, up=False) as province:
        home, stream = province.home, province.dir / "p.store"
        vi = tonghop.environment(TONGHOP_LANG="vi")
        asking.refused(64, "TH1004", "export-store", home)
        text = asking.refused(74, "TH4105", "export-store", home, "-o", stream)
        assert "there is no store" in text and "tonghop up" in text, text
        text = asking.refused(74, "TH4105", "export-store", home, "-o", stream, env=vi)
        assert "chưa có kho số liệu" in text, text
        asking.refused(65, "TH4306", "export-store", home, "-o", stream, "--lineage", "zz")
        asking.refused(66, "TH2001", "export-store", province.dir / "nowhere", "-o", stream)
        asking.refused(64, "TH1004", "import-store", stream)
        asking.refused(66, "TH2001", "import-store", stream, "--to", home)
        stream.write_bytes(b"garbage")
        text = asking.refused(65, "TH4307", "import-store", stream, "--to", home, env=vi)
        assert "không phải kho đã xuất" in text, text
        province.up()
        text = asking.refused(73, "TH4301", "export-store", home, "-o", stream)
        assert "exists" in text, text
        text = asking.refused(74, "TH4103", "export-store", home, "-o", province.dir / "no" / "file")
        assert "No such file" in text, text


if __name__ == "__main__":
    tonghop.run(
        a_store_goes_out_while_it_runs_and_comes_in_again,
        a_province_moves_to_another_directory,
        a_damaged_stream_leaves_everything_as_it_was,
        the_store_of_another_province_is_refused,
        a_store_of_this_format_needs_no_migration,
        wrong_words_are_answered,
    )
