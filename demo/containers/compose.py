"""What `docker compose up` does with compose.yaml, one to one, for machines that have an engine alone.

It knows the keys that this repository's file uses and refuses any other, so that nothing of the file is left out.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from demo.containers.engine import Engine

_KNOWN = {
    *("image", "build", "command", "environment", "labels", "logging", "depends_on", "ports", "volumes"),
    *("read_only", "tmpfs", "cap_drop", "security_opt"),
}
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<rest>[^}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of the file, its variables filled in."""

    name: str
    project: str
    keys: Mapping[str, Any]  # YAML: each key has its own shape

    @property
    def container(self) -> str:
        """Name of its container, as compose gives it."""
        return f"{self.project}-{self.name}-1"

    @property
    def image(self) -> str:
        """Name of its image: the file's, or the one that compose gives to what it builds."""
        return str(self.keys.get("image", f"{self.project}-{self.name}"))

    @property
    def build(self) -> Mapping[str, str] | None:
        """Context, Dockerfile and target, where the image is built."""
        return cast("Mapping[str, str] | None", self.keys.get("build"))

    def run_words(self, root: Path, more: Sequence[str] = ()) -> list[str]:
        """Return the words of `docker run` that start it; `more` are further options."""
        words = ["run", "--detach", "--name", self.container]
        words += ["--network", network(self.project), "--network-alias", self.name]
        words += ["--label", f"com.docker.compose.service={self.name}"]
        for key, value in self.keys.get("environment", {}).items():
            words += ["--env", f"{key}={value}"]
        for key, value in self.keys.get("labels", {}).items():
            words += ["--label", f"{key}={value}"]
        if logging := self.keys.get("logging"):
            words += ["--log-driver", logging["driver"]]
            for key, value in logging.get("options", {}).items():
                words += ["--log-opt", f"{key}={value}"]
        for published in self.keys.get("ports", ()):
            words += ["--publish", published]
        for volume in self.keys.get("volumes", ()):
            source, _, rest = volume.partition(":")
            words += ["--volume", f"{(root / source).resolve()}:{rest}"]
        words += ["--read-only"] if self.keys.get("read_only") else []
        for key, option in (("tmpfs", "--tmpfs"), ("cap_drop", "--cap-drop"), ("security_opt", "--security-opt")):
            for value in self.keys.get(key, ()):
                words += [option, value]
        return [*words, *more, self.image, *self.keys.get("command", ())]


def services(file: Path, variables: Mapping[str, str]) -> list[Service]:
    """Return the services of a file, each after those that it depends on.

    Raises ValueError for a key that is not known here, and for a variable that the file demands and nobody gives.
    """
    document = yaml.safe_load(file.read_text())
    found = {
        name: Service(name=name, project=document["name"], keys=cast("Mapping[str, Any]", _filled(keys, variables)))
        for name, keys in document["services"].items()
    }
    for service in found.values():
        if unknown := sorted(set(service.keys) - _KNOWN):
            raise ValueError(f"{file.name}: service {service.name} has {', '.join(unknown)}: add it to compose.py")
    return list(_in_order(found))


def network(project: str) -> str:
    """Return the name of the network that compose makes for a project."""
    return f"{project}_default"


def up(engine: Engine, wanted: Sequence[Service], *, root: Path, more: Sequence[str] = ()) -> None:
    """Start the services on their own network; the images must be there. `root` is the file's folder."""
    if wanted and network(wanted[0].project) not in engine.docker("network", "ls", "--format", "{{.Name}}").split():
        engine.docker("network", "create", network(wanted[0].project))
    for service in wanted:
        engine.docker(*service.run_words(root, more))


def state(engine: Engine, service: Service) -> Mapping[str, Any]:
    """Return what `docker inspect` says of the service's container."""
    (found,) = json.loads(engine.docker("inspect", service.container))
    return cast("Mapping[str, Any]", found)


def _filled(value: object, variables: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _variable(match, variables), value)
    if isinstance(value, dict):
        return {key: _filled(each, variables) for key, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_filled(each, variables) for each in cast("list[object]", value)]
    return value


def _variable(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name, how, rest = match["name"], match["how"], match["rest"]
    if value := variables.get(name):
        return value
    if how == ":?":
        raise ValueError(f"{name} is not set: {rest}")
    return rest if how == ":-" else ""


def _in_order(found: Mapping[str, Service]) -> Iterator[Service]:
    done: set[str] = set()

    def visit(name: str) -> Iterator[Service]:
        if name not in done:
            done.add(name)
            for needed in found[name].keys.get("depends_on", ()):
                yield from visit(needed)
            yield found[name]

    for name in found:
        yield from visit(name)
