"""`vigil serve` keeps everything running, says how to try it, and shows the alert to whoever tries."""

import json
import re
import signal
from pathlib import Path

import httpx
import pytest

from demo.temporal import free_port
from tests.stories.running import Vigil

pytestmark = [pytest.mark.timeout(300)]


def test_what_it_prints_can_be_tried_and_ctrl_c_ends_it_all(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start(
        "serve",
        "--only",
        "api",
        "--state",
        str(tmp_path),
        "--speed",
        "240",
        "--port",
        "0",
        "--receiver-port",
        str(free_port()),
    )
    assert running.process.stdout is not None
    told: list[str] = []
    for line in running.process.stdout:
        told.append(line)
        if line.startswith("Make it fail"):
            (url,) = re.findall(r"http://\S+", line)
            assert httpx.post(url, trust_env=False, timeout=60).status_code == 204
        if "api: error-ratio (local) is open" in line:
            break
    shown = "".join(told)
    (incidents,) = re.findall(r"^Incidents +curl (\S+)", shown, re.MULTILINE)
    states = {each["policyName"]: each["state"] for each in httpx.get(incidents, trust_env=False, timeout=60).json()}
    assert states["api: error-ratio (local)"] == "OPEN"
    (url, query) = re.findall(r"^Errors +curl (\S+) .* -d '(.*)'$", shown, re.MULTILINE)[0]
    (entry,) = httpx.post(url, json=json.loads(query), trust_env=False, timeout=60).json()["entries"]
    assert entry["jsonPayload"]["event"] == "http.request.failed"
    assert entry["jsonPayload"]["request_id"]
    running.process.send_signal(signal.SIGINT)
    code, _, err = running.end()
    assert (code, err) == (0, "")
    assert running.alive() == []


def test_bare_it_is_the_emulator_alone(vigil: Vigil, tmp_path: Path) -> None:
    running = vigil.start("serve", "--bare", "--state", str(tmp_path), "--port", "0")
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
    from cli.commands.options import EMULATOR_PORT
    from engine import stacks

    config = stacks.load("local").config
    assert config["gcp:loggingCustomEndpoint"] == f"http://127.0.0.1:{EMULATOR_PORT}/v2/"
    assert str(config["gcp:monitoringCustomEndpoint"]).rstrip("/") == f"http://127.0.0.1:{EMULATOR_PORT}"
