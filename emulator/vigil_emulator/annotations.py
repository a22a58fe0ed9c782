"""What a deployment says about its program: the events that it declares, and the timelines of its proofs.

Google's APIs have no place for either. Only the console's pages show them.
"""

from collections.abc import Mapping

from vigil_apimodel.json_values import JsonObject, children, json_list, text
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.store import ResourceStore

KIND = "vigil.annotations"
_PARTS: Mapping[str, str] = {"events": "name", "proofs": "alert"}
"""Lists that a deployment may give, with the field that each item must have."""
_NAME = "annotations"


def take(store: ResourceStore, body: JsonObject) -> JsonObject:
    """Keep the lists of a deployment, each in place of the one before; a list that is not given stays.

    Raise ApiError for another key, or for an item without its name.
    """
    kept = store.get(KIND, _NAME) or {}
    for key, value in body.items():
        if key not in _PARTS:
            raise ApiError("INVALID_ARGUMENT", f"Unknown field {key!r}: give {' or '.join(_PARTS)}.")
        items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if not isinstance(value, list) or len(items) < len(value) or not all(text(i, _PARTS[key]) for i in items):
            raise ApiError("INVALID_ARGUMENT", f"Field {key} is a list of objects, each with the text {_PARTS[key]!r}.")
        kept[key] = json_list(items)
    store.put(KIND, _NAME, kept)
    return {key: len(children(kept, key)) for key in _PARTS}


def events(store: ResourceStore) -> list[JsonObject]:
    """Return the events that the last deployment declared, by name."""
    return sorted(children(store.get(KIND, _NAME) or {}, "events"), key=lambda one: text(one, "name"))


def proof(store: ResourceStore, service: str, alert: str) -> list[tuple[str, str]]:
    """Return the cases of an alert's proof, each with when the alert was open (`fires`, `2 to 18`), in minutes."""
    found = next(
        (one for one in children(store.get(KIND, _NAME) or {}, "proofs") if text(one, "alert") == f"{service}/{alert}"),
        None,
    )
    if not service or not alert or found is None:
        return []
    return [(text(case, "case"), text(case, "open")) for case in children(found, "cases")]
