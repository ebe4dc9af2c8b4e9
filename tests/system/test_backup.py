"""Backups: made under load, checked wherever they were taken to, put back with the offices as they are now."""

import csv
import hashlib
import io
import random
import shutil
import signal
import subprocess

from support import asking, offices, tonghop

UNITS = offices.units("D1", "D2")
WAIT = f"--wait={tonghop.PATIENCE}s"


def figures(unit, value, revision=1, period="2025"):
    return [
        {"unit_code": unit, "period": period, "measure": f"m{i}", "value": value + i, "revision": revision}
        for i in range(4)
    ]


def save(province, place, *args, **how):
    """Make a backup; its directory."""
    before = set(place.iterdir()) if place.exists() else set()
    before = {path for path in before if ".new-" not in path.name}
    said = province.call("backup", "save", province.home, "--to", place, *args, **how).stdout
    (made,) = {path for path in place.iterdir()} - before
    assert str(made) in said, said
    return made


def listed(place):
    out = tonghop.call("backup", "list", place, "--format", "csv").stdout
    return list(csv.DictReader(io.StringIO(out)))


def everything(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def ids(home):
    return [line.split('"')[1] for line in (home / "register" / "roster.yaml").read_text().splitlines() if "store_id" in line]


def caught_up(province, nodes, wanted):
    for node in nodes:
        province.call("sync", "--dir", node, WAIT)
    tonghop.until(lambda: province.values("--by", "unit") == wanted, what="the offices have sent again what was missing")


def made_under_load_and_put_back_under_load():
    """Drill 2: the province goes back to an old backup while its offices go on."""
    with tonghop.Province(UNITS) as province:
        seed = offices.seed()
        nodes = [province.node("D1"), province.node("D2")]
        clerks = [offices.Office(province, f"D{i + 1}", node, seed + i, waits=0.5) for i, node in enumerate(nodes)]
        agents = [province.agent(node) for node in nodes]
        place = province.dir / "backups"
        for clerk in clerks:
            clerk.start()
        saved = []
        for count in (3, 6, 9):
            tonghop.until(lambda: min(clerk.files for clerk in clerks) >= count, what="some files")
            saved.append(save(province, place))
        rows = listed(place)
        assert [row["backup"] for row in rows] == [path.name for path in saved]
        assert all(row["state"] == "ok" and row["lineage"] == "p" and row["keys"] == "no" for row in rows), rows
        versions = [int(row["version"]) for row in rows]
        assert versions == sorted(versions) and versions[0] > 0, versions
        province.call("backup", "inspect", saved[0])
        old = ids(province.home)

        # Not while it runs, and not without a clear word.
        text = asking.refused(73, "TH4304", "backup", "restore", saved[0], "--to", province.home, "--yes")
        assert "stop the province" in text, text
        assert province.down() == 0
        text = asking.refused(64, "TH1006", "backup", "restore", saved[0], "--to", province.home)
        assert f"version {versions[0]:,}" in text and "--yes" in text, text
        assert ids(province.home) == old
        said = province.call("backup", "restore", saved[0], "--to", province.home, "--yes").stdout
        assert "went back to" in said and "the old store: state/p.before-" in said, said
        assert ids(province.home) != old
        province.up()

        done = [clerk.files for clerk in clerks]
        tonghop.until(
            lambda: all(clerk.files >= files + 2 for clerk, files in zip(clerks, done)), what="the clerks go on"
        )
        for clerk in clerks:
            clerk.finish()
        for node in nodes:
            tonghop.until(
                lambda: province.call("sync", "--dir", node, WAIT, ok=(0, 75)).returncode == 0, what="all is decided"
            )
        wanted = offices.expected(clerks)
        tonghop.until(lambda: province.values("--by", "unit") == wanted, what="the offices have sent again what was missing")
        offices.assert_equal(wanted, province.values("--by", "unit"))
        province.verify()
        assert all(agent.ended() is False for agent in agents)


def filled():
    province = tonghop.Province(UNITS)
    nodes = [province.node("D1"), province.node("D2")]
    for value, (unit, node) in enumerate(zip(("D1", "D2"), nodes)):
        province.feed(node, figures(unit, 10 * value), "staffing")
    return province, nodes


def the_machine_is_gone():
    """A whole directory from a backup without keys, and the keys from where they were kept apart."""
    province, nodes = filled()
    with province:
        place = province.dir / "backups"
        desk = province.home / "desk" / "p"
        province.call("set", "P", "2025", "staff", "7", "--dir", desk, WAIT)
        safe = save(province, province.dir / "safe", "--with-keys")
        made = save(province, place)
        assert not list(made.rglob("*.secret")) and not list(made.rglob("enrolment.yaml"))
        assert list(safe.rglob("broker.secret")) and listed(safe.parent)[0]["keys"] == "yes"
        assert all(path.stat().st_mode & 0o077 == 0 for path in [safe, *safe.rglob("*")])
        province.call("set", "P", "2025", "staff", "8", "--dir", desk, WAIT)  # lost with the machine
        province.feed(nodes[0], figures("D1", 50, revision=2), "staffing")
        wanted = province.values("--by", "unit")
        province.down()
        shutil.rmtree(province.home)

        text = asking.refused(65, "TH4305", "backup", "restore", made, "--to", province.home)
        assert "no secret keys" in text and "--keys" in text, text
        assert not province.home.exists()
        said = province.call("backup", "restore", made, "--to", province.home, "--keys", safe).stdout
        assert "tonghop up" in said, said
        province.verify()
        assert not (province.home / "manifest.yaml").exists()
        province.up()
        wanted["P", "2025", "staff", ""] = "7"
        caught_up(province, nodes, wanted)

        # The desk goes on where its outbox of then ended.
        province.call("set", "P", "2025", "staff", "9", "--dir", desk, WAIT)
        assert province.values("--by", "unit")["P", "2025", "staff", ""] == "9"
        province.node("P")  # a new office can still be enrolled
        province.feed(nodes[1], figures("D2", 60, revision=2), "staffing")
        province.verify()


def what_was_decided_about_keys_stays():
    province, nodes = filled()
    with province:
        made = save(province, province.dir / "backups")
        later = province.node("P")  # joins after the backup
        province.feed(later, figures("P", 900, period="2024"), "staffing")
        wanted = province.values("--by", "unit")
        province.call("keys", "revoke", "2", province.home, "--reason", "lost")
        tonghop.until(lambda: province.call("sync", "--dir", nodes[1], WAIT, ok=(0, 77)).returncode == 77)
        province.down()

        province.call("backup", "restore", made, "--to", province.home, "--yes")
        province.up()

        caught_up(province, [nodes[0], later], wanted)
        assert province.call("sync", "--dir", nodes[1], WAIT, ok=(77,))
        province.feed(later, figures("P", 950, period="2024", revision=2), "staffing")
        province.verify()


def damaged_backups_are_refused():
    province, _ = filled()
    with province:
        place = province.dir / "backups"
        made = save(province, place)
        province.down()
        state = sorted((province.home / "state").iterdir())
        draw = random.Random(offices.seed())
        files = [path for path in sorted(made.rglob("*")) if path.is_file()]
        data = made / "state" / "p" / "data.mdb"
        assert data in files and len(files) > 8

        def refused(path, how):
            for verb in (["inspect"], ["restore", "--to", province.dir / "new"], ["restore", "--to", province.home, "--yes"]):
                words = ["backup", verb[0], made, *verb[1:]]
                text = asking.refused(65, "TH4302", *words)
                assert str(path.relative_to(made)) in text, f"{how}: {text}"
            assert not (province.dir / "new").exists()

        for path in [data, *draw.sample(files, 3)]:
            whole = path.read_bytes()
            path.write_bytes(whole[: draw.randrange(len(whole))])
            refused(path, "cut")
            at = draw.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :])
            refused(path, "flipped")
            path.write_bytes(whole)
        whole = data.read_bytes()
        data.unlink()
        refused(data, "missing")
        data.write_bytes(whole)
        before = everything(made)
        tonghop.call("backup", "inspect", made)
        tonghop.call("backup", "inspect", made, "--level", "quick")
        assert everything(made) == before  # looking changes nothing
        assert sorted((province.home / "state").iterdir()) == state

        # A manifest that fits its files, and files that do not fit each other.
        units = made / "register" / "p" / "units.csv"
        text = units.read_text().replace("District D2", "District D3")
        forge(made, units, text.encode())
        asking.refused(74, "TH4105", "backup", "inspect", made)
        whole = (made / "manifest.yaml").read_bytes()
        (made / "manifest.yaml").write_bytes(whole[:-9])
        asking.refused(65, "TH4302", "backup", "inspect", made)
        assert [(row["backup"], row["state"]) for row in listed(place)] == [(made.name, "damaged")]
        (made / "manifest.yaml").unlink()
        asking.refused(65, "TH4303", "backup", "inspect", made)
        assert listed(place) == []


def forge(made, path, content):
    """Change a file of a backup, and its manifest with it."""
    name = str(path.relative_to(made))
    path.write_bytes(content)
    lines = (made / "manifest.yaml").read_text().splitlines(keepends=True)[:-1]
    at = next(i for i, line in enumerate(lines) if f'path: "{name}"' in line)
    for i in range(at + 1, at + 3):
        if "bytes:" in lines[i]:
            lines[i] = f"    bytes: {len(content)}\n"
        else:
            lines[i] = f'    hash: "{hashlib.blake2b(content, digest_size=32).hexdigest()}"\n'
    body = "".join(lines)
    digest = hashlib.blake2b(body.encode(), digest_size=32).hexdigest()
    (made / "manifest.yaml").write_text(f'{body}digest: "{digest}"\n')


def what_cannot_be_called_a_backup_is_none():
    province, _ = filled()
    with province:
        place = province.dir / "backups"

        # A disk that is full: no file may be larger than this.
        limited = ["bash", "-c", 'ulimit -f 40; exec "$0" "$@"', f"{tonghop.BIN}/tonghop"]
        words = ["backup", "save", str(province.home), "--to", str(place)]
        done = subprocess.run([*limited, *words], env=province.env, capture_output=True, text=True, check=False)
        assert done.returncode == 74 and "TH4101:" in done.stderr, f"{done.returncode} {done.stderr}"
        assert list(place.iterdir()) == []

        # A store in which somebody changed what was said: the copy is a true one, and no backup.
        province.down()
        data = province.home / "state" / "p" / "data.mdb"
        whole = data.read_bytes()
        data.write_bytes(whole.replace(b"m3", b"m4"))
        text = asking.refused(65, "TH4302", *words)
        assert "TH4202 staffing" in text and "fails verification" in text, text
        assert list(place.iterdir()) == []
        data.write_bytes(whole)
        save(province, place)


def what_dies_on_the_way_leaves_no_name():
    if not tonghop.FAULTS:
        print("skipped: built without fault points")
        return
    province, nodes = filled()
    with province:
        place = province.dir / "backups"
        wanted = province.values("--by", "unit")

        def dies(point, *args):
            env = dict(province.env, TONGHOP_STOP_AT=point)
            code = province.call(*args, env=env, ok=None).returncode
            assert code == -signal.SIGKILL, f"{point}: exit {code}"

        for nth in (1, 2, 3):  # the store's name, the desk's outbox or the backup's
            dies(f"nest.named:{nth}", "backup", "save", province.home, "--to", place)
            assert listed(place) == []
            if nth == 1:
                province.call("set", "P", "2025", "staff", "7", "--dir", province.home / "desk" / "p", WAIT)
                wanted = province.values("--by", "unit")
        made = save(province, place)
        assert list(place.iterdir()) == [made]
        province.down()
        new = province.dir / "new"
        for nth in (1, 2):
            dies(f"nest.named:{nth}", "backup", "restore", made, "--to", new, "--keys", province.home)
            assert not new.exists()
        dies("nest.named:1", "backup", "restore", made, "--to", province.home, "--yes")
        province.verify()
        dies("swap.exchanged:1", "backup", "restore", made, "--to", province.home, "--yes")
        asking.refused(74, "TH4105", "verify", province.home)  # the roster names the old one
        province.call("backup", "restore", made, "--to", province.home, "--yes")
        province.verify()
        province.up()
        assert province.values("--by", "unit") == wanted
        caught_up(province, nodes, wanted)


def one_province_of_two():
    with tonghop.Province(UNITS) as province:
        more = [{key: value.replace("D", "E").replace("P", "Q") for key, value in row.items()} for row in UNITS]
        path = province.file("more.csv", more)
        province.down()
        province.call("init", province.home, "--add", "--units", path, "--catalogue", "open", "--lineage", "q")
        province.up()
        node = province.node("E1")
        province.feed(node, figures("E1", 5), "staffing")
        both = save(province, province.dir / "backups")
        assert [row["lineage"] for row in listed(both.parent)] == ["p", "q"]
        one = save(province, province.dir / "others", "--lineage", "q")
        assert [row["lineage"] for row in listed(one.parent)] == ["q"]
        assert one.name.startswith("q-") and both.name.startswith("tonghop-")
        province.down()
        for number, made in enumerate((both, one)):
            new = province.dir / f"new{number}"
            province.call("backup", "restore", made, "--to", new, "--keys", province.home, "--lineage", "q")
            assert sorted(path.name for path in (new / "state").iterdir()) == ["q"]
            assert not (new / "register" / "p").exists() and not (new / "desk" / "p").exists()
            said = tonghop.call("verify", new).stdout
            assert "Q" in said or "q" in said, said
        text = asking.refused(65, "TH4306", "backup", "restore", one, "--to", province.dir / "x", "--lineage", "p")
        assert "has no province p" in text, text


def wrong_words_are_answered():
    with tonghop.Province(UNITS, up=False) as province:
        home, place, vi = province.home, province.dir / "backups", tonghop.environment(TONGHOP_LANG="vi")
        text = asking.refused(64, "TH1001", "backup", "sav", home)
        assert 'did you mean "save"?' in text, text
        asking.refused(64, "TH1004", "backup", "save", home)
        text = asking.refused(74, "TH4105", "backup", "save", home, "--to", place)
        assert "no store" in text and "tonghop up" in text, text
        assert list(place.iterdir()) == []
        asking.refused(65, "TH4306", "backup", "save", home, "--to", place, "--lineage", "zz")
        asking.refused(66, "TH2001", "backup", "save", province.dir / "nowhere", "--to", place)
        asking.refused(74, "TH4103", "backup", "save", home, "--to", province.dir / "no" / "such" / "place")
        asking.refused(64, "TH1004", "backup", "list")
        asking.refused(66, "TH2001", "backup", "list", province.dir / "nowhere")
        asking.refused(64, "TH1004", "backup", "inspect")
        text = asking.refused(65, "TH4303", "backup", "inspect", home, env=vi)
        assert "không phải bản sao lưu" in text, text
        asking.refused(64, "TH1004", "backup", "restore")
        asking.refused(64, "TH1004", "backup", "restore", home)
        province.up()
        made = save(province, place)
        province.down()
        text = asking.refused(73, "TH4301", "backup", "restore", made, "--to", place, "--keys", home, env=vi)
        assert "đã có" in text, text
        text = asking.refused(64, "TH1006", "backup", "restore", made, "--to", home, env=vi)
        assert "sẽ trở về phiên bản 0" in text, text
        said = province.call("backup", "list", place, "--format", "table", env=vi).stdout
        assert "Bản sao lưu" in said and made.name in said, said
        empty = province.dir / "empty"
        empty.mkdir()
        (empty / "keys").mkdir()
        asking.refused(65, "TH4305", "backup", "restore", made, "--to", province.dir / "new", "--keys", empty)
        other = province.dir / "other"
        units = province.file("units.csv", UNITS)
        province.call("init", other, "--units", units, "--catalogue", "open", "--ports", tonghop.Ports.take())
        text = asking.refused(65, "TH4305", "backup", "restore", made, "--to", province.dir / "new", "--keys", other)
        assert "not those of this backup" in text, text
        assert not (province.dir / "new").exists()
        empty = province.dir / "there"
        empty.mkdir()
        province.call("backup", "restore", made, "--to", empty, "--keys", home)  # an empty one will do
        tonghop.call("verify", empty)


def block(title):
    """The commands of a section of docs/operations.md."""
    text = (tonghop.SOURCE / "docs" / "operations.md").read_text(encoding="utf-8")
    return text.split(f"### {title}\n")[1].split("```\n")[1]


def the_commands_of_the_manual_work_word_for_word():
    with tonghop.Scratch() as place:
        tonghop.write_csv(place / "units.csv", UNITS[0].keys(), UNITS)
        begin = f"""tonghop init hg --units units.csv --catalogue open --lineage hg93 --ports {tonghop.Ports.take()}
            tonghop up hg > ready & until grep -q READY ready; do kill -0 %1; read -t 0.05 < <(:) || true; done
        """
        end = """
            test -d hg/state/hg93.before-* && test ! -e drill; kill -TERM %2 || kill -TERM %1; wait; tonghop verify hg
        """
        script = "\n".join([begin, block("The drill"), block("Going back"), end])
        done = subprocess.run(
            ["bash", "-emc", script],
            cwd=place,
            env=tonghop.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=4 * tonghop.PATIENCE,
            check=False,
        )
        said = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        assert "verified" in done.stdout and "went back to" in done.stdout, said


if __name__ == "__main__":
    tonghop.run(
        made_under_load_and_put_back_under_load,
        the_machine_is_gone,
        what_was_decided_about_keys_stays,
        damaged_backups_are_refused,
        what_cannot_be_called_a_backup_is_none,
        what_dies_on_the_way_leaves_no_name,
        one_province_of_two,
        wrong_words_are_answered,
        the_commands_of_the_manual_work_word_for_word,
    )
