"""This repository's staging program, deployed to an emulator and listed: nothing differs from the program."""

from tests.runner.lists import Lists
from vigil_proofs.inprocess import apply
from vigil_runner import inventory, items, program
from vigil_runner.difference import compare


def test_what_is_deployed_is_what_the_program_declares_in_normal_form():
    _, emulator = apply("staging")
    found = inventory.read(Lists(emulator, "example-staging"))
    emulator.store.close()
    assert found.unread == {}
    assert found.built_in > 0
    declared = items.of_run(program.run("staging"), project="example-staging")
    difference = compare(items.of_found(found.found), declared)
    assert not difference, difference
    assert difference.same == len(declared) > 50
