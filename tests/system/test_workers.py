"""Two workers hold three provinces on one broker: each answers for its own, whatever happens to the other."""

import re

from support import tonghop

PROVINCES = {"pa": "w1", "pb": "w1", "pc": "w2"}


def register(lineage):
    """A province PA with districts PA1 and PA2."""
    root = lineage.upper()
    district = {"type": "district", "parent": root}
    return [
        {"code": root, "name": f"Province {root}", "type": "province", "parent": ""},
        *({"code": f"{root}{at}", "name": f"District {at}", **district} for at in (1, 2)),
    ]


def share_out(province):
    """Three provinces in one directory, and the third one with a worker of its own."""
    for lineage in list(PROVINCES)[1:]:
        rows = register(lineage)
        path = province.file(f"{lineage}.csv", rows)
        province.call("init", province.home, "--add", "--units", path, "--lineage", lineage, "--catalogue", "open")
    province.call("keys", "make", "worker", "w2", "--dir", province.home)
    settings = province.home / "tonghop.yaml"
    text = settings.read_text()
    start = re.search(r"(?m)^workers:\n(?:[ -].*\n)*", text)
    assert start, text
    workers = "workers:\n  - name: w1\n    provinces: [pa, pb]\n  - name: w2\n    provinces: [pc]\n"
    settings.write_text(text[: start.start()] + workers + text[start.end() :])
    province.call("config", "check", "--dir", province.home)


def figures(unit, value):
    return [{"unit_code": unit, "period": "2025", "measure": "m", "value": value}]


def value_of(province, lineage):
    root = lineage.upper()
    return province.values("--unit", root).get((root, "2025", "m", ""))


def killing_one_stops_only_its_provinces():
    with tonghop.Province(register("pa"), "--lineage", "pa", up=False) as province:
        share_out(province)
        province.program("broker", "tonghop-broker", "run", "--dir", province.home)
        workers = {
            name: province.program(name, "tonghop-worker", "run", "--dir", province.home, "--name", name)
            for name in ("w1", "w2")
        }
        nodes = {lineage: province.node(f"{lineage.upper()}1") for lineage in PROVINCES}
        agents = [province.agent(node) for node in nodes.values()]
        for lineage, node in nodes.items():
            province.feed(node, figures(f"{lineage.upper()}1", 1), "staffing")
            assert value_of(province, lineage) == "1", lineage

        for victim in ("w2", "w1"):
            workers[victim].kill()
            number = {"w2": 2, "w1": 3}[victim]
            for lineage, node in nodes.items():
                stopped = PROVINCES[lineage] == victim
                wait, code = ("1s", 75) if stopped else ("100s", 0)
                done = province.feed(node, figures(f"{lineage.upper()}1", number), "staffing", wait=wait, ok=None)
                assert done.returncode == code, f"{victim} is dead, {lineage}: exit {done.returncode} {done.stderr}"
                if not stopped:
                    assert value_of(province, lineage) == str(number), lineage
            for lineage in PROVINCES:
                wait, code = ("1s", 69) if PROVINCES[lineage] == victim else ("100s", 0)
                words = ("--unit", lineage.upper(), f"--timeout={wait}")
                asked = province.call("totals", "--dir", province.home, *words, ok=None)
                assert asked.returncode == code, f"{victim} is dead, {lineage}: exit {asked.returncode} {asked.stderr}"
            workers[victim].start()
            for lineage, node in nodes.items():
                province.call("sync", "--dir", node, "--wait=100s")
                assert value_of(province, lineage) == str(number), f"{lineage} after {victim} came back"
        assert all(agent.starts == 1 and not agent.ended() for agent in agents)
        for lineage in PROVINCES:
            province.verify("--level", "full", "--lineage", lineage)
        assert [worker.stop() for worker in workers.values()] == [0, 0]


def up_starts_every_worker_that_is_named():
    with tonghop.Province(register("pa"), "--lineage", "pa", up=False) as province:
        share_out(province)
        assert "version=" not in province.up(), "versions of three provinces are not one"
        for lineage in PROVINCES:
            node = province.node(f"{lineage.upper()}2")
            province.feed(node, figures(f"{lineage.upper()}2", 7), "staffing")
            assert value_of(province, lineage) == "7", lineage
        logs = {path.name for path in (province.home / "log").glob("*.log")}
        assert {"worker-w1.log", "worker-w2.log"} <= logs, logs
        assert province.down() == 0


tonghop.run(
    killing_one_stops_only_its_provinces,
    up_starts_every_worker_that_is_named,
)
