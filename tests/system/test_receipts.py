"""Receipts: what the province signs reaches the office, is kept, shown, and checked by a stranger's program."""

import importlib.util
import json
import re

from support import tonghop

UNITS = [
    {"code": "P", "name": "Province P", "type": "province", "parent": ""},
    {"code": "D1", "name": "District 1", "type": "district", "parent": "P"},
]
HEAD = "unit_code,period,measure,value\n"


def second_implementation():
    spec = importlib.util.spec_from_file_location("verify_receipt", tonghop.SOURCE / "docs" / "verify_receipt.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines_of(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def a_receipt_for_every_import(province, node):
    file = province.dir / "a.csv"
    file.write_text(HEAD + "D1,2025,m1,5\nD1,2025,m2,7\n")
    said = json.loads(province.call("import", "--dir", node, file, "--wait=100s", "--json").stdout)
    code = said["receipt"]
    assert re.fullmatch(r"P-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code), said
    assert said["receipts"] == [code], said

    text = province.call("receipt", code, "--dir", node).stdout
    lines = lines_of(text)
    assert list(lines) == [
        "tonghop-receipt", "code", "province", "lineage", "unit", "node", "epoch", "batches", "chain", "records",
        "items", "version", "time", "key", "signature",
    ], text
    assert (lines["code"], lines["province"], lines["unit"], lines["batches"]) == (code, "P", "D1", "1..1"), text
    assert lines["items"] == "new 2, changed 0, withdrawn 0, refused 0", text
    assert lines["records"].startswith("2 ") and lines["version"] == str(said["version"]), text

    file.write_text(HEAD + "D1,2025,m1,6\n")
    words = province.call("import", "--dir", node, file, "--wait=100s").stdout
    newest = lines_of(province.call("receipt", "--last", "--dir", node).stdout)
    assert newest["code"] in words and newest["items"].startswith("new 0, changed 1,"), (words, newest)
    province.call("withdraw", "D1", "2025", "m2", "--reason", "r", "--dir", node, "--wait=100s")
    newest = lines_of(province.call("receipt", "--last", "--dir", node).stdout)
    assert "withdrawn 1" in newest["items"] and newest["records"].startswith("1 "), newest

    rows = json.loads(province.call("receipt", "--dir", node, "--json").stdout)["rows"]
    assert [row["batches"] for row in rows] == ["1..1", "2..2", "3..3"], rows
    assert rows[0]["code"] == code, rows
    heard = code[:-9] + code[-9:].lower().replace("0", "o").replace("1", "l")
    assert province.call("receipt", heard, "--dir", node).stdout == text
    return text


def it_is_verified_by_both(province, node, text):
    public = province.dir / "sign.public"
    public.write_text((province.home / "keys" / "sign.public").read_text())
    file = province.dir / "receipt.txt"
    file.write_text(text)
    second = second_implementation()
    key = public.read_text().strip()

    genuine = province.call("receipt", file, "--verify", "--key", public)
    assert "is genuine" in genuine.stdout, genuine.stdout
    assert second.flaw_of(text.encode(), key) is None
    assert "3 receipts are genuine" in province.call("receipt", "--verify", "--dir", node).stdout

    # A changed byte, wherever it is, is found by both; a line that is gone, too.
    data = text.encode()
    for at in range(0, len(data), 23):
        bad = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        file.write_bytes(bad)
        done = province.call("receipt", file, "--verify", "--key", public, ok=(1,))
        assert re.search("TH503[1-5]", done.stderr), (at, done.stderr)
        if at % 115 == 0:  # it is slow
            assert second.flaw_of(bad, key) is not None, at
    for at in range(text.count("\n")):
        lines = text.splitlines(keepends=True)
        del lines[at]
        file.write_text("".join(lines))
        province.call("receipt", file, "--verify", "--key", public, ok=(1,))
    file.write_text(text.replace("\n", "\r\n"))
    assert "TH5031" in province.call("receipt", file, "--verify", "--key", public, ok=(1,)).stderr

    file.write_text(text)
    public.write_text((province.home / "keys" / "broker.public").read_text())
    other = province.call("receipt", file, "--verify", "--key", public, ok=(1,))
    assert "TH5034" in other.stderr, other.stderr
    assert second.flaw_of(text.encode(), public.read_text().strip()) == "signed with another key"


def it_is_printed_for_people(province, node, text):
    lines = lines_of(text)
    for lang, word in [("vi", "BIÊN NHẬN"), ("en", "RECEIPT")]:
        page = province.call("receipt", lines["code"], "--print", "--dir", node, "--lang", lang).stdout
        assert word in page and lines["code"] in page and lines["key"] in page, page
        assert page.count("\n") < 30 and max(map(len, page.splitlines())) <= 80, page
        assert "".join(part.strip() for part in page.splitlines()[-6:-3]).endswith(lines["signature"]), page
    assert "TH5036" in province.call("receipt", "P-0000-0000", "--dir", node, ok=(1,)).stderr


def the_next_day_proves_them(province, node):
    """The first commit of a day closes the day before: its root, and the proof, come with the acknowledgement."""
    if not tonghop.FAULTS:
        print("skipped: the clock of this build cannot be set")
        return
    assert json.loads(province.call("receipt", "--roots", "--dir", node, "--json").stdout)["rows"] == []
    assert province.down() == 0
    province.up(TONGHOP_FAULT_AT="clock.tomorrow:1+")
    file = province.dir / "b.csv"
    file.write_text(HEAD + "D1,2025,m1,8\n")
    province.call("import", "--dir", node, file, "--wait=100s")
    (row,) = json.loads(province.call("receipt", "--roots", "--dir", node, "--json").stdout)["rows"]
    assert (row["version"], row["commits"], row["batch"]) == (3, 3, 3), row
    said = province.call("receipt", "--roots", "--verify", "--dir", node).stdout
    assert "1 root is genuine. Every batch of this machine through batch 3 stands" in said, said

    public = province.home / "keys" / "sign.public"
    text = province.call("receipt", "--roots", "--last", "--dir", node).stdout
    lines = lines_of(text)
    assert list(lines) == [
        "tonghop-root", "code", "province", "lineage", "store", "day", "versions", "commits", "root", "chain",
        "previous", "key", "signature",
    ], text
    assert lines["versions"] == "1..3" and lines["previous"] == "0" * 64 and lines["day"] == row["day"], text
    file.write_text(text)
    assert "is genuine" in province.call("receipt", file, "--verify", "--key", public).stdout
    assert second_implementation().flaw_of(text.encode(), public.read_text().strip()) is None
    file.write_text(text.replace("versions: 1..3", "versions: 1..4"))
    assert "TH5033" in province.call("receipt", file, "--verify", "--key", public, ok=(1,)).stderr
    province.verify("--level", "full")


def the_desk_gets_its_own(province):
    province.call("keys", "revoke", "1", province.home, "--reason", "moved")
    said = province.call("receipt", "--dir", province.home, "--verify").stdout
    assert "1 receipt is genuine" in said, said


def the_document_shows_the_program():
    program = (tonghop.SOURCE / "docs" / "verify_receipt.py").read_text()
    assert program in (tonghop.SOURCE / "docs" / "receipts.md").read_text()
    assert sum(1 for line in program.splitlines() if line) <= 40


def receipts_from_the_province_to_a_stranger():
    with tonghop.Province(UNITS) as province:
        node = province.node("D1")
        text = a_receipt_for_every_import(province, node)
        it_is_verified_by_both(province, node, text)
        it_is_printed_for_people(province, node, text)
        the_next_day_proves_them(province, node)
        the_desk_gets_its_own(province)


tonghop.run(the_document_shows_the_program, receipts_from_the_province_to_a_stranger)
