"""Nothing acknowledged is lost and nothing counts twice, whatever is killed -9 at whatever moment.

Three offices enter figures, ratings of people and of collectives, transfers and declarations without a pause,
and the desk accepts and returns their reports, while node agents, broker and worker are killed at random and
started again, TONGHOP_KILLS times in all (500). In the end every total of every unit must equal what was
entered, every declaration made again must agree, and so must verify. TONGHOP_SEED repeats the order of
kills and figures.
"""

import collections
import json
import os
import random
import re
import subprocess

from support import everything, offices, tonghop

KILLS = int(os.environ.get("TONGHOP_KILLS", "500"))
PAUSE = 0.12  # seconds between two kills, at most
EVERY = 25  # kills between two moments at which something must have been decided
POINTS = ["turn.begun", "turn.applied", "turn.committed", "turn.confirmed", "turn.published"]


def decided(province, nodes):
    """How many batches the province has decided, as its nodes know."""
    said = [province.call("status", "--dir", home, "--json").stdout for home in nodes.values()]
    return sum(json.loads(text)["decided"] for text in said)


def kill_at_random(victims, clerks, draw, count):
    """Kill and start again; of EVERY kills the worker has one after something more was decided."""
    counts = dict.fromkeys((victim.name for victim in victims), 0)
    before = 0
    for number in range(KILLS):
        victim = draw.choice(victims)
        if number % EVERY == EVERY - 1:
            tonghop.until(lambda: offices.Office.trouble.is_set() or count() > before, what="something is decided")
            before = count()
            victim = victims[1]
        if offices.Office.trouble.wait(draw.random() * PAUSE):
            for clerk in clerks:
                clerk.check()
        victim.kill()
        victim.start()
        counts[victim.name] += 1
    return counts


def nothing_is_lost_or_counted_twice_under_random_kills():
    draw = random.Random(offices.seed())
    with tonghop.Scratch() as scratch:
        catalogue = everything.catalogue(scratch)
        with tonghop.Province(offices.units("A", "B", "C"), catalogue=catalogue, up=False) as province:
            kill_and_compare(province, draw)


def kill_and_compare(province, draw):
    broker, worker = province.apart()
    nodes = {unit: province.node(unit) for unit in "ABC"}
    agents = [province.agent(home) for home in nodes.values()]
    clerks = [everything.Clerk(province, unit, home, draw.random()) for unit, home in nodes.items()]
    desk = everything.Desk(province, clerks, random.Random(draw.random()))
    for thread in (*clerks, desk):
        thread.start()
    counts = kill_at_random([broker, worker, *agents], clerks, draw, lambda: decided(province, nodes))
    for thread in (*clerks, desk):
        thread.finish()
    for home in (*nodes.values(), province.home / "desk" / "p"):
        province.call("sync", "--dir", home, f"--wait={tonghop.PATIENCE}s")

    # How much was decided between the kills: the version each worker found when it began.
    said = (province.dir / "worker.log").read_text(errors="replace")
    began = {int(version) for version in re.findall(r"store-open .*version=(\d+)", said)}
    assert len(began) > KILLS // EVERY // 2, f"hardly anything was decided between the kills: versions {sorted(began)}"
    want = everything.expected(clerks)
    offices.assert_equal(want, province.values("--by", "unit,dims"))
    for clerk in clerks:
        clerk.check_transfers()
        clerk.declare_all()
    offices.assert_equal(want, province.values("--by", "unit,dims"), "totals after declarations")
    province.verify("--level", "full")
    files, waited = sum(clerk.files for clerk in clerks), sum(clerk.waited for clerk in clerks)
    kinds = dict(sum((clerk.kinds for clerk in clerks), collections.Counter()))
    print(f"kills {counts}; {files} files entered, {waited} seen acknowledged, workers began at {len(began)} versions")
    print(f"{kinds}; {desk.acts} acts of the desk; {len(want)} totals equal")


def dies_at(province, worker, node, point, number):
    """The worker kills itself at point; started again, the figure counts once."""
    worker.kill()
    worker.start(TONGHOP_STOP_AT=f"{point}:1")
    rows = [{"unit_code": "A", "period": "2025", "measure": f"at-{number}", "value": 100 + number}]
    path = province.file("point.csv", rows)
    importing = subprocess.Popen(
        [os.path.join(tonghop.BIN, "tonghop"), "import", "--dir", node, path, "--form", "staffing", "--wait=100s"],
        env=province.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    tonghop.until(worker.ended, what=f"the worker dies at {point}")
    worker.start()
    _, said = importing.communicate(timeout=2 * tonghop.PATIENCE)
    assert importing.returncode == 0, f"{point}: {said}"
    got = province.values("--measure", f"at-{number}", "--by", "unit")
    want = {(unit, "2025", f"at-{number}", ""): str(100 + number) for unit in ("P", "A")}
    offices.assert_equal(want, got, f"totals after {point}")


def a_figure_counts_once_wherever_the_worker_dies_in_its_turn():
    if not tonghop.FAULTS:
        print("skipped: built without fault points")
        return
    with tonghop.Province(offices.units("A"), up=False) as province:
        _, worker = province.apart()
        node = province.node("A")
        for number, point in enumerate(POINTS):
            dies_at(province, worker, node, point, number)
        province.verify("--level", "full")
        print(f"named points: {' '.join(POINTS)}")


tonghop.run(
    a_figure_counts_once_wherever_the_worker_dies_in_its_turn,
    nothing_is_lost_or_counted_twice_under_random_kills,
)
