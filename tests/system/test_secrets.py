"""Every program refuses to start beside a secret that others can read, or that is not its user's."""

import os

from support import asking, offices, tonghop

UNITS = offices.units("A")


def secrets_in(keys):
    """What is for nobody else in a directory of keys."""
    return sorted(path for path in keys.iterdir() if path.suffix == ".secret" or path.name == "enrolment.yaml")


def each_is_refused(keys, secrets, *command, program="tonghop"):
    """The command ends with TH1202 for each of these files, for the directory, and for a public key others may write."""
    assert secrets, keys
    for path in secrets:
        path.chmod(0o640)
        said = asking.refused(78, "TH1202", *command, program=program)
        assert str(path) in said, said
        path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(secrets[0], 12345, -1)
        assert "12345" in asking.refused(78, "TH1202", *command, program=program)
        os.chown(secrets[0], 0, -1)
    keys.chmod(0o750)
    asking.refused(78, "TH1202", *command, program=program)
    keys.chmod(0o700)
    public = next(keys.glob("*.public"))
    public.chmod(0o646)
    asking.refused(78, "TH1202", *command, program=program)
    public.chmod(0o644)


def programs_of_the_province_look_at_every_secret_first():
    with tonghop.Province(UNITS, up=False) as province:
        keys = province.home / "keys"
        names = [path.name for path in secrets_in(keys)]
        assert names == ["broker.secret", "person.secret", "sign.secret", "viewer.secret", "worker-w1.secret"], names
        each_is_refused(keys, secrets_in(keys), "up", province.home)
        each_is_refused(keys, secrets_in(keys), "run", "--dir", province.home, program="tonghop-broker")
        each_is_refused(keys, secrets_in(keys), "run", "--dir", province.home, "--name", "w1", program="tonghop-worker")
        roster = province.home / "register" / "roster.yaml"
        roster.chmod(0o622)
        asking.refused(78, "TH1202", "run", "--dir", province.home, program="tonghop-broker")
        roster.chmod(0o600)
        assert "READY" in province.up()


def programs_of_offices_and_viewers_look_at_theirs():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        assert [path.name for path in secrets_in(node / "keys")] == ["enrolment.yaml", "node.secret"]
        each_is_refused(node / "keys", secrets_in(node / "keys"), "sync", "--dir", node)
        each_is_refused(node / "keys", secrets_in(node / "keys"), "run", "--dir", node, program="tonghop-node")
        slip, viewer = province.dir / "viewer.tonghop", province.dir / "viewer"
        province.call("enrol", province.home, "--role", "viewer", "-o", slip)
        province.call("join", slip, "--dir", viewer)
        assert [path.name for path in secrets_in(viewer / "keys")] == ["enrolment.yaml", "viewer.secret"]
        each_is_refused(viewer / "keys", secrets_in(viewer / "keys"), "totals", "--dir", viewer)
        each_is_refused(viewer / "keys", secrets_in(viewer / "keys"), "watch", "--dir", viewer, program="tonghop-watch")
        keys = province.home / "keys"
        each_is_refused(keys, secrets_in(keys), "totals", "--dir", province.home)
        desk = next((province.home / "desk").iterdir()) / "keys"
        each_is_refused(desk, secrets_in(desk), "sync", "--dir", desk.parent)
        # What is wrong elsewhere does not stop who does not use it.
        (keys / "broker.secret").chmod(0o640)
        province.call("sync", "--dir", node, "--wait=60s")
        (keys / "broker.secret").chmod(0o600)


tonghop.run(
    programs_of_the_province_look_at_every_secret_first,
    programs_of_offices_and_viewers_look_at_theirs,
)
