"""The demo's containers: what compose.yaml starts is there and starts, run here without Docker.

What is read of the Dockerfiles is what decides how a container starts: targets, variables, entry points and commands.
tests/containers builds the images and runs them.
"""

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from demo.stand_ins.temporal import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = sorted(name for name, service in COMPOSE["services"].items() if "build" in service)
OPTIONS = {"gcp-project", "gcp-log-cmd", "gcp-meta-id", "gcp-meta-name", "gcp-meta-zone"} | {
    "labels", "labels-regex", "env", "env-regex",
}  # fmt: skip
"""https://docs.docker.com/engine/logging/drivers/gcplogs/: any other one keeps the container from starting."""
PORTS = {"temporal": 7233, "database": 5432}
"""Of what is not ours."""
PATIENCE = 120.0
"""Wall seconds in which a process must have started, on a machine that is busy."""


@dataclass
class Image:
    """How a target of a Dockerfile starts; what a stage does not say is its base's."""

    variables: dict[str, str] = field(default_factory=dict[str, str])
    entry: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])
    copied: list[str] = field(default_factory=list[str])


def images(dockerfile: str) -> dict[str, Image]:
    """The stages by name; the last one, which is built where no target is named, also as ''."""
    found: dict[str, Image] = {}
    now = Image()
    text = (ROOT / dockerfile).read_text().replace("\\\n", " ")
    for word, rest in re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE):
        match word:
            case "FROM":
                base, _, name = rest.partition(" AS ")
                of = found.get(base, Image())
                now = found[name] = found[""] = Image(dict(of.variables), of.entry, of.command, list(of.copied))
            case "ENV":
                now.variables |= dict(pair.split("=", 1) for pair in rest.split())
            case "ENTRYPOINT":
                now.entry = json.loads(rest)
            case "CMD":
                now.command = json.loads(rest)
            case "COPY" if "--from" not in rest:
                now.copied.append(rest.split()[0])
            case _:
                pass
    return found


def image_of(name: str) -> Image:
    build = COMPOSE["services"][name]["build"]
    return images(build["dockerfile"])[build.get("target", "")]


@dataclass
class Container:
    """A process as the container would run it; its lines are read as they come."""

    process: subprocess.Popen[str]
    started: threading.Event = field(default_factory=threading.Event)
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def answers(self, url: str) -> bool:
        """Whether it does before the patience is at its end; not, where the process has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return httpx.get(url, trust_env=False, timeout=PATIENCE).is_success
            except httpx.ConnectError:
                time.sleep(0.05)
        return False

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("event") == "service.started":
                self.started.set()


@contextlib.contextmanager
def run(name: str, **instead: str) -> Generator[Container]:
    """The service's command with its variables, those of `instead` in their place."""
    image = image_of(name)
    given = {key: value for key, value in COMPOSE["services"][name]["environment"].items() if "${" not in value}
    assert image.entry[0] == "/app/bin/python"
    command = COMPOSE["services"][name].get("command", image.command)
    process = subprocess.Popen(
        [sys.executable, *image.entry[1:], *command],
        cwd=ROOT,
        env={**os.environ, "GOOGLE_CLOUD_PROJECT": "p", **image.variables, **given, **instead},
        stdout=subprocess.PIPE,
        text=True,
    )
    container = Container(process)
    reader = threading.Thread(target=container.read)
    reader.start()
    try:
        yield container
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            reader.join()
            assert process.stdout is not None
            process.stdout.close()


def test_each_part_logs_through_the_driver_to_the_project_with_documented_options() -> None:
    assert set(OURS) == {"agent", "api", "llm", "outside", "supabase-drain", "vercel-drain", "worker"}
    for name, service in COMPOSE["services"].items():
        assert service["logging"]["driver"] == "gcplogs", name
        options = service["logging"]["options"]
        assert set(options) <= OPTIONS, name
        assert options["gcp-project"].startswith("${GOOGLE_CLOUD_PROJECT:?"), "without a project it must not start"
        assert all(isinstance(value, str) for value in options.values()), "Docker takes strings alone"
        assert set(options["labels"].split(",")) <= set(service["labels"]), name


def test_what_a_container_waits_for_and_refers_to_is_there() -> None:
    services = COMPOSE["services"]
    for name in OURS:
        assert set(services[name].get("depends_on", [])) <= set(services), name
        for variable, value in services[name]["environment"].items():
            if variable.endswith(("_URL", "_ADDRESS")):
                address = urlsplit(value if "//" in value else f"//{value}")
                assert address.hostname in services, (name, variable)
                known = PORTS.get(address.hostname) or int(image_of(address.hostname).variables["PORT"])
                assert address.port == known, (name, variable)
        for published in services[name].get("ports", []):
            assert published.startswith("127.0.0.1:"), "the demo's switches are for this machine alone"
            assert published.endswith(f":{image_of(name).variables['PORT']}"), name


def test_what_the_images_are_made_of_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert ignored[1] == "*"
    for name in OURS:
        for path in image_of(name).copied:
            assert (ROOT / path).exists(), path
            assert f"!{path.partition('/')[0]}" in ignored, path


def imported(folder: str) -> Iterator[str]:
    """The packages that the folder's code imports, at its top and where it first needs them.

    The local run of the demo, its Temporal server, its commands, its stories and its own engine run beside the
    containers, not in them.
    """
    beside = {"local_run", "temporal", "commands", "stories", "containers"}
    for file in (ROOT / folder).rglob("*.py"):
        within = file.relative_to(ROOT)
        if beside & set(within.parts) or within == Path("demo/__main__.py"):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (each.name.partition(".")[0] for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def brought(packages: list[str]) -> set[str]:
    """These distributions and everything that they require, without extras and other systems' packages."""
    found: set[str] = set()
    left = [named(each) for each in packages]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        with contextlib.suppress(metadata.PackageNotFoundError):
            left += [named(each) for each in metadata.requires(name) or [] if "extra ==" not in each]
    return found


def named(requirement: str) -> str:
    return re.split(r"[\[<>=!~;( ]", requirement)[0].lower().replace("_", "-")


def test_what_the_demo_imports_is_installed_in_its_images() -> None:
    (installed,) = re.findall(r"--constraint \S+ \\\s+(.*)/src/telemetry", (ROOT / "demo/Dockerfile").read_text())
    known = brought([*installed.replace("'", "").split(), "vigil-telemetry"])
    owners = metadata.packages_distributions()
    wanted = {each for each in imported("demo") if each not in {*sys.stdlib_module_names, "demo"}}
    assert wanted >= {"fastapi", "psycopg", "temporalio"}
    for package in wanted:
        assert known & {named(owner) for owner in owners.get(package, [package])}, package


def test_the_database_of_the_containers_has_the_roles_that_their_addresses_name() -> None:
    database = COMPOSE["services"]["database"]
    (script,) = (each.partition(":")[0] for each in database["volumes"])
    text = (ROOT / script).read_text()
    for name, variable in (("api", "DATABASE_URL"), ("outside", "DATABASE_URL"), ("outside", "DATABASE_METRICS_URL")):
        address = urlsplit(COMPOSE["services"][name]["environment"][variable])
        assert address.path == "/postgres"
        if address.username == "postgres":
            assert address.password == database["environment"]["POSTGRES_PASSWORD"]
        else:
            assert f"CREATE ROLE {address.username} LOGIN PASSWORD '{address.password}'" in text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["api", "llm", "outside", "supabase-drain", "vercel-drain"])
def test_what_serves_listens_on_every_address_at_the_port_of_the_environment(name: str) -> None:
    port = free_port()
    with run(name, PORT=str(port)) as container:
        assert container.answers(f"http://127.0.0.1:{port}/healthz")
        assert container.answers(f"http://127.0.0.2:{port}/healthz"), (
            "an address that loopback's name does not stand for"
        )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "takes"), [("supabase-drain", "/supabase/logs"), ("vercel-drain", "/vercel/logs")])
def test_a_drain_takes_what_its_platform_delivers_and_refuses_it_without_a_secret(name: str, takes: str) -> None:
    port = free_port()
    with run(name, PORT=str(port)) as container:
        assert container.answers(f"http://127.0.0.1:{port}/healthz")
        for path in ("/supabase/logs", "/vercel/logs"):
            answer = httpx.post(f"http://127.0.0.1:{port}{path}", json=[{}], trust_env=False, timeout=PATIENCE)
            assert answer.status_code == (503 if path == takes else 404)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "service"), [("agent", "agents"), ("worker", "workers")])
def test_what_works_starts_and_waits_for_its_server(name: str, service: str) -> None:
    nobody, metrics = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with run(name, TEMPORAL_ADDRESS=nobody, METRICS_ADDRESS=metrics) as container:
        assert container.started.wait(PATIENCE)
        assert container.lines[0]["service"] == service
    assert container.process.returncode == 0
    assert container.lines[-1]["event"] == "service.stopping"
