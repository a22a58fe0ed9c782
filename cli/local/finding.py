"""Finds the emulator that runs on a state folder."""

from pathlib import Path

import httpx
import msgspec

from cli.errors import CommandError
from vigil_emulator.environment import ADDRESSES

PATIENCE = 5.0
"""Wall seconds in which a running emulator must answer."""


class Addresses(msgspec.Struct):
    """What this reads of the file that an emulator leaves in its state folder."""

    url: str


def running_emulator(folder: Path) -> str:
    """The address of the emulator on this state folder; raises CommandError where none runs."""
    try:
        url = msgspec.json.decode((folder / ADDRESSES).read_bytes(), type=Addresses).url
        httpx.get(f"{url}/vigil/v1/health", timeout=PATIENCE, trust_env=False).raise_for_status()
    except (OSError, msgspec.MsgspecError, httpx.HTTPError) as error:
        raise CommandError(
            f"No emulator runs on the state folder {folder}.",
            remedy="Start one with `vigil serve` (or `make serve`), or name its folder with --state.",
        ) from error
    return url
