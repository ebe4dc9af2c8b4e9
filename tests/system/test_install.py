"""What `cmake --install` puts under a prefix is complete, and runs from there."""

import os
import subprocess
import sys
import tempfile

PROGRAMS = ["tonghop", "tonghop-node", "tonghop-broker", "tonghop-worker", "tonghop-watch"]
DATA = ["share/tonghop/proto/tonghop/v1/header.proto", "include/tonghop/base.h"]


def main():
    built = os.environ["TONGHOP_BIN"]
    missing = [name for name in PROGRAMS if not os.access(os.path.join(built, name), os.X_OK)]
    if missing:
        print(f"skipped: not built yet: {' '.join(missing)}")
        return 77
    with tempfile.TemporaryDirectory(prefix="tonghop-test-") as prefix:
        subprocess.run(
            ["cmake", "--install", os.path.dirname(built), "--prefix", prefix],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for name in [f"bin/{program}" for program in PROGRAMS] + DATA:
            assert os.path.exists(os.path.join(prefix, name)), f"{name} was not installed"
        said = subprocess.run(
            [os.path.join(prefix, "bin/tonghop"), "version"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        ).stdout
        assert "0.1.0" in said, f"version says {said!r}"
    return 0


sys.exit(main())
