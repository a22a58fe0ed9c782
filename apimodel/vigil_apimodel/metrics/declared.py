"""A metric that no constant here describes: of the user's own code, an exporter, or a service of Google not listed."""

import re
from collections.abc import Sequence
from typing import Final

from vigil_apimodel.metrics.catalog import METRICS
from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

_TYPE: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9_.:-]+)+|[a-z]+\.io(/[A-Za-z0-9_.-]+)+")
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LONGEST: Final = 200
_LABELS: Final = 30
_PROMETHEUS: Final = {
    "gauge": Kind.GAUGE,
    "counter": Kind.CUMULATIVE,
    "histogram": Kind.CUMULATIVE,
    "summary": Kind.CUMULATIVE,
}
_OF_PROMETHEUS: Final = "prometheus.googleapis.com/"
_UNIT: Final = re.compile(r"[^\s\"']+")
_NO_UNIT: Final = ("percent", "count", "seconds", "bytes", "milliseconds", "requests")


def declare(
    type_: str,
    *,
    kind: Kind,
    value_type: ValueType,
    unit: str,
    resources: Sequence[str],
    labels: Sequence[MetricLabel] = (),
    description: str = "",
    source: str = "",
) -> Metric:
    """Return a metric by what its descriptor says, checked like the constants.

    `unit` is UCUM (`s`, `ms`, `By`, `%`, `1`; it may be empty for BOOL, STRING and Prometheus, whose descriptors have
    none), `resources` the types of monitored resources that it is written against (`prometheus_target` for an
    exporter's), `source` a link to where this was read.

    Raises ValueError for what Monitoring would not have, and where a constant of this type says otherwise.
    """
    where = f"metric {type_!r}"
    if len(type_) > _LONGEST or not _TYPE.fullmatch(type_):
        raise ValueError(
            f"{where}: a type is a domain and a path of at most {_LONGEST} characters, such as "
            "'custom.googleapis.com/orders/open' or 'prometheus.googleapis.com/orders_open/gauge'"
        )
    if value_type in {ValueType.BOOL, ValueType.STRING} and kind is not Kind.GAUGE:
        raise ValueError(f"{where}: a {value_type} is a GAUGE, not a {kind}")
    if unit or not type_.startswith(_OF_PROMETHEUS):
        _check_unit(where, value_type, unit)
    _check_prometheus(where, type_, kind)
    if not resources:
        raise ValueError(f"{where}: resources is empty; name the types of monitored resources, such as 'gce_instance'")
    keys = [label.key for label in labels]
    wrong = next((key for key in keys if not _LABEL.fullmatch(key)), None)
    if wrong is not None:
        raise ValueError(f"{where}: {wrong!r} is no label key: letters, digits, underscores and dots")
    if len(keys) != len(set(keys)) or len(keys) > _LABELS:
        raise ValueError(f"{where}: give each label once, at most {_LABELS} of them")
    made = Metric(
        type_,
        kind,
        value_type,
        unit,
        Source(source or "declared by the program", "", "declared, not one of Vigil's constants"),
        tuple(labels),
        tuple(resources),
        description,
    )
    _check_constant(where, made)
    return made


def _check_unit(where: str, value_type: ValueType, unit: str) -> None:
    if value_type in {ValueType.BOOL, ValueType.STRING}:
        return
    if not unit:
        raise ValueError(f"{where}: unit is empty; give it in UCUM, such as 's', 'By', or '1' for a plain number")
    if not _UNIT.fullmatch(unit) or unit.lower() in _NO_UNIT:
        raise ValueError(
            f"{where}: {unit!r} is no UCUM unit; write 's', 'ms', 'By', '1' for a count, '%' for 0 to 100, '10^2.%' "
            "for 0 to 1"
        )


def _check_prometheus(where: str, type_: str, kind: Kind) -> None:
    if not type_.startswith(_OF_PROMETHEUS):
        return
    ending = type_.rsplit("/", 1)[-1]
    wanted = _PROMETHEUS.get(ending)
    if ending != "unknown" and wanted is None:
        raise ValueError(f"{where}: the type of an exporter's metric ends in /{', /'.join(_PROMETHEUS)} or /unknown")
    if wanted is not None and kind is not wanted:
        raise ValueError(f"{where}: a {ending} of Prometheus is {wanted}, not {kind}")


def _check_constant(where: str, made: Metric) -> None:
    known = METRICS.get(made.type)
    if known is None:
        return
    for attribute, mine, theirs in (
        ("kind", made.kind, known.kind),
        ("value type", made.value_type, known.value_type),
        ("unit", made.unit, known.unit),
    ):
        if mine != theirs:
            raise ValueError(
                f"{where}: its {attribute} is {theirs or 'empty'} ({known.source.url}), not {mine}; "
                "use vigil_apimodel.metrics.get(...)"
            )
