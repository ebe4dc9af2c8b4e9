"""What every person at the command line meets: messages in both languages, help, exit codes, keys, up and down."""

import os
import re
import subprocess
import tempfile
import time

from support import asking, offices, tonghop

VERB = re.compile(r"^  ([a-z-]+)  +\S", re.M)
UNITS = offices.units("A", "B")


def scratch():
    return tempfile.TemporaryDirectory(prefix="tonghop-test-")


def units_file(directory, rows, name="units.csv"):
    return tonghop.write_csv(os.path.join(directory, name), rows[0].keys(), rows)


# ---- words ----


def messages_come_in_the_language_that_was_asked_for():
    vi = 'tonghop: lỗi TH1001: không có lệnh "imprt". → có phải "import"?\n'
    en = 'tonghop: error TH1001: no command "imprt". → did you mean "import"?\n'
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "TONGHOP_LANG"))}
    for env, want in [
        (bare, vi),
        ({**bare, "LANG": "C"}, vi),
        ({**bare, "LANG": "en_GB.UTF-8"}, en),
        ({**bare, "LC_ALL": "vi_VN", "LANG": "en_GB.UTF-8"}, vi),
        ({**bare, "TONGHOP_LANG": "en", "LC_ALL": "vi_VN"}, en),
    ]:
        assert asking.ask("tonghop", "imprt", env=env)[2] == want, env
    assert "lỗi TH1002" in asking.ask("tonghop", "totals", "--lang=vi", "--unti", "X")[2]
    assert "error TH1002" in asking.ask("tonghop", "totals", "--unti", "X", "--lang", "en", env=bare)[2]


def misspelt_words_are_answered_with_the_nearest():
    for args, near in [
        (["totls"], "totals"),
        (["help", "verfy"], "verify"),
        (["totals", "--perod", "2018"], "period"),
        (["node", "synk"], "sync"),
        (["node", "sync", "--waitt=3s"], "wait"),
        (["worker", "vrify"], "verify"),
    ]:
        code, out, err = asking.ask("tonghop", *args)
        assert code == 64 and out == "" and f'did you mean "{near}"' in err, (args, code, err)
    far = asking.refused(64, "TH1001", "bicycle")
    assert "did you mean" not in far and "tonghop --help" in far


def every_verb_of_every_program_has_help_in_both_languages():
    for program in tonghop.PROGRAMS:
        code, listed, _ = asking.ask(program, "--help")
        verbs = VERB.findall(listed)
        assert code == 0 and verbs, f"{program} --help: exit {code}, {listed}"
        assert asking.ask(program, "--version") == (0, f"{program} 0.1.0\n", "")
        for verb in verbs:
            if program == "tonghop" and verb in ("node", "broker", "worker"):
                continue  # a program, whose verbs follow
            said = {lang: asking.ask(program, verb, "--help", f"--lang={lang}") for lang in ("vi", "en")}
            for lang, usage in [("vi", "Cách dùng"), ("en", "Usage")]:
                code, out, err = said[lang]
                assert code == 0 and usage in out and verb in out and not err, (program, verb, lang, code, err)
            assert said["vi"] != said["en"]
            code, out, err = asking.ask(program, "help", verb)
            assert code == 0 and out == said["en"][1], f"{program} help {verb}: {code} {err}"


def every_code_is_explained_with_its_remedy():
    page = (tonghop.SOURCE / "docs" / "errors.md").read_text()
    codes = sorted(set(re.findall(r"TH\d{4}(?= \|)", page)))
    assert len(codes) > 100
    for code in codes[:: len(codes) // 12]:
        got, out, _ = asking.ask("tonghop", "help", code)
        assert got == 0 and out.startswith(code) and "Tiếng Việt" in out and "English" in out, code
    for word in ("TH2203", "th2203", "2203", "TH2203b"):
        code, out, _ = asking.ask("tonghop", "help", word)
        assert code == 0 and "exit code 65" in out and "see: tonghop units show" in out
        assert "xem: tonghop units show" in out
    for word in ("TH9999", "TH99", "123456", "TH2203bb"):
        asking.refused(64, "TH1007", "help", word)


def a_wrong_command_line_is_usage():
    for code, args in [
        ("TH1002", ["totals", "--nothing"]),
        ("TH1002", ["totals", "north"]),
        ("TH1003", ["totals", "--format", "xml"]),
        ("TH1003", ["totals", "--timeout", "soon"]),
        ("TH1003", ["totals", "--unit"]),
        ("TH1003", ["verify", "--level"]),
        ("TH1003", ["totals", "--json=yes"]),
        ("TH1004", ["init"]),
        ("TH1004", ["enrol", ".", "--unit", "A"]),
        ("TH1004", ["join", "file"]),
        ("TH1001", ["keys", "lost"]),
        ("TH1001", ["config", "chek"]),
    ]:
        asking.refused(64, code, *args)


# ---- init ----


def several_roots_are_listed():
    rows = [{"code": f"{n:02}", "name": f"P{n}", "type": "province", "parent": ""} for n in range(1, 31)]
    with scratch() as place:
        said = asking.refused(64, "TH1004", "init", f"{place}/p", "--units", units_file(place, rows), "--catalogue", "open")
        assert "--province" in said and "01, 02," in said and "20" in said and "21" not in said, said
        assert not os.path.exists(f"{place}/p")
        assert asking.ask("tonghop", "init", f"{place}/p", "--units", f"{place}/units.csv", "--province", "30", "--catalogue=open")[0] == 0


def the_lineage_is_given_where_the_code_cannot_be_one():
    with scratch() as place:
        rows = [{"code": "Province_of_X", "name": "X", "type": "province", "parent": ""}]
        init = ["init", f"{place}/p", "--units", units_file(place, rows), "--catalogue", "open"]
        assert "--lineage" in asking.refused(64, "TH1004", *init)
        assert "--lineage" in asking.refused(64, "TH1004", *init, "--lineage", "UPPER")
        assert "--lineage" in asking.refused(64, "TH1004", *init, "--lineage", "nine-long")
        assert asking.ask("tonghop", *init, "--lineage", "x-1")[0] == 0


def a_directory_with_something_in_it_is_left_alone():
    with scratch() as place:
        units = units_file(place, UNITS)
        said = asking.refused(73, "TH4002", "init", place, "--units", units, "--catalogue", "open")
        assert place in said and os.listdir(place) == ["units.csv"]
        asking.refused(66, "TH2001", "init", f"{place}/p", "--units", f"{place}/nothing.csv", "--catalogue", "open")
        asking.refused(65, "TH2002", "init", f"{place}/p", "--units", tonghop_empty(place), "--catalogue", "open")
        asking.refused(66, "TH2001", "init", f"{place}/p", "--units", units, "--catalogue", f"{place}/none")


def tonghop_empty(place):
    path = os.path.join(place, "empty.csv")
    with open(path, "w", encoding="utf-8"):
        return path


def a_second_province_lives_in_the_same_directory():
    with tonghop.Province(UNITS, up=False) as province:
        config = province.home / "tonghop.yaml"
        config.write_text(config.read_text() + "common:\n  log_level: notice\n")
        other = [dict(row, code=f"2{row['code']}", parent=row["parent"] and f"2{row['parent']}") for row in UNITS]
        other.append({"code": "A", "name": "Too", "type": "district", "parent": "2P"})
        units = units_file(province.dir, other, "other.csv")
        add = ["init", province.home, "--add", "--units", units, "--catalogue", "open"]
        asking.refused(73, "TH4002", *add, "--lineage", "p")  # the first province's
        province.call(*add, "--lineage", "second")
        assert "log_level: notice" in config.read_text(), "--add forgot a setting"

        ready = province.up()
        assert "version=" not in ready, ready
        first, second = province.node("B"), province.node("2B")
        row = {"unit_code": "B", "period": "2025", "measure": "m", "value": 3}
        province.feed(first, [row], "staffing")
        province.feed(second, [dict(row, unit_code="2B", value=5)], "staffing")
        assert province.values("--unit", "B") == {("B", "2025", "m", ""): "3"}
        assert province.values("--unit", "2P") == {("2P", "2025", "m", ""): "5"}
        for words in ([], ["--unit", "A"]):  # A is a unit of both
            said = asking.refused(64, "TH1004", "totals", "--dir", province.home, *words)
            assert "--lineage" in said and "p" in said and "second" in said, said
        asking.refused(64, "TH1004", "verify", province.home, "--lineage", "third")
        asking.refused(64, "TH1004", "enrol", province.home, "--unit", "A", "-o", province.dir / "a")
        province.call("enrol", province.home, "--unit", "A", "--lineage", "second", "-o", province.dir / "a")
        said = province.verify().stdout
        assert said.startswith("P ") and "\n2P " in said, said


# ---- enrol, join ----


def an_enrolment_is_good_once_and_not_for_ever():
    with tonghop.Province(UNITS) as province:
        place = province.dir
        once, old, torn = place / "once", place / "old", place / "torn"
        asking.refused(65, "TH1208", "enrol", province.home, "--unit", "NOWHERE", "-o", place / "x")
        asking.refused(64, "TH1003", "enrol", province.home, "--unit", ",".join(["A"] * 65), "-o", place / "x")
        province.call("enrol", province.home, "--unit", "A", "-o", once)
        asking.refused(73, "TH4002", "enrol", province.home, "--unit", "A", "-o", once)
        province.call("enrol", province.home, "--unit", "A", "-o", old, "--valid", "1s")
        torn.write_bytes(once.read_bytes()[:200])
        torn.chmod(0o600)

        province.call("join", once, "--dir", place / "n1")
        asking.refused(77, "TH1205", "join", once, "--dir", place / "n2")
        assert asking.ask("tonghop", "join", once, "--dir", place / "n1")[0] == 0, "joining again changes nothing"
        asking.refused(65, "TH1206", "join", torn, "--dir", place / "n3")
        asking.refused(66, "TH2001", "join", place / "nothing", "--dir", place / "n3")
        end = re.search(r'expires: "(.*)"', old.read_text()).group(1)
        tonghop.until(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > end, what="it expires")
        asking.refused(77, "TH1204", "join", old, "--dir", place / "n4")
        assert not (place / "n3").exists() and not (place / "n4").exists()

        province.call("enrol", province.home, "--unit", "B", "-o", place / "b")
        asking.refused(73, "TH1207", "join", place / "b", "--dir", place / "n1")


def an_enrolment_says_where_the_server_is_reached():
    with tonghop.Province(UNITS, up=False) as province:
        config = province.home / "tonghop.yaml"
        slip = province.dir / "slip"
        doors = ("nodes", "queries", "feed_out")
        for number, door in enumerate(doors):
            text = re.sub(rf'(?m)^(  {door}): .*$', rf'\1: "tcp://*:{24570 + number}"', config.read_text())
            config.write_text(text)
        said = asking.refused(64, "TH1004", "enrol", province.home, "--unit", "A", "-o", slip)
        assert "--address" in said and not slip.exists()
        province.call("enrol", province.home, "--unit", "A", "-o", slip, "--address", "tinh.example.vn")
        text = slip.read_text()
        assert [f"tcp://tinh.example.vn:{24570 + number}" in text for number in range(3)] == [True] * 3, text
        assert "*" not in text.split("server_key")[0], text


def keys_that_others_may_read_are_refused():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        assert province.down() == 0
        secret = next((node / "keys").glob("node.*secret*"))
        secret.chmod(0o644)
        asking.refused(78, "TH1202", "sync", "--dir", node)
        secret.chmod(0o600)
        secret = next((province.home / "keys").glob("broker.*secret*"))
        secret.chmod(0o644)
        asking.refused(78, "TH1202", "up", province.home)
        secret.chmod(0o600)
        (province.home / "keys").chmod(0o755)
        asking.refused(78, "TH1202", "up", province.home)


def listed(province):
    out = province.call("keys", "list", province.home, "--format", "csv").stdout.splitlines()
    rows = [dict(zip(out[0].split(","), line.split(","))) for line in out[1:]]
    return {(row["role"], row["number"]): row for row in rows}


def a_revoked_key_is_cut_off_without_a_restart():
    with tonghop.Province(UNITS) as province:
        a, b = province.node("A"), province.node("B")
        province.call("enrol", province.home, "--unit", "A", "-o", province.dir / "late")
        keys = listed(province)
        assert [keys["node", n]["state"] for n in "123"] == ["active", "active", "enrolled"], keys
        assert keys["viewer", "0"]["state"] == keys["worker", "1"]["state"] == "active"
        mine = province.call("keys", "fingerprint", a).stdout.strip()
        assert keys["node", "1"]["fingerprint"] == mine and keys["node", "1"]["units"] == "A"
        agent = province.agent(a)
        row = {"unit_code": "A", "period": "2025", "measure": "m", "value": 3}
        province.feed(a, [row], "staffing")
        pids = province.pids()

        asking.refused(65, "TH5002", "keys", "revoke", "99", province.home, "--reason", "lost")
        asking.refused(64, "TH1004", "keys", "revoke", "1", province.home)
        province.call("keys", "revoke", "1", province.home, "--reason", "laptop lost")

        row["value"] = 4
        done = province.feed(a, [row], "staffing", wait="5s", ok=(75, 77))
        assert done.returncode == 75 or "TH1209" in done.stderr, done.stderr
        said = asking.refused(77, "TH1209", "sync", "--dir", a, "--wait=100s")
        assert mine in said and "revoked" in said or "not on the list" in said, said
        keys = listed(province)
        assert keys["node", "1"]["state"] == "revoked" and keys["node", "1"]["reason"] == "laptop lost"
        assert province.values("--unit", "A") == {("A", "2025", "m", ""): "3"}
        province.feed(b, [dict(row, unit_code="B", value=1)], "staffing")
        assert province.pids() == pids and not agent.ended()


def a_viewer_reads_totals_from_its_own_directory():
    with tonghop.Province(UNITS) as province:
        slip, home = province.dir / "viewer", province.dir / "view"
        row = {"unit_code": "A", "period": "2025", "measure": "m", "value": 3}
        province.feed(province.node("A"), [row], "staffing")
        province.call("enrol", province.home, "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", home)
        for form in ("csv", "json", "jsonl"):
            words = ["--unit", "P", "--format", form]
            mine = province.call("totals", "--dir", home, *words).stdout
            theirs = province.call("totals", "--dir", province.home, *words).stdout
            assert mine and re.sub('"time":"[^"]*"', "", mine) == re.sub('"time":"[^"]*"', "", theirs), (mine, theirs)
        asking.refused(65, "TH5002", "totals", "--dir", home, "--unit", "NOWHERE")
        number = next(number for role, number in listed(province) if role == "viewer" and number != "0")
        province.call("keys", "revoke", number, province.home, "--role", "viewer", "--reason", "left")
        said = asking.refused(77, "TH1209", "totals", "--dir", home)
        assert province.call("keys", "fingerprint", home).stdout.strip() in said and "not on the list" in said, said


# ---- exit codes ----


def each_exit_code_is_met_where_it_is_promised():
    with tonghop.Province(UNITS) as province:
        a, again = province.node("A"), province.dir / "again"
        province.call("enrol", province.home, "--unit", "A", "-o", province.dir / "slip")
        province.call("join", province.dir / "slip", "--dir", again)
        row = {"unit_code": "A", "period": "2025", "measure": "m", "value": 3}
        assert asking.ask("tonghop", "import", "--dir", a, province.file("a.csv", [row]), "--wait=100s")[0] == 0
        path = province.file("b.csv", [dict(row, value=4)])
        code, out, err = asking.ask("tonghop", "import", "--dir", again, path, "--wait=100s")
        assert code == 1 and "TH2222" in out + err, (code, out, err)
        path = province.file("bad.csv", [dict(row, value="3,0")])
        asking.refused(65, "TH2233", "import", "--dir", a, path)
        asking.refused(65, "TH5002", "totals", "--dir", province.home, "--unit", "NOWHERE")
        asking.refused(66, "TH2001", "import", "--dir", a, province.dir / "nothing.csv")
        asking.refused(66, "TH2001", "up", province.dir / "nothing")
        asking.refused(78, "TH1101", "config", "check", province.home, "--override", "broker.nothing=1")
        asking.refused(78, "TH1105", "config", "check", province.home, "--override", "broker.window_batches=999")

        assert province.down() == 0
        asking.refused(69, "TH5001", "totals", "--dir", province.home)
        path = province.file("later.csv", [dict(row, measure="later")])
        code, out, _ = asking.ask("tonghop", "import", "--dir", a, path, "--wait=300ms")
        assert code == 75 and "NOT yet acknowledged" in out, (code, out)
        code, out, _ = asking.ask("tonghop", "sync", "--dir", a, "--wait=300ms")
        assert code == 75 and "NOT yet" in out, (code, out)
        province.verify()
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [os.path.join(tonghop.BIN, "tonghop"), "help", "--all-codes"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=tonghop.environment(),
            text=True,
            check=False,
        )
    assert done.returncode == 74 and "TH4103:" in done.stderr, done


tonghop.run(
    messages_come_in_the_language_that_was_asked_for,
    misspelt_words_are_answered_with_the_nearest,
    every_verb_of_every_program_has_help_in_both_languages,
    every_code_is_explained_with_its_remedy,
    a_wrong_command_line_is_usage,
    several_roots_are_listed,
    the_lineage_is_given_where_the_code_cannot_be_one,
    a_directory_with_something_in_it_is_left_alone,
    a_second_province_lives_in_the_same_directory,
    an_enrolment_is_good_once_and_not_for_ever,
    an_enrolment_says_where_the_server_is_reached,
    keys_that_others_may_read_are_refused,
    a_revoked_key_is_cut_off_without_a_restart,
    a_viewer_reads_totals_from_its_own_directory,
    each_exit_code_is_met_where_it_is_promised,
)
