"""The scripts that write a preview into a pull request or a merge request: one comment, which is updated."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MARK = "<!-- vigil-preview -->"

GH = """\
import json, os, pathlib, sys
arguments = sys.argv[1:]
state = pathlib.Path(os.environ["STATE"])
if arguments[:2] == ["run", "download"]:
    target = pathlib.Path(arguments[arguments.index("--dir") + 1])
    reports = json.loads((state / "reports.json").read_text())
    for name, text in reports.items():
        (target / name).mkdir()
        (target / name / "report.md").write_text(text)
    sys.exit(0 if reports else 1)
method, path = arguments[arguments.index("--method") + 1], next(one for one in arguments if one.startswith("repos/"))
if method == "GET":
    print(json.dumps([json.loads((state / (path.rpartition("/")[2] + ".json")).read_text())]))
else:
    body = next(one for one in arguments if one.startswith("body=@")).removeprefix("body=@")
    (state / "written.json").write_text(json.dumps([method, path, pathlib.Path(body).read_text()]))
"""


def commented(
    folder: Path, reports: dict[str, str], comments: list[dict[str, Any]] | None = None
) -> tuple[str, ...] | None:
    """Run the comment's script beside a `gh` that keeps what it is given; return what was written."""
    pulls = [{"number": 7, "head": {"sha": "abc"}}, {"number": 8, "head": {"sha": "other"}}]
    for name, content in (("reports", reports), ("pulls", pulls), ("comments", comments or [])):
        (folder / f"{name}.json").write_text(json.dumps(content))
    (folder / "gh").write_text(f"#!{sys.executable}\n{GH}")
    (folder / "gh").chmod(0o755)
    job = yaml.safe_load((ROOT / ".github/workflows/comment.yml").read_text())["jobs"]["comment"]
    ran = subprocess.run(
        [sys.executable, "-c", job["steps"][0]["run"]],
        env={
            "PATH": f"{folder}:/usr/bin:/bin", "STATE": str(folder), "TMPDIR": str(folder), "REPOSITORY": "o/r",
            "RUN": "5", "RUN_URL": "https://github.com/o/r/actions/runs/5", "HEAD": "fork:branch", "SHA": "abc",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    written = folder / "written.json"
    return tuple(json.loads(written.read_text())) if written.exists() else None


def test_the_reports_of_all_stacks_are_one_comment(tmp_path):
    found = commented(tmp_path, {"vigil-preview-a": "**a: 1 changed.**", "vigil-preview-b": "**b: nothing changes.**"})
    assert found is not None
    method, path, body = found
    assert (method, path) == ("POST", "repos/o/r/issues/7/comments")
    assert body.startswith(f"{MARK}\n\n**a: 1 changed.**\n\n**b: nothing changes.**")
    assert "https://github.com/o/r/actions/runs/5#artifacts" in body


def test_the_comment_that_is_there_is_updated_and_nobody_else_s(tmp_path):
    bot = {"id": 3, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\n\nold"}
    person = {"id": 2, "user": {"login": "somebody"}, "body": f"{MARK}\n\nmine"}
    found = commented(tmp_path, {"vigil-preview-a": "**a: nothing changes.**"}, [person, bot])
    assert found is not None
    assert found[:2] == ("PATCH", "repos/o/r/issues/comments/3")


def test_without_a_change_or_a_report_nothing_is_written(tmp_path):
    assert commented(tmp_path, {"vigil-preview-a": "**a: nothing changes (compared with x).**"}) is None
    assert commented(tmp_path, {}) is None


def test_a_comment_is_short_enough_and_mentions_nobody(tmp_path):
    found = commented(
        tmp_path,
        {
            f"vigil-preview-{one}": f"**{one}: 1 changed.** @all &#64;all &#x40;all &commat;all\n" + "x y\n" * 40_000
            for one in "ab"
        },
    )
    assert found is not None
    assert len(found[2]) < 65_536
    assert not re.search("@(?!\u200b)|&(?:#64|#x40|commat);", found[2]), "GitHub finds mentions in what it has rendered"
    assert found[2].count("The rest is in the report.") == 2


# -- GitLab --------------------------------------------------------------------------------------------------------------


@contextmanager
def gitlab(notes: list[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[str, str, str, str]]]]:
    requests: list[tuple[str, str, str, str]] = []

    class Api(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            requests.append((self.command, self.path, self.headers["PRIVATE-TOKEN"], body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(notes if self.command == "GET" else {}).encode())

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
            """Log nothing: the test reads the requests."""

    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v4", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("report", "notes", "token", "methods"),
    [
        ("**prod: 1 changed.**", [], "t", ["GET", "POST"]),
        ("**prod: 1 changed.**", [{"id": 9, "body": "<!-- vigil-preview prod -->\nold"}], "t", ["GET", "PUT"]),
        ("**prod: nothing changes.**", [], "t", ["GET"]),
        ("**prod: 1 changed.**", [{"id": 9, "body": "a person's"}], "", []),
    ],
)
def test_a_merge_request_gets_one_note(tmp_path, report, notes, token, methods):
    script = yaml.safe_load((ROOT / ".gitlab/vigil-preview.yml").read_text())["vigil-preview"]["script"]
    program = next(one for one in script if "PROGRAM" in one)
    (tmp_path / "preview").mkdir()
    (tmp_path / "preview" / "report.md").write_text(report)
    with gitlab(notes) as (url, requests):
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "CI_API_V4_URL": url, "CI_PROJECT_ID": "4",
            "CI_MERGE_REQUEST_IID": "7", "CI_JOB_URL": "https://gitlab.example/jobs/1", "VIGIL_STACK": "prod",
            **({"VIGIL_TOKEN": token} if token else {}),
        }  # fmt: skip
        ran = subprocess.run(
            ["bash", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert ran.returncode == 0, ran.stderr
    assert [one[0] for one in requests] == methods
    assert all(one[1].startswith("/api/v4/projects/4/merge_requests/7/notes") and one[2] == "t" for one in requests)
    if len(methods) > 1:
        assert json.loads(requests[-1][3])["body"].startswith(f"<!-- vigil-preview prod -->\n\n{report}")


def test_the_preview_s_workflow_runs_the_command_and_shows_the_report_even_where_it_fails(tmp_path):
    steps = yaml.safe_load((ROOT / ".github/workflows/preview.yml").read_text())["jobs"]["preview"]["steps"]
    step = next(one for one in steps if one.get("name") == "Preview")
    (tmp_path / "bin").mkdir()
    vigil = tmp_path / "bin" / "vigil"
    vigil.write_text(
        '#!/bin/sh\necho "$*" > "$GITHUB_WORKSPACE/arguments"\nmkdir -p "$REPORTS"; echo found > "$REPORTS/report.md"\nexit 1\n'
    )
    vigil.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin", "GITHUB_WORKSPACE": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "FOLDER_OF_VIGIL": "bin", "FOLDER": "infra", "STACK": "prod", "BASE": "main", "REPORTS": str(tmp_path / "r"),
    }  # fmt: skip
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert (tmp_path / "summary").read_text() == "found\n"
    assert (tmp_path / "arguments").read_text().startswith("--cwd infra preview -s prod --base origin/main --write ")
