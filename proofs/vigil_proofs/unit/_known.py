"""What of a policy is known: a plan does not know every value yet, and hides secrets."""

from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_apimodel.rules.inputs import UNKNOWN

_NAMES = frozenset({"name", "displayName"})


def first_unknown(value: JsonValue, place: str) -> str:
    """Return the path of the first field, other than a name, that is not known; empty where all are."""
    if value == UNKNOWN:
        return place
    inner: list[tuple[str, JsonValue]] = []
    if isinstance(value, dict):
        inner = [(f"{place}.{key}", each) for key, each in value.items() if key not in _NAMES]
    elif isinstance(value, list):
        inner = [(f"{place}[{index}]", each) for index, each in enumerate(value)]
    return next((found for path, each in inner if (found := first_unknown(each, path))), "")


def stand_alone(policy: JsonObject) -> bool:
    """Return whether each condition of a policy opens incidents by itself."""
    conditions = policy.get("conditions")
    return text(policy, "combiner", "OR") == "OR" or not isinstance(conditions, list) or len(conditions) < 2  # noqa: PLR2004 - several


def evaluated(policy: JsonObject) -> JsonObject:
    """Return a policy without the conditions that are not known, where each one stands for itself."""
    conditions = policy.get("conditions")
    if not isinstance(conditions, list) or not stand_alone(policy):
        return policy
    known = [each for each in conditions if not first_unknown(each, "condition")]
    return {**policy, "conditions": known} if known and len(known) < len(conditions) else policy
