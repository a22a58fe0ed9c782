"""Billing's alert is proven, and the plain metric stands beside it."""

from vigil_proofs import alert_tests

test_alert = alert_tests("prod")


def test_a_plain_resource_stands_beside_the_components(render_stack):
    names = {one.inputs["name"] for one in render_stack("prod").of_type("gcp:logging/metric:Metric")}
    assert "audit" in names
    assert len(names) == 3
