"""The configuration of the OpenTelemetry Collector, generated.

The transform processor is in no build that is available everywhere, so that metrics are kept and labels renamed where
Prometheus itself does it, by `metric_relabel_configs`.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vigil_apimodel.json_fields import Fields
from vigil_apimodel.metrics import Metric
from vigil_apimodel.metrics.prometheus import RESERVED_LABELS, exported_label
from vigil_components.arguments import Name, Place, PositiveCount, Project, validated
from vigil_components.collector.endpoints import Endpoint, sample_names

OF_THE_TARGET = frozenset({"job", "instance"})
"""Reserved labels that every target has: Prometheus renames a sample's own by itself where `honor_labels` is off."""


@validated
@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where series go, and the resource `prometheus_target` that they are written against."""

    project: Project
    """Project that receives them."""
    location: Place
    """Region of the collector."""
    namespace: Name
    """What tells collectors apart: the environment."""
    cluster: Name = "vigil"
    """The name that distinguishes the collector from other Prometheus servers. Default: `vigil`."""
    endpoint: str = ""
    """HOST:PORT of a stand-in without TLS, on one machine. Default: Google's own."""


@validated
def collector_config(
    endpoints: Sequence[Endpoint],
    metrics: Collection[Metric],
    destination: Destination,
    *,
    memory_mib: PositiveCount = 512,
) -> Fields:
    """Return the collector's configuration: each endpoint's metrics that are in `metrics`, and nothing else.

    `metrics` are what dashboards and alerts read (`used_metrics`); `memory_mib` is what the container has. Values
    of credentials are not in it: it names the environment variables that hold them.

    Raises ValueError for no endpoint, two of one job, and one of whose metrics nothing is read.
    """
    if not endpoints:
        raise ValueError("a collector without endpoints scrapes nothing: give at least one, or leave the collector out")
    jobs = [endpoint.job for endpoint in endpoints]
    twice = sorted({job for job in jobs if jobs.count(job) > 1})
    if twice:
        raise ValueError(f"more than one endpoint has the job {', '.join(twice)}; join them, or name one differently")
    # Information series nobody reads, one for each target and library, paid like any other.
    metric: Fields = {"extra_metrics_config": {"enable_target_info": False, "enable_scope_info": False}}
    if destination.endpoint:
        metric |= {"endpoint": destination.endpoint, "use_insecure": True}
    place = {"cluster": destination.cluster, "location": destination.location, "namespace": destination.namespace}
    return {
        "receivers": {"prometheus": {"config": {"scrape_configs": [_job(one, metrics) for one in endpoints]}}},
        "processors": {
            "memory_limiter": {
                "check_interval": "1s",
                "limit_mib": memory_mib * 3 // 4,
                "spike_limit_mib": memory_mib // 8,
            },
            "resource": {
                "attributes": [{"action": "upsert", "key": key, "value": value} for key, value in place.items()]
            },
        },
        "exporters": {"googlemanagedprometheus": {"project": destination.project, "metric": metric}},
        "service": {
            # No batch processor: one that waits too long puts two points of a series into a request, which is refused.
            "pipelines": {
                "metrics": {
                    "receivers": ["prometheus"],
                    "processors": ["memory_limiter", "resource"],
                    "exporters": ["googlemanagedprometheus"],
                }
            },
            "telemetry": {"logs": {"encoding": "json"}, "metrics": {"level": "none"}},
        },
    }


@validated
def render(config: Fields) -> str:
    """Return the configuration as text: JSON, which is YAML, the same for the same configuration."""
    return json.dumps(config, indent=1, sort_keys=True)


def _job(endpoint: Endpoint, metrics: Collection[Metric]) -> Fields:
    kept = sorted(endpoint.serves.intersection(metrics), key=lambda metric: metric.type)
    if not kept:
        raise ValueError(
            f"no alert or chart reads a metric of {endpoint.job}: leave the endpoint out, or give the metrics in use "
            "(used_metrics(watches))"
        )
    names = sorted({name for metric in kept for name in sample_names(metric)})
    return {
        "job_name": endpoint.job,
        **endpoint.scrape(kept),
        "honor_labels": False,
        "metric_relabel_configs": [
            {"action": "keep", "regex": "|".join(map(re.escape, names)), "source_labels": ["__name__"]},
            *(
                {"regex": "(.+)", "source_labels": [label], "target_label": exported_label(label)}
                for label in sorted(RESERVED_LABELS - OF_THE_TARGET)
            ),
            {"action": "labeldrop", "regex": "|".join(sorted(RESERVED_LABELS - OF_THE_TARGET))},
        ],
    }
