"""Running a program in-process: its own context, its own loop, nothing left behind."""

import asyncio
import contextvars
import json
import os
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from inspect import isawaitable
from typing import Protocol, TypeAlias, cast

from pulumi.runtime import Mocks, reset_options, run_in_stack, set_all_config
from pulumi.runtime.settings import Settings, configure

from vigil_components.testing.monitor import Diagnostics, RecordingMonitor, RegistrationError
from vigil_components.testing.positions import one_position
from vigil_components.testing.recorded import Recorded
from vigil_components.testing.synthetic import SyntheticMocks

Program: TypeAlias = "Callable[[], object | Awaitable[None]]"
ConfigValue: TypeAlias = "str | bool | int | float | list[ConfigValue] | dict[str, ConfigValue]"

_LEAK_GUARD = "PULUMI_ERROR_OUTPUT_STRING"
"""With it set, an Output inside an f-string raises instead of putting "Calling __str__ on an Output..." into a name."""


def record(
    program: Program,
    *,
    stack: str = "staging",
    project: str = "vigil",
    preview: bool = False,
    config: Mapping[str, ConfigValue] | None = None,
    secrets: Collection[str] = (),
    mocks: Mocks | None = None,
) -> Recorded:
    """Run `program` as the engine would, and return what it registered.

    `config` keys without a namespace are the project's (`retention` is `vigil:retention`); values are written as
    a stack file has them. `secrets` are the config keys that are secret. `mocks` stands for the providers,
    SyntheticMocks where none is given. Two runs in one process never see each other. The program's exception comes
    out as it was raised; what the engine refuses is a RegistrationError.
    """
    monitor = RecordingMonitor(mocks or SyntheticMocks())
    diagnostics = run_program(
        program, monitor, stack=stack, project=project, preview=preview, config=config or {}, secrets=secrets
    )
    return Recorded(
        stack=stack,
        project=project,
        preview=preview,
        registrations=monitor.registrations,
        exports=monitor.exports,
        secret_exports=monitor.secret_exports,
        invocations=monitor.invocations,
        diagnostics=diagnostics,
    )


def run_program(
    program: Program,
    monitor: RecordingMonitor,
    *,
    stack: str,
    project: str,
    preview: bool,
    config: Mapping[str, ConfigValue],
    secrets: Collection[str] = (),
    parallel: int = 1,
) -> Diagnostics:
    """Run `program` against `monitor` and return what it logged.

    `parallel` is how many registrations are served at once; with 1 they arrive in the order of the program.
    Raises what the program or the monitor raised, RegistrationError where it logged an error (the CLI fails then too).
    """
    diagnostics = Diagnostics()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(_quiet)
        reset_options()
        settings = Settings(
            project=project,
            stack=stack,
            organization="organization",
            monitor=monitor,
            engine=diagnostics,
            parallel=parallel,
            dry_run=preview,
        )
        configure(settings)
        set_all_config(
            {_qualified(key, project): _text(value) for key, value in config.items()},
            [_qualified(key, project) for key in secrets],
        )
        await run_in_stack(lambda: _settled(program, cast("_UnderWay", cast("object", settings))))

    def loop() -> asyncio.AbstractEventLoop:
        fresh = asyncio.new_event_loop()
        fresh.set_default_executor(ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="pulumi"))
        return fresh

    with _leaks_are_errors(), one_position(), asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main(), context=contextvars.copy_context())
    if diagnostics.errors:
        raise RegistrationError(f"the program logged an error: {'; '.join(diagnostics.errors)}")
    return diagnostics


class _Calls(Protocol):
    rpcs: list[asyncio.Future[object]]


class _UnderWay(Protocol):
    """What the SDK counts as not done yet; its own descriptors have no types."""

    rpc_manager: _Calls
    outputs: set[asyncio.Future[object]]


async def _settled(program: Program, settings: _UnderWay) -> None:
    """Run the program, and wait until its registrations and outputs are done, or one of them has failed.

    The SDK waits for all of them too, but looks through the rest each time that one is done: in a program of
    250 resources this took an eighth of the time. What failed it finds, and raises.
    """
    result = program()
    if isawaitable(result):
        await result
    while pending := {one for one in (*settings.rpc_manager.rpcs, *settings.outputs) if not one.done()}:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(one.cancelled() or one.exception() is not None for one in done):
            return


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: ConfigValue) -> str:
    """Return a config value as the CLI hands it over: text; JSON for lists and objects."""
    return value if isinstance(value, str) else json.dumps(value)


def _quiet(_loop: asyncio.AbstractEventLoop, _context: dict[str, object]) -> None:
    """Tasks that an earlier error left behind are of no interest: the first error is raised."""


@contextmanager
def _leaks_are_errors() -> Generator[None]:
    before = os.environ.get(_LEAK_GUARD)
    os.environ[_LEAK_GUARD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_LEAK_GUARD]
        else:
            os.environ[_LEAK_GUARD] = before
