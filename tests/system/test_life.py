"""The life of a province: up and down, killed children, another server, a copy put back."""

import os
import re
import shutil
import signal
import subprocess

from support import asking, offices, tonghop

UNITS = offices.units("A", "B")


# ---- docs/operations.md ----


def a_worker_may_live_on_another_server_and_its_province_may_move_back():
    with tonghop.Province(UNITS, up=False) as province:
        here, there = province.home, province.dir / "there"
        for directory in (there, there / "keys", there / "run"):
            directory.mkdir(mode=0o700)
        province.call("keys", "make", "worker", "w2", here)
        config = here / "tonghop.yaml"
        config.write_text(re.sub(r"(?m)^  - name: \"w1\"", '  - name: "w2"', config.read_text()))
        for name in ("worker-w2.secret", "worker-w2.public", "broker.public", "sign.secret"):
            shutil.copy2(here / "keys" / name, there / "keys" / name)
        (here / "keys" / "worker-w2.secret").unlink()
        shutil.copytree(here / "register", there / "register")
        shutil.copy2(config, there)
        province.program("broker", "tonghop-broker", "run", "--dir", here)
        worker = province.program("w2", "tonghop-worker", "run", "--dir", there, "--name", "w2")
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        province.verify()

        assert worker.stop() == 0
        shutil.move(there / "state" / "p", here / "state" / "p")
        shutil.rmtree(here / "register" / "p")
        shutil.move(there / "register" / "p", here / "register" / "p")
        config.write_text(config.read_text().replace('name: "w2"', 'name: "w1"'))
        province.call("config", "check", here)
        province.program("w1", "tonghop-worker", "run", "--dir", here, "--name", "w1")
        province.feed(node, offices.figure("A", 2), "staffing")
        assert province.values("--unit", "A") == {("A", "2025", "m", ""): "2"}
        province.verify()


def a_province_put_back_from_a_copy_is_filled_again_by_its_nodes():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        province.feed(node, offices.figure("A", 1), "staffing")
        assert province.down() == 0
        shutil.copytree(province.home, province.dir / "copy")
        province.up()
        late = province.node("B")
        province.feed(node, offices.figure("A", 2) + offices.figure("A", 5, "n"), "staffing")
        province.feed(late, offices.figure("B", 7), "staffing")
        want = province.values("--by", "unit")

        assert province.down() == 0
        shutil.rmtree(province.home)
        shutil.copytree(province.dir / "copy", province.home)
        province.up()
        province.call("sync", "--dir", node, "--wait=100s")
        assert len(province.values("--by", "unit")) == 4
        asking.refused(77, "TH1209", "sync", "--dir", late, "--wait=100s")
        shutil.move(late, province.dir / "aside")
        (province.dir / "B.tonghop").unlink()
        province.feed(province.node("B"), offices.figure("B", 7), "staffing")
        assert province.values("--by", "unit") == want
        province.verify()


# ---- up ----


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def a_directory_runs_once():
    with tonghop.Province(UNITS) as province:
        assert str(province.home) in asking.refused(73, "TH4002", "up", province.home)
        asking.refused(73, "TH4002", "run", "--dir", province.home, program="tonghop-broker")
        assert province.totals() == []  # the first one did not notice


def a_killed_child_is_started_again():
    with tonghop.Province(UNITS) as province:
        node = province.node("A")
        for name in ("worker_pid", "broker_pid"):
            before = province.pids()[name]
            os.kill(before, signal.SIGKILL)
            tonghop.until(lambda: province.pids()[name] not in (0, before), what=f"another {name}")
            row = {"unit_code": "A", "period": "2025", "measure": name, "value": 3}
            province.feed(node, [row], "staffing")
        assert len(province.values("--unit", "A")) == 2


def sigterm_ends_everything():
    with tonghop.Province(UNITS) as province:
        pids = [value for key, value in province.pids().items() if key.endswith("_pid")]
        assert province.down() == 0
        assert all(map(gone, pids)), pids
        assert "READY" in province.up()
        province.up_process.send_signal(signal.SIGINT)
        assert province.up_process.wait(tonghop.PATIENCE) == 0
        province.up_process = None


def sigterm_before_everything_is_ready_ends_it_too():
    with tonghop.Province(UNITS, up=False) as province:
        programs = province.dir / "programs"
        programs.mkdir()
        for name in ("tonghop", "tonghop-broker"):
            shutil.copy(os.path.join(tonghop.BIN, name), programs)
        worker = programs / "tonghop-worker"
        worker.write_text(f"#!/bin/sh\ntouch {province.dir}/begun\nexec sleep 1000\n")  # never says READY
        worker.chmod(0o755)
        up = subprocess.Popen(
            [programs / "tonghop", "up", province.home, f"--timeout={tonghop.PATIENCE}s"],
            env=province.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        province.up_process = up
        tonghop.until((province.dir / "begun").exists, what="the worker begins")
        up.send_signal(signal.SIGTERM)
        out, _ = up.communicate(timeout=tonghop.PATIENCE)
        assert up.returncode == 0 and out == "", f"{up.returncode} {out}"
        province.up_process = None


def a_program_that_cannot_start_is_our_defect():
    with tonghop.Province(UNITS, up=False) as province:
        programs = province.dir / "programs"
        programs.mkdir()
        shutil.copy(os.path.join(tonghop.BIN, "tonghop"), programs)
        broker = programs / "tonghop-broker"
        broker.write_text("#!/bin/sh\necho the reason >&2\nexit 3\n")
        broker.chmod(0o755)
        done = subprocess.run(
            [programs / "tonghop", "up", province.home],
            env=province.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=tonghop.PATIENCE,
            check=False,
        )
        assert done.returncode == 70 and "TH4006:" in done.stderr and "the reason" in done.stderr, done


tonghop.run(
    a_worker_may_live_on_another_server_and_its_province_may_move_back,
    a_province_put_back_from_a_copy_is_filled_again_by_its_nodes,
    a_directory_runs_once,
    a_killed_child_is_started_again,
    sigterm_ends_everything,
    sigterm_before_everything_is_ready_ends_it_too,
    a_program_that_cannot_start_is_our_defect,
)
