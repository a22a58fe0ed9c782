"""What the local system says of a process's use of CPU and memory."""

import os
from pathlib import Path

from demo.stand_ins.local_run.platform_metrics import Usage, usage


def test_a_process_is_measured_whatever_its_program_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    before = ["7", "(a b) (c)", "S", *["0"] * 10]
    ticks = os.sysconf("SC_CLK_TCK")
    (folder / "stat").write_text(" ".join([*before, str(3 * ticks), str(2 * ticks), *["9"] * 30]))
    (folder / "statm").write_text("100 25 9 9 9 9 9")
    assert usage(7, proc=tmp_path) == Usage(cpu=5.0, memory=25 * os.sysconf("SC_PAGE_SIZE"))


def test_a_process_that_is_gone_or_a_system_without_figures_is_no_error(tmp_path: Path) -> None:
    assert usage(7, proc=tmp_path) is None


def test_this_process_uses_more_than_nothing() -> None:
    mine = usage(os.getpid())
    assert mine is not None
    assert mine.cpu > 0
    assert mine.memory > 1_000_000
