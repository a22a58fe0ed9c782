"""`python -m demo.containers`: what `make containers` runs."""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo.containers.bases import missing_for_bases
from demo.containers.compose import services
from demo.containers.engine import EngineError, missing
from demo.containers.stage import IMAGES, PROJECT, ROOT, build_images, staged
from demo.containers.story import play, probe

CANNOT = 2
"""Exit code where this machine cannot run containers; the message says what is missing, and how to get it."""
DESCRIPTION = f"""\
Start its own Docker engine, build the demo's images, start them as compose.yaml says, and bring an error of a
container through Docker's own gcplogs driver to a received notification. Nothing on this machine is changed: the engine
has its own processes, mounts and network. Images are kept in {IMAGES}, or where VIGIL_CONTAINERS says.

Needs Linux, root, Docker's engine (apt-get install docker.io) and mmdebstrap, Debian 12 for the base images.
Exit codes: 0 the notification was received, 1 it was not, 2 this machine cannot build images or run a container.
"""


def main() -> int:
    """Run the story; return the exit code."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m demo.containers", description=DESCRIPTION, formatter_class=formatter)
    parser.add_argument(
        "--pull", action="store_true", help="pull the base images from their registry instead of making stand-ins"
    )
    pull = bool(parser.parse_args().pull)
    if reason := missing() or ("" if pull else missing_for_bases()):
        return _failed(reason, CANNOT)
    signal.signal(signal.SIGTERM, _ended)
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {text}\n")
        sys.stdout.flush()

    temporal = shutil.which("temporal", path=str(ROOT / ".vigil" / "tools"))
    wanted = services(ROOT / "compose.yaml", {"GOOGLE_CLOUD_PROJECT": PROJECT})
    try:
        say("Building the images; the first time takes minutes.")
        build_images(IMAGES, wanted, temporal=Path(temporal) if temporal else None, pull=pull)
        with tempfile.TemporaryDirectory(prefix="vigil-containers-") as folder, staged(IMAGES, Path(folder)) as stage:
            probe(stage)
            say("A container runs here, and Docker's driver delivers its line to the emulator.")
            try:
                play(stage, say)
            except (OSError, RuntimeError) as error:
                return _failed(str(error), 1)
    except (EngineError, OSError, subprocess.TimeoutExpired) as error:
        return _failed(str(error), CANNOT)
    return 0


def _failed(reason: str, code: int) -> int:
    sys.stderr.write(f"{reason}\n")
    return code


def _ended(_number: int, _frame: object) -> None:
    """End as after an error: the engine and its folders go."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
