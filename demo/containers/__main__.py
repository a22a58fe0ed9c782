"""``python -m demo.containers``: what `make containers` runs."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from demo.containers.bases import missing_for_bases
from demo.containers.compose import services
from demo.containers.engine import EngineError, missing
from demo.containers.stage import IMAGES, PROJECT, ROOT, build_images, staged
from demo.containers.story import play

CANNOT = 2
"""Exit code where something is missing; the message says what, and how to get it."""
DESCRIPTION = f"""\
Start its own Docker engine, build the demo's images, start them as compose.yaml says, and bring an error of a
container through Docker's own gcplogs driver to a received notification. Nothing on this machine is changed: the engine
has its own processes, mounts and network. Images are kept in {IMAGES}, or where VIGIL_CONTAINERS says.

Needs Linux, root, Docker's engine (apt-get install docker.io) and mmdebstrap, Debian 12 for the base images.
Exit codes: 0 the notification was received, 1 it was not, 2 something is missing here.
"""


def main() -> int:
    """Run the story; return the exit code."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(
        "python -m demo.containers", description=DESCRIPTION, formatter_class=formatter
    ).parse_args()
    if reason := missing() or missing_for_bases():
        sys.stderr.write(f"{reason}\n")
        return CANNOT
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {text}\n")
        sys.stdout.flush()

    temporal = shutil.which("temporal", path=str(ROOT / ".vigil" / "tools"))
    wanted = services(ROOT / "compose.yaml", {"GOOGLE_CLOUD_PROJECT": PROJECT})
    try:
        say("Building the images; the first time takes minutes.")
        build_images(IMAGES, wanted, temporal=Path(temporal) if temporal else None)
        with tempfile.TemporaryDirectory(prefix="vigil-containers-") as folder, staged(IMAGES, Path(folder)) as stage:
            play(stage, say)
    except (EngineError, OSError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
