"""A peer that lies: docs/protocol.md written down a second time, for messages that keep to it or do not.

Bytes are made here from the field numbers of proto/tonghop/v1; the program tests/hostile carries them under a
key of our choice. No code is shared with the programs under test.
"""

import hashlib
import os
import re
import struct
import subprocess

PROGRAM = os.environ.get("TONGHOP_HOSTILE", "")

HELLO, WELCOME, BATCH, ACK, REFUSAL, PING, PONG, REGISTER_REQUEST, REGISTER, BYE, JOIN, JOINED = range(1, 13)
ATTACH, QUERY, ANSWER, CREDIT = 30, 40, 41, 42
NAMES = {WELCOME: "WELCOME", ACK: "ACK", REFUSAL: "REFUSAL", PONG: "PONG", REGISTER: "REGISTER", JOINED: "JOINED"}
NAMES[ANSWER] = "ANSWER"
RETRY, REJECT, STOP = 1, 2, 3
CLASSES = {RETRY: "retry", REJECT: "reject", STOP: "stop"}
INCARNATION = bytes(range(16))


# ---- protobuf ----


def varint(number):
    out = b""
    number &= (1 << 64) - 1
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """One field: numbers as varints, texts and bytes with their length, None as nothing."""
    if value is None:
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(numbers, values):
    return b"".join(field(numbers[name], value) for name, value in values.items())


def parse(data):
    """{field: [values]} of wire bytes with varints and lengths only."""
    out, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = number()
        value = number()
        if tag & 7 == 2:
            value, at = data[at : at + value], at + value
        out.setdefault(tag >> 3, []).append(value)
    return out


HEADER = {"protocol": 1, "type": 2, "node": 3, "incarnation": 4, "epoch": 5, "seq": 6, "correlation": 7}
HEADER.update(flags=8, hash=9, server_key=13)
HELLO_FIELDS = {"last": 1, "hash": 2, "first_kept": 3, "verdict_seq": 4, "notice": 5, "min": 6, "max": 7}
UPDATE = {"op": 1, "revision": 2, "basis": 3, "note": 4}
STAFFING = {"measure": 1, "unit": 2, "period": 3, "dims": 4, "qualifier": 5, "value": 6, "of": 7, "before": 8}
STAFFING.update(after=9, decimals=10)
EVALUATION = {"scheme": 1, "period": 2, "unit": 3, "category": 4, "person": 5, "score": 6, "rating": 10}


QUERY_FIELDS = {"ask": 1, "lineage": 2, "unit": 3, "period": 4, "measure": 5, "by": 6, "level": 7}


def question(lineage, ask=1, **more):
    return message(QUERY_FIELDS, dict(ask=ask, lineage=lineage, **more))


def figure(unit, value, measure="m", period="2025", revision=1, **more):
    common = {name: more.pop(name) for name in list(more) if name in UPDATE}
    said = dict(measure=measure, unit=unit, period=period, value=value, **more)
    return message(UPDATE, dict(common, revision=revision)) + field(11, message(STAFFING, said))


def rating(unit, person, revision=1, **more):
    said = dict(unit=unit, period="2025", category="c", person=person, rating=4, **more)
    return message(UPDATE, {"revision": revision}) + field(10, message(EVALUATION, said))


def batch(*updates):
    return b"".join(field(1, update) for update in updates)


# ---- the chain of batches ----


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def chain_start(lineage, node, epoch=1, incarnation=INCARNATION):
    return blake(lineage.encode(), incarnation, struct.pack(">IQ", node, epoch))


def chain_next(before, node, seq, body, epoch=1):
    return blake(before, struct.pack(">IQQ", node, epoch, seq), body)


# ---- answers as lines ----


def verdict_text(data):
    verdict = parse(data)
    index, code = verdict.get(2, [0])[0], verdict[3][0]
    return f"{index}:{code}{chr(verdict[4][0]) if 4 in verdict else ''}"


def decided_text(data, above):
    """What the verdicts say about batches above a seq, and how far the province is."""
    decided = parse(data)
    verdicts = [verdict for verdict in decided.get(9, []) if parse(verdict)[1][0] > above]
    return " ".join([f"seq={decided.get(1, [0])[0]}", *map(verdict_text, verdicts)])


def answer_text(header, body, above=0):
    kind = parse(header)[2][0]
    name = NAMES.get(kind, f"type {kind}")
    if kind in (ACK, PONG):
        return f"{name} {decided_text(body, above)}"
    if kind == WELCOME:
        return f"{name} {decided_text(parse(body)[1][0], above)}"
    if kind == REFUSAL:
        refusal = parse(body)
        return f"{name} {refusal[1][0]} {CLASSES[refusal[2][0]]}"
    if kind == ANSWER:
        return f"{name} {parse(body).get(3, [0])[0]}"
    return name


class Peer:
    """One connection. Everything it hears comes back as a line, see answer_text."""

    def __init__(self, slip, env=None):
        text = slip.read_text()
        self.slip = {key: value.strip("\"'") for key, value in re.findall(r"(?m)^(\w+): *(.+)$", text)}
        door = "queries:" if self.slip["role"] == "viewer" else "brokers:"
        self.door = re.search(r"tcp://[0-9.:]+", text[text.index(door) :]).group()
        self.number = int(self.slip["node"])
        self.lineage = self.slip["lineage"]
        self.process = subprocess.Popen(
            [PROGRAM], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.seq = 0
        self.hash = chain_start(self.lineage, self.number)

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(100)
        self.process.stdout.close()
        assert code == 0, f"hostile ended with {code}"

    def pair(self):
        return self.tell("PAIR")[1:]

    def connect(self, secret, endpoint=None, socket="DEALER"):
        return " ".join(self.tell("CONNECT", endpoint or self.door, self.slip["server_key"], secret, socket))

    def send(self, *frames):
        return self.tell("SEND", *(frame.hex() or "-" for frame in frames))[0]

    def hear(self, wait_ms=100000, above=None):
        got = self.tell("RECEIVE", wait_ms)
        if got[0] != "GOT":
            return got[0]
        frames = [b"" if frame == "-" else bytes.fromhex(frame) for frame in got[1:]]
        self.heard = frames
        return answer_text(*frames, above=self.seq if above is None else above)

    def header(self, kind, **more):
        said = {"protocol": 1, "type": kind, "node": self.number, "incarnation": INCARNATION, "epoch": 1}
        return message(HEADER, dict(said, **more))

    def say(self, kind, body, wait_ms=100000, **header):
        """Send a message and hear the answer; SILENT when none comes."""
        sent = self.send(self.header(kind, **header), body)
        return self.hear(wait_ms) if sent == "SENT" else sent

    def enrol(self):
        """Register a key of our own with the one-use key; True when it speaks for us from now on."""
        self.public, self.secret = self.pair()
        self.connect(self.slip["bootstrap_secret"])
        return self.join(self.public) == "JOINED"

    def join(self, public):
        return self.say(JOIN, field(1, z85(public)), incarnation=None, epoch=None)

    def hello(self, wait_ms=100000, **more):
        """Say HELLO and go on from what the province has decided."""
        said = {"last": 0, "hash": chain_start(self.lineage, self.number), "first_kept": 1, "verdict_seq": 0}
        said.update({"notice": 0, "min": 1, "max": 1}, **more)
        answer = self.say(HELLO, message(HELLO_FIELDS, said), wait_ms)
        if answer.startswith("WELCOME"):
            decided = parse(parse(self.heard[1])[1][0])
            self.seq = decided.get(1, [0])[0]
            self.hash = decided[2][0]
        return answer

    def ping(self, **header):
        said = dict(last=self.seq, verdicts=self.seq, notice=0)
        return self.say(PING, message({"last": 1, "verdicts": 2, "notice": 3}, said), **header)

    def batch(self, body, wait_ms=100000, **header):
        """Send the next batch, sealed as it should be but for what header says otherwise."""
        seq = self.seq + 1
        sealed = chain_next(self.hash, self.number, seq, body)
        answer = self.say(BATCH, body, wait_ms, **{"seq": seq, "hash": sealed, **header})
        if answer.startswith(f"ACK seq={seq}"):
            self.seq, self.hash = seq, sealed
        return answer


def z85(text):
    """Z85 as bytes (rfc.zeromq.org 32)."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    out = b""
    for at in range(0, len(text), 5):
        number = 0
        for digit in text[at : at + 5]:
            number = number * 85 + digits.index(digit)
        out += struct.pack(">I", number)
    return out
