"""Short lines pass to a shared pipe without a lock, and never into a long one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_telemetry import counters
from vigil_telemetry.outputs import StreamOutput, _gate, stream

CROWD = Path(__file__).with_name("pipe_crowd.py")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not _gate.FOLDER.is_dir(), reason="shared memory is in /dev/shm: run this on Linux"
)


needs_pwritev2 = pytest.mark.skipif(
    not hasattr(os, "RWF_NOWAIT"),
    reason="this Python was built for a C library without pwritev2: run this with the system's or with python.org's",
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    out, end = os.pipe()
    os.set_blocking(out, False)
    yield out, end
    os.close(out)
    os.close(end)


@pytest.fixture
def no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for the shared memory that only this test uses."""
    monkeypatch.setattr(_gate, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("capacity", "killed"), [(4_096, 0), (65_536, 3), (1_048_576, 3)])
def test_lines_of_all_sizes_of_four_processes_are_whole_though_some_are_killed(capacity: int, killed: int) -> None:
    done = subprocess.run(
        [sys.executable, str(CROWD), str(capacity), "60", str(killed)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["torn"], report["rest"]) == ([], 0)
    assert report["whole"]["0"] == 60, "a process that is not killed loses nothing"
    assert killed or report["whole"] == {str(name): 60 for name in range(4)}


def test_a_short_line_is_one_system_call_and_leaves_nothing_set(pipe, no_files: Path, monkeypatch) -> None:
    out, end = pipe
    output = StreamOutput(end)
    monkeypatch.setattr(stream.StreamOutput, "_locked", lambda _: pytest.fail("it takes a lock"))
    output.write(b"x" * 4_095 + b"\n")
    assert os.read(out, 10_000) == b"x" * 4_095 + b"\n"
    assert output.gate is not None
    assert not any(output.gate.memory[:])


def test_a_long_line_waits_for_a_short_one_that_is_passing_and_keeps_the_next_out(pipe, no_files: Path) -> None:
    _, end = pipe
    output = StreamOutput(end)
    gate = output.gate
    assert gate is not None
    passing = gate.take()
    gate.memory[passing] = 1
    seen: list[bool] = []

    def pause() -> None:
        seen.append(gate.closed)
        gate.memory[passing] = 0

    assert gate.close(0, lambda: False, pause)
    assert seen == [True]
    gate.open()
    gate.memory[passing] = 1
    assert not gate.close(0, lambda: True, pause), "patience ends the wait"
    gate.open()


def test_a_gate_that_a_killed_process_left_closed_is_opened_by_the_next_line(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    assert output.gate is not None
    output.gate.memory[0] = 1
    output.write(b"next\n")
    assert os.read(out, 100) == b"next\n"
    assert not output.gate.closed


@pytest.mark.parametrize("size", [4, 5_000])
def test_after_a_line_that_was_cut_the_next_begins_with_a_newline(size: int, pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    assert output.gate is not None
    output.gate.tear()
    output.write(b"x" * size + b"\n")
    output.write(b"after\n")
    assert os.read(out, 10_000) == b"\n" + b"x" * size + b"\nafter\n"


def test_the_slot_of_a_process_that_is_gone_holds_nobody_up(pipe, no_files: Path) -> None:
    _, end = pipe
    output = StreamOutput(end)
    gate = output.gate
    assert gate is not None
    gate.memory[4_000] = 1  # no process holds its lock
    assert gate.close(0, lambda: False, lambda: pytest.fail("it waited"))
    assert gate.memory[4_000] == 0
    gate.open()


@pytest.mark.parametrize("alone", [True, False])
def test_outputs_of_one_process_pass_by_one_gate_whatever_each_promises(alone: bool, pipe, no_files: Path) -> None:
    _, end = pipe
    first, second = StreamOutput(end, alone=alone), StreamOutput(end, alone=not alone)
    assert first.gate is not None
    assert second.gate is first.gate


def test_a_child_has_its_own_slots(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    output.write(b"parent\n")
    assert output.gate is not None
    slot = output._slots.number
    child = os.fork()
    if child == 0:
        output.write(b"%d\n" % output._slots.number)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    first, second = os.read(out, 100).splitlines()
    assert first == b"parent"
    assert int(second) != slot


def test_a_child_writes_though_a_thread_of_its_parent_was_making_an_output(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    held, release = threading.Event(), threading.Event()

    def make() -> None:
        with _gate.opening:
            held.set()
            release.wait()

    thread = threading.Thread(target=make)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        output.write(b"old\n")
        StreamOutput(end).write(b"new\n")
        os._exit(0)
    ending = threading.Timer(10, os.kill, (child, signal.SIGKILL))  # a child that waits for ever
    ending.start()
    status = os.waitpid(child, 0)[1]
    ending.cancel()
    release.set()
    thread.join()
    assert status == 0
    assert os.read(out, 100) == b"old\nnew\n"


def test_the_slot_of_a_thread_that_ended_goes_to_the_next(pipe, no_files: Path) -> None:
    _, end = pipe
    output = StreamOutput(end)
    used: list[int] = []

    def write() -> None:
        output.write(b"line\n")
        used.append(output._slots.number)

    for _ in range(3):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(set(used)) == 1
    assert used[0] != output._slots.number


@pytest.mark.parametrize("size", [4, 5_000])
def test_a_thread_that_gets_no_slot_takes_the_lock(size: int, pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    output._slots.number = 0
    output.write(b"x" * size + b"\n")
    assert os.read(out, 10_000) == b"x" * size + b"\n"
    assert counters.dropped == 0
    assert output.gate is not None
    assert not output.gate.closed


def test_the_gate_stays_closed_from_one_long_line_to_the_next_until_a_short_one(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    gate = output.gate
    assert isinstance(gate, _gate.SharedGate)
    barriers: list[int] = []
    gate._barrier = lambda: barriers.append(1)
    for size in (5_000, 6_000, 4, 7_000):
        output.write(b"x" * size + b"\n")
        assert os.read(out, 10_000) == b"x" * size + b"\n"
        assert gate.closed == (size > 4_096)
    assert len(barriers) == 2, "the first long line, and the one after the short line, which opened the gate"


@needs_pwritev2
def test_long_lines_that_follow_one_another_look_only_once_how_much_room_there_is(
    pipe, no_files: Path, monkeypatch
) -> None:
    out, end = pipe
    output = StreamOutput(end, patience=0.0)
    queued, looks = stream._queued, list[int]()

    def looking(fd: int) -> int:
        looks.append(queued(fd))
        return looks[-1]

    monkeypatch.setattr(stream, "_queued", looking)
    lines = [b"%c" % (97 + number) * 20_000 + b"\n" for number in range(20)]
    for line in lines:
        output.write(line)
    assert looks == [0]
    assert os.read(out, 1 << 20) == b"".join(lines)
    while counters.dropped == 0:
        output.write(lines[0])
    assert len(looks) > 1, "the known room is used up"
    taken = os.read(out, 1 << 21)
    assert len(taken) > 500_000
    assert taken == lines[0] * (len(taken) // len(lines[0])), "only whole lines"


@given(
    st.lists(
        st.one_of(st.sampled_from([1, 60, 3_000, 4_095, 4_096, 5_000, 8_191, 8_192, 20_000]), st.just(-50_000)),
        max_size=40,
    ),
    st.booleans(),
)
def test_whatever_is_written_and_read_only_whole_lines_arrive_and_the_others_are_counted(
    steps: list[int], alone: bool
) -> None:
    """A size is written, and a negative one read."""
    out, end = os.pipe()
    os.set_blocking(out, False)
    enlarged, stream._enlarged = stream._enlarged, lambda _: 65_536
    try:
        output = StreamOutput(end, patience=0.0, alone=alone)
    finally:
        stream._enlarged = enlarged
    before, taken, written = counters.dropped, b"", list[bytes]()
    for number, size in enumerate(steps):
        if size > 0:
            written.append(b"%c" % (97 + number % 26) * size + b"\n")
            output.write(written[-1])
        else:
            with contextlib.suppress(BlockingIOError):
                taken += os.read(out, -size)
    with contextlib.suppress(BlockingIOError):
        taken += os.read(out, 1 << 20)
    os.close(out)
    os.close(end)
    arrived = taken.splitlines(keepends=True)
    rest = iter(written)
    assert all(line in rest for line in arrived), "in order"
    assert len(arrived) + counters.dropped - before == len(written)


@needs_pwritev2
def test_where_another_program_fills_the_pipe_a_long_line_is_finished_later_or_ended_by_a_newline(
    pipe, no_files: Path
) -> None:
    out, end = pipe
    output = StreamOutput(end, patience=0.0)
    output.write(b"x" * 20_000 + b"\n")
    os.read(out, 1 << 20)
    foreign = os.pwritev(end, [b"f" * (1 << 20)], -1, _gate.NOWAIT) - 12_288
    os.read(out, 12_288)
    output.write(b"y" * 20_000 + b"\n")
    assert counters.dropped == 1
    assert os.read(out, 1 << 21) == b"f" * foreign + b"y" * 12_288
    output.write(b"z" * 20_000 + b"\n")
    output.write(b"short\n")
    assert os.read(out, 1 << 20) == b"\n" + b"z" * 20_000 + b"\nshort\n"


@pytest.mark.parametrize("following", [True, False])
@pytest.mark.parametrize("end_of_it", ["killed", "raised"])
def test_a_process_that_ends_where_another_program_has_filled_the_pipe_leaves_one_torn_line(
    following: bool, end_of_it: str, pipe, no_files: Path
) -> None:
    """The system itself cuts its line, before the process can mark it; the next line of another process is whole."""
    out, end = pipe
    output = StreamOutput(end)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(KeyboardInterrupt):
            _written_in_part(StreamOutput(end), following=following, killed=end_of_it == "killed")
        os._exit(0)
    os.waitpid(child, 0)
    part = os.read(out, 1 << 20)
    assert part.endswith(b"y" * 4_096)
    assert b"\n" not in part[-4_096:]
    output.write(b"z" * 20_000 + b"\n")
    output.write(b"short\n")
    assert os.read(out, 1 << 20) == b"\n" + b"z" * 20_000 + b"\nshort\n"


def _written_in_part(output: StreamOutput, *, following: bool, killed: bool) -> None:
    """Write a line of which the pipe takes 4,096 bytes."""
    if following:
        output.write(b"x" * 20_000 + b"\n")
    write, writev = os.write, os.pwritev

    def ends() -> None:
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt

    def cut(fd: int, line: bytes) -> int:
        write(fd, bytes(line)[:4_096])
        ends()
        return 0

    def cut_vector(fd: int, lines: tuple[bytes], offset: int, flags: int) -> int:
        done = writev(fd, [bytes(lines[0])[:4_096]], offset, flags)
        if killed:
            ends()
        return done

    os.write, os.pwritev = cut, cut_vector
    output.write(b"y" * 20_000 + b"\n")


@pytest.mark.parametrize("size", [4, 5_000])
@pytest.mark.parametrize("same", [True, False])
def test_a_line_of_a_signal_handler_follows_the_short_line_in_whose_middle_it_comes(
    size: int, same: bool, pipe, no_files: Path, monkeypatch
) -> None:
    out, end = pipe
    output = StreamOutput(end)
    others = output if same else StreamOutput(end)
    handled = b"h" * size + b"\n"

    def interrupted(call, *given) -> int:
        monkeypatch.setattr(stream, "os", os)
        others.write(handled)
        return call(*given)

    calls = {name: partial(interrupted, getattr(os, name)) for name in ("pwritev", "write")}
    monkeypatch.setattr(stream, "os", SimpleNamespace(**{**vars(os), **calls}))
    output.write(b"short\n")
    assert os.read(out, 10_000) == b"short\n" + handled
    assert output.gate is not None
    assert output.gate.closed == (size > 4_096)


def test_the_shared_file_is_gone_with_its_last_output_and_files_of_killed_processes_are_removed(
    pipe, no_files: Path
) -> None:
    _, end = pipe
    left = no_files / f"vigil-{os.geteuid()}-f-1"
    left.write_bytes(b"\0" * _gate.SIZE)
    output = StreamOutput(end)
    (file,) = no_files.iterdir()
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, _gate.SIZE)
    del output
    assert list(no_files.iterdir()) == []


def test_at_the_end_of_the_process_the_file_is_given_back_and_later_lines_are_written(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end)
    output.leave()
    assert list(no_files.iterdir()) == []
    output.write(b"late\n")
    assert os.read(out, 100) == b"late\n"
    assert len(list(no_files.iterdir())) == 1


def _somebody_elses(folder: Path, end: int) -> None:
    pipe = os.fstat(end)
    (folder / f"vigil-{os.geteuid()}-{pipe.st_dev:x}-{pipe.st_ino:x}").touch(mode=0o644)


@pytest.mark.parametrize("why", ["the file is open to others", "no folder", "no barrier", "no room"])
def test_without_shared_memory_each_line_takes_the_lock(why: str, pipe, no_files: Path, monkeypatch) -> None:
    out, end = pipe
    if why == "no folder":
        monkeypatch.setattr(_gate, "FOLDER", no_files / "absent")
    elif why == "no room":
        full = OSError(errno.ENOSPC, "No space left on device")
        monkeypatch.setattr(_gate, "_reserve", Mock(side_effect=full))
    elif why == "no barrier":
        monkeypatch.setattr(_gate.platform, "machine", lambda: "riscv64")
    else:
        _somebody_elses(no_files, end)
    output = StreamOutput(end)
    assert output.gate is None
    output.write(b"short\n")
    output.write(b"x" * 5_000 + b"\n")
    assert os.read(out, 10_000) == b"short\n" + b"x" * 5_000 + b"\n"
    assert counters.dropped == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_python_built_for_an_old_c_library_writes_each_line(alone: bool, pipe, no_files: Path, monkeypatch) -> None:
    """Such as those that uv installs."""
    out, end = pipe
    system = {name: value for name, value in vars(os).items() if name != "RWF_NOWAIT"}
    refused = Mock(side_effect=NotImplementedError("flags unavailable on this platform"))
    monkeypatch.setattr(stream, "os", SimpleNamespace(**{**system, "pwritev": refused}))
    output = StreamOutput(end, alone=alone)
    for size in (4, 5_000, 6_000, 4):
        output.write(b"x" * size + b"\n")
        assert os.read(out, 10_000) == b"x" * size + b"\n"
    assert counters.dropped == 0


def test_a_descriptor_that_cannot_be_written_without_waiting_asks_for_room_and_keeps_the_gate(
    pipe, no_files: Path
) -> None:
    out, end = pipe
    again = os.open(f"/proc/self/fd/{end}", os.O_WRONLY)  # as an application opens /dev/stdout
    output = StreamOutput(again, patience=0.0)
    for size in (6, 5_000):
        output.write(b"x" * size + b"\n")
    assert os.read(out, 10_000) == b"xxxxxx\n" + b"x" * 5_000 + b"\n"
    assert output.gate is not None
    assert len(list(no_files.iterdir())) == 1
    while counters.dropped == 0:
        output.write(b"x" * 4_000 + b"\n")
    assert set(os.read(out, 1 << 21).splitlines()) == {b"x" * 4_000}
    os.close(again)


def test_a_full_pipe_makes_a_short_line_wait_until_patience_ends(pipe, no_files: Path) -> None:
    out, end = pipe
    output = StreamOutput(end, patience=0.0)
    while counters.dropped == 0:
        output.write(b"x" * 4_000 + b"\n")
    taken = os.read(out, 1 << 21)
    assert set(taken.splitlines()) == {b"x" * 4_000}
    output.write(b"again\n")
    assert os.read(out, 100) == b"again\n"
    assert counters.dropped == 1
