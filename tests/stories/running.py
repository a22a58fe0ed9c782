"""Runs the `vigil` command as a newcomer does: in a separate process, with real processes and real HTTP under it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


def found_within(look: Callable[[], T], *, within: float) -> T:
    """What `look` finds, as soon as it is something; what it found last, after so many wall seconds."""
    deadline = time.monotonic() + within
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@dataclass
class Running:
    """A `vigil` command under way, and every process that it started, directly or not."""

    process: subprocess.Popen[str]
    mark: str
    lines: list[str] = field(default_factory=list)

    def until(self, words: str) -> str:
        """Read progress up to the line with these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if words in line:
                return line
        pytest.fail(f"{words!r} did not come: {''.join(self.lines)}")

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=800)
        return self.process.returncode, out, "".join(self.lines) + err

    def alive(self) -> list[str]:
        """The processes that carry this run's mark in their environment, as `pid command`."""
        found: list[str] = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.mark.encode() in (entry / "environ").read_bytes():
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found.append(f"{entry.name} {command}")
            except OSError:
                continue
        return found

    def pid(self, module: str) -> int:
        """The process that runs `python -m module`, of which there may be arguments."""
        return self.pid_of(f"-m {module} ")

    def pid_of(self, words: str) -> int:
        """The process whose command has these words."""
        pids = {int(each.split()[0]) for each in self.alive() if words in each}
        # a fork carries its parent's command until it writes a title for itself
        (pid,) = [each for each in pids if parent(each) not in pids]
        return pid

    def kill(self, module: str) -> None:
        os.kill(self.pid(module), signal.SIGKILL)

    def nothing_left(self) -> bool:
        """Whether all of them have ended; the kernel may take a moment after the command itself."""
        deadline = time.monotonic() + 60
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.alive()


def parent(pid: int) -> int:
    """Return the parent of a process, 0 for one that has just ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


DEMO = ("up", "serve", "traffic")
"""Commands of the demo; all others are the ones that everybody installs."""


class Vigil:
    """Starts commands, and kills what a failed test leaves."""

    def __init__(self) -> None:
        self.started: list[Running] = []

    def start(
        self,
        *arguments: str,
        prefix: tuple[str, ...] = (),
        output: Path | None = None,
        program: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> Running:
        """`output` takes everything that the command prints, for a command that keeps running while its output is not read."""
        mark = f"vigil-test-{uuid.uuid4()}"
        file = None if output is None else output.open("wb")
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", program or ("demo" if arguments[0] in DEMO else "vigil_cli"), *arguments],
            cwd=ROOT,
            env={**os.environ, "VIGIL_TEST": mark, "NO_COLOR": "1", "COLUMNS": "200", **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if file is None else file,
            stderr=subprocess.PIPE if file is None else subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        if file is not None:
            file.close()
        running = Running(process, mark)
        self.started.append(running)
        return running

    def run(self, *arguments: str, prefix: tuple[str, ...] = ()) -> tuple[int, str, str]:
        return self.start(*arguments, prefix=prefix).end()

    def clear(self) -> None:
        for running in self.started:
            if running.process.poll() is None:
                os.killpg(running.process.pid, signal.SIGKILL)
            for stream in (running.process.stdout, running.process.stderr):
                close(stream)
            running.process.wait()


def close(stream: IO[str] | None) -> None:
    if stream is not None:
        stream.close()


@dataclass(frozen=True)
class Run:
    """A whole run of `vigil up --json` that came to its end."""

    document: dict[str, Any]
    progress: str
    left: list[str]
    state: Path

    @property
    def of_the_incident(self) -> list[dict[str, Any]]:
        """The notifications of the incident that the story was about."""
        about = self.document["incident"]
        return [each for each in self.document["notifications"] if each["incident"]["incident_id"] == about]

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        return {step["name"]: step for step in self.document["milestones"]}
