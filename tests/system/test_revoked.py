"""A key of each class is revoked while its connection is up: it is closed, and nothing of it is taken any more."""

import subprocess

from support import asking, offices, tonghop

UNITS = offices.units("A", "B")


def revoke(province, number, role):
    province.call("keys", "revoke", number, province.home, "--role", role, "--reason", "test")


def joined(province, role):
    """A directory that joined in this role."""
    slip, home = province.dir / f"{role}.tonghop", province.dir / role
    province.call("enrol", province.home, "--role", role, "-o", slip)
    province.call("join", slip, "--dir", home)
    return home


def log_says(process, words):
    tonghop.until(lambda: words in process.log.read_text(errors="replace"), what=f"{process.name}: {words}")


def offices_and_desks_are_cut_off_one_by_one():
    with tonghop.Province(UNITS) as province:
        first, second, desk = province.node("A"), province.node("B"), joined(province, "desk")
        agents = [province.agent(home) for home in (first, second, desk)]
        for agent in agents:
            log_says(agent, "the province answers")
        revoke(province, 1, "node")
        log_says(agents[0], "the province refused this key")
        revoke(province, 3, "desk")
        log_says(agents[2], "the province refused this key")
        assert "refused this key" not in agents[1].log.read_text()
        province.feed(second, offices.figure("B", 1), "staffing")
        assert all(not agent.ended() for agent in agents)
        assert agents[0].stop() == agents[2].stop() == 0
        asking.refused(77, "TH1209", "sync", "--dir", first, "--wait=60s")
        asking.refused(77, "TH1209", "sync", "--dir", desk, "--wait=60s")
        assert len(province.totals("--unit", "P")) == 1


def a_viewer_that_watches_is_told():
    with tonghop.Province(UNITS) as province:
        viewer = joined(province, "viewer")
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        with subprocess.Popen(
            [f"{tonghop.BIN}/tonghop", "watch", "--dir", str(viewer), "--format", "jsonl"],
            env=province.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as watch:
            assert watch.stdout.readline()
            revoke(province, 1, "viewer")
            province.feed(node, offices.figure("A", 2, "n"), "staffing")
            _, said = watch.communicate(timeout=tonghop.PATIENCE)
            assert watch.returncode == 77 and "TH1209" in said, (watch.returncode, said)
        asking.refused(77, "TH1209", "totals", "--dir", viewer)
        assert len(province.totals("--unit", "A")) == 2


def a_worker_holds_its_province_no_longer():
    with tonghop.Province(UNITS, up=False) as province:
        _, worker = province.apart()
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        revoke(province, 1, "worker")
        log_says(worker, "key-refused")
        province.feed(node, offices.figure("A", 2, "n"), "staffing", wait="2s", ok=(75,))
        assert worker.stop() == 0
        # Another one takes over, and nothing was lost.
        province.call("keys", "make", "worker", "w2", province.home)
        config = province.home / "tonghop.yaml"
        config.write_text(config.read_text().replace('name: "w1"', 'name: "w2"'))
        province.program("w2", "tonghop-worker", "run", "--dir", province.home, "--name", "w2")
        province.call("sync", "--dir", node, "--wait=100s")
        assert len(province.totals("--unit", "A")) == 2
        province.verify()


tonghop.run(
    offices_and_desks_are_cut_off_one_by_one,
    a_viewer_that_watches_is_told,
    a_worker_holds_its_province_no_longer,
)
