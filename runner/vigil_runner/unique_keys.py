"""YAML whose mappings have each key once: PyYAML takes a key twice, and the last value wins.

YAML forbids it (https://yaml.org/spec/1.2.2/#3213-node-comparison), and so does the Pulumi CLI.
"""

import yaml
from yaml.composer import Composer

_MERGE = "tag:yaml.org,2002:merge"


class RepeatedKeyError(yaml.YAMLError):
    """A mapping has a key twice; the message begins with the line of the second."""

    def __init__(self, key: yaml.ScalarNode) -> None:
        """Name the key and its line."""
        super().__init__(f"line {key.start_mark.line + 1}: the key {key.value!r} stands here again. Keep one of them")


class UniqueKeys(Composer):
    """Refuses a key that its mapping has already, with its line. What `<<` merges may be written anew."""

    def compose_mapping_node(self, anchor: dict[str, yaml.Node]) -> yaml.MappingNode:
        """Return the mapping. Raises RepeatedKeyError."""
        node = super().compose_mapping_node(anchor)
        seen = set[tuple[str, str]]()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                continue
            if (key.tag, key.value) in seen:
                raise RepeatedKeyError(key)
            seen.add((key.tag, key.value))
        return node


class UniqueLoader(UniqueKeys, yaml.SafeLoader):
    """PyYAML's safe loader, with each key once."""
