"""The filters of `list` methods: terms joined by AND.

Terms are like `display_name="x"` and `metric.type = starts_with("y")`.
Grammar: docs.cloud.google.com/monitoring/api/v3/sorting-and-filtering. OR, NOT and parentheses are answered with
UNIMPLEMENTED, never with a guess.
"""

import re
from collections.abc import Callable

from vigil_apimodel.field_names import snake_case
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError, invalid_argument

_TERM = re.compile(
    r"""\s*(?:AND\s+)?(?P<field>[A-Za-z_][\w.\-]*)\s*(?P<operator>=|!=|:)\s*
        (?:(?P<function>starts_with|ends_with|has_substring|monitoring\.regex\.full_match)\(\s*)?
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s()=:"]+))
        (?(function)\s*\))""",
    re.VERBOSE,
)


def matches(query: str, body: JsonObject) -> bool:
    """Return whether a resource passes a filter; an empty one passes all. Raises ApiError for a wrong one."""
    position, result = 0, True
    while query[position:].strip():
        found = _TERM.match(query, position)
        if found is None:
            if re.match(r"\s*(OR|NOT|-|\()", query[position:]):
                raise ApiError(
                    "UNIMPLEMENTED", f'The emulator does not evaluate OR, NOT or parentheses here: "{query}"'
                )
            raise invalid_argument(f'Field filter had an invalid value of "{query}": The filter does not parse.')
        position = found.end()
        result = _holds(found, body) and result
    return result


def ordered(names: list[str], order: str, body: Callable[[str], JsonObject]) -> list[str]:
    """Return the names in the order of `display_name,-user_labels.team`; a minus or ` desc` turns it round."""
    for key in reversed([key.strip() for key in order.split(",") if key.strip()]):
        field, _, direction = key.removeprefix("-").partition(" ")
        path = field.split(".")
        backwards = key.startswith("-") or direction.strip().lower() == "desc"
        names = sorted(names, key=lambda name, path=path: str(_value(body(name), path) or ""), reverse=backwards)
    return names


def _holds(term: re.Match[str], body: JsonObject) -> bool:
    wanted = (
        term["quoted"] if term["quoted"] is not None else term["single"] if term["single"] is not None else term["bare"]
    )
    wanted = re.sub(r"\\(.)", r"\1", wanted)
    found = _value(body, term["field"].split("."))
    text = "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
    function = term["function"]
    if term["operator"] == ":":
        return wanted.lower() in text.lower()
    if function == "starts_with":
        same = text.startswith(wanted)
    elif function == "ends_with":
        same = text.endswith(wanted)
    elif function == "has_substring":
        same = wanted in text
    elif function is not None:
        raise ApiError("UNIMPLEMENTED", f"The emulator does not evaluate {function} in the filter of a list.")
    else:
        same = text == wanted
    return same if term["operator"] == "=" else not same


def _value(body: JsonObject, path: list[str]) -> JsonValue:
    value: JsonValue = body
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part, next((item for key, item in value.items() if snake_case(key) == part), None))
    return value
