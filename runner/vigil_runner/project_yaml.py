"""YAML as the Pulumi CLI reads it, where PyYAML differs.

The CLI follows YAML 1.2 for plain words: `yes`, `on` and `12:30` are text, and so is a date
(https://pkg.go.dev/gopkg.in/yaml.v3#section-readme). PyYAML follows YAML 1.1: it makes them true, 750 and a date.
"""

import re
from typing import Final, cast

import yaml

from vigil_runner.unique_keys import UniqueLoader

_BOOL: Final = "tag:yaml.org,2002:bool"
_NOT_TEXT_IN_1_1_ALONE: Final = frozenset({_BOOL, "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int"})


class _Loader(UniqueLoader):
    """A separate loader, so that its rules do not change those of other users of PyYAML."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] not in _NOT_TEXT_IN_1_1_ALONE]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def parse(text: str) -> object:
    """Return the document of `text`. Raises yaml.YAMLError."""
    return cast("object", yaml.load(text, Loader=_Loader))  # noqa: S506 - it is a SafeLoader
