"""A viewer's key asks, floods and lies: every question gets its answer, and nobody else notices."""

import re

from support import hostile, offices, tonghop
from support.hostile import question

UNITS = offices.units("A", "B")


def nested(depth):
    body = b""
    for _ in range(depth):
        body = hostile.field(1, body)
    return body


# (name, type, body, answer)
QUESTIONS = [
    ("the state of the province", hostile.QUERY, question("p", ask=3), "ANSWER 0"),
    ("a province of others", hostile.QUERY, question("q"), "ANSWER 3108"),
    ("no province", hostile.QUERY, question(None), "ANSWER 3104"),
    ("an unknown unit", hostile.QUERY, question("p", unit="Z9"), "ANSWER 5002"),
    ("a unit with NUL", hostile.QUERY, question("p", unit=b"A\0B"), "ANSWER 3104"),
    ("a unit that is no UTF-8", hostile.QUERY, question("p", unit=b"\xff"), "ANSWER 3104"),
    ("an unknown measure dimension", hostile.QUERY, question("p", by="nothing"), "ANSWER 5002"),
    ("bytes that are nothing", hostile.QUERY, b"\xff" * 50, "ANSWER 3104"),
    ("10,000 deep", hostile.QUERY, nested(10000), "ANSWER 3104"),
    ("no body", hostile.QUERY, b"", "ANSWER 3104"),
    ("60 KiB of units", hostile.QUERY, question("p") + hostile.field(3, "A") * 20000, "ANSWER 3104"),
    ("a batch", hostile.BATCH, hostile.batch(hostile.figure("A", 1)), "REFUSAL 3107 reject"),
    ("HELLO", hostile.HELLO, b"", "REFUSAL 3107 reject"),
    ("an unknown type", 99, b"", "REFUSAL 3107 reject"),
    ("an answer", hostile.ANSWER, b"", "REFUSAL 3107 reject"),
]


def expect(name, wanted, got):
    assert got == wanted, f"{name}: {got}, not {wanted}"


def every_question_gets_its_answer():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        province.feed(node, [{"unit_code": "A", "period": "2025", "measure": "m", "value": 7}], "staffing")
        want = {(unit, "2025", "m", ""): "7" for unit in ("A", "P")}
        slip = province.dir / "viewer.tonghop"
        province.call("enrol", province.home, "--unit", "P", "--role", "viewer", "-o", slip)
        peer = hostile.Peer(slip)
        assert peer.enrol(), "the hostile viewer could not even join"
        tonghop.until(lambda: peer.connect(peer.secret) == "OPEN", what="the hostile viewer connects")

        for name, kind, body, answer in QUESTIONS:
            expect(name, answer, peer.say(kind, body, correlation=5))
        # Nothing is owed for these: the next thing heard is the answer to the question after them.
        state = question("p", ask=3)
        for name, frames in [
            ("credit for no question", [peer.header(hostile.CREDIT, correlation=9), hostile.field(1, 16)]),
            ("credit that is nothing", [peer.header(hostile.CREDIT, correlation=9), b"\xff"]),
            ("another viewer's question", [peer.header(hostile.QUERY, node=0), state]),
            ("one frame", [b"x"]),
            ("four frames", [b"x"] * 4),
        ]:
            expect(name, "SENT", peer.send(*frames))
            expect(name, "ANSWER 0", peer.say(hostile.QUERY, state, correlation=6))
        for at in range(500):
            peer.send(peer.header(hostile.QUERY, correlation=100 + at), question("p"))
        offices.assert_equal(want, province.values("--by", "unit"))
        peer.connect(peer.secret)
        peer.send(peer.header(hostile.QUERY), bytes(65 * 1024))
        expect("a question of 65 KiB", "CLOSED", peer.hear())

        said = (province.home / "run" / "broker.state").read_text()
        doors = {name: re.search(rf'(?m)^{name}: "?(tcp:[^"\s]+)', said).group(1) for name in ("nodes", "workers", "feed", "feed_in")}
        for name, kind in [("nodes", "DEALER"), ("workers", "DEALER"), ("feed_in", "PUB")]:
            expect(f"a viewer's key at {name}", "REFUSED 400", peer.connect(peer.secret, doors[name], kind))
        subscriptions(peer, doors["feed"])
        offices.assert_equal(want, province.values("--by", "unit"))
        province.verify("--level", "full")
        peer.close()
        assert province.down() == 0
        print(f"{len(QUESTIONS)} questions")


def subscriptions(peer, feed):
    """More prefixes than a viewer may have: its connection is cut."""
    expect("a viewer's key at the feed", "OPEN", peer.connect(peer.secret, feed, "SUB"))
    for at in range(1000):
        if peer.send(b"\1t/p/" + str(at).encode()) != "SENT":
            break
    heard = peer.hear()
    while heard not in ("CLOSED", "SILENT"):
        heard = peer.hear()
    expect("1,000 prefixes", "CLOSED", heard)


tonghop.run(every_question_gets_its_answer)
