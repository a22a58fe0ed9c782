"""Our constants against the names in Google's sample dashboards and policies: metrics, labels, resources."""

import json
import re
from collections.abc import Iterator

import pytest

from vigil_apimodel.metrics import METRICS, RESOURCES

HOSTS = sorted({name.partition("/")[0] for name in METRICS if ".googleapis.com/" in name} | {"kubernetes.io"})
TYPE = re.compile(rf"(?<![\w/.])(?:{'|'.join(map(re.escape, HOSTS))})(?:/[a-z0-9_]+)+")
OTHER_METRICS = {
    "agent.googleapis.com/cpu/utilization": "the hypervisor measures CPU on every machine, with or without an agent",
    "agent.googleapis.com/elasticsearch*": "name of a log of third-party software",
    "agent.googleapis.com/iis/*": "third-party software on Windows",
    "agent.googleapis.com/mssql/*": "third-party software on Windows",
    "agent.googleapis.com/pagefile/*": "Windows alone",
    "bigquery.googleapis.com/job/continuous/*": "continuous queries are not watched",
    "bigquery.googleapis.com/managed_routine/*": "managed routines are not watched",
    "bigquery.googleapis.com/slots/assigned": "its reservation is a short name, that of slots/allocated a full one",
    "bigquery.googleapis.com/slots/max_assigned": "with autoscaling; the watch takes the number of slots instead",
    "bigquery.googleapis.com/storage/*": "sizes of tables are not watched",
    "cloudfunctions.googleapis.com/function/network_egress": "no alert is on traffic",
    "compute.googleapis.com/instance/gpu/*": "accelerators are not watched",
    "kubernetes.io/anthos/*": "clusters outside Google Cloud; GKE has its own names",
    "kubernetes.io/container/accelerator/*": "accelerators are not watched",
    "kubernetes.io/container/cpu/core_usage_time": "GKE divides it by limit and request itself (limit_utilization)",
    "kubernetes.io/container/*/*_cores": "see core_usage_time",
    "kubernetes.io/container/memory/*_bytes": "see core_usage_time",
    "loadbalancing.googleapis.com/https/*": "no alert is on bytes or round trips of TCP",
    "loadbalancing.googleapis.com/l3/*": "network load balancers have no requests to judge",
    "loadbalancing.googleapis.com/tcp_ssl_proxy/*": "proxies have no requests to judge",
    "logging.googleapis.com/instrumentation_source": "name of a label",
    "logging.googleapis.com/user*": "a log-based metric of the reader's own",
    "prometheus.googleapis.com/*": "exporters of third-party software; the customer declares what they read",
    "redis.googleapis.com/keyspace/*": "number and age of keys are the application's concern",
    "redis.googleapis.com/stats/memory/maxmemory": "usage_ratio is what matters",
}
"""Metrics that Google's samples read and that are no constants here, each with the reason."""


def strings(document: object) -> Iterator[str]:
    match document:
        case str():
            yield document
        case dict():
            for value in document.values():
                yield from strings(value)
        case list():
            for value in document:
                yield from strings(value)
        case _:
            pass


@pytest.fixture(scope="session")
def samples(sample_dashboards, sample_policies) -> dict[str, object]:
    return {**sample_dashboards, **{f"alerts/{name}": policy for name, policy in sample_policies.items()}}


def test_each_metric_of_google_s_samples_is_a_constant_or_left_out_for_a_reason(samples):
    named = {found for document in samples.values() for text in strings(document) for found in TYPE.findall(text)}
    assert len(named) > 200
    unknown = named - set(METRICS)
    explained = {name for name in unknown if any(_like(name, pattern) for pattern in OTHER_METRICS)}
    assert unknown - explained == set()
    assert {pattern for pattern in OTHER_METRICS if not any(_like(name, pattern) for name in unknown)} == set()


def _like(name: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def read(document: object) -> Iterator[tuple[str, set[str], set[str], set[str]]]:
    """Metric type, resource types, metric labels and resource labels of each filter, with what it is grouped by."""
    if isinstance(document, dict):
        text = document.get("filter")
        types = re.findall(r'metric\.type\s*=\s*"([^"]+)"', text) if isinstance(text, str) else []
        if len(types) == 1:
            grouped = json.dumps([document.get("aggregation"), document.get("aggregations")])
            both = f"{text} {grouped}"
            yield (
                types[0],
                set(re.findall(r'resource\.type\s*=\s*"([^"]+)"', text)),
                set(re.findall(r'metric\.labels?\.\\?"?(\w+)', both)),
                set(re.findall(r'resource\.labels?\.\\?"?(\w+)', both)),
            )
        for value in document.values():
            yield from read(value)
    elif isinstance(document, list):
        for value in document:
            yield from read(value)


def test_labels_and_resources_of_google_s_samples_are_those_of_our_constants(samples):
    seen, unknown = 0, set()
    for document in samples.values():
        for type_, resources, labels, of_resource in read(document):
            metric = METRICS.get(type_)
            if metric is None:
                continue
            seen += 1
            unknown |= {(type_, "resource", one) for one in resources - set(metric.resources) if metric.resources}
            unknown |= {(type_, "label", one) for one in labels - {label.key for label in metric.labels}}
            for one in resources & set(RESOURCES):
                unknown |= {(one, "resource label", label) for label in of_resource - set(RESOURCES[one].labels)}
    assert seen > 100
    assert unknown == set()
