"""`docker compose` itself, where it is installed, makes of compose.yaml the containers that this repository makes."""

import json
import os
import shutil
import subprocess

import pytest

from demo.containers.stage import PROJECT, ROOT

pytestmark = pytest.mark.timeout(900)
SERVICES = ["api", "worker", "agent", "llm", "outside", "vercel-drain", "supabase-drain"]
OWN = "com.docker.compose."
"""Labels that compose keeps its own notes in."""


@pytest.fixture(scope="module")
def compose(stage):
    """Runs a command of the program for the stage's engine."""
    program = shutil.which("docker-compose", path=f"{ROOT / '.vigil' / 'tools'}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("no docker-compose here: go build github.com/docker/compose/v2/cmd (docs/docker-hosts.md)")
    settings = {**os.environ, "DOCKER_HOST": stage.engine.address, "GOOGLE_CLOUD_PROJECT": PROJECT}

    def run(*words):
        answer = subprocess.run(
            [program, "--file", str(ROOT / "compose.yaml"), *words],
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr[-2000:]

    return run


def made(stage):
    """What matters of each container, by its service."""
    found = {}
    for name in SERVICES:
        (one,) = json.loads(stage.engine.docker("inspect", stage.services[name].container))
        host = one["HostConfig"]
        found[name] = {
            "environment": sorted(one["Config"]["Env"]),
            "command": one["Config"]["Cmd"],
            "labels": {key: value for key, value in one["Config"]["Labels"].items() if not key.startswith(OWN)},
            "logging": host["LogConfig"],
            "ports": host["PortBindings"] or {},
            "confined": [host["ReadonlyRootfs"], sorted(host["Tmpfs"]), host["CapDrop"], host["SecurityOpt"]],
            "networks": sorted(one["NetworkSettings"]["Networks"]),
            "called": all(name in each["Aliases"] for each in one["NetworkSettings"]["Networks"].values()),
        }
    return found


def test_compose_makes_the_same_containers(stage, compose):
    stage.engine.remove_containers()
    compose("up", "--no-start", "--no-build", "--no-deps", "--pull", "never", *SERVICES)
    theirs = made(stage)
    compose("down")
    stage.engine.docker("network", "create", f"{stage.services['api'].project}_default")
    for name in SERVICES:
        stage.engine.docker("create", *stage.services[name].run_words(ROOT)[2:])
    ours = made(stage)
    stage.engine.remove_containers()
    assert ours == theirs
