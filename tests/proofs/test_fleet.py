"""One policy for many services: two services fail, two incidents open with the right names."""

from pathlib import Path

import pytest

from tests.proofs.programs import suite_of
from vigil_apimodel.limits import DOCUMENTATION_LINK_URL_CHARS
from vigil_apimodel.metrics import cloud_run
from vigil_components import Points
from vigil_components.watches import cloud_run_fleet
from vigil_proofs.documents import Points as Written

PROGRAM = """
from vigil_components.watches import cloud_run_fleet, fleet_health

fleet = cloud_run_fleet(location="europe-west1", services=["cart", "search", "login"])
ServiceMonitoring("fleet", ServiceMonitoringArgs(context=shared, source=fleet, team="shop", watch=fleet_health(fleet)))
"""


def requests(service: str, code: str, per_minute: float, location: str = "europe-west1") -> Written:
    points = Points(
        metric=cloud_run.REQUEST_COUNT,
        resource="cloud_run_revision",
        value=per_minute,
        labels={"response_code_class": code, "response_code": f"{code[0]}00"},
        resource_labels={"service_name": service, "location": location},
    )
    return Written(
        metric=points.metric.type,
        kind=points.metric.kind.value,
        value_type=points.metric.value_type.value,
        unit=points.metric.unit,
        resource=points.resource,
        labels=points.labels,
        resource_labels=points.resource_labels,
        value=points.value,
        samples=1,
    )


def test_two_services_fail_and_two_incidents_open_with_their_names(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, PROGRAM)
    (alert,) = suite.subject.named(["fleet-errors"])
    stage = suite.player.stage({alert.policy: suite.player.policy(alert)})
    minutes = range(20)
    stage.advance(20)
    for service, bad in (("cart", 30.0), ("search", 1.0), ("login", 90.0)):
        stage.put(requests(service, "2xx", 100), minutes)
        stage.put(requests(service, "5xx", bad), minutes)
    stage.step()
    named = {dict(each.metric_labels).get("service_name") for each in stage.incidents(alert.policy)}
    assert named == {"cart", "login"}
    assert len(stage.incidents(alert.policy)) == 2
    stage.close()


def test_a_fleet_of_all_services_of_a_region_is_proven_whatever_the_other_services_do(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, PROGRAM.replace(', services=["cart", "search", "login"]', ""))
    (verdict,) = suite.run(["fleet-crashed"], jobs=1).verdicts
    assert verdict.proven, verdict.explained()


def test_a_fleet_of_a_hundred_services_keeps_within_the_limits_of_links_and_filters(tmp_path: Path) -> None:
    names = [f"bookkeeping-of-region-{number:03}" for number in range(100)]
    suite = suite_of(tmp_path, PROGRAM.replace('["cart", "search", "login"]', repr(names)))
    (alert,) = suite.subject.named(["fleet-crashed"])
    assert all(f'"{name}"' in alert.logs for name in names)
    (_, logs) = suite.player.policy(alert)["documentation"]["links"]
    assert len(logs["url"]) <= DOCUMENTATION_LINK_URL_CHARS
    assert "Uncaught%20signal" in logs["url"]
    assert "bookkeeping" not in logs["url"]


def test_a_service_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="services has cart more than once"):
        cloud_run_fleet(location="europe-west1", services=["cart", "search", "cart"])


REGIONS = """
from vigil_components.watches import cloud_run_regions, regions_health

shop = cloud_run_regions("shop")
ServiceMonitoring("shop", ServiceMonitoringArgs(context=shared, source=shop, team="shop", watch=regions_health(shop)))
"""


def test_a_region_fails_by_name_and_all_together_by_their_sum(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, REGIONS)
    each, together = (suite.subject.named([name])[0] for name in ("region-errors", "all-regions-errors"))
    stage = suite.player.stage({one.policy: suite.player.policy(one) for one in (each, together)})
    minutes = range(20)
    stage.advance(20)
    for region, per_minute, bad in (("europe-west1", 1000, 0.0), ("us-east1", 40, 20.0), ("asia-east1", 1000, 15.0)):
        stage.put(requests("shop", "2xx", per_minute, region), minutes)
        stage.put(requests("shop", "5xx", bad, region), minutes)
    stage.step()
    assert [dict(one.metric_labels).get("location") for one in stage.incidents(each.policy)] == ["us-east1"]
    assert not stage.incidents(together.policy), "35 of 2,075 are less than 5 %"
    stage.close()
