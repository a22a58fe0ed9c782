"""Workloads on GKE: their source follows from the inputs of pulumi_kubernetes and from the only cluster."""

from collections.abc import Mapping, Sequence
from typing import cast

from vigil_components.sources import GkeWorkload
from vigil_components.watches._gke import gke_workload
from vigil_components.watches._inputs import Made, Texts, Watched, member
from vigil_components.watches._shared import id_of

CLUSTER = "gcp:container/cluster:Cluster"
WORKLOADS = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
)
"""What runs containers on GKE, of pulumi_kubernetes."""


def workload(known: Texts, _: Mapping[str, object]) -> Watched:
    return _container(known, known["container"], known["name"])


def other_containers(known: Texts, inputs: Mapping[str, object]) -> Mapping[str, Watched]:
    others = [name for name in _containers(inputs) if name != known["container"]]
    return {name: _container(known, name, f"{known['name']}-{name}") for name in others}


def inputs_of(inputs: Mapping[str, object]) -> Mapping[str, object]:
    metadata = inputs.get("metadata")
    containers = _containers(inputs)
    return {
        "name": member(metadata, "name"),
        "namespace": member(metadata, "namespace") or "default",
        "container": containers[0] if containers else None,
    }


def only_cluster(others: Sequence[Made]) -> Mapping[str, object]:
    """Return the cluster of a program that has one: where its workloads run."""
    clusters = [one for one in others if one.type == CLUSTER]
    if len(clusters) != 1:
        return {"location": None}
    (one,) = clusters
    return {
        "cluster": one.inputs.get("name"),
        "location": one.inputs.get("location") or one.defaults.get("region"),
    }


def _container(known: Texts, container: str, called: str) -> Watched:
    source = GkeWorkload(
        name=container,
        id=id_of(called) or called,
        cluster=known["cluster"],
        location=known["location"],
        namespace=known["namespace"],
    )
    return source, gke_workload(source)


def _containers(inputs: Mapping[str, object]) -> list[str]:
    """Return the names of the containers of a workload, as far as a preview knows them."""
    held: object = inputs
    for name in ("spec", "template", "spec", "containers"):
        held = member(held, name)
    containers = cast("Sequence[object]", held) if isinstance(held, Sequence) and not isinstance(held, str) else ()
    return [name for one in containers if isinstance(name := member(one, "name"), str)]
