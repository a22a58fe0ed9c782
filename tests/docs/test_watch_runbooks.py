"""The pages of the watches of Google Cloud: each alert has one, and each says what to do at night."""

import math
import re
from dataclasses import fields
from pathlib import Path

import promql_parser
import pytest

from vigil_apimodel import lql
from vigil_components.watches.catalog import EXAMPLES
from vigil_components.watches.page import arguments, page, reasons

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = DOCS / "runbooks" / "google-cloud"
HEADINGS = [
    "What users notice",
    "How bad it is",
    "First three checks",
    "Stop the damage",
    "It is over when",
    "Why it fires",
    "Silencing",
]


def test_every_alert_of_every_watch_has_a_page_and_every_page_an_alert() -> None:
    named = {alert.runbook for one in EXAMPLES.values() for alert in one.watch.alerts}
    named |= {"google-cloud/budget"}  # of `Budget`, which is no alert policy
    assert named == {f"google-cloud/{found.stem}" for found in PAGES.glob("*.md")}


@pytest.mark.parametrize("found", sorted(PAGES.glob("*.md")), ids=lambda found: found.stem)
def test_a_page_says_what_users_notice_how_bad_it_is_what_to_check_and_do_and_when_it_is_over(found: Path) -> None:
    text = found.read_text(encoding="utf-8")
    assert text.startswith(f"# {found.stem}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    checks = text.split("## First three checks")[1].split("## Stop the damage")[0]
    assert re.findall(r"^(\d)\. ", checks, re.MULTILINE) == ["1", "2", "3"]
    queries = re.findall(r"^   ```(lql|promql)\n(.*?)^   ```", checks, re.MULTILINE | re.DOTALL)
    assert queries, "the first check has the exact query"
    for language, query in queries:
        if language == "lql":
            lql.parse(query.strip())
        else:
            promql_parser.parse(query.strip())


def test_the_page_of_watches_is_what_the_code_says() -> None:
    committed = (DOCS / "watches.md").read_text(encoding="utf-8")
    assert committed == page(), "run: python -m vigil_components.watches > docs/watches.md"


@pytest.mark.parametrize("title", EXAMPLES)
def test_each_limit_has_a_default_and_a_reason(title: str) -> None:
    limits = EXAMPLES[title].limits
    if limits is not None:
        reason_of = reasons(limits)
        assert set(reason_of) == {one.name for one in fields(limits)}
        assert all("Default: " in reason for reason in reason_of.values())


@pytest.mark.parametrize("title", EXAMPLES)
def test_each_number_of_a_condition_has_a_reason_on_the_page(title: str) -> None:
    """A threshold is a limit (some metrics count in percent), near a maximum, an argument or its default, or for all."""
    one = EXAMPLES[title]
    made: object = one.limits() if one.limits is not None else None
    limits = [float(getattr(made, each.name)) for each in fields(one.limits)] if one.limits is not None else []
    limits += [100 * each for each in limits] + [each * other for each in limits for other in limits]
    text = " ".join(arguments(one))
    stated = [float(each) / (100 if percent else 1) for each, percent in re.findall(r"(\d+(?:\.\d+)?)( %)?", text)]
    configured = [float(each) for each in re.findall(r"\b(?:slots|least|most)=(\d+)", one.call)]
    for alert in one.watch.alerts:
        threshold = getattr(alert.condition, "threshold", 0)
        assert threshold in {0, 1} or any(
            math.isclose(threshold, each)
            for each in (*limits, *stated, *configured, *(number * each for number in configured for each in stated))
        ), f"{alert.name}: why {threshold}?"
