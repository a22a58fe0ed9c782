"""Where in a text a value stands: the line of a path in JSON or YAML."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import yaml

from vigil_apimodel.field_names import snake_case

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes from the top of a document."""

_SPACE = re.compile(r"[\s]*")
_DECODER = json.JSONDecoder()


def path_of(field: str) -> Path:
    """Return a field as rules write it (`conditions[0].conditionThreshold.filter`) as a path."""
    found: list[str | int] = []
    for part in field.split("."):
        name, *indexes = part.split("[")
        if name:
            found.append(name)
        found += [int(each.rstrip("]")) for each in indexes if each.rstrip("]").isdigit()]
    return tuple(found)


def line_in_json(text: str, path: Path) -> int:
    """Return the line of the deepest part of `path` that the JSON text has, from 1.

    A key is found by its own spelling or in snake case, as Terraform writes it. Terraform's lists of one are entered
    on the way.
    """
    at = _skip(text, 0)
    for step in path:
        inner = _child(text, at, step)
        while inner is None and isinstance(step, str) and text[at : at + 1] == "[":
            first = _child(text, at, 0)
            if first is None:
                break
            at, inner = first, _child(text, first, step)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _child(text: str, at: int, step: str | int) -> int | None:
    """Where the value of a key or index begins, None where the value at `at` has none."""
    children = _children(text, at)
    wanted = {step, snake_case(step)} if isinstance(step, str) else {step}
    return min((children[key] for key in wanted if key in children), default=None)


@lru_cache(maxsize=4096)
def _children(text: str, at: int) -> dict[str | int, int]:
    """Where the values of an object or a list begin, by key or index; each is read once for all findings in it."""
    opening, found = text[at : at + 1], dict[str | int, int]()
    if opening not in {"{", "["}:
        return found
    position, index = _skip(text, at + 1), 0
    while text[position : position + 1] not in {"}", "]", ""}:
        key: str | int = index
        if opening == "{":
            key, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        found.setdefault(key, position)
        _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        index += 1
    return found


def line_in_yaml(text: str, document: int, path: Path) -> int:
    """Return the line of the deepest part of `path` in the document of that number of a YAML text, from 1."""
    nodes = _nodes(text)
    node = nodes[document] if document < len(nodes) else None
    for step in path:
        inner = _child_node(node, step)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else 1


@lru_cache(maxsize=16)
def _nodes(text: str) -> list[yaml.Node | None]:
    """The documents of a YAML text, read once for all findings in it."""
    return list(yaml.compose_all(text, Loader=yaml.SafeLoader))


def _child_node(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and isinstance(step, str):
        pairs: Sequence[tuple[yaml.Node, yaml.Node]] = node.value
        wanted = {step, snake_case(step)}
        return next((value for key, value in pairs if isinstance(key, yaml.ScalarNode) and key.value in wanted), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        items: Sequence[yaml.Node] = node.value
        return items[step] if step < len(items) else None
    return None
