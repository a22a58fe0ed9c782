"""A stack applied once, and ways to spoil what was applied."""

import copy
from collections.abc import Callable

import pytest

from tests import applied
from vigil_apimodel.json_values import JsonObject
from vigil_proofs import Suite
from vigil_proofs.inprocess import Resources

Spoil = Callable[[JsonObject], None]


@pytest.fixture(scope="session")
def suite() -> Suite:
    return applied.suite("staging")


@pytest.fixture(scope="session")
def prod() -> Suite:
    return applied.suite("prod")


def spoiling(kind: str, ending: str, spoil: Spoil) -> Callable[[Resources], Resources]:
    """A change of the one resource of a kind whose name or display name ends so."""

    def change(resources: Resources) -> Resources:
        hit = [
            (of, name)
            for of, name, body in resources
            if of == kind and (name.endswith(ending) or str(body.get("displayName", "")).startswith(ending))
        ]
        assert len(hit) == 1, (ending, hit)
        changed: list[tuple[str, str, JsonObject]] = []
        for of, name, body in resources:
            fresh = copy.deepcopy(body)
            if (of, name) == hit[0]:
                spoil(fresh)
                assert fresh != body, "the resource was changed"
            changed.append((of, name, fresh))
        return tuple(changed)

    return change
