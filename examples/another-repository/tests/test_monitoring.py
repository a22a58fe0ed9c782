"""The shop's program, with mocks and with a proof of each alert."""

from pathlib import Path

from vigil_components.testing import record
from vigil_proofs import alert_tests

test_alert = alert_tests("staging")


def test_refused_orders_are_a_dashboard_an_alert_and_two_metrics(record_program):
    import runpy

    run = record_program(
        lambda: runpy.run_path(str(Path(__file__).parents[1] / "__main__.py"), run_name="__main__"), project="shop"
    )
    counts = run.counts()
    assert counts["gcp:logging/metric:Metric"] == 2
    assert counts["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert counts["gcp:monitoring/dashboard:Dashboard"] == 1


def test_the_fixture_is_the_function(record_program):
    assert record_program is record


def test_the_emulator_holds_the_policy(apply_stack):
    (policy,) = apply_stack("staging").resources("alertPolicies")
    assert policy["userLabels"]["alert"] == "rejected"
