"""The lines that declare a typed component."""

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

from vigil_verify.adopt._source import WIDTH, Source, Writer, literal_line
from vigil_verify.adopt._typed import Typed

Imports = frozenset[tuple[str, str]]
"""Modules with a name that is needed of them."""


def typed_declaration(
    name: str, typed: Typed, names: Mapping[str, str], *, tests: str = "", options: str = ""
) -> tuple[list[str], Imports]:
    """Return the statement that declares a component in a function, and what it imports.

    `names` are the variables that hold texts, by the text; `tests` is the policy's file of unit tests; `options`
    is the source of its third argument.
    """
    if tests:
        typed = dataclasses.replace(typed, args=dataclasses.replace(cast("Any", typed.args), tests=tests))
    lines, imports = typed_call(name, typed, names, indent=4, options=options)
    return [f"    {lines[0]}", *lines[1:]], imports


def typed_call(
    name: str, typed: Typed, names: Mapping[str, str], *, indent: int, before: str = "", options: str = ""
) -> tuple[list[str], Imports]:
    """Return the lines of the call that declares a component, the first without its indentation."""
    source: Source = Writer(names).source(typed.args)
    arguments = [literal_line(name), source.text(indent=WIDTH * 100), *([options] if options else [])]
    flat = f"{typed.component}({', '.join(arguments)})"
    imports = source.imports | {("vigil_components", typed.component)}
    if "\n" not in flat and indent + len(before) + len(flat) <= WIDTH:
        return [flat], imports
    space = " " * (indent + 4)
    lines = [
        f"{typed.component}(",
        f"{space}{literal_line(name)},",
        *f"{space}{source.text(indent=indent + 4)},".split("\n"),
        *([f"{space}{options},"] if options else []),
        f"{' ' * indent})",
    ]
    return lines, imports
