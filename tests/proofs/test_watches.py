"""Every alert of every watch of Google Cloud's services fires when it must and stays silent when it must not."""

from pathlib import Path

import pytest

from tests.proofs.programs import failures, suite_of
from vigil_components.watches.catalog import EXAMPLES

PROGRAM = """
from vigil_components.watches.catalog import EXAMPLES

one = EXAMPLES[{title!r}]
ServiceMonitoring(
    one.source.service, ServiceMonitoringArgs(context=shared, source=one.source, team="shop", watch=one.watch)
)
"""


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_alert_of_the_watch_is_proven(title: str, tmp_path: Path) -> None:
    assert failures(suite_of(tmp_path, PROGRAM.format(title=title))) == {}
