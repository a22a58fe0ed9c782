"""What a running local system set for its stack beside the stack file: a file in the state folder while it runs.

Addresses differ in each run. `vigil deploy` and `vigil verify` read them here, so that they see the same stack.
"""

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

import msgspec

FILE = "config.json"


@contextlib.contextmanager
def kept(folder: Path, config: Mapping[str, str]) -> Generator[None]:
    """Keep `config` (full keys and values) in the state folder until the block ends."""
    file = folder / FILE
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(dict(config)))
    beside.replace(file)  # a reader sees all of it or nothing
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def read(folder: Path) -> dict[str, str]:
    """Return what the system that runs on this state folder set; nothing where none runs."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}
