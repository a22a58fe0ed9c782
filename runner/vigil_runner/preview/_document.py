"""A report as one JSON document for other tools."""

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_runner.preview._alerts import AlertView
from vigil_runner.preview._changes import Change, FieldChange, Kind
from vigil_runner.preview._report import Report
from vigil_runner.preview._resources import name
from vigil_runner.preview._sentences import sentences, summary
from vigil_runner.preview._weight import lost, weight
from vigil_runner.preview._words import safe, shown


def document(report: Report) -> JsonObject:
    """Return everything that the report knows, as JSON: values in words, secrets hidden."""
    return {
        "ok": report.ok,
        "stack": report.stack,
        "base": report.base,
        "changes": not report.empty,
        "summary": [summary(report), *sentences(report)],
        "counts": {kind.value.replace(" ", "_"): report.count(kind) for kind in Kind},
        "notes": list(report.notes),
        "settings": [
            {"key": one.key, "secret": one.secret, "before": one.before, "after": one.after} for one in report.settings
        ],
        "resources": [_change(one) for one in report.changes],
        "alerts": [
            {"name": one.view.name, "before": _alert(one.before), "after": _alert(one.after)} for one in report.alerts
        ],
        "objectives": [
            {"name": one.name, "before": safe(one.before), "after": safe(one.after)} for one in report.objectives
        ],
        "dashboards": [
            {
                "title": one.title,
                "tiles": [
                    {
                        "title": tile.title,
                        "section": tile.section,
                        "kind": tile.kind.value,
                        "former_title": tile.former,
                        "fields": _fields(tile.fields),
                    }
                    for tile in one.tiles
                ],
                "moved": one.moved,
            }
            for one in report.dashboards
        ],
        "proofs": {
            key: {
                "before": list(one.before),
                "after": list(one.after),
                "breaches": [safe(each) for each in one.breaches],
            }
            for key, one in report.played.items()
        },
        "findings": {"new": list(report.findings.new), "gone": list(report.findings.gone)},
        "cost": report.money.document() if report.money is not None else None,
    }


def _change(change: Change) -> JsonObject:
    return {
        "kind": change.kind.value,
        "weight": weight(change).name.lower(),
        "type": change.resource.type,
        "name": name(change),
        "urn": change.resource.urn,
        "before_urn": change.before.urn if change.before is not None else None,
        "forced_by": list(change.forced_by),
        "lost": lost(change),
        "fields": _fields(change.fields),
    }


def _fields(fields: tuple[FieldChange, ...]) -> list[JsonValue]:
    return [
        {"path": one.path, "before": shown(one.before, one.path), "after": shown(one.after, one.path)} for one in fields
    ]


def _alert(view: AlertView | None) -> JsonObject | None:
    if view is None:
        return None
    return {**dict(view.rows()), "queries": [safe(one) for one in view.queries]}
