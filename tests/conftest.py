"""What holds for all tests: how properties are searched, and that no test leaves the process other than it was.

A change is judged by the change, not by the machine's speed or a draw.

Each run takes the same examples, and how long one takes decides nothing. `--hypothesis-profile=search` looks for new
ones, more of them where a test does not say how many; `--hypothesis-seed` then repeats a search.
"""

import asyncio
import gc
import logging
import os
import ssl
from collections.abc import Generator, Iterator
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, Final

import certifi
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from xdist.remote import Producer

from tests.schedule import ByFile, processes, whole_first
from vigil_telemetry import event

NEW_OBJECTS: Final = 50_000
"""After how many Python looks for cycles, as in the command. At the default of 700 it took a quarter of what runs programs."""
gc.set_threshold(10_000_000)  # more than collection makes, all of which stays

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNHURRIED, derandomize=True)
settings.register_profile("search", UNHURRIED, max_examples=1000)
settings.load_profile("same")

_LOCAL = providers._get_local_constants  # pyright: ignore[reportPrivateUsage] - no setting says where constants come from
_NONE: Final = Constants()
providers._get_local_constants = lambda: _LOCAL() if settings.get_current_profile_name() == "search" else _NONE
"""A search tries constants of our modules. They differ by which of them a process has loaded, so the same examples have none.

A process looked for them for a second, and for four where it was the first: a fresh clone.
"""

AUTHORITIES: Final = {certifi.where(), os.environ.get("SSL_CERT_FILE")}
"""The files that HTTP clients read where no trusted authority is configured."""


@pytest.fixture(scope="module", autouse=True)
def _events_of_programs() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest calls it
    """Remove the events that programs declared in a `__main__` of theirs: the next file's programs have others."""
    yield
    declared = event._declared  # pyright: ignore[reportPrivateUsage] - no program takes back an event
    for key in [key for key in declared if key[0] == "__main__"]:
        del declared[key]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Begin each process with other folders: in a fresh clone the others then read what one has compiled."""
    report = yield
    process = getattr(collector.config, "workerinput", None)
    if process is not None and collector.path == Path(__file__).parent:
        first = len(report.result) * int(process["workerid"].removeprefix("gw")) // int(process["workercount"])
        report.result = [*report.result[first:], *report.result[:first]]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, in the same order in each process."""
    whole_first(items)


def pytest_collection_finish() -> None:
    """Look for cycles among what tests make alone: each look at the million objects of collection takes half a second."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Run tests in more processes than there are cores, unless the environment says how many."""
    number = yield
    return number if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else processes(number)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Distribute files, where tests run on several cores."""
    return ByFile(config, log)


def _loop() -> asyncio.AbstractEventLoop | None:
    """Return the thread's event loop without making one, as `asyncio.get_event_loop` would."""
    policy = getattr(asyncio.events, "_event_loop_policy", None)  # since 3.14 the public way to it warns
    return getattr(getattr(policy, "_local", None), "_loop", None)


def _environment() -> dict[str, str]:
    """Return the variables of the process, without the one that pytest sets."""
    found = dict(os.environ)
    del found["PYTEST_CURRENT_TEST"]
    return found


@pytest.fixture(scope="session", autouse=True)
def _programs_are_read() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest calls it
    """Keep bytecode of installed packages alone: Python would take a program written twice in a second for the first."""
    write = SourceFileLoader.set_data

    def of_packages(loader: SourceFileLoader, path: str, data: bytes, **given: Any) -> None:
        if "site-packages" in Path(path).parts:
            write(loader, path, data, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SourceFileLoader, "set_data", of_packages)
        yield


@pytest.fixture(scope="session", autouse=True)
def _authorities_are_read_once() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest calls it
    """Give HTTP clients one list of certificate authorities: each would read it again, which takes most of its time."""
    made = ssl.create_default_context

    def once(purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, **given: Any) -> ssl.SSLContext:
        usual = purpose is ssl.Purpose.SERVER_AUTH and given.keys() == {"cafile"} and given["cafile"] in AUTHORITIES
        return kept(**given) if usual else made(purpose, **given)

    @cache
    def kept(cafile: str) -> ssl.SSLContext:
        return made(cafile=cafile)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", once)
        yield


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest calls it
    """Fail the test that leaves the process changed, instead of one that runs later and depends on it."""
    loop, folder, environment, level = _loop(), Path.cwd(), _environment(), logging.root.level
    yield
    left = [f"working directory: {Path.cwd()}"] if Path.cwd() != folder else []
    if logging.root.level != level:
        left.append(f"level of the root logger: {logging.getLevelName(logging.root.level)}")
        logging.root.setLevel(level)
    if logging.root.manager.disable:
        left.append(f"logging switched off up to {logging.getLevelName(logging.root.manager.disable)}")
        logging.disable(logging.NOTSET)
    after = _loop()
    if after is not None and after is not loop and not after.is_closed():
        left.append("open event loop")
        after.close()
        asyncio.set_event_loop(None)
    now = _environment()
    if now != environment:
        names = sorted({*now, *environment})
        left += [f"variable {name}" for name in names if now.get(name) != environment.get(name)]
    os.chdir(folder)
    assert not left, f"the test left behind: {'; '.join(left)}. Remedy: monkeypatch, contextlib.closing."


@pytest.fixture
def rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands read one run of this repository's program: for tests of what they make of it."""
    from tests import rendered
    from vigil_runner import program

    monkeypatch.setattr(program, "run", rendered.run)


@pytest.fixture
def applied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands judge one suite of a stack of this repository: for tests of what they say of it."""
    from tests import applied
    from vigil_proofs import Suite

    monkeypatch.setattr(Suite, "of", applied.suite)
