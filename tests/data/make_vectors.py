#!/usr/bin/python3
"""make_vectors.py - test vectors of the chain of batches, by Python's hashlib

A second implementation of docs/protocol.md 2, so that a client in another language can check itself.
Writes tests/data/vectors.json, and section 8 of docs/protocol.md from it; the unit test
test_codec_chain computes them again in C.
"""

import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
PROTOCOL = HERE.parent.parent / "docs" / "protocol.md"
HEADING = "## 8. Test vectors\n"


def blake2b_256(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def chain(lineage, incarnation, node, epoch, bodies):
    names = node.to_bytes(4, "big") + epoch.to_bytes(8, "big")
    before = blake2b_256(lineage.encode(), incarnation, names)
    result = {
        "lineage": lineage,
        "incarnation": incarnation.hex(),
        "node": node,
        "epoch": epoch,
        "h0": before.hex(),
        "batches": [],
    }
    for seq, body in enumerate(bodies, 1):
        before = blake2b_256(before, names, seq.to_bytes(8, "big"), body)
        result["batches"].append({"seq": seq, "body": body.hex(), "hash": before.hex()})
    return result


def vectors():
    golden = [(HERE / "v1" / f"batch-{name}.bin").read_bytes() for name in ("least", "full")]
    return [
        chain("hg", bytes(range(16)), 7, 1, golden),
        chain("vn-full1", bytes([255] * 16), 4294967295, 2**53 - 1, [b"\x0a\x00", b"\x0a\x00"]),
        chain("a", bytes(16), 0, 1, [b""]),
    ]


def section(chains):
    lines = [
        HEADING,
        "\nFrom `tests/data/vectors.json`; all bytes as hex. A body of no bytes never travels, it is here for its hash.\n",
    ]
    for one in chains:
        lines.append(
            f"\nlineage `{one['lineage']}`, incarnation `{one['incarnation']}`, node {one['node']}, "
            f"stream epoch {one['epoch']}\n\n| n | body | h(n) |\n|---|---|---|\n"
            f"| 0 | | `{one['h0']}` |\n"
        )
        for batch in one["batches"]:
            body = f"`{batch['body']}`" if batch["body"] else "(none)"
            lines.append(f"| {batch['seq']} | {body} | `{batch['hash']}` |\n")
    return "".join(lines)


def main():
    chains = vectors()
    (HERE / "vectors.json").write_text(json.dumps({"chains": chains}, indent=2) + "\n")
    text = PROTOCOL.read_text()
    begin = text.index(HEADING)
    end = text.find("\n## ", begin + 1)
    after = text[end:] if end >= 0 else ""
    PROTOCOL.write_text(text[:begin] + section(chains) + after)


if __name__ == "__main__":
    main()
