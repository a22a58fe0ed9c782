"""Where the parts of a running demo are: a file in the state folder while `python -m demo serve` runs."""

import contextlib
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec

from infra.names import SUPABASE_DRAIN, VERCEL_DRAIN
from vigil_cli.errors import CommandError

FILE = "demo.json"


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of the running parts; empty, or 0, stands for one that does not run."""

    api: str
    outside: str = ""
    llm: str = ""
    vercel_drain: str = ""
    supabase_drain: str = ""
    workers: int = 0
    """Process and process group of the workers."""

    @property
    def addresses(self) -> dict[str, str]:
        """Of what answers over HTTP, by the name of its process."""
        drains = {VERCEL_DRAIN: self.vercel_drain, SUPABASE_DRAIN: self.supabase_drain}
        return {"api": self.api, "outside": self.outside, "llm": self.llm, **drains}


@contextlib.contextmanager
def announced(folder: Path, demo: Demo) -> Generator[Callable[[Demo], None]]:
    """Announce the demo to other processes until the block ends; yield a function that announces a change."""
    file = folder / FILE
    beside = file.with_suffix(".new")

    def tell(now: Demo) -> None:
        beside.write_bytes(msgspec.json.encode(now))
        beside.replace(file)  # a reader sees all of it or nothing

    tell(demo)
    try:
        yield tell
    finally:
        file.unlink(missing_ok=True)


def running_demo(folder: Path) -> Demo:
    """Return the demo that runs on this state folder; raises CommandError where there is none."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Demo)
    except (OSError, msgspec.MsgspecError) as error:
        raise CommandError(
            f"No demo runs on the state folder {folder}.",
            remedy="Start it with `make serve`, or name its folder with --state.",
        ) from error
