"""The GitHub workflows: what they may do, what they pin, and that each of their steps' scripts does what its name says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import bytecode

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
SCRIPTS = GITHUB / "scripts"
BIN = Path(sys.executable).parent


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load((GITHUB / "workflows" / f"{name}.yml").read_text())


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.stem}/{name}", job)
        for path in WORKFLOWS
        for name, job in yaml.safe_load(path.read_text())["jobs"].items()
    ]


def scripts_of(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


# -- what they may do ---------------------------------------------------------------------------------------------------


def test_actionlint_finds_nothing() -> None:
    linter = shutil.which("actionlint", path=f"{ROOT / '.vigil/tools'}{os.pathsep}{os.environ['PATH']}")
    if linter is None:
        pytest.skip("no actionlint: `make tools` builds it where Go is installed")
    ran = subprocess.run([linter, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_zizmor_finds_nothing() -> None:
    ran = subprocess.run(
        [str(BIN / "zizmor"), "--offline", "--no-progress", "--strict-collection", str(GITHUB)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_workflow_grants_anything_to_all_of_its_jobs() -> None:
    for path in WORKFLOWS:
        assert yaml.safe_load(path.read_text())["permissions"] == {}, path.name


def test_a_job_reads_the_repository_and_only_one_with_an_environment_may_ask_for_an_identity() -> None:
    for name, job in jobs():
        granted = dict(job["permissions"])
        if name == "comment/comment":  # it reads no code, only what the run left, and writes the comment
            assert granted == {"actions": "read", "pull-requests": "write"}
            assert [list(step) for step in job["steps"] if "uses" in step] == []
            continue
        assert granted.pop("contents") == "read", name
        assert granted == ({"id-token": "write"} if "environment" in job else {}), name


def test_no_workflow_knows_a_secret() -> None:
    for path in (*WORKFLOWS, *ACTIONS):
        assert "secrets." not in path.read_text(), path.name


def test_every_action_is_pinned_by_a_whole_digest_with_its_version_beside() -> None:
    used = [
        (path.name, line.strip())
        for path in (*WORKFLOWS, *ACTIONS)
        for line in path.read_text().splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]
    assert len(used) > 10
    for name, line in used:
        assert re.search(r"uses: (\./\.github/|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)", line), f"{name}: {line}"


def test_one_action_has_one_digest() -> None:
    digests: dict[str, set[str]] = {}
    for path in (*WORKFLOWS, *ACTIONS):
        for action, digest in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40})", path.read_text()):
            digests.setdefault(action, set()).add(digest)
    assert {action: len(found) for action, found in digests.items() if len(found) > 1} == {}


def test_a_pull_request_of_a_fork_is_tested_and_rendered_without_an_identity() -> None:
    pull_request = workflow("pull-request")["jobs"]
    for name in ("checks", "report"):
        assert "if" not in pull_request[name], name
        assert "id-token" not in pull_request[name]["permissions"], name
    assert "head.repo.full_name == github.repository" in pull_request["preview"]["if"]
    assert "pull_request_target" not in (GITHUB / "workflows" / "pull-request.yml").read_text()


def test_what_pull_requests_and_the_drift_check_act_as_is_not_what_deploys() -> None:
    for job in (workflow("pull-request")["jobs"]["preview"], workflow("drift")["jobs"]["drift"]):
        assert job["environment"] == "preview-${{ matrix.stack }}"
        assert job["strategy"]["matrix"]["stack"] == ["staging", "prod"]
    assert {name: job["environment"] for name, job in workflow("deploy")["jobs"].items() if "steps" in job} == {
        "staging": "staging",
        "prod": "prod",
    }


def test_staging_is_deployed_and_verified_before_prod_and_prod_leaves_nothing_to_do() -> None:
    deploy = workflow("deploy")["jobs"]
    assert (deploy["staging"]["needs"], deploy["prod"]["needs"]) == ("checks", "staging")
    assert scripts_of(deploy["staging"]) == [
        ".github/scripts/stack up staging",
        ".github/scripts/stack unchanged staging",
        ".github/scripts/verify staging",
    ]
    assert scripts_of(deploy["prod"]) == [".github/scripts/stack up prod", ".github/scripts/stack unchanged prod"]


def test_a_deployment_is_never_interrupted_and_no_check_pushes_one_out_of_its_queue() -> None:
    groups = {path.stem: yaml.safe_load(path.read_text()).get("concurrency") for path in WORKFLOWS}
    assert groups["deploy"] == {"group": "deploy", "cancel-in-progress": False}
    assert groups["drift"]["group"] != "deploy"
    assert groups["pull-request"]["group"] == "pull-request-${{ github.event.pull_request.number }}"


def test_the_cli_has_the_version_of_the_locked_sdk() -> None:
    (locked,) = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    (installed,) = re.findall(r"pulumi-version: (\S+)", ACTIONS[0].read_text())
    assert installed == locked


# -- what their steps do ------------------------------------------------------------------------------------------------


def command(folder: Path, name: str, body: str) -> None:
    """A stand-in that records its arguments, one call a line, and then does `body`."""
    file = folder / name
    file.write_text(f'#!/usr/bin/env bash\necho "$*" >> "{folder}/{name}.calls"\n{body}\n')
    file.chmod(0o755)


def calls(folder: Path, name: str) -> list[str]:
    file = folder / f"{name}.calls"
    return file.read_text().splitlines() if file.exists() else []


def run(script: str, *arguments: str, folder: Path, root: Path = ROOT, **environment: str) -> Any:
    given = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        **bytecode(),
        **environment,
    }
    return subprocess.run(
        [str(root / ".github" / "scripts" / script), *arguments],
        cwd=root, env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip


BACKEND = "gs://example-state"


@pytest.mark.parametrize(
    ("action", "commands"),
    [
        ("preview", "preview --diff --stack staging,preview --json --stack staging"),
        ("up", "up --yes --stack staging"),
        ("unchanged", "preview --diff --expect-no-changes --stack staging"),
        ("drift", "preview --diff --expect-no-changes --refresh --stack staging"),
    ],
)
def test_each_step_asks_pulumi_for_one_thing_and_a_preview_for_its_plan_too(
    tmp_path: Path, action: str, commands: str
) -> None:
    command(tmp_path, "pulumi", 'echo "the difference"')
    ran = run("stack", action, "staging", folder=tmp_path, PULUMI_BACKEND_URL=BACKEND)
    assert ran.returncode == 0, ran.stderr
    assert calls(tmp_path, "pulumi") == [f"{one} --non-interactive --color never" for one in commands.split(",")]
    summary = (tmp_path / "summary.md").read_text()
    assert "staging" in summary.splitlines()[0]
    assert "the difference" in summary
    assert ("could not be put into words" in ran.stderr) == (action == "preview")


def test_a_preview_is_put_into_words_with_the_reason_of_each_replacement(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(ROOT / ".github" / "scripts", root / ".github" / "scripts")
    (root / ".venv" / "bin").mkdir(parents=True)
    command(
        root / ".venv" / "bin", "vigil", 'grep -q steps "$5" && echo "is replaced, because \'location\' cannot change"'
    )
    command(tmp_path, "pulumi", 'case "$*" in *--json*) echo \'{"steps": []}\';; *) echo "the difference";; esac')
    ran = run("stack", "preview", "staging", folder=tmp_path, root=root, PULUMI_BACKEND_URL=BACKEND)
    assert ran.returncode == 0, ran.stderr
    (call,) = calls(root / ".venv" / "bin", "vigil")
    assert call.startswith("preview -s staging --plan /")
    summary = (tmp_path / "summary.md").read_text()
    assert "### Preview of staging in words: done" in summary
    assert "because 'location' cannot change" in summary
    assert "because 'location' cannot change" in ran.stdout


def test_a_failure_of_pulumi_fails_the_step_and_stands_in_the_summary(tmp_path: Path) -> None:
    command(tmp_path, "pulumi", "echo 'error: 2 changes' >&2; exit 255")
    ran = run("stack", "drift", "prod", folder=tmp_path, PULUMI_BACKEND_URL=BACKEND)
    assert ran.returncode == 255
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("### Drift of prod: failed with 255\n")
    assert "error: 2 changes" in summary


def test_a_summary_stays_below_what_github_takes(tmp_path: Path) -> None:
    command(tmp_path, "pulumi", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo the end")
    run("stack", "preview", "prod", folder=tmp_path, PULUMI_BACKEND_URL=BACKEND)
    summary = (tmp_path / "summary.md").read_text()
    assert len(summary) < 1024 * 1024
    assert "the end" in summary


def test_without_a_place_for_the_state_pulumi_is_not_called(tmp_path: Path) -> None:
    command(tmp_path, "pulumi", "")
    ran = run("stack", "up", "prod", folder=tmp_path)
    assert ran.returncode != 0
    assert "PULUMI_BACKEND_URL" in ran.stderr
    assert calls(tmp_path, "pulumi") == []


def test_an_unknown_action_is_refused(tmp_path: Path) -> None:
    command(tmp_path, "pulumi", "")
    ran = run("stack", "destroy", "prod", folder=tmp_path, PULUMI_BACKEND_URL=BACKEND)
    assert ran.returncode == 64
    assert calls(tmp_path, "pulumi") == []


@pytest.mark.parametrize(
    ("answers", "attempts", "ends"),
    [
        ("0", 1, 0),
        ("1 3 0", 3, 0),  # broken, then not everything could be queried, then well
        ("1 1 1 1", 3, 1),  # the attempts are used up
        ("2 0", 1, 2),  # it could not run: waiting does not help
    ],
)
def test_a_verification_is_repeated_while_time_may_help(tmp_path: Path, answers: str, attempts: int, ends: int) -> None:
    command(
        tmp_path, "vigil", f'answers=({answers}); exit "${{answers[$(($(wc -l < "{tmp_path}/vigil.calls") - 1))]}}"'
    )
    ran = run(
        "verify", "staging", folder=tmp_path,
        VIGIL=str(tmp_path / "vigil"), VERIFY_ATTEMPTS="3", VERIFY_PAUSE_SECONDS="0",
    )  # fmt: skip
    assert ran.returncode == ends
    assert calls(tmp_path, "vigil") == ["verify -s staging --junit build/verify-staging.xml"] * attempts
    assert "### Verification of staging" in (tmp_path / "summary.md").read_text()


def test_the_real_command_takes_these_arguments_and_does_not_run_without_credentials(tmp_path: Path) -> None:
    ran = run(
        "verify", "staging", folder=tmp_path,
        VIGIL=str(BIN / "vigil"), VERIFY_PAUSE_SECONDS="0", NO_GCE_CHECK="true", CLOUDSDK_CONFIG=str(tmp_path),
    )  # fmt: skip
    assert ran.returncode == 2, ran.stdout
    assert "no credentials" in (tmp_path / "summary.md").read_text()
