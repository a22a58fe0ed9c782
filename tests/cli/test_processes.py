"""No process of a local run outlives the command, however the command ends."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vigil_cli.errors import ProcessEndedError
from vigil_cli.local.processes import SUPERVISOR, Crew

STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); sys.stdin.close(); signal.pause()"
"""A process that prints a line and then ignores SIGTERM."""
WITH_CHILD = f"""
import subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print(child.pid, flush=True)
signal.pause()
"""
"""A process with a child that ignores SIGTERM; it prints the child's id."""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


async def until_gone(pid: int) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while not gone(pid):  # noqa: ASYNC110 - the kernel has no event for a process that is not ours
                await asyncio.sleep(0.01)
    return gone(pid)


def test_leaving_the_crew_ends_its_processes_and_theirs(tmp_path: Path) -> None:
    async def scene() -> tuple[int, int]:
        async with Crew(tmp_path) as crew:
            child = await crew.start("parent", python(WITH_CHILD), piped=True)
            grandchild = int(await child.stdout.readline())
            assert not gone(child.pid)
            assert not gone(grandchild)
        return child.pid, grandchild

    child, grandchild = asyncio.run(scene())
    assert gone(child)
    assert asyncio.run(until_gone(grandchild))


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigil_cli.local.processes.GRACE", 0.1)

    async def scene() -> int:
        async with Crew(tmp_path) as crew:
            child = await crew.start("stubborn", python(STUBBORN), piped=True)
            await child.stdout.readline()
        return child.pid

    assert gone(asyncio.run(scene()))


def test_an_error_inside_the_block_ends_the_processes_too(tmp_path: Path) -> None:
    pids: list[int] = []

    async def scene() -> None:
        async with Crew(tmp_path) as crew:
            pids.append((await crew.start("sleeper", python("import signal; signal.pause()"), piped=False)).pid)
            raise LookupError("something went wrong")

    with pytest.raises(LookupError):
        asyncio.run(scene())
    assert gone(pids[0])


def test_a_process_that_ends_by_itself_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Crew(tmp_path) as crew:
            child = await crew.start("fragile", python("raise SystemExit('no disk for me')"), piped=False)
            await child.process.wait()
            await asyncio.sleep(0)
            async with asyncio.timeout(60):
                while True:
                    crew.check()
                    await asyncio.sleep(0.01)

    with pytest.raises(ProcessEndedError) as raised:
        asyncio.run(scene())
    assert "fragile" in raised.value.message
    assert "exit code 1" in raised.value.message
    assert "no disk for me" in raised.value.message
    assert str(tmp_path / "fragile.log") in raised.value.remedy


def test_a_process_that_is_stopped_is_not_reported_as_ended_by_itself(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Crew(tmp_path) as crew:
            child = await crew.start("sleeper", python("import signal; signal.pause()"), piped=False)
            await child.stop()
            await asyncio.sleep(0)
            crew.check()

    asyncio.run(scene())


def test_each_process_has_its_own_session_so_that_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    async def scene() -> int:
        async with Crew(tmp_path) as crew:
            child = await crew.start("sleeper", python("print(flush=True); import signal; signal.pause()"), piped=True)
            await child.stdout.readline()
            assert os.getpgid(child.pid) == child.pid
            return os.getsid(child.pid) - child.pid

    assert asyncio.run(scene()) == 0


STARTER = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    from pathlib import Path
    from vigil_cli.local import processes

    if sys.argv[2] == "watched":
        processes.sys = type("sys", (), {"platform": "elsewhere", "executable": sys.executable})

    async def main():
        async with processes.Crew(Path(sys.argv[1])) as crew:
            child = await crew.start("parent", [sys.executable, "-c", sys.argv[3]], piped=True)
            print(child.pid, int(await child.stdout.readline()), flush=True)
            await asyncio.sleep(60)

    asyncio.run(main())
    """
)


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(
            "kernel",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it: run this on Linux"),
        ),
        "watched",
    ],
)
def test_processes_end_when_the_starter_is_killed(way: str, tmp_path: Path) -> None:
    code = "import os, signal; print(os.getpid(), flush=True); signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), way, code], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        leader, process = map(int, starter.stdout.readline().split())
        assert (leader == process) == (way == "kernel")
        assert not gone(process)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    assert asyncio.run(until_gone(process))
    assert asyncio.run(until_gone(leader))


def test_the_supervisor_does_not_start_a_command_whose_starter_is_gone() -> None:
    other = str(os.getppid())
    done = subprocess.run(
        [sys.executable, "-IS", str(SUPERVISOR), other, "-", "-", "/bin/echo", "started"],
        capture_output=True,
        check=False,
    )
    assert done.stdout == b""
    assert done.returncode == 1
