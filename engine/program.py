"""Running the Pulumi program in-process, as the CLI would, without the CLI."""

import runpy
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from pulumi.runtime import Mocks

from engine import stacks
from engine.errors import EngineError
from engine.stacks import ROOT, Stack
from vigil_apimodel import rules
from vigil_components import testing
from vigil_components.testing import Recorded, RecordingMonitor, RegistrationError, SyntheticMocks, run_program

Run: TypeAlias = Recorded
"""What a run registered, exported and logged."""


class ProgramError(EngineError):
    """The program failed. The message tells the cause and where in the user's own files it happened."""


def run(
    stack: str | Stack,
    *,
    provider: Mocks | None = None,
    preview: bool = False,
    root: Path = ROOT,
    parallel: int = 1,
) -> Run:
    """Run the program of the project at ``root`` for ``stack``, from any working directory.

    ``provider`` makes the resources (SyntheticMocks where none is given; not asked in a preview), ``parallel`` of
    them at once. Raises StackError for a stack or file that is not there, ProgramError for a program that fails;
    what ``provider`` raises comes out as it is.
    """
    chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
    monitor = RecordingMonitor(provider or SyntheticMocks(project=chosen.gcp_project or chosen.project))
    with _importable(root):
        try:
            diagnostics = run_program(
                lambda: runpy.run_path(str(chosen.main), run_name="__main__"),
                monitor,
                stack=chosen.name,
                project=chosen.project,
                preview=preview,
                config=chosen.config,
                secrets=chosen.secrets,
                parallel=parallel,
            )
        except EngineError:
            raise
        except RegistrationError as error:
            raise ProgramError(f"the program failed for stack {chosen.name!r}: {error}") from error
        except (Exception, SystemExit) as error:
            frames = _frames(error.__traceback__, root)
            if not frames:
                raise  # not the program's
            raise ProgramError(_told(error, frames, chosen.name)) from error
    recorded = Recorded(
        stack=chosen.name,
        project=chosen.project,
        preview=preview,
        registrations=monitor.registrations,
        exports=monitor.exports,
        secret_exports=monitor.secret_exports,
        invocations=monitor.invocations,
        diagnostics=diagnostics,
    )
    if provider is None:
        _refuse_violations(recorded)
    return recorded


def _refuse_violations(recorded: Recorded) -> None:
    """Raise ProgramError for what the APIs would refuse of the program as a whole, such as a quota it exceeds.

    What they would refuse of one resource, its component refuses, or for a bare one the API itself.
    """
    refused = [
        one for one in recorded.violations() if one.rule in rules.PROGRAM_RULES and one.severity is rules.Severity.ERROR
    ]
    if refused:
        listed = "\n".join(f"  {one}" for one in refused)
        raise ProgramError(f"stack {recorded.stack!r} breaks {len(refused)} rule(s) of the APIs:\n{listed}")


def _told(error: BaseException, frames: list[str], stack: str) -> str:
    name = type(error).__name__
    what = f"{name}: {error}" if str(error) else name
    return f"the program failed for stack {stack!r}: {what}\n" + "\n".join(f"  {frame}" for frame in frames)


_OURS = (Path(__file__).resolve().parent, Path(testing.__file__).resolve().parent)
"""Where the run itself is: its frames are not the program's."""


def _frames(trace: TracebackType | None, root: Path) -> list[str]:
    """The frames in the project's own files, deepest first; not those of the run, nor of what is installed."""
    told: list[str] = []
    for frame in reversed(traceback.extract_tb(trace)):
        file = Path(frame.filename)
        installed = any(part in (".venv", "site-packages") for part in file.parts)
        if file.is_relative_to(root) and not installed and not any(file.is_relative_to(ours) for ours in _OURS):
            told.append(f"{file.relative_to(root)}:{frame.lineno} in {frame.name}")
    return told


@contextmanager
def _importable(root: Path) -> Generator[None]:
    """Make ``root`` importable for the run, and keep another root's ``infra`` out of it."""
    foreign = {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "infra" and not _below(getattr(module, "__file__", None), root)
    }
    for name in foreign:
        del sys.modules[name]
    before = list(sys.path)
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path[:] = before
        if root != ROOT:
            for name in [each for each in sys.modules if each.partition(".")[0] == "infra"]:
                del sys.modules[name]
        sys.modules.update(foreign)


def _below(file: str | None, root: Path) -> bool:
    return file is not None and Path(file).is_relative_to(root)
