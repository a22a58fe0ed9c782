"""The table of signals lists every one that can be imported, and its code blocks run."""

import re
from pathlib import Path
from typing import get_args

import vigil_components
from vigil_components import signals
from vigil_components.alertable import Measured, Occurrence

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "signals.md").read_text()
ROWS = dict(re.findall(r"^\| `(\w+)\(.*\| ([^|]+) \|$", PAGE, flags=re.MULTILINE))


def test_every_signal_is_in_the_table_and_at_the_top_of_the_package():
    functions = {name for name in signals.__all__ if name.islower()}
    assert set(ROWS) == functions
    assert functions <= set(vigil_components.__all__)


def test_the_table_says_whether_an_alert_takes_a_threshold():
    for name, takes in ROWS.items():
        returned = getattr(signals, name).__annotations__["return"]
        for kind in get_args(returned) or (returned,):
            threshold = issubclass(kind, Measured)
            assert takes.strip() == ("`above` or `below`" if threshold else "no threshold"), name
            assert threshold or issubclass(kind, Occurrence) or name == "missing"


def test_the_signal_that_one_writes_by_hand_runs_too():
    page = (Path(__file__).resolve().parents[2] / "docs" / "log-signals.md").read_text()
    (block,) = re.findall(r"## Write one yourself\n\n```python\n(.*?)```", page, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block, "docs/log-signals.md", "exec"), names)
    assert isinstance(names["down"], vigil_components.AlertSpec)


def test_the_pages_code_runs():
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(compile(block, "docs/signals.md", "exec"), {})
