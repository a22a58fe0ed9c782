"""`python -m bench.repository`: `make test` in a fresh clone of the last commit, and `make up`, on the wall's clock.

Nothing else should run on the machine. The set-up comes before, and is not counted; what `make tools` and
`make collector` built here is copied, because the tests that need it are to run. Writes build/bench/repository.json.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import against_goal, figure, publish
from bench.processes import children_cpu

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(".vigil") / "tools"
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
"""What a shell has: make prints its folders where another make calls it."""
TESTS, UP = 300.0, 45.0
"""Seconds on two cores."""


def make(*arguments: str, folder: Path) -> str:
    """Return what a target of make prints. Raises where it does not end well."""
    ran = subprocess.run(["make", *arguments], cwd=folder, env=OUTSIDE, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stdout[-10_000:] + ran.stderr[-10_000:])
    return ran.stdout


def main() -> None:
    """Measure both, and write the figures."""
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        if (ROOT / TOOLS).is_dir():
            shutil.copytree(ROOT / TOOLS, clone / TOOLS, symlinks=True)
        make("setup", f"PYTHON={sys.executable}", folder=clone)
        began, used = time.monotonic(), children_cpu()
        printed = make("test", folder=clone)
        tests, busy = time.monotonic() - began, children_cpu() - used
        print(printed.splitlines()[-1])
        up = json.loads(make("up", "ARGS=--json", folder=clone))["wallSeconds"]
    publish(
        "repository",
        [
            against_goal("`make test` in a fresh clone", tests, "s", TESTS),
            figure("the same, CPU of all processes", busy, "s", "two cores for as long as the goal", 2 * TESTS),
            against_goal("`make up` after the set-up, until the last incident is closed", up, "s", UP),
        ],
    )


if __name__ == "__main__":
    main()
