"""Public data for these tests: read in place, and skipped with the reason where it is absent."""

import json
from importlib import resources
from pathlib import Path

import pytest

from tests.corpus import present


@pytest.fixture(scope="session")
def corpus() -> Path:
    return present()


@pytest.fixture(scope="session")
def sample_dashboards(corpus):
    folder = corpus / "monitoring-dashboard-samples" / "dashboards"
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))
    }


@pytest.fixture(scope="session")
def sample_policies(corpus):
    folder = corpus / "monitoring-dashboard-samples" / "alerts"
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))
    }


def _discovery(name):
    documents = resources.files("googleapiclient.discovery_cache.documents")
    return json.loads((documents / name).read_text())


@pytest.fixture(scope="session")
def dashboards_api():
    return _discovery("monitoring.v1.json")


@pytest.fixture(scope="session")
def monitoring_api():
    return _discovery("monitoring.v3.json")


@pytest.fixture(scope="session")
def logging_api():
    return _discovery("logging.v2.json")


@pytest.fixture
def broken():
    """(type, inputs) -> {rule: [(field, message), ...]} of the rules that the inputs break."""
    from vigil_apimodel import rules

    def check(resource_type, inputs):
        found = {}
        for violation in rules.check(resource_type, inputs):
            assert violation.rule in rules.RULES
            found.setdefault(violation.rule, []).append((violation.field, violation.message))
        return found

    return check


@pytest.fixture
def rules_of():
    """The identifiers of the rules that a module holds."""
    from vigil_apimodel import rules

    def identifiers(*modules):
        names = {module.__name__ for module in modules}
        known = (*rules.RULES.values(), *rules.PROGRAM_RULES.values())
        return {rule.id for rule in known if rule.check.__module__ in names}

    return identifiers
