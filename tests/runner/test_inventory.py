"""This repository's staging program, deployed to an emulator and listed: nothing differs from the program."""

import json
from pathlib import Path

import pytest

from tests import rendered
from tests.corpus import present
from tests.runner.lists import Lists
from vigil_proofs.inprocess import apply
from vigil_runner import check, inventory, items
from vigil_runner.difference import compare
from vigil_verify import adopt


@pytest.fixture
def corpus() -> Path:
    return present()


@pytest.fixture(scope="module")
def staging() -> inventory.Inventory:
    _, emulator = apply("staging")
    found = inventory.read(Lists(emulator, "example-staging"))
    emulator.store.close()
    return found


def test_what_is_deployed_is_what_the_program_declares_in_normal_form(staging: inventory.Inventory):
    assert staging.unread == {}
    assert staging.built_in > 0
    declared = items.of_run(rendered.run("staging"), project="example-staging")
    difference = compare(items.of_found(staging.found), declared)
    assert not difference, difference
    assert difference.same == len(declared) > 50


def test_it_is_adopted_back_as_a_program_with_an_equal_render_and_an_id_for_each_resource(staging: inventory.Inventory):
    plan = adopt.plan(staging.found, project="example-staging")
    assert plan.left == ()
    policies = [each for each in plan.adopted if each.noun == "policy"]
    assert all(each.component == "Policy" for each in policies)
    assert plan.typed > len(policies) > 20
    files = adopt.files(plan, name="adopted", stack="staging", tests=False)
    assert adopt.prove(plan, files, stack="staging").same == len(staging.found)
    imports = adopt.imports(rendered.run("staging"), staging.found, project="example-staging")
    assert (imports.imported, imports.missing) == (len(staging.found), ())


def test_two_hundred_mixed_resources_are_adopted_as_they_are(corpus: Path):
    samples = sorted((corpus / "monitoring-dashboard-samples").rglob("*.json"))[::2]
    found = [each for file in samples for each in check.load(str(file)).resources()]
    metrics = [{"name": f"part{number % 7}/m{number}", "filter": f"jsonPayload.n={number}"} for number in range(60)]
    found += check.Source("metrics.json", json.dumps(metrics)).resources()
    assert len(found) > 200
    plan = adopt.plan(found, project="shop")
    assert plan.left == ()
    assert plan.typed > 60
    assert adopt.prove(plan, adopt.files(plan, name="shop", stack="prod", tests=False), stack="prod").same == len(found)
