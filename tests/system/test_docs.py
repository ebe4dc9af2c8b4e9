"""docs/commands.md, configuration.md and errors.md are what the programs print."""

import os
import subprocess

from support import tonghop


def the_printed_documents_are_what_the_programs_print():
    done = subprocess.run(
        [tonghop.SOURCE / "scripts" / "docs", "--check"],
        env=dict(os.environ, TONGHOP_BIN=os.path.abspath(tonghop.BIN)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


tonghop.run(the_printed_documents_are_what_the_programs_print)
