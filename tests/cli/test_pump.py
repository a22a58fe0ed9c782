"""Every line of a process arrives once, whatever the chunks, the pace and the state of the other side."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_cli.errors import CommandError
from vigil_cli.local import pump as pumping
from vigil_cli.local.pump import BATCH, LONGEST, Lines, Pump, RetryableError


def split(chunks: list[bytes]) -> list[bytes]:
    lines = Lines()
    found = [line for chunk in chunks for line in lines.feed(chunk)]
    return [*found, *lines.end()]


@given(
    lines=st.lists(
        st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ").replace(b"\r", b" ")), max_size=12
    ),
    cuts=st.lists(st.integers(min_value=0, max_value=500), max_size=6),
    ended=st.booleans(),
)
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[bytes], cuts: list[int], ended: bool) -> None:
    stream = b"\n".join(lines) + (b"\n" if ended else b"")
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    assert split(chunks) == [line for line in lines if line.strip()]


def test_output_without_newlines_is_sent_in_pieces_that_fit_in_memory() -> None:
    pieces = split([b"x" * (LONGEST // 2)] * 5)
    assert [len(piece) for piece in pieces] == [LONGEST, LONGEST, LONGEST // 2]


def test_windows_line_ends_are_line_ends() -> None:
    assert split([b"one\r\ntwo\r\n"]) == [b"one", b"two"]


class Other:
    """The other side: takes lines, or does not."""

    def __init__(self, moods: list[str] | None = None) -> None:
        self.lines: list[bytes] = []
        self.sizes: list[int] = []
        self.batches: list[str] = []
        self.moods = moods or []

    async def send(self, lines: list[bytes], batch: str) -> int:
        self.batches.append(batch)
        mood = self.moods.pop(0) if self.moods else "takes"
        if mood == "away":
            raise RetryableError("connection refused")
        if mood == "short":
            return len(lines) - 1
        self.lines += lines
        self.sizes.append(len(lines))
        return len(lines)


def run(other: Other, stream: bytes, copy: Path, *, patience: float = 30.0) -> Pump:
    async def scene() -> Pump:
        source = asyncio.StreamReader()
        source.feed_data(stream)
        source.feed_eof()
        pump = Pump(source, other.send, copy=copy, patience=patience)
        await pump.run()
        return pump

    return asyncio.run(scene())


def test_all_lines_arrive_in_order_in_batches_and_are_counted_and_copied(tmp_path: Path) -> None:
    lines = [b'{"n": %d}' % number for number in range(3 * BATCH + 7)]
    other = Other()
    pump = run(other, b"\n".join(lines) + b"\n", tmp_path / "copy")
    assert other.lines == lines
    assert max(other.sizes) <= BATCH
    assert (pump.read, pump.delivered) == (len(lines), len(lines))
    assert (tmp_path / "copy").read_bytes() == b"\n".join(lines) + b"\n"


def test_lines_wait_while_the_other_side_is_away(tmp_path: Path) -> None:
    other = Other(["away", "away", "takes", "away"])
    pump = run(other, b"one\ntwo\nthree", tmp_path / "copy")
    assert other.lines == [b"one", b"two", b"three"]
    assert (pump.delivered, pump.waiting) == (3, 0)


def test_a_batch_that_is_sent_again_has_its_name_again_and_the_next_one_another(tmp_path: Path) -> None:
    other = Other(["away", "away", "takes", "away"])
    run(other, b"x\n" * (BATCH + 1), tmp_path / "copy")
    first, second = dict.fromkeys(other.batches)
    assert other.batches == [first, first, first, second, second]
    assert first.rpartition(".")[::2] == (second.rpartition(".")[0], "1")
    assert second.endswith(".2")


def test_patience_ends_with_the_reason_and_the_place_of_the_lines(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="connection refused") as raised:
        run(Other(["away"] * 100), b"one\n", tmp_path / "copy", patience=0.2)
    assert str(tmp_path / "copy") in raised.value.remedy
    assert (tmp_path / "copy").read_bytes() == b"one\n"


def test_lines_that_were_not_taken_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="took 1 of 2 lines"):
        run(Other(["short"]), b"one\ntwo\n", tmp_path / "copy")


def test_a_slow_other_side_slows_the_application_down_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumping, "WAITING", 10)
    monkeypatch.setattr(pumping, "BATCH", 5)
    monkeypatch.setattr(pumping, "CHUNK", 16)

    async def scene() -> None:
        open_gate = asyncio.Event()
        taken: list[bytes] = []

        async def send(lines: list[bytes], batch: str) -> int:
            del batch
            await open_gate.wait()
            taken.extend(lines)
            return len(lines)

        source = asyncio.StreamReader()
        expected = [b"%04d" % number for number in range(200)]
        source.feed_data(b"\n".join(expected) + b"\n")
        source.feed_eof()
        pump = Pump(source, send, copy=tmp_path / "copy")
        running = asyncio.create_task(pump.run())
        for _ in range(100):
            await asyncio.sleep(0)
        assert pump.read < 30, "the pump must stop reading while nothing is taken"
        open_gate.set()
        await running
        assert taken == expected

    asyncio.run(scene())


def test_the_copy_is_bounded_and_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pumping, "CHUNK", 8)
    monkeypatch.setattr(pumping, "COPIED", 16)
    lines = b"".join(b"line %02d\n" % number for number in range(10))
    pump = run(Other(), lines, tmp_path / "api.jsonl")
    assert pump.delivered == 10
    kept = (tmp_path / "api.1.jsonl").read_bytes() + (tmp_path / "api.jsonl").read_bytes()
    assert len(kept) >= 16
    assert lines.endswith(kept)
    assert {file.name for file in tmp_path.iterdir()} == {"api.jsonl", "api.1.jsonl"}
