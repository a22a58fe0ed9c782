"""What a stack file says: the keys of this program, each with its type, and what is wrong with them in plain words.

Defaults are those of the schema in Pulumi.yaml. The Pulumi CLI applies them, a run without the CLI does not, so they
are applied here again from the same file.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast

import pulumi
import yaml
from pulumi.runtime import config as pulumi_config

ROOT = Path(__file__).resolve().parent.parent

PROVIDER_KEYS: Mapping[str, tuple[str, ...]] = {
    "gcp": (
        "accessToken",
        "credentials",
        "disableGlobalProjectWarning",
        "impersonateServiceAccount",
        "loggingCustomEndpoint",
        "monitoringCustomEndpoint",
        "project",
        "region",
        "zone",
    ),
    "vercel": ("apiToken", "team"),
}
"""Keys of the providers that this program's stacks set; a key that nearly is one of them is a slip."""

_NEAR = 0.8
_EXAMPLE = re.compile(
    r"(?:^|[/@.])example\.(?:com|net|org)\b|\.example(?:[:/]|$)|(?:^|\bprojects/|\.pkg\.dev/)(?:example|YOUR_)",
    re.IGNORECASE,
)
"""Values that stand for somebody's own: hosts that RFC 2606 reserves for examples, and names like example-prod."""


@cache
def schema() -> dict[str, dict[str, object]]:
    """Return the `config:` section of Pulumi.yaml: the program's keys with type, description and default."""
    document = cast("dict[str, dict[str, dict[str, object]]]", yaml.safe_load((ROOT / "Pulumi.yaml").read_text()))
    return document["config"]


def values(config: pulumi.Config) -> dict[str, object]:
    """Return the values of the program's keys, those that the stack file leaves out by their default."""
    found: dict[str, object] = {}
    for key, declared in schema().items():
        text = config.get(key)
        if text is None:
            if "default" in declared:
                found[key] = declared["default"]
            continue
        # a secret has no type in the schema (Pulumi.yaml says why), and is text
        if declared.get("secret"):
            text = text.rstrip("\r\n")  # a secret read from a file ends in a newline
        found[key] = text if declared.get("type", "string") == "string" else _json_or_text(text)
    return found


def _json_or_text(text: str) -> object:
    """A value as the CLI passes it: objects, numbers and booleans as JSON, other text as it is (its type decides)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, a number of too many digits, nested too deep
        return text


def secret_keys(config: pulumi.Config) -> frozenset[str]:
    """Return the program's keys that the stack file holds encrypted, as `pulumi config set --secret` leaves them."""
    return frozenset(key for key in schema() if pulumi_config.is_config_secret(f"{config.name}:{key}"))


def unknown_keys(config: pulumi.Config) -> Iterator[str]:
    """Yield what the stack file sets and nothing reads: each key, and the one that was probably meant."""
    for full in sorted(_keys()):
        namespace, _, key = full.partition(":")
        if namespace == config.name:
            if key not in schema():
                yield no_such_key(full, key, schema())
        elif namespace in PROVIDER_KEYS:
            known = PROVIDER_KEYS[namespace]
            if key not in known and difflib.get_close_matches(key, known, 1, _NEAR):
                yield no_such_key(full, key, known, listed=False)
        elif near := difflib.get_close_matches(namespace.lower(), (config.name, *PROVIDER_KEYS), 1, _NEAR):
            yield f"{full}: nothing reads it; did you mean {near[0]}:{key}?"


def _keys() -> set[str]:
    return {*pulumi_config.CONFIG.get(), *pulumi_config.get_config_env()}


def no_such_key(place: str, key: str, known: Iterable[str], *, listed: bool = True) -> str:
    """Return the mistake of a key that does not exist, with the nearest one, and all there are."""
    return no_such(place, "key", key, known, listed=listed)


def no_such(place: str, noun: str, wrong: str, known: Iterable[str], *, listed: bool = True) -> str:
    """Return the mistake of a key or a value that does not exist, with the nearest one, and all there are."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    near = difflib.get_close_matches(wrong.lower().replace("_", "").replace("-", ""), lowered, 1)
    meant = f"; did you mean {lowered[near[0]]}?" if near else "."
    return f"{place}: there is no such {noun}{meant}" + (f" The {noun}s are {', '.join(names)}." if listed else "")


def example_values(found: object, place: str) -> Iterator[str]:
    """Yield the places below a value that still hold what stands in the examples."""
    if isinstance(found, str):
        if _EXAMPLE.search(found):
            yield place
    elif isinstance(found, Mapping):
        for key, value in cast("Mapping[str, object]", found).items():
            yield from example_values(value, f"{place}.{key}")
    elif isinstance(found, list | tuple):
        for index, value in enumerate(cast("list[object]", found)):
            yield from example_values(value, f"{place}[{index}]")
