"""Runbooks: every page has what an engineer needs at night, and every query in it works."""

import importlib
import re
import tomllib
from pathlib import Path

import promql_parser
import pytest

from vigil_apimodel import lql
from vigil_apimodel.metrics import BY_PROMQL
from vigil_telemetry import catalog

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
for declaring in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vigil"]["events"]:
    importlib.import_module(declaring)  # this repository's own events, of which pages speak too
HEADINGS = [
    "What users notice",
    "How bad it is",
    "First three checks",
    "Stop the damage",
    "It is over when",
    "Why it fires",
    "Silencing",
]
EVENTS = {schema.name: schema for schema in catalog()}
FIELDS = {field.path for schema in catalog() for field in schema.fields}
CONTEXT = {
    "service",
    "event",
    "request_id",
    "correlation_id",
    "workflow_id",
    "run_id",
    "activity_id",
    "agent_run_id",
    "user",
}


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(r"^ {3}", "", block, flags=re.MULTILINE).strip() for block in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_users_notice_how_bad_it_is_what_to_check_and_do_and_when_it_is_over(page):
    assert re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) == HEADINGS
    assert page.read_text().startswith(f"# {page.stem}: ")
    sections = re.findall(r"^## .+\n+((?:(?!## ).*\n)*)", page.read_text(), re.MULTILINE)
    assert all(len(text.split()) >= 1 for text in sections), "no section is empty"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_three_checks_are_numbered_and_at_least_one_has_a_query(page):
    checks = page.read_text().split("## First three checks")[1].split("## Stop the damage")[0]
    assert re.findall(r"^(\d)\. ", checks, re.MULTILINE) == ["1", "2", "3"]
    assert blocks(page, "lql") + blocks(page, "promql") + blocks(page, "sql") + blocks(page, "sh(?: cloud)?")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_logging_query_parses_and_names_known_events_and_fields(page):
    for query in blocks(page, "lql"):
        lql.parse(query)
        for event in re.findall(r'jsonPayload\.event\s*=\s*"([^"]+)"', query):
            assert event in EVENTS, event
        for name in re.findall(r"jsonPayload\.([a-z_]+)", query):
            assert name in CONTEXT or f"jsonPayload.{name}" in FIELDS, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_promql_query_parses_and_names_known_metrics(page):
    for query in blocks(page, "promql"):
        promql_parser.parse(query)
        without_text = re.sub(r"\b(?:by|without|on|ignoring) *\([^)]*\)|\{[^}]*\}|\"[^\"]*\"", "", query)
        for name in re.findall(
            r"\b((?:temporal|pg|node|pgbouncer|supavisor|postgresql)_[a-z0-9_]+|[a-z]+_googleapis_com:[A-Za-z0-9_]+)\b",
            without_text,
        ):
            known = re.sub(r"_(bucket|count|sum)$", "", name)
            own = re.fullmatch(r"logging_googleapis_com:user_[A-Za-z0-9]+_(.+)", known)
            if own is not None:
                assert any(own[1].startswith(event.replace(".", "_")) for event in EVENTS), name
            else:
                assert name in BY_PROMQL or known in BY_PROMQL, name
