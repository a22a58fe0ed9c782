"""What a command prints while it works."""

import io

from rich.console import Console

from vigil_cli.console import Progress


def test_a_long_step_prints_a_line_at_most_every_ten_seconds() -> None:
    printed, now = io.StringIO(), [100.0]
    progress = Progress(Console(file=printed), clock=lambda: now[0])
    for done in range(1, 26):  # one every second
        now[0] += 1
        progress.so_far(f"{done} of 25 alerts changed")
    assert printed.getvalue() == " 10.0 s  10 of 25 alerts changed\n 20.0 s  20 of 25 alerts changed\n"


def test_a_step_that_ends_soon_prints_nothing() -> None:
    printed, now = io.StringIO(), [100.0]
    progress = Progress(Console(file=printed), clock=lambda: now[0])
    now[0] += 9
    progress.so_far("1 of 1 alerts changed")
    assert printed.getvalue() == ""
