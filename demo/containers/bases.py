"""Base images where a registry cannot be reached: made of Debian's packages and of what is built here.

Each has the name that the Dockerfiles and compose.yaml give, so that these are built and run as they stand. They are
stand-ins for a proof on one machine; what is deployed is built on the real ones.
"""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from demo.containers.compose import Service
from demo.containers.engine import Engine, EngineError

PYTHON = "python:3.11-slim"
TEMPORAL = "temporalio/temporal:1.5.1"
_PACKAGES = (
    *("base-files", "base-passwd", "passwd", "login", "libc-bin", "bash", "dash", "coreutils", "sed", "grep", "tar"),
    *("gzip", "findutils", "debianutils", "hostname", "util-linux"),
    *("ca-certificates", "python3", "python3-venv", "python3-pip"),
)
"""Of Debian 12, whose Python is 3.11. Extracted, not configured: no package's script runs."""
_PREPARE = """\
FROM {base}
ADD machine.tar /
RUN cp /usr/share/base-passwd/passwd.master /etc/passwd && cp /usr/share/base-passwd/group.master /etc/group \
    && touch /etc/shadow && mkdir -p /usr/local/bin && ln -sf /usr/bin/python3 /usr/local/bin/python
"""
_TIME = 900.0
"""Wall seconds for the packages of a base; it takes half a minute where the machine has nothing else to do."""


def missing_for_bases() -> str:
    """Return what keeps the bases from being made here, with the remedy; empty where nothing does."""
    if shutil.which("mmdebstrap") is None:
        return "base images are made with mmdebstrap: apt-get install mmdebstrap"
    if not _sources().exists():
        return f"base images are made of the packages that {_sources()} names: run it on Debian 12"
    return ""


def make_bases(engine: Engine, *, temporal: Path | None = None) -> None:
    """Make each base that the engine lacks; that of Temporal where its server is built (`make tools`).

    Raises EngineError where a package cannot be had.
    """
    if not engine.has(PYTHON):
        _make_python(engine)
    if temporal is not None and not engine.has(TEMPORAL):
        _add_program(engine, TEMPORAL, temporal)


def pull_bases(engine: Engine, services: Sequence[Service]) -> None:
    """Pull each base that the engine lacks. Raises EngineError where the registry does not give it."""
    for image in (PYTHON, *(one.image for one in services if one.build is None)):
        if not engine.has(image):
            engine.docker("pull", "--quiet", image, patience=_TIME)


def _sources() -> Path:
    return Path("/etc/apt/sources.list.d/debian.sources")


def _make_python(engine: Engine) -> None:
    if reason := missing_for_bases():
        raise EngineError(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root, base = folder / "root.tar", "vigil-debian:12"
        words = ["mmdebstrap", "--quiet", "--variant=extract", "--mode=root", f"--include={','.join(_PACKAGES)}"]
        answer = subprocess.run(
            [*words, "bookworm", str(root), str(_sources())], capture_output=True, check=False, timeout=_TIME
        )
        if answer.returncode != 0:
            raise EngineError(f"The base image cannot be made: {answer.stderr.decode(errors='replace')[-1000:]}")
        engine.docker("import", str(root), base, patience=_TIME)
        root.unlink()
        (folder / "Dockerfile").write_text(_PREPARE.format(base=base))
        (folder / "machine.tar").write_bytes(_machine())
        engine.docker("build", "--quiet", "--network", "host", "--tag", PYTHON, str(folder), patience=_TIME)


def _machine() -> bytes:
    """Return a tar of what lets pip and uv reach the machine's package index: its trusted authorities."""
    trusted = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
    pip = b"[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nbreak-system-packages = true\n"
    files = {
        "etc/ssl/certs/ca-certificates.crt": trusted,
        "etc/pip.conf": pip,
        "etc/uv/uv.toml": b"native-tls = true\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _add_program(engine: Engine, image: str, program: Path) -> None:
    """Make an image of one program, which is its entry point."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(program, folder / program.name)
        (folder / "Dockerfile").write_text(
            f"FROM {PYTHON}\nCOPY {program.name} /usr/local/bin/{program.name}\n"
            f'ENTRYPOINT ["/usr/local/bin/{program.name}"]\n'
        )
        engine.docker("build", "--quiet", "--network", "host", "--tag", image, str(folder), patience=_TIME)
