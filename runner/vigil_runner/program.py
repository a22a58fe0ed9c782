"""Running the Pulumi program in-process, as the CLI would, without the CLI."""

import importlib
import runpy
import traceback
from collections.abc import Iterable
from contextlib import chdir, suppress
from pathlib import Path
from typing import Final, TypeAlias

import pulumi
from pulumi.runtime import Mocks

from vigil_apimodel import rules
from vigil_components import testing
from vigil_components.testing import Recorded, RecordingMonitor, RegistrationError, SyntheticMocks, run_program
from vigil_runner import stacks
from vigil_runner.errors import EngineError
from vigil_runner.modules import importable
from vigil_runner.stacks import Stack
from vigil_runner.standard_output import output_to_errors

Run: TypeAlias = Recorded
"""What a run registered, exported and logged."""


class ProgramError(EngineError):
    """The program failed. The message says why, and where in the user's files it happened."""


def run(
    stack: str | Stack,
    *,
    provider: Mocks | None = None,
    preview: bool = False,
    root: Path | None = None,
    parallel: int = 1,
) -> Run:
    """Run a project's program for `stack`, in this process.

    `root` is the project's folder (default: the project of the working directory). As under the Pulumi CLI, the
    program's folder is the working directory while it runs, and first on the import path; `root` is second. What it
    prints goes to standard error: standard output is the command's, which may write a document there.

    `provider` makes the resources (SyntheticMocks where none is given; not used in a preview), `parallel` of
    them at once. Raises StackError for a stack or file that is not there, ProgramError for a program that fails;
    what `provider` raises comes out as it is.
    """
    chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
    file = chosen.main / "__main__.py" if chosen.main.is_dir() else chosen.main
    if not file.is_file():
        raise ProgramError(
            f"there is no program {file}. Remedy: name its folder or file in Pulumi.yaml, such as `main: infra/`"
        )
    folder = file.parent
    monitor = RecordingMonitor(provider or SyntheticMocks(project=chosen.gcp_project or chosen.project))
    with importable(folder, chosen.root), chdir(folder), output_to_errors():
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
            frames = _frames(error, chosen.root)
            if not frames and not _from_sdk(error):
                raise  # not the program's
            failure = _failure(error, frames, chosen.name)
            if any(one.type == _REFERENCE for one in monitor.registrations):
                failure += (
                    "\nThe program reads outputs of another stack, which are not known on this machine. Remedy: "
                    "use `get_output` and allow for None, or read the value from this stack's configuration."
                )
            raise ProgramError(failure) from error
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


def import_modules(stack: Stack, names: Iterable[str]) -> None:
    """Import modules of a project as its program does, for what they declare; what they register is forgotten.

    A module may read the stack's configuration, make resources and print while it is imported. One that cannot be
    imported without the rest of the program is left out.
    """

    def imports() -> None:
        for name in names:
            with suppress(Exception):
                importlib.import_module(name)

    folder = stack.main if stack.main.is_dir() else stack.main.parent
    monitor = RecordingMonitor(SyntheticMocks(project=stack.gcp_project or stack.project))
    with importable(folder, stack.root), chdir(folder), output_to_errors(), suppress(Exception):
        run_program(
            imports,
            monitor,
            stack=stack.name,
            project=stack.project,
            preview=False,
            config=stack.config,
            secrets=stack.secrets,
        )


def _refuse_violations(recorded: Recorded) -> None:
    """Raise ProgramError for what the APIs would refuse of the program as a whole, such as a quota it exceeds.

    What they would refuse of one resource, its component refuses, or for a bare one the API itself.
    """
    refused = [one for one in recorded.violations_together() if one.severity is rules.Severity.ERROR]
    if refused:
        listed = "\n".join(f"  {one}" for one in refused)
        count = "a rule" if len(refused) == 1 else f"{len(refused)} rules"
        raise ProgramError(f"stack {recorded.stack!r} breaks {count} of the APIs:\n{listed}")


def _failure(error: BaseException, frames: list[str], stack: str) -> str:
    if isinstance(error, pulumi.RunError):  # what the program says to its user; the CLI shows no more than that
        return f"the program failed for stack {stack!r}: {error}"
    name = type(error).__name__
    described = f"{name}: {error}" if str(error) else name
    return f"the program failed for stack {stack!r}: {described}\n" + "\n".join(f"  {frame}" for frame in frames)


_REFERENCE: Final = "pulumi:pulumi:StackReference"
_SDK: Final = Path(pulumi.__file__).parent
_OURS = (Path(__file__).resolve().parent, Path(testing.__file__).resolve().parent)
"""Where the run itself is: its frames are not the program's."""


def _from_sdk(error: BaseException) -> bool:
    """Whether the Pulumi SDK raised it, such as for an output of a type that cannot be sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).is_relative_to(_SDK)


def _frames(error: BaseException, root: Path) -> list[str]:
    """The frames in the project's own files, deepest first; not those of the run, nor of what is installed."""
    shown: list[str] = []
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(root):
        shown.append(f"{Path(error.filename).relative_to(root)}:{error.lineno}")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        installed = any(part in (".venv", "site-packages") for part in file.parts)
        if file.is_relative_to(root) and not installed and not any(file.is_relative_to(ours) for ours in _OURS):
            shown.append(f"{file.relative_to(root)}:{frame.lineno} in {frame.name}")
    return shown
