"""The command as others get it from a Git URL: one wheel of the repository's root, the action's steps, the hooks."""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import bytecode, copied

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
POLICY = {
    "displayName": "Errors",
    "combiner": "OR",
    "conditions": [
        {
            "displayName": "errors",
            "conditionThreshold": {
                "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 1,
                "duration": "120s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
TESTS = {
    "policies": ["policy.json"],
    "tests": [
        {
            "name": "two a second",
            "series": [{"series": "run.googleapis.com/request_count{}", "values": "0x2 120x7"}],
            "expect": [{"minute": 7, "open": 1}],
        }
    ],
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the root, built as pip builds it for a Git URL."""
    root = copied(tmp_path_factory.mktemp("clone"))
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A repository of a team that does not use Vigil yet."""
    folder = tmp_path / "team" / "alerts of all"
    folder.mkdir(parents=True)
    (folder / "policy.json").write_text(json.dumps(POLICY, indent=2))
    (folder / "policy.test.yaml").write_text(yaml.safe_dump(TESTS))
    return folder.parent


def environment(**more: str) -> dict[str, str]:
    """What a runner has: third-party packages come from this environment by path alone, ours from the wheel."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP", "VIGIL"))}
    return {**kept, **bytecode(), "NO_COLOR": "1", "COLUMNS": "200", **more}


def broken(team: Path) -> None:
    body = json.loads(json.dumps(POLICY))
    body["conditions"][0]["conditionThreshold"]["duration"] = "30s"
    (team / "alerts of all" / "policy.json").write_text(json.dumps(body, indent=2))


def step(number: int, wheel: Path, team: Path, **inputs: str) -> Any:
    """Run a step's script of the action as a runner does, with the wheel in place of the package index."""
    given = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()} | inputs
    known = {f"inputs.{name}": value for name, value in given.items()}
    known |= {"github.action_path": str(wheel), "runner.temp": str(team.parent)}
    each = ACTION["runs"]["steps"][number]
    variables = {}
    for name, value in each["env"].items():
        filled = re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], value)
        assert "${{" not in filled, value
        variables[name] = filled
    python = team.parent / "bin"
    python.mkdir(exist_ok=True)
    site = sysconfig.get_paths()["purelib"]
    (python / "python3").write_text(
        f'#!/usr/bin/env bash\nPYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}{site}" exec {sys.base_prefix}/bin/python3 "$@"\n'
    )
    (python / "python3").chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", each["run"]], cwd=team, capture_output=True,
        text=True, check=False,
        # pip does not compile with --no-compile, or with PIP_NO_COMPILE=0: a 1 means that it does
        env=environment(PATH=f"{python}:{os.environ['PATH']}", PIP_NO_INDEX="1", PIP_NO_DEPS="1", PIP_NO_COMPILE="0", **variables),
    )  # fmt: skip


def test_the_steps_of_the_action_install_check_and_test(wheel: Path, team: Path) -> None:
    installed = step(0, wheel, team)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    tested = step(2, wheel, team, tests="alerts of all/policy.test.yaml")
    assert (tested.returncode, tested.stdout) == (0, "1 of 1 tests passed\n"), tested.stderr

    broken(team)
    files = "\n  alerts of all  \n\n"
    failed = step(1, wheel, team, files=files, sarif="out/vigil.sarif")
    assert failed.returncode == 1, failed.stderr
    assert failed.stdout.startswith("::error file=alerts of all/policy.json,line=11,title=alert-duration::")
    (result,) = json.loads((team / "out" / "vigil.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "alert-duration"

    unclear = step(1, wheel, team, files=files, strict="yes")
    assert (unclear.returncode, unclear.stdout) == (
        2,
        "::error title=vigil check::strict is 'yes': write true or false\n",
    )
    assert step(2, wheel, team, tests=" \n ").returncode == 0

    field = "conditions[0].conditionThreshold.duration"
    old = {"rule": result["ruleId"], "resource": "Errors", "field": field, "reason": "from before 2026"}
    (team / "baseline.json").write_text(json.dumps({"accepted": [old]}))
    passed = step(1, wheel, team, files=files, baseline="baseline.json", strict="true")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "1 accepted by the baseline" in passed.stdout


def test_the_action_takes_a_version_of_the_index_where_one_is_named(wheel: Path, team: Path) -> None:
    ran = step(0, wheel, team, version="9.9.9")
    assert ran.returncode == 1
    assert "vigil-gcp==9.9.9" in ran.stderr


def test_the_hooks_run_what_pip_installs_from_a_clone(wheel: Path, team: Path) -> None:
    folder = team.parent / "hook"
    venv.create(folder, with_pip=False, symlinks=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-index",
         "--no-deps", "--no-compile", str(wheel)], check=True,
    )  # fmt: skip
    variables = environment(PATH=f"{folder / 'bin'}:{os.environ['PATH']}", PYTHONPATH=sysconfig.get_paths()["purelib"])

    def hook(name: str, *args: str) -> Any:
        assert HOOKS[name]["language"] == "python"
        assert HOOKS[name]["pass_filenames"] is False
        command = [*shlex.split(HOOKS[name]["entry"]), *args]
        return subprocess.run(command, cwd=team, env=variables, capture_output=True, text=True, check=False)

    checked = hook("vigil-check", "alerts of all")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "passed over, nothing known in them: alerts of all/policy.test.yaml" in checked.stdout
    assert hook("vigil-test", "alerts of all/policy.test.yaml").stdout == "1 of 1 tests passed\n"


def test_the_wheel_of_the_root_needs_what_its_parts_need_and_none_of_ours(wheel: Path) -> None:
    from importlib.metadata import Distribution, PathDistribution
    from zipfile import Path as Inside
    from zipfile import ZipFile

    with ZipFile(wheel) as file:
        (name,) = {each.split("/")[0] for each in file.namelist() if ".dist-info/" in each}
        found: Distribution = PathDistribution(Inside(file, f"{name}/"))
        needed = {each.split(">")[0].split("<")[0] for each in found.requires or ()}
    assert {"pulumi", "lark", "numpy", "opentelemetry-proto", "grpcio", "altair", "typer"} <= needed
    assert not [each for each in needed if each.startswith("vigil")]
    assert "pytest" not in needed
