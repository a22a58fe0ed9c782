"""What components say for tools alone, as one text among their inputs.

For each input of a component the SDK keeps an Output with its futures, 4.5 kB, and for each value within an input it
makes a coroutine. No program reads these Outputs. So a component registers what a preview shows to people as inputs of
its own, and the rest as one JSON document. A recorded run has the members of the document as inputs.
"""

import json
from collections.abc import Mapping
from typing import Final, TypeVar, cast

Value = TypeVar("Value")

FACTS: Final = "facts"
"""The input that is the document."""

ALERT: Final = "vigil:alerts:Alert"
"""The type of the component that has an alert's policy and proof."""
_OURS: Final = "vigil:"
"""What the types of our components begin with."""


def written(document: Mapping[str, object]) -> str:
    """Return a document as the engine stores it. Members without a value are left out, as the SDK leaves out inputs."""
    members = {name: value for name, value in document.items() if value is not None}
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(type_: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Return the inputs of a component with the members of its document among them."""
    text = inputs.get(FACTS)
    if not type_.startswith(_OURS) or not isinstance(text, str):
        return dict(inputs)
    members = cast("dict[str, Value]", json.loads(text, parse_float=_number))
    return {**{name: value for name, value in inputs.items() if name != FACTS}, **members}


def _number(text: str) -> float:
    """Return a number as the engine hands it over: whole ones without a fraction."""
    number = float(text)
    return int(number) if number.is_integer() else number
