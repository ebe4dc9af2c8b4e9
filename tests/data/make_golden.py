#!/usr/bin/python3
"""make_golden.py - bytes of every message, written by protoc and not by our writer

Each message is given as protobuf text and encoded with `protoc --encode`. The results are kept in
tests/data/v1: every build reads them and writes the same bytes again (tests/unit/test_codec_golden.c).
Files that exist are never changed: what a release has written stays readable. New ones are added.

    tests/data/make_golden.py          write files that are missing
    tests/data/make_golden.py --check  compare all files with what protoc writes today
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
OUT = HERE / "v1"

HASH = '"' + "".join(f"\\x{n:02x}" for n in range(1, 33)) + '"'
OTHER_HASH = '"' + "".join(f"\\x{n:02x}" for n in range(224, 256)) + '"'
SIGNATURE = '"' + "".join(f"\\x{n:02x}" for n in range(64)) + '"'
INCARNATION = '"' + "".join(f"\\x{n:02x}" for n in range(16)) + '"'

VERDICT = """seq: 41 index: 3 code: 2203 variant: 98 field: "unit"
    params: "376" params: "2025-06-30" params: "" params: "d" params: "e" """
DECIDED = f"""
    seq: 42 hash: {HASH} store_id: 18446744073709551615 store_epoch: 7 version: 1234 saved: 40
    verdicts_after: 40 verdicts_through: 42
    verdicts {{ {VERDICT} }}
    verdicts {{ seq: 42 index: 0 code: 2316 }}
    notices_after: 1 notices_through: 2
    notices {{ number: 2 verdict {{ {VERDICT} }} }}
"""
DECIDED_LEAST = f"""
    seq: 0 hash: {HASH} store_id: 1 store_epoch: 1 version: 0 verdicts_after: 0 verdicts_through: 0
    notices_after: 0 notices_through: 0
"""
CELL = """unit: "376" uid: 12 dims: "category=civil;rating=1" qualifier: OVER value: -5 of: 100
    before: 9223372036854775807 after: -9223372036854775808 not_applicable: true reported: 3
    expected: 4 contributions: 9 with_of: 8 with_levels: 7 """
EVALUATION = """op: WITHDRAW revision: 4294967295 basis: "123/QD" note: "s\\303\\241p nh\\341\\272\\255p"
    entered_at: -1 evaluation { scheme: "vn2018" period: "2018-07" unit: "376@2018-07-01"
    category: "civil" person: "p-1" score: 0 score_common: -1 score_result: 9000 score_bonus: 5
    rating: 0 reason: REASON_OTHER months_scored: 12 managed_by: "m" job_group: "g" leader: false
    derived_from: "d" } """
STAFFING = """op: SET revision: 1 staffing { measure: "RS01.fte" unit: "376" period: "2018..2019"
    dims: "kind=a" qualifier: ABOUT value: 0 of: 0 before: 0 after: -2 decimals: 2
    not_applicable: true } """
BATCH_DOMAIN = f"""
    updates {{ op: SET revision: 1 basis: "b" note: "n" entered_at: 7
        collective {{ scheme: "QD124" period: "2024" collective: "cb-1" kind: "cell" unit: "376"
        score: 0 rating: 4 reason: REASON_CAP }} }}
    updates {{ op: WITHDRAW revision: 2 transfer {{ scheme: "HN-3814" year: "2018" person: "p"
        effective: "2018-10-01" from_unit: "001" to_unit: "002@2018-10-01" score_sum: 0
        scored_months: 0 }} }}
    updates {{ revision: 3 completion {{ form: "sap-xep" unit: "93" period: "2022-09-14"
        lines {{ measure: "RS01" dims: "tier=province" count: 0 sum: -47 }} lines {{ }}
        digest: "0123456789abcdef" }} }}
    updates {{ desk_act {{ unit_version {{ code: "1" name: "n" type: "t" level: "l" parent: "p"
        valid_from: "2025-07-01" valid_to: "2026-01-01" basis: "b" }} }} }}
    updates {{ desk_act {{ unit_successor {{ old_code: "1" new_code: "2" effective: "2025-07-01"
        kind: "full" basis: "b" }} }} }}
    updates {{ desk_act {{ reopen {{ unit: "93" form: "f" period: "2018" until: "2019-01-31"
        reason: "r" granted_by: "g" }} }} }}
    updates {{ desk_act {{ decision {{ unit: "93" form: "f" period: "2018" decision: "return"
        comment: "c" }} }} }}
    updates {{ desk_act {{ share_table {{ old_unit: "1" new_unit: "2" effective: "2025-07-01"
        permille: 0 basis: "b" }} }} }}
    updates {{ desk_act {{ revocation {{ node: 0 reason: "r" }} }} }}
    updates {{ desk_act {{ register_change {{ rows: 0 digest: {HASH} }} }} }}
    updates {{ collective {{ }} }} updates {{ transfer {{ }} }} updates {{ completion {{ }} }}
"""

# file: (message, text)
MESSAGES = {
    "header-full": ("Header", f"""protocol: 1 type: BATCH node: 7 incarnation: {INCARNATION} epoch: 1
        seq: 300 correlation: 9 flags: 1 hash: {HASH} window_batches: 8 window_bytes: 1048576"""),
    "header-server": ("Header", f"""protocol: 1 type: PING node: 7 server_key: {HASH}
        server_key_known: 18446744073709551615"""),
    "header-rotate": ("Header", "protocol: 1 type: ACK node: 7 window_batches: 8 window_bytes: 1048576 rotate: true"),
    "header-least": ("Header", "protocol: 1 type: BYE node: 0"),
    "envelope-full": ("Envelope", """route: "\\x00\\x01\\x02\\xff" class: 1 number: 7 lineage: "hg"
        store_id: 99 store_epoch: 3"""),
    "envelope-everywhere": ("Envelope", 'class: 3 number: 0 lineage: "hg" store_id: 1 everywhere: true'),
    "envelope-enrolment": ("Envelope", 'class: 5 number: 7 lineage: "hg" enrolment: 3'),
    "envelope-least": ("Envelope", 'class: 3 number: 0 lineage: "hg"'),
    "batch-full": ("Batch", f"updates {{ {EVALUATION} }} updates {{ {STAFFING} }}"),
    "batch-domain": ("Batch", BATCH_DOMAIN),
    "batch-enrolment": ("Batch", 'updates { desk_act { enrolment { node: 7 reason: "r" } } }'),
    "batch-least": ("Batch", """updates { evaluation { } } updates { staffing { value: 0 } }
        updates { revision: 5 }"""),
    "hello-full": ("Hello", f"""last: 42 hash: {HASH} first_kept: 1 verdict_seq: 40 notice: 2
        protocol_min: 1 protocol_max: 3 features: 5 register_digest: {OTHER_HASH}"""),
    "hello-least": ("Hello", f"""last: 0 hash: {HASH} first_kept: 0 verdict_seq: 0 notice: 0
        protocol_min: 1 protocol_max: 1"""),
    "welcome-full": ("Welcome", f"""decided {{ {DECIDED} }} register_digest: {OTHER_HASH} protocol: 1
        features: 5"""),
    "welcome-successions": ("Welcome", f"""decided {{ {DECIDED_LEAST} }} protocol: 1
        successions: "tonghop-key: 1\\n" successions: "x" """),
    "welcome-least": ("Welcome", f"decided {{ {DECIDED_LEAST} }} protocol: 1"),
    "decided-full": ("Decided", DECIDED),
    "decided-least": ("Decided", DECIDED_LEAST),
    "decided-receipts": ("Decided", f"""{DECIDED_LEAST} receipts_after: 0 receipts_through: 18446744073709551615
        receipts {{ content: "tonghop-receipt: 1\\n" signature: {SIGNATURE} }}
        receipts {{ content: "x" signature: {SIGNATURE} }}"""),
    "decided-root": ("Decided", f"""{DECIDED_LEAST} receipts_after: 0 receipts_through: 0
        root {{ content: "{"r" * 200}" signature: {SIGNATURE} epoch: 2 seq: 7 version: 9 index: 1 batches: 3
        today: -5 wall_ms: -1 entry: {HASH} told: {OTHER_HASH} chain: {HASH} entries_path: {HASH}
        commits_path: {OTHER_HASH} }}"""),
    "hello-roots": ("Hello", f"""last: 0 hash: {HASH} first_kept: 0 verdict_seq: 0 notice: 0
        protocol_min: 1 protocol_max: 1 receipt_seq: 1 root_day: 13000"""),
    "ping-roots": ("Ping", "last: 9 verdict_seq: 8 notice: 0 root_day: 0"),
    "hello-receipts": ("Hello", f"""last: 0 hash: {HASH} first_kept: 0 verdict_seq: 0 notice: 0
        protocol_min: 1 protocol_max: 1 receipt_seq: 0"""),
    "ping-receipts": ("Ping", "last: 9 verdict_seq: 8 notice: 0 receipt_seq: 7"),
    "refusal-full": ("Refusal", 'code: 3101 class: RETRY retry_ms: 5000 seq: 43 detail: "gap"'),
    "refusal-least": ("Refusal", "code: 3102 class: STOP"),
    "ping-full": ("Ping", "last: 42 verdict_seq: 40 notice: 2"),
    "ping-least": ("Ping", "last: 0 verdict_seq: 0 notice: 0"),
    "register_request-full": ("RegisterRequest", f"offset: 131072 digest: {HASH}"),
    "register_request-least": ("RegisterRequest", "offset: 0"),
    "restore_request-full": ("RestoreRequest", "version: 9 index: 2"),
    "restore_request-least": ("RestoreRequest", "version: 0"),
    "restore-full": ("Restore", """version: 9 index: 2 next_version: 12 next_index: 1 last: true live: 3
        sum: "0123456789abcdef" batch: "\\n\\002\\020\\005" keys: "\\002k" """),
    "restore-least": ("Restore", 'version: 0 next_version: 4 live: 0 sum: "0123456789abcdef"'),
    "resync-full": ("Resync", 'piece: 2 last: true live: 9 said_ms: 1795500000000 batch: "\\n\\002\\020\\005"'),
    "resync-least": ("Resync", 'piece: 1 live: 0 batch: ""'),
    "resynced-full": ("Resynced", f"epoch: 3 pieces: 7 hash: {HASH} applied: true"),
    "resynced-least": ("Resynced", f"epoch: 2 pieces: 0 hash: {HASH}"),
    "decided-epoch": ("Decided", f"""seq: 3 hash: {HASH} store_id: 7 store_epoch: 1 version: 9
        verdicts_after: 0 verdicts_through: 0 notices_after: 4 notices_through: 5
        notices {{ number: 5 verdict {{ seq: 1 index: 0 code: 2316 }} epoch: 2 }}"""),
    "part-full": ("Part", f'digest: {HASH} offset: 2 total: 9 bytes: "\\x00abc"'),
    "part-least": ("Part", f"digest: {HASH} offset: 0 total: 0"),
    "bundle-full": ("Bundle", """root: "93" lineage: "hg" name: "H\\341\\272\\255u Giang"
        units: "code,name\\n93,HG\\n" successors: "old_code,new_code\\n"
        catalogue { name: "catalogue.yaml" bytes: "code: vn\\n" } catalogue { name: "forms.yaml" }
        person_scope: "province" """),
    "bundle-least": ("Bundle", 'root: "93" lineage: "hg" units: ""'),
    "attach-full": ("Attach", """provinces { lineage: "hg" store_id: 5 store_epoch: 2 version: 77 }
        provinces { lineage: "ct" store_id: 6 store_epoch: 1 version: 0 }"""),
    "roster_message-full": ("Roster", """lineage: "hg" generation: 12
        grants { number: 1 class: 1 only: true units: "376" units: "377@2025-07-01" revoked: true }
        grants { number: 0 class: 4 }"""),
    "roster_message-least": ("Roster", 'lineage: "hg" generation: 0'),
    "keys-full": ("Keys", f"""lineage: "hg" keys {{ number: 1 class: 1 public_key: {HASH} }}
        keys {{ number: 2 class: 3 public_key: {OTHER_HASH} }}"""),
    "keys-enrolment": ("Keys", f'lineage: "hg" keys {{ number: 1 class: 1 public_key: {HASH} enrolment: 2 }}'),
    "keys-rotation": ("Keys", f"""lineage: "hg" keys {{ number: 1 class: 1 public_key: {HASH} rotation: 3
        previous: {OTHER_HASH} previous_until_ms: 1795500000000 joined_ms: 1795000000000 }}"""),
    "keys-least": ("Keys", 'lineage: "hg"'),
    "join-full": ("Join", f"public_key: {HASH}"),
    "joined-full": ("Joined", f"number: 7 public_key: {HASH}"),
    "delta-full": ("Delta", f"""store_id: 5 version: 77 topic_seq: 3 measure: "EV01" period: "2018-07"
        cells {{ {CELL} }} cells {{ uid: 0 contributions: 0 }} store_epoch: 2"""),
    "delta-least": ("Delta", 'store_id: 5 version: 0 topic_seq: 1 measure: "EV01" period: "2018" store_epoch: 2'),
    "beat-full": ("Beat", """store_id: 5 store_epoch: 2 number: 10 version: 77 wall_ms: 1795500000000
        topics { measure: "EV01" period: "2018-07" seq: 3 } topics { measure: "X" period: "2018" seq: 0 }"""),
    "beat-least": ("Beat", "store_id: 5 store_epoch: 2 number: 1 version: 0"),
    "query-full": ("Query", """ask: VERIFY lineage: "hg" units: "376" units: "377" periods: "2018"
        measures: "RS*" by: "children" by: "rating" level: "commune" missing: true
        verify_level: "full"
        lang: "vi" """),
    "query-structure": ("Query", """ask: TOTALS lineage: "hg" units: "92" by: "unallocated"
        structure: "as-of:2025-07-01" """),
    "query-person": ("Query", """ask: PERSON lineage: "hg" periods: "2019" person: "p1" scheme: "HN-3814" """),
    "query-past": ("Query", """ask: DIFF lineage: "hg" periods: "2018" known_at: "12" known_to: "2026-11-24"
        limit: 7 after_close: true"""),
    "query-least": ("Query", 'ask: TOTALS lineage: "hg"'),
    "answer-full": ("Answer", f"""part: 1 last: true code: 5002 detail: "XX" store_id: 5 version: 77
        wall_ms: 1795500000000
        lines {{ measure: "EV01" period: "2018" cell {{ {CELL} }} decimals: 2 }}
        lines {{ measure: "EV01" period: "2018" cell {{ uid: 1 contributions: 0 }} }}
        topics {{ measure: "EV01" period: "2018" seq: 3 }} findings: "one" findings: ""
        beat: 10 records: 11 totals: 12 nodes: 13 milliseconds: 14
        bundle_digest: {HASH} bundle_part: "\\x00\\xff" bundle_bytes: 9"""),
    "answer-parts": ("Answer", f"""part: 0 version: 77
        lines {{ measure: "FL" period: "2020Q1" cell {{ {CELL} }} parts: 2 parts_expected: 3 derived: true }}
        lines {{ measure: "all.fte" period: "2020" cell {{ uid: 1 value: 4 reported: 1 contributions: 1 }} derived: true }}"""),
    "answer-structure": ("Answer", f"""part: 0 last: true version: 77
        lines {{ measure: "MV01" period: "2016..2017" cell {{ unit: "37" uid: 3 value: 6 reported: 1
        expected: 24 contributions: 1 }} unallocated: "376@2025-06-30" }}
        conservation: 1 predecessors_missing: "35@2025-06-30" predecessors_missing: "36@2025-06-30"
        structure: "as-of:2025-07-01"
        sources {{ lineage: "nb37" version: 77 }} sources {{ lineage: "x" }}"""),
    "answer-person": ("Answer", """part: 0 last: true version: 77
        months { period: "2019-05" unit: "93" score: 0 }
        months { period: "2019-05-01" unit: "92@2019-04-30" score: 31650 brought: 4 }"""),
    "answer-changes": ("Answer", f"""part: 0 last: true version: 77
        changes {{ unit: "37" period: "2018" measure: "EV01" was {{ {CELL} }} decimals: 2 }}
        changes {{ version: 70 time_ms: 1795500000000 node: 7 seq: 118 index: 3 kind: 1 unit: "376" period: "2018"
        measure: "EV01" dims: "category=cadre" was {{ uid: 4 dims: "rating=3" value: 8000 contributions: 1 }}
        now {{ {CELL} }} why: WHY_CORRECTION revision: 2 basis: "12/QD" note: "counted again" person: "0123abcd"
        decimals: 2 }}
        changes {{ version: 71 kind: 2 unit: "376" period: "2018" measure: "MV01" why: WHY_WITHDRAWAL }}"""),
    "envelope-public": ("Envelope", 'class: 3 number: 12 lineage: "hg" public_only: true'),
    "query-public": ("Query", 'ask: TOTALS lineage: "hg" by: "unit" audience: "public"'),
    "query-publish": ("Query", 'ask: PUBLISH lineage: "hg" limit: 3'),
    "query-anew": ("Query", 'ask: PUBLISH lineage: "hg" anew: true'),
    "answer-public": ("Answer", """part: 0 last: true store_id: 4660 version: 77 wall_ms: 1763000000000
        lines { measure: "EV01" period: "2024" cell { unit: "935" uid: 7 dims: "rating=4" reported: 1 contributions: 1 }
            hidden: true }
        lines { measure: "EV01" period: "2024" cell { unit: "936" uid: 8 qualifier: 1 value: 52
            reported: 1 expected: 1 contributions: 1 } derived: true edition_ms: 1762900000000 }
        edition_ms: 1763000001000"""),
    "answer-editions": ("Answer", """part: 0 last: true store_id: 4660 version: 78
        editions { number: 2 moment_ms: 1763000001000 version: 77 made: "timely" renewed: 1 same: 2 kept: 3
            waiting: 4 closed: 5 shown: 678 hidden: 90 }
        editions { number: 0 moment_ms: 1762000000000 version: 0 made: "begun" }"""),
    "query-forms": ("Query", 'ask: FORMS lineage: "hg" units: "935" periods: "2018" form: "bien-che"'),
    "answer-forms": ("Answer", """part: 0 last: true version: 77
        forms { form: "bien-che" period: "2018-12-31" unit: "935" uid: 7 state: "returned" expected: true
            first: "2019-01-03" since: "2019-01-04" due: "2019-01-05" close: "2019-03-01" on_time: true
            comment: "x" grant_until: "2019-01-18" figures: 12 }
        forms { form: "bien-che" period: "2018-12-31" unit: "936" state: "none" late_days: 9 closed: true }"""),
    "answer-least": ("Answer", "part: 0"),
    "credit-full": ("Credit", "parts: 16"),
    "credit-least": ("Credit", "parts: 0"),
    "piece-full": ("Piece", f"""head {{ kind: "tonghop store" stream: 1 format: 1 min_reader: 1 lineage: "hg93"
        store_id: 18446744073709551615 birth_id: 7 version: 2088 chain: {HASH} wall_ms: -1
        program: "tonghop 0.1.0" }}"""),
    "piece-rows": ("Piece", """rows { table: 0 key: "store" value: "\\x00\\x01" } rows { table: 31 key: "\\x00" }"""),
    "piece-end": ("Piece", f"""end {{ tables {{ table: 0 count: 1 digest: {HASH} }}
        tables {{ table: 31 count: 18446744073709551615 digest: {OTHER_HASH} }} digest: {OTHER_HASH} }}"""),
    "piece-empty": ("Piece", f"end {{ digest: {HASH} }}"),
}


def protoc(*arguments, stdin=b""):
    files = sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("tonghop/v1/*.proto"))
    command = ["protoc", f"--proto_path={PROTO}", *arguments, *files]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def main():
    check = "--check" in sys.argv[1:]
    bad = 0
    for name, (message, text) in MESSAGES.items():
        path = OUT / f"{name}.bin"
        if path.exists() and not check:
            continue
        encoded = protoc(f"--encode=tonghop.v1.{message}", stdin=text.encode())
        if not check:
            path.write_bytes(encoded)
            print(f"{path.name}: {len(encoded)} bytes")
        elif path.read_bytes() != encoded:
            print(f"{path.name}: protoc writes other bytes today")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
