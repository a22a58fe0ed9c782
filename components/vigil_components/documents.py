"""Inputs of components that go to the engine as one text: documents that only tools read.

For each value within an input the SDK makes a coroutine, and keeps what comes back. The proof of an alert has fifty
values and no preview shows it, so the engine stores it as JSON. A recorded run has the document again.
"""

import json
from collections.abc import Mapping
from typing import Final, TypeVar, cast

Value = TypeVar("Value")

DOCUMENTS: Final[Mapping[str, tuple[str, ...]]] = {"vigil:alerts:Alert": ("proof",)}
"""The inputs that are documents, by the component's type."""


def written(document: Mapping[str, object]) -> str:
    """Return a document as the engine stores it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(type_: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Return the inputs of a component with its documents parsed again."""
    found = {name: inputs.get(name) for name in DOCUMENTS.get(type_, ())}
    parsed = {name: json.loads(text, parse_float=_number) for name, text in found.items() if isinstance(text, str)}
    return {**inputs, **cast("dict[str, Value]", parsed)}


def _number(text: str) -> float:
    """Return a number as the engine hands it over: whole ones without a fraction."""
    number = float(text)
    return int(number) if number.is_integer() else number
