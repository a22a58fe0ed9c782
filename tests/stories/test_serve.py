"""`vigil serve` keeps everything running, says how to try it, and then shows the alert."""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demo.stand_ins.temporal import free_port
from tests.stories.running import Vigil, found_within

pytestmark = [pytest.mark.timeout(900)]

POLICY = "api: error-ratio (local)"


def test_what_it_prints_can_be_tried_and_ctrl_c_ends_it_all(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(
        "serve",
        "--only",
        "api",
        "--state",
        str(tmp_path),
        "--port",
        "0",
        "--receiver-port",
        str(free_port()),
    )
    assert running.process.stdout is not None
    lines: list[str] = []

    def until(done: Callable[[], bool]) -> None:
        """Read lines until `done`."""
        assert running.process.stdout is not None
        while not done():
            line = running.process.stdout.readline()
            assert line, f"it ended: {''.join(lines)}"
            lines.append(line)

    def last(words: str) -> str:
        return next((line for line in reversed(lines) if words in line), "")

    until(lambda: bool(last("Make it fail") and last("Incidents ") and last("Errors ")))
    shown = "".join(lines)
    (url,) = re.findall(r"^Make it fail.* (http://\S+)", shown, re.MULTILINE)
    assert httpx.post(url, trust_env=False, timeout=60).status_code == 204
    hook, mail = f"Notification: {POLICY} is", "PAGE api: Requests fail"
    until(lambda: "is open" in last(hook) and "E-mail to backend@vigil.example ([ALERT] " in last(mail))
    (incidents,) = re.findall(r"^Incidents +curl (\S+)", shown, re.MULTILINE)
    emulator = incidents.partition("/vigil/")[0]

    def get(url: str, **query: str) -> httpx.Response:
        return httpx.get(url, params=query, trust_env=False, timeout=60, follow_redirects=True).raise_for_status()

    def is_open() -> bool:
        return (POLICY, "OPEN") in {(each["policyName"], each["state"]) for each in get(incidents).json()}

    def is_listed() -> bool:
        listed = get(f"{emulator}/v3/projects/vigil-local/alerts", filter='state="OPEN"').json().get("alerts", [])
        return POLICY in {each["policy"]["displayName"] for each in listed}

    # on a busy machine there may be too few requests for a moment: then the incident closes, and opens again
    assert found_within(is_open, within=60)
    assert found_within(is_listed, within=60), "as Google's alerts.list reports it"
    assert POLICY in get(f"{emulator}/console/incidents").text
    assert httpx.delete(url, trust_env=False, timeout=60).status_code == 204
    until(lambda: "is closed" in last(hook) and "E-mail to backend@vigil.example ([RESOLVED] " in last(mail))
    (url, query) = re.findall(r"^Errors +curl (\S+) .* -d '(.*)'$", shown, re.MULTILINE)[0]
    (entry,) = httpx.post(url, json=json.loads(query), trust_env=False, timeout=60).json()["entries"]
    assert entry["jsonPayload"]["event"] == "http.request.failed"
    assert entry["jsonPayload"]["request_id"]
    running.process.send_signal(signal.SIGINT)
    code, _, err = running.end()
    assert (code, err) == (0, "")
    assert running.alive() == []


def test_bare_it_is_the_emulator_alone(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start("serve", "--bare", "--state", str(tmp_path), "--port", "0", program="vigil_cli")
    assert running.process.stdout is not None
    for line in running.process.stdout:
        if "Emulator ready" in line:
            (url,) = re.findall(r"http://[^)\s]+", line)
            assert httpx.get(f"{url}/v2/projects/any-id/metrics", trust_env=False, timeout=60).json() == {}
        if "pulumi up -s local" in line:
            break
    code, out, _ = vigil.run("env", "--state", str(tmp_path))
    assert code == 0
    assert f"export VIGIL_EMULATOR_URL={url}\n" in out
    assert f"export GOOGLE_LOGGING_CUSTOM_ENDPOINT={url}/v2/\n" in out
    running.process.send_signal(signal.SIGTERM)
    assert running.end()[0] == 0
    assert running.alive() == []


def test_its_default_port_is_the_one_that_the_stack_file_names() -> None:
    from vigil_cli.commands.options import EMULATOR_PORT
    from vigil_runner import stacks

    config = stacks.load("local").config
    assert config["gcp:loggingCustomEndpoint"] == f"http://127.0.0.1:{EMULATOR_PORT}/v2/"
    assert str(config["gcp:monitoringCustomEndpoint"]).rstrip("/") == f"http://127.0.0.1:{EMULATOR_PORT}"
