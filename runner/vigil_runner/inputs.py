"""Checks inputs against the SDK's own types: an unknown property is an error before anything is made."""

import difflib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, cast, get_args, get_origin

from pulumi import _types  # pyright: ignore[reportPrivateUsage] - the SDK has no public way to its property names

_PACKAGES: Final = {"gcp": "pulumi_gcp", "vercel": "pulumiverse_vercel"}
"""Package names of tokens to Python packages. Others are not looked at."""


def problems(type_: str, inputs: Mapping[str, object]) -> tuple[str, ...]:
    """Return what of `inputs` the SDK does not know, one line each, with the nearest name that it does.

    The SDK passes dictionaries on as they are, so that a misspelled key would reach the provider (and there, some
    day, an error). Types of other packages have no problems.
    """
    known = _arguments(type_)
    return tuple(_unknown(known, inputs, "")) if known else ()


def shaped(type_: str, inputs: Mapping[str, object]) -> dict[str, object]:
    """Return a resource's inputs in the SDK's shape, of those that Terraform has.

    Terraform writes a block as a list even where there can be but one, and calls a list of blocks by the singular.
    What the SDK does not know stays as it is.
    """
    return _shaped(_arguments(type_) or {}, inputs)


def _shaped(known: Mapping[str, object], inputs: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in inputs.items():
        name = next((each for each in (key, f"{key}s", f"{key[:-1]}ies") if each in known), key)
        found[name] = _in_shape(known.get(name), value)
    return found


def _in_shape(type_: object, value: object) -> object:
    fields = _fields(type_)
    if fields is None:
        return value
    if isinstance(value, list):
        blocks = [_in_shape(type_, each) for each in cast("list[object]", value)]
        return blocks if _is_list(type_) or len(blocks) != 1 else blocks[0]
    return _shaped(fields, cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else value


def _is_list(type_: object) -> bool:
    origin = get_origin(type_)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return True
    return not isinstance(type_, type) and origin is not Mapping and any(_is_list(each) for each in get_args(type_))


@cache
def _arguments(type_: str) -> Mapping[str, object] | None:
    """Wire names of a resource's inputs to their types, as far as the SDK has them."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    if package not in _PACKAGES:
        return None
    path = module.partition("/")[0]
    try:
        space = importlib.import_module(".".join([_PACKAGES[package], *([path] if path != "index" else [])]))
        holder = importlib.import_module(getattr(space, name).__module__)
    except (ImportError, AttributeError):
        return None
    arguments: type | None = getattr(holder, f"{name}Args", None)
    return None if arguments is None else _types.input_type_types(arguments)


def _unknown(known: Mapping[str, object], inputs: Mapping[str, object], path: str) -> Iterator[str]:
    for key, value in inputs.items():
        where = f"{path}.{key}" if path else key
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"
            yield f"{where} is no property{hint}"
        else:
            yield from _inside(known[key], value, where)


def _inside(type_: object, value: object, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        fields = _fields(type_)
        if fields is not None:
            yield from _unknown(fields, cast("Mapping[str, object]", value), path)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _inside(type_, item, f"{path}[{index}]")


def _fields(type_: object) -> Mapping[str, object] | None:
    """The properties of the first input type within `type_`; None where a mapping of the user's own is meant."""
    if isinstance(type_, type) and _types.is_input_type(type_):
        return _types.input_type_types(type_)
    if get_origin(type_) in (dict, Mapping):
        return None
    return next((found for each in get_args(type_) if (found := _fields(each)) is not None), None)
