"""Programs asked one question, and what they must refuse with which code."""

import os
import subprocess

from support import tonghop


def ask(program, *args, env=None, **how):
    """Run a program beside tonghop; its exit code, stdout and stderr."""
    done = subprocess.run(
        [os.path.join(tonghop.BIN, program), *map(str, args)],
        env=env or tonghop.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * tonghop.PATIENCE,
        check=False,
        **how,
    )
    return done.returncode, done.stdout, done.stderr


def refused(exit_code, code, *args, program="tonghop", env=None):
    """The command ends with this exit code and names this code; what it said on stderr."""
    got, out, err = ask(program, *args, env=env)
    words = f"{program} {' '.join(map(str, args))}: exit {got}\n{out}{err}"
    assert got == exit_code, f"exit {exit_code} expected. {words}"
    assert f"{code}:" in err, f"{code} expected. {words}"
    return err
