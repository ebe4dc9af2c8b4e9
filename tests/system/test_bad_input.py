"""Whatever a peer sends gets its answer, and changes nothing for anybody else.

Two honest offices work all the while; a third one, with a real key, sends everything docs/protocol.md does
not allow. Broker and worker stay up, their memory stays below its bound, and the honest totals are exact.
"""

import os
import re
import signal
import socket
import threading

from support import hostile, offices, tonghop
from support.hostile import batch, figure, rating

MIB = 1024 * 1024
MEMORY_MAX = 48 * MIB  # broker.memory_max of these tests
LARGEST = 256 * 1024 - 33  # bytes of a frame that still passes the nodes' door
SLACK = 64 * MIB  # of the broker's guard, see broker/guard.h
CONNECTION = 40 * 1024
WORKER_GROWTH = 128 * MIB  # pools of a worker that are touched with time
ENVIRONMENT = {
    "TONGHOP_BROKER_MEMORY_MAX": f"{MEMORY_MAX // MIB}MiB",
    "TONGHOP_BROKER_HANDSHAKE": "3s",
    # The address sanitizer keeps what was freed; that is not the program's memory.
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4:allocator_release_to_os_interval_ms=100",
}
UNITS = [
    {"code": "P", "name": "Province", "type": "province", "parent": "", "valid_to": ""},
    {"code": "A", "name": "Alpha", "type": "district", "parent": "P", "valid_to": ""},
    {"code": "A1", "name": "Alpha one", "type": "commune", "parent": "A", "valid_to": ""},
    {"code": "A2", "name": "Alpha two", "type": "commune", "parent": "A", "valid_to": "2020-01-01"},
    {"code": "B", "name": "Beta", "type": "district", "parent": "P", "valid_to": ""},
    {"code": "C", "name": "Gamma", "type": "district", "parent": "P", "valid_to": ""},
]
BIGGEST = (1 << 63) - 1


def nested(depth, body=b""):
    for _ in range(depth):
        body = hostile.field(1, body)
    return body


# What is sealed as it should be: (name, updates, verdicts). The batch is decided whatever they are.
ITEMS = [
    ("a figure of its own", [figure("A", 5, "h1", revision=3)], ""),
    ("another district's unit", [figure("B", 5, "h2")], "0:2204"),
    ("the province above it", [figure("P", 5, "h2")], "0:2204"),
    ("a good figure between two bad ones", [figure("B", 1), figure("A", 7, "h3"), figure("C", 1)], "0:2204 2:2204"),
    ("an unknown unit", [figure("Z9", 5)], "0:2203a"),
    ("an ended unit", [figure("A2", 5)], "0:2203b"),
    ("a stale revision", [figure("A", 4, "h1", revision=2)], "0:2222a"),
    ("a known revision with other content", [figure("A", 4, "h1", revision=3)], "0:2222b"),
    ("no revision", [figure("A", 4, "h4", revision=0)], "0:2222b"),
    ("a known revision with its content", [figure("A", 5, "h1", revision=3)], ""),
    ("a sum above 2^63", [figure("A", BIGGEST, "h5"), figure("A1", 1, "h5")], "1:2235"),
    ("a sum below -2^63", [figure("A", -BIGGEST, "h6"), figure("A1", -2, "h6")], "1:2235"),
    ("NUL in a note", [figure("A", 1, "h7", note=b"a\0b")], "0:2201"),
    ("a note that is no UTF-8", [figure("A", 1, "h7", note=b"\xff\xfe")], "0:2201"),
    ("a measure that is no UTF-8", [figure("A", 1, b"\xc3\x28")], "0:2201"),
    ("NUL in a unit", [figure("A\0B", 1)], "0:2201"),
    ("NUL in a person", [rating("A", b"p\0q")], "0:2201"),
    ("an overlong basis", [figure("A", 1, "h7", basis="x" * 97)], "0:2201"),
    ("an update of no kind", [hostile.message(hostile.UPDATE, {"revision": 1})], "0:2236"),
    ("an unknown operation", [figure("A", 1, "h7", op=9)], "0:2236"),
    ("a period that is none", [figure("A", 1, "h7", period="2025-13")], "0:2205"),
    ("as much as a batch holds", [figure("A", at, f"h8-{at}") for at in range(256)], ""),
]
EXPECTED = {("A", "h1"): 5, ("A", "h3"): 7, ("A", "h5"): BIGGEST, ("A", "h6"): -BIGGEST}
EXPECTED.update({("A", f"h8-{at}"): at for at in range(256)})

ONE = batch(figure("A", 9, "never"))
# What is no batch, or not sealed as it should be: (name, body, header, answer). Nothing is decided.
BATCHES = [
    ("257 updates", batch(*(figure("A", 1, f"n{at}") for at in range(257))), {}, "REFUSAL 3104 stop"),
    ("4,096 empty updates", hostile.field(1, b"") * 4096, {}, "REFUSAL 3104 stop"),
    ("65,000 empty updates", hostile.field(1, b"") * 65000, {}, "REFUSAL 3104 stop"),
    ("10,000-deep nesting", nested(10000), {}, "REFUSAL 3104 stop"),
    ("10,000-deep nesting inside a figure", batch(hostile.field(11, nested(10000))), {}, "REFUSAL 3104 stop"),
    ("no body", b"", {}, "REFUSAL 3104 stop"),
    ("bytes that are nothing", b"\xff" * 100, {}, "REFUSAL 3104 stop"),
    ("a revision above 2^32", batch(figure("A", 1, revision=(1 << 32) + 1)), {}, "REFUSAL 3104 stop"),
    ("a batch above 128 KiB", batch(figure("A", 1, note="x" * 4000)) * 33, {}, "REFUSAL 3105 stop"),
    ("200 KiB of nothing", bytes(200 * 1024), {}, "REFUSAL 3105 stop"),
    ("a wrong chain hash", ONE, {"hash": bytes(32)}, "REFUSAL 3102 stop"),
    ("no chain hash", ONE, {"hash": None}, "REFUSAL 3104 stop"),
    ("seq 0", ONE, {"seq": 0}, "REFUSAL 3104 stop"),
    ("the largest seq", ONE, {"seq": (1 << 64) - 1}, "REFUSAL 3101 retry"),
    ("stream epoch 0", ONE, {"epoch": 0}, "REFUSAL 3104 stop"),
    ("a later stream epoch", ONE, {"epoch": 2}, "REFUSAL 3102 stop"),
    ("another incarnation", ONE, {"incarnation": b"y" * 16}, "REFUSAL 3102 stop"),
    ("no incarnation", ONE, {"incarnation": None}, "REFUSAL 3104 stop"),
    ("another protocol", ONE, {"protocol": 2}, "REFUSAL 3106 reject"),
]

# Other messages: (name, type, body, header, answer); PONG: no answer of its own.
MESSAGES = [
    ("an unknown type", 99, b"x", {}, "REFUSAL 3107 reject"),
    ("an unknown type that may be skipped", 99, b"x", {"flags": 1}, "PONG"),
    ("an answer of the province", hostile.ACK, b"x", {}, "REFUSAL 3107 reject"),
    ("a worker's message", hostile.ATTACH, b"x", {}, "REFUSAL 3107 reject"),
    ("a next key that is none", hostile.JOIN, hostile.field(1, bytes(31)), {}, "REFUSAL 3104 reject"),
    ("a question at the nodes' door", hostile.QUERY, b"x", {}, "ANSWER 3107"),
    ("HELLO that is nothing", hostile.HELLO, b"\xff", {}, "REFUSAL 3104 stop"),
    ("HELLO, 10,000 deep", hostile.HELLO, nested(10000), {}, "REFUSAL 3104 stop"),
    ("a register request that is nothing", hostile.REGISTER_REQUEST, b"\xff", {}, "REFUSAL 3104 reject"),
    ("a register request beyond the end", hostile.REGISTER_REQUEST, hostile.field(1, 1 << 62), {}, "REGISTER"),
    ("another node's PING", hostile.PING, b"", {"node": 2}, "PONG"),
    ("another node's batch", hostile.BATCH, ONE, {"node": 2, "seq": 1, "hash": bytes(32)}, "PONG"),
    ("the desk's batch", hostile.BATCH, ONE, {"node": 0, "seq": 1, "hash": bytes(32)}, "PONG"),
    ("an incarnation of 15 bytes", hostile.PING, b"", {"incarnation": b"x" * 15}, "PONG"),
]


def frames(peer):
    """Wrong numbers of frames, and headers that are none: dropped without an answer."""
    ping = peer.header(hostile.PING)
    return [
        ("one frame", [ping]),
        ("three frames", [ping, b"x", b"y"]),
        ("twelve frames", [b"x"] * 12),
        ("an empty header", [b"", b""]),
        ("a header that is nothing", [b"\xff" * 20, b"y"]),
        ("a header 10,000 deep", [nested(10000), b"y"]),
        ("a header of 1,000 bytes", [ping + hostile.field(15, bytes(1000)), b"y"]),
    ]


class Scene:
    """A province with two honest offices at work and a hostile one that has its key."""

    def __init__(self):
        self.province = tonghop.Province(UNITS, env=tonghop.environment(**ENVIRONMENT))
        self.pids = {name: pid for name, pid in self.province.pids().items() if name in ("broker_pid", "worker_pid")}
        self.clerks, self.agents = [], []
        for unit in "BC":
            home = self.province.node(unit)
            self.agents.append(self.province.agent(home))
            self.clerks.append(offices.Office(self.province, unit, home, unit, waits=0))
        self.slip = self.province.dir / "hostile.tonghop"
        self.province.call("enrol", self.province.home, "--unit", "A", "-o", self.slip)
        self.peer = hostile.Peer(self.slip)
        assert self.peer.enrol(), "the hostile node could not even join"
        self.come_back()

    def come_back(self):
        """Connected and welcomed. What an old connection asked may take the answer along: it greets again."""

        def is_welcomed():
            opened = self.peer.connect(self.peer.secret) == "OPEN"
            return opened and self.peer.hello(wait_ms=3000).startswith("WELCOME")

        tonghop.until(is_welcomed, what="the hostile node is welcomed")

    def start(self):
        for clerk in self.clerks:
            clerk.start()

    def finish(self):
        """The honest offices end; their figures, and the hostile one's good ones, are all there is."""
        for clerk in self.clerks:
            clerk.finish()
            self.province.call("sync", "--dir", clerk.node, "--wait=100s")
        want = offices.expected(self.clerks)
        assert min(clerk.files for clerk in self.clerks) > 0, "an honest office entered nothing"
        for (unit, measure), value in EXPECTED.items():
            for above in (unit, "P"):
                want[above, "2025", measure, ""] = str(value)
        return want

    def check(self, want):
        offices.assert_equal(want, self.province.values("--by", "unit"))
        self.province.verify("--level", "full")
        now = self.province.pids()
        assert all(now[name] == pid for name, pid in self.pids.items()), "broker or worker did not stay up"

    def close(self):
        self.peer.close()
        assert self.province.down() == 0
        self.province.close()


def expect(name, wanted, got):
    assert got == wanted, f"{name}: {got}, not {wanted}"


def without_seq(answer):
    return re.sub(r" seq=\d+", "", answer)


def silent(peer, name, sent="SENT"):
    """No answer: the next thing heard is the one to a PING after it."""
    expect(name, "SENT", sent)
    expect(name, f"PONG seq={peer.seq}", peer.ping())


def every_message_gets_its_answer():
    scene = Scene()
    peer = scene.peer
    try:
        scene.start()
        for name, updates, verdicts in ITEMS:
            seq = peer.seq + 1
            expect(name, f"ACK seq={seq} {verdicts}".strip(), peer.batch(batch(*updates)))
        decided = peer.seq
        for name, body, header, answer in BATCHES:
            expect(name, answer, peer.batch(body, **header))
            silent(peer, name)
        expect("a gap", "REFUSAL 3101 retry", peer.batch(ONE, seq=peer.seq + 2))
        expect("an old batch again", f"ACK seq={decided}", peer.batch(ONE, seq=1, hash=bytes(32)))
        expect("the last batch with another hash", "REFUSAL 3102 stop", peer.batch(ONE, seq=decided, hash=bytes(32)))
        expect("HELLO of a later protocol", "REFUSAL 3106 stop", peer.hello(min=2, max=3))
        for name, kind, body, header, answer in MESSAGES:
            sent = peer.send(peer.header(kind, **header), body)
            if answer == "PONG":
                silent(peer, name, sent)
            else:
                expect(name, answer, peer.hear())
        expect("a key of the broker that a node made", f"PONG seq={peer.seq}", peer.ping(server_key=bytes(range(32))))
        assert not (scene.province.home / "keys" / "broker.next.public").exists(), "a node announced the broker's key"
        for name, words in frames(peer):
            silent(peer, name, peer.send(*words))
        above_the_limit(scene)
        wrong_keys(scene)
        expect("after all that", f"ACK seq={decided + 1}", peer.batch(batch(figure("A", 9, "h9"))))
        EXPECTED["A", "h9"] = 9
        want = scene.finish()
        scene.check(want)
        revoked(scene)
        scene.check(want)
        print(f"{len(ITEMS) + len(BATCHES) + len(MESSAGES)} messages; {sum(c.files for c in scene.clerks)} honest files")
    except BaseException:
        print(scene.province.logs(40))
        raise
    finally:
        scene.close()


def above_the_limit(scene):
    peer = scene.peer
    for size in (257 * 1024, 3 * MIB):
        peer.send(peer.header(hostile.BATCH), bytes(size))
        expect(f"a frame of {size} bytes", "CLOSED", peer.hear())
        scene.come_back()


def wrong_keys(scene):
    peer = scene.peer
    other = hostile.Peer(scene.slip)
    public, secret = other.pair()
    expect("an unknown key", "REFUSED 400", other.connect(secret))
    doors = {"workers": "DEALER", "queries": "DEALER", "feed": "SUB", "feed_in": "PUB"}
    said = (scene.province.home / "run" / "broker.state").read_text()
    for door, kind in doors.items():
        endpoint = re.search(rf'(?m)^{door}: "?(tcp:[^"\s]+)', said).group(1)
        expect(f"a node's key at {door}", "REFUSED 400", other.connect(peer.secret, endpoint, kind))
    expect("a used enrolment", "OPEN", other.connect(other.slip["bootstrap_secret"]))
    expect("a used enrolment", "REFUSAL 1205 reject", other.join(public))
    expect("the same key again", "JOINED", other.join(peer.public))
    expect("HELLO under an enrolment", "REFUSAL 3107 reject", other.hello())
    other.close()


def revoked(scene):
    peer, seq = scene.peer, scene.peer.seq
    scene.province.call("keys", "revoke", peer.number, "--reason", "test", "--dir", scene.province.home)
    sent = peer.send(peer.header(hostile.BATCH, seq=seq + 1, hash=bytes(32)), ONE)
    heard = peer.hear() if sent == "SENT" else sent
    expect("a revoked key on a live connection", "CLOSED", heard)
    expect("a revoked key", "REFUSED 400", peer.connect(peer.secret))


# ---- memory ----


def memory_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(rf"(?m)^{name}:\s+(\d+) kB", status.read()).group(1)) * 1024


class Watch(threading.Thread):
    """The most memory that broker and worker held (the worker's without its store's pages)."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.looks = {"broker_pid": "VmRSS", "worker_pid": "RssAnon"}
        self.pids = pids
        self.before = self.look()
        self.most = dict(self.before)
        self.enough = threading.Event()

    def look(self):
        return {name: memory_of(self.pids[name], what) for name, what in self.looks.items()}

    def run(self):
        while not self.enough.wait(0.02):
            self.most = {name: max(self.most[name], value) for name, value in self.look().items()}

    def grown(self, name):
        return self.most[name] - self.before[name]


def pour(address, opening, piece):
    """Send opening and then pieces without end to a raw connection; how much was taken before it was closed."""
    taken = 0
    with socket.create_connection(address, timeout=tonghop.PATIENCE) as line:
        try:
            line.sendall(opening)
            while taken < 256 * MIB:
                line.sendall(piece)
                taken += len(piece)
        except OSError:
            pass
    return taken


def strangers(scene):
    """What comes without any key: closed at once or after the time of a handshake, and not kept."""
    host, port = scene.peer.door.removeprefix("tcp://").split(":")
    address = (host, int(port))
    null = b"\xff" + bytes(8) + b"\x7f\3\0" + b"NULL".ljust(20, b"\0") + bytes(32)
    curve = b"\xff" + bytes(8) + b"\x7f\3\0" + b"CURVE".ljust(20, b"\0") + bytes(32)
    more = b"\3" + (60000).to_bytes(8, "big") + bytes(60000)  # a frame that promises more
    huge = b"\6" + (1 << 40).to_bytes(8, "big")  # a command of a terabyte
    for name, opening, piece in [
        ("endless multipart without a key", null, more),
        ("endless multipart instead of a handshake", curve, more),
        ("an endless command", curve + huge, bytes(65536)),
        ("HTTP", b"GET / HTTP/1.1\r\n", b"x" * 65536),
    ]:
        taken = pour(address, opening, piece)
        assert taken < 64 * MIB, f"{name}: {taken} bytes were taken"
    idle = [socket.create_connection(address, timeout=tonghop.PATIENCE) for _ in range(200)]
    for line in idle:
        line.sendall(curve)
    for line in idle:
        while line.recv(4096):  # until the broker's time for handshakes is over
            pass
        line.close()


def deaf(scene):
    """A peer that asks without listening, and one that sends without a window while the worker sleeps."""
    peer = scene.peer
    ping = peer.header(hostile.PING)
    for _ in range(3000):
        peer.send(ping, hostile.field(1, 1))
    scene.come_back()
    large = bytes(100 * 1024)
    os.kill(scene.pids["worker_pid"], signal.SIGSTOP)
    try:
        for at in range(600):
            if peer.send(peer.header(hostile.BATCH, seq=at + 1, hash=bytes(32)), large) != "SENT":
                break
    finally:
        os.kill(scene.pids["worker_pid"], signal.SIGCONT)
    scene.come_back()


def memory_stays_below_its_bound():
    if tonghop.built_with("__tsan_init"):
        print("skipped: what the thread sanitizer holds is not the program's memory")
        return
    scene = Scene()
    peer = scene.peer
    watch = Watch(scene.pids)
    pause = 15  # ms between two frames of the endless message below
    pace = LARGEST * 1000 // pause  # bytes a second
    try:
        watch.start()
        scene.start()
        strangers(scene)
        unknown = watch.grown("broker_pid")
        assert unknown < MEMORY_MAX + SLACK, f"strangers made the broker {unknown >> 20} MiB larger"
        deaf(scene)
        known = watch.grown("broker_pid")
        assert known < MEMORY_MAX + SLACK, f"a deaf peer made the broker {known >> 20} MiB larger"
        # Under a valid key: only the guard can see it.
        said = peer.tell("ENDLESS", 20000, LARGEST, pause)
        expect("endless multipart", "CLOSED", said[0])
        scene.come_back()
        late = batch(figure("A", 1, "h10"))
        tonghop.until(lambda: peer.batch(late) == "ACK seq=1", what="busy no more after the cut")
        watch.enough.set()
        watch.join()
        bound = MEMORY_MAX + SLACK + 400 * CONNECTION + 8 * pace  # the guard looks each second, if it is given the time
        assert watch.grown("broker_pid") < bound, f"broker: {watch.most} from {watch.before}, bound {bound}"
        assert watch.grown("worker_pid") < WORKER_GROWTH, f"worker: {watch.most} from {watch.before}"
        EXPECTED.clear()
        EXPECTED["A", "h10"] = 1
        scene.check(scene.finish())
        grown = {name: f"{watch.grown(name) >> 20} MiB" for name in watch.most}
        print(f"endless: {int(said[1]) * LARGEST >> 20} MiB were sent before the cut; grown: {grown}, bound {bound >> 20} MiB")
    except BaseException:
        print(scene.province.logs(40))
        raise
    finally:
        watch.enough.set()
        scene.close()


tonghop.run(
    every_message_gets_its_answer,
    memory_stays_below_its_bound,
)
