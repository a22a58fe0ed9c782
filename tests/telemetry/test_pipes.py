"""Several processes on one pipe: lines stay whole, whatever stalls or ends; what is lost is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vigil_telemetry import counters
from vigil_telemetry.outputs import QueueOutput, StreamOutput, stream

WRITER = Path(__file__).with_name("pipe_writer.py")


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of the test, which end with it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def _start(
    started: list[subprocess.Popen[bytes]], mode: str, lines: int, tmp_path: Path
) -> tuple[list[subprocess.Popen[bytes]], int, int]:
    """Four writers, the pipe's end to read from, and the pipe of their progress."""
    out, out_end = os.pipe()
    progress, progress_end = os.pipe()
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                str(WRITER),
                mode,
                str(number),
                str(lines),
                str(progress_end),
                str(tmp_path / f"{number}.json"),
            ],
            stdout=out_end,
            pass_fds=[progress_end],
        )
        for number in range(4)
    ]
    started.extend(processes)
    os.close(out_end)
    os.close(progress_end)
    return processes, out, progress


def _until_stalled(progress: int) -> None:
    """Returns when all are ready and three long lines were written, which are not read: one more does not fit, so all wait or soon will."""
    seen = b""
    while seen.count(b"r") < 4 or seen.count(b".") < 3:
        seen += os.read(progress, 1)


def _read(fd: int) -> list[bytes]:
    parts: list[bytes] = []
    while part := os.read(fd, 65_536):
        parts.append(part)
    os.close(fd)
    text = b"".join(parts)
    assert not text or text.endswith(b"\n"), "the last line is whole"
    return text.splitlines()


def _checked(lines: list[bytes]) -> dict[int, list[int]]:
    """The numbers received from each process, once every line was checked."""
    numbers: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        entry = json.loads(line)
        if entry["event"] == "pipes.long":
            assert set(entry["body"]) == {chr(97 + entry["process"])}
            assert len(entry["body"]) == 200_000
        if entry["event"].startswith("pipes."):
            numbers[entry["process"]].append(entry["number"])
    return numbers


@pytest.mark.parametrize("mode", ["sync", "queue"])
def test_200_kb_lines_of_four_processes_on_one_pipe_are_whole(mode: str, started, tmp_path: Path) -> None:
    processes, out, progress = _start(started, mode, 20, tmp_path)
    numbers = _checked(_read(out))
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    os.close(progress)
    for process in range(4):  # the first may give up after its 0.3 s where the machine is slow; the others have time
        counts = json.loads((tmp_path / f"{process}.json").read_text())
        assert len(numbers[process]) + counts["dropped"] == 20
        assert numbers[process] == sorted(numbers[process])
        assert process == 0 or counts["dropped"] == 0


@pytest.mark.parametrize("mode", ["sync", "queue until SIGTERM"])
def test_a_stalled_reader_and_sigterm_in_the_middle_leave_whole_lines_and_a_count(
    mode: str, started, tmp_path: Path
) -> None:
    processes, out, progress = _start(started, mode, 20, tmp_path)
    _until_stalled(progress)
    processes[0].send_signal(signal.SIGTERM)
    assert processes[0].wait() == 0
    numbers = _checked(_read(out))
    assert [process.wait() for process in processes[1:]] == [0, 0, 0]
    os.close(progress)
    for number in range(4):
        counts = json.loads((tmp_path / f"{number}.json").read_text())
        assert counts["emitted"] == len(numbers[number]) + counts["dropped"], number
        assert numbers[number] == sorted(numbers[number])
    assert all(numbers[number] == list(range(20)) for number in (1, 2, 3)), "the others lose nothing"


def test_a_killed_writer_leaves_the_pipe_to_the_others(started, tmp_path: Path) -> None:
    processes, out, progress = _start(started, "sync", 20, tmp_path)
    _until_stalled(progress)
    processes[0].kill()
    numbers = _checked(_read(out))
    assert [process.wait() for process in processes] == [-signal.SIGKILL, 0, 0, 0]
    os.close(progress)
    assert all(numbers[number] == list(range(20)) for number in (1, 2, 3))


def test_a_reader_that_is_gone_costs_lines_and_nothing_else() -> None:
    out, end = os.pipe()
    output = StreamOutput(end)
    os.close(out)
    output.write(b"{}\n")
    os.close(end)
    output.write(b"{}\n")
    assert counters.dropped == 2


def test_patience_ends_the_wait_for_a_stalled_reader() -> None:
    out, end = os.pipe()
    output = StreamOutput(end, patience=0.0)
    for _ in range(8):
        output.write(b"x" * 200_000 + b"\n")
    os.close(end)
    lines = _read(out)
    assert {len(line) for line in lines} == {200_000}
    assert len(lines) + counters.dropped == 8
    assert counters.dropped > 0


def test_after_closing_no_line_waits_and_flushing_alone_changes_nothing() -> None:
    out, end = os.pipe()
    output = StreamOutput(end)
    fitting = 5 if hasattr(os, "RWF_NOWAIT") else 3  # else the pages that it holds are estimated
    output.flush(0.0)
    for _ in range(fitting):
        output.write(b"x" * 200_000 + b"\n")
    assert counters.dropped == 0
    output.close(-1.0)
    output.write(b"x" * 200_000 + b"\n")
    os.close(end)
    assert (len(_read(out)), counters.dropped) == (fitting, 1)


def test_a_full_queue_drops_the_newest_and_counts() -> None:
    out, end = os.pipe()
    stalled = StreamOutput(end)
    output = QueueOutput(stalled, lines=3)
    for _ in range(40):
        output.write(b"x" * 200_000 + b"\n")
    dropped = counters.dropped
    assert dropped > 0
    output.close(0.0)
    output.flush(10.0)  # the thread has let go of the descriptor, which the next pipe may get
    os.close(end)
    assert len(_read(out)) + counters.dropped == 40


def test_a_queue_closed_in_peace_has_written_everything_in_order() -> None:
    out, end = os.pipe()
    output = QueueOutput(StreamOutput(end))
    for number in range(500):
        output.write(b"%d\n" % number)
    output.close(10.0)
    os.close(end)
    assert _read(out) == [b"%d" % number for number in range(500)]
    output.write(b"late\n")
    assert counters.dropped == 1


def test_a_line_from_a_signal_handler_in_the_middle_of_another_follows_it() -> None:
    out, end = os.pipe()
    output = StreamOutput(end)
    original = output._has_room

    def interrupted(line: bytes) -> bool:
        if line == first:
            output.write(b"second\n")
        return original(line)

    first = b"x" * 5_000 + b"\n"
    output._has_room = interrupted
    output.write(first)
    os.close(end)
    assert _read(out) == [first[:-1], b"second"]


def test_a_file_and_the_null_device_are_written_straight(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    assert StreamOutput(fd).direct == fd
    StreamOutput(fd).write_many([b"a\n", b"b\n"])
    os.close(fd)
    assert (tmp_path / "log").read_bytes() == b"a\nb\n"


def test_a_pipe_that_is_redirected_to_a_file_or_the_null_device_loses_no_line(tmp_path: Path) -> None:
    out, fd = os.pipe()
    output = StreamOutput(fd)
    lines = [b"%c" % (97 + number) * size + b"\n" for number, size in enumerate((10, 3_000, 9_000, 70_000, 10))]
    for path in (tmp_path / "log", Path(os.devnull)):
        target = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(target, fd)
        os.close(target)
        output.write_many(lines)
    os.close(fd)
    os.close(out)
    assert (tmp_path / "log").read_bytes() == b"".join(lines)
    assert counters.dropped == 0


def test_patience_ends_the_wait_for_the_stalled_reader_of_a_smaller_pipe_to_which_it_is_redirected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, fd = os.pipe()
    output = StreamOutput(fd, patience=0.0)
    out, end = os.pipe()
    os.dup2(end, fd)
    os.close(end)
    monkeypatch.setattr(stream, "_WANTED", 0)  # the second pipe keeps its 64 kB
    for _ in range(8):
        output.write(b"x" * 20_000 + b"\n")
    os.close(fd)
    os.close(first)
    lines = _read(out)
    assert {len(line) for line in lines} == {20_000}
    assert len(lines) + counters.dropped == 8
    assert counters.dropped > 0


@pytest.mark.parametrize("alone", [False, True])
def test_lines_of_many_threads_are_whole(alone: bool) -> None:
    out, end = os.pipe()
    output = StreamOutput(end, alone=alone)
    with ThreadPoolExecutor(5) as pool:
        lines = pool.submit(_read, out)
        list(pool.map(output.write, [b"%c" % (97 + n % 26) * 20_000 + b"\n" for n in range(200)]))
        os.close(end)
        counted = Counter(line[:1] for line in lines.result() if line == line[:1] * 20_000)
    assert counted == Counter(b"%c" % (97 + n % 26) for n in range(200))


@pytest.mark.parametrize("alone", [False, True])
def test_lines_longer_than_the_pipe_are_whole_though_two_outputs_of_a_process_write_them(
    alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_WANTED", 0)  # else the pipe is made larger than the lines
    out, end = os.pipe()
    outputs = [StreamOutput(end, alone=alone), StreamOutput(os.dup(end), alone=alone)]

    def write(number: int) -> None:
        for size in (200_000, 50):
            outputs[number % 2].write(b"%c" % (97 + number) * size + b"\n")

    with ThreadPoolExecutor(5) as pool:
        lines = pool.submit(_read, out)
        list(pool.map(write, range(20)))
        for output in outputs:
            os.close(output._fd)
        counted = Counter((len(line), line[:1]) for line in lines.result() if line == line[:1] * len(line))
    assert counted == Counter((size, b"%c" % (97 + number)) for number in range(20) for size in (200_000, 50))
