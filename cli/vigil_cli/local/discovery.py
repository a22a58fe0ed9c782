"""Finds the emulator that runs on a state folder."""

from pathlib import Path

import httpx
import msgspec

from vigil_cli.errors import CommandError
from vigil_emulator.environment import ADDRESSES

PATIENCE = 30.0
"""Wall seconds in which a running emulator must answer, while it evaluates much on a busy machine as well."""


class Addresses(msgspec.Struct, frozen=True):
    """Where an emulator listens, as the file says that it leaves in its state folder; `grpc` is HOST:PORT."""

    url: str
    grpc: str | None = None


def running_emulator(folder: Path) -> str:
    """Return the address of the emulator on this state folder; raises CommandError where none runs."""
    return addresses(folder).url


def address_or(folder: Path, otherwise: str) -> str:
    """Return the address of the emulator on this state folder, or `otherwise` where none runs on it."""
    found = found_on(folder)
    return otherwise if found is None else found.url


def found_on(folder: Path) -> Addresses | None:
    """Return both addresses of the emulator on this state folder, None where none runs on it."""
    try:
        return addresses(folder)
    except CommandError:
        return None


def grpc_beside(folder: Path, url: str) -> str | None:
    """Return the gRPC address of the emulator at `url`, None where that is not the one on this state folder."""
    found = found_on(folder)
    return found.grpc if found is not None and found.url == url.rstrip("/") else None


def addresses(folder: Path) -> Addresses:
    """Return both addresses of the emulator on this state folder; raises CommandError where none runs."""
    try:
        found = msgspec.json.decode((folder / ADDRESSES).read_bytes(), type=Addresses)
        httpx.get(f"{found.url}/vigil/v1/health", timeout=PATIENCE, trust_env=False).raise_for_status()
    except (OSError, msgspec.MsgspecError, httpx.HTTPError) as error:
        raise CommandError(
            f"No emulator runs on the state folder {folder}.",
            remedy="Start one with `vigil serve`, or name its folder with --state.",
        ) from error
    return found
