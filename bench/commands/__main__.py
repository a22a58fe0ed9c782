"""`python -m bench.commands`: what the commands cost beside what they cannot do without.

`vigil --help` is held against an import of Typer, `vigil render -s prod` against an import of Pulumi and its Google
provider, both in a cold process. The proofs of prod have a goal in seconds. Times are CPU time of the whole process,
so that what else runs on the machine does not count. Writes build/bench/commands.json.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.figures import FOLDER, Figure, against_goal, figure, publish
from bench.processes import children_cpu

ROUNDS = 5
ROOT = Path(__file__).resolve().parents[2]
PAIRS = (
    ("vigil --help", ["-m", "vigil_cli", "--help"], "import typer", ["-c", "import typer"], 2.0),
    (
        "vigil render -s prod",
        ["-m", "vigil_cli", "render", "-s", "prod"],
        "import pulumi, pulumi_gcp",
        ["-c", "import pulumi, pulumi_gcp; pulumi_gcp.monitoring, pulumi_gcp.logging"],
        2.0,
    ),
    (
        "what the program of prod imports",
        ["-c", "import infra.system"],
        "import pulumi, pulumi_gcp",
        ["-c", "import pulumi, pulumi_gcp; pulumi_gcp.monitoring, pulumi_gcp.logging"],
        None,
    ),
)
"""Name, arguments, those of what it is held against, and the goal; None for what a goal cannot go below."""
BYTECODE_KEPT = {
    **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": str(FOLDER / "pycache"),
}
"""As on most machines. Each program runs once before it counts, and compiles what it imports."""
PROOFS = 6.0
"""Seconds on two cores; the CPU time of both is twice that."""


def cpu(arguments: Sequence[str]) -> float:
    """The CPU time of a Python process and its children, in seconds. Raises where it does not end well."""
    before = children_cpu()
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=BYTECODE_KEPT, capture_output=True, text=True, check=False
    )
    spent = children_cpu() - before
    if ran.returncode:
        raise SystemExit(ran.stdout + ran.stderr)
    return spent


def main() -> None:
    """Run all in interleaved rounds and write the report."""
    found: list[Figure] = []
    for name, ours, peer, theirs, goal in PAIRS:
        times: dict[str, list[float]] = {name: [], peer: []}
        cpu(ours)
        cpu(theirs)
        for _ in range(ROUNDS):
            times[name].append(cpu(ours))
            times[peer].append(cpu(theirs))
        value, peer_value = statistics.median(times[name]), statistics.median(times[peer])
        found.append(figure(name, value, "s", peer, peer_value, goal=goal))
    proofs = statistics.median(cpu(["-m", "vigil_cli", "test", "-s", "prod"]) for _ in range(2))
    found.append(against_goal("all proofs of prod, CPU of both cores", proofs, "s", 2 * PROOFS))
    publish("commands", found)


if __name__ == "__main__":
    main()
