"""The images of compose.yaml, built as they stand; those of an unchanged tree are kept."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from demo.containers.compose import Service
from demo.containers.engine import Engine

SOURCES = ("requirements.lock", "telemetry", "demo", "drains", ".dockerignore")
"""What the Dockerfiles take from the tree."""
_LABEL = "vigil.sources"
_BUILDING = 1200.0
"""Wall seconds for one target; the first takes half a minute where the machine has nothing else to do."""


def digest(root: Path) -> str:
    """Return a digest of what the images are built from."""
    total = hashlib.sha256()
    for file in sorted(_files(root)):
        total.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def outdated(engine: Engine, root: Path, services: Sequence[Service]) -> list[Service]:
    """Return the services whose image is missing or was built from another tree."""
    now = digest(root)
    return [one for one in services if one.build is not None and _label_of(engine, one.image) != now]


def build(engine: Engine, root: Path, services: Sequence[Service]) -> None:
    """Build the images with the machine's network. Raises EngineError where one cannot be built."""
    now = digest(root)
    for service in services:
        if service.build is None:
            continue
        target = ["--target", service.build["target"]] if "target" in service.build else []
        engine.docker(
            *("build", "--quiet", "--network", "host", "--label", f"{_LABEL}={now}"),
            *("--file", str(root / service.build["dockerfile"]), "--tag", service.image, *target, str(root)),
            patience=_BUILDING,
        )
    remove_replaced(engine)


def remove_replaced(engine: Engine) -> None:
    """Remove the images that a newer build took the name of, with the layers that no other image has."""
    engine.docker("image", "prune", "--force", "--filter", f"label={_LABEL}", patience=_BUILDING)


def _label_of(engine: Engine, image: str) -> str:
    if not engine.has(image):
        return ""
    return engine.docker("inspect", "--format", f'{{{{index .Config.Labels "{_LABEL}"}}}}', image)


def _files(root: Path) -> Iterable[Path]:
    for name in SOURCES:
        path = root / name
        if path.is_file():
            yield path
        for file in path.rglob("*"):
            if (
                file.is_file()
                and not {"__pycache__", "containers"} & set(file.relative_to(root).parts[:-1])
                and ".egg-info" not in str(file)
            ):
                yield file
