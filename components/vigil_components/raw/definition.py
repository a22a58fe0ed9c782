"""The JSON of a resource: read from a file or given as a dictionary, with its placeholders filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias, cast

import pulumi

from vigil_apimodel import unique_keys
from vigil_apimodel.api_json import in_camel_case, named_twice
from vigil_apimodel.json_fields import Fields, is_fields
from vigil_components.arguments import joined, unknown_name

Definition: TypeAlias = str | Path | Mapping[str, object]
"""A file with the API's JSON, relative to the program's folder, or the JSON itself."""

_PLACEHOLDER = re.compile(r"(\$?)\$\{([A-Z][A-Z0-9_]*)\}")


class DefinitionError(ValueError):
    """A definition cannot be read. The message names the file, the place and the remedy."""


def read(definition: Definition) -> Fields:
    """Return the JSON of a definition.

    `definition` is a path or the JSON itself. Raises DefinitionError for a file that cannot be read or that does not
    hold exactly one JSON object.
    """
    if isinstance(definition, Mapping):
        return _named(cast("Fields", json.loads(json.dumps(definition, default=_refuse))))
    try:
        found = unique_keys.loads(Path(definition).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DefinitionError(
            f"{definition} cannot be read: {error.strerror}. Paths are relative to the program's folder."
        ) from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{definition} is not UTF-8 text. Give JSON in UTF-8.") from error
    except unique_keys.RepeatedKeyError as error:
        raise DefinitionError(f"{definition}, {error}.") from error
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"{definition}, line {error.lineno}: this is not JSON ({error.msg}). Correct it there."
        ) from error
    except ValueError as error:
        raise DefinitionError(f"{definition}: {error}. Give JSON of a resource.") from error
    if not is_fields(found):
        contents = f"a list of {len(cast('list[object]', found))}" if isinstance(found, list) else type(found).__name__
        raise DefinitionError(
            f"{definition} holds {contents}, not one resource. Write each resource into its own file."
        )
    return _named(found)


def _named(found: Fields) -> Fields:
    """The fields by their names in JSON. Raises DefinitionError for one that is there by its proto's name too."""
    for place, name in named_twice(found):
        raise DefinitionError(f"{place} is the same field as {name} beside it. Remove one of them.")
    return cast("Fields", in_camel_case(found))


def _refuse(value: object) -> object:
    raise DefinitionError(
        f"a definition is plain JSON, which has no {type(value).__name__}. Write a placeholder such as "
        '"${CHANNEL}" there, and give its value in values={"CHANNEL": ...}.'
    )


def filled(document: Fields, values: Mapping[str, pulumi.Input[str]]) -> Fields:
    """Return the document with each `${NAME}` replaced by its value; `$${NAME}` stands for the text `${NAME}`.

    A value that is an Output stays one. Raises DefinitionError for a placeholder without a value, and for a value
    that no placeholder uses.
    """
    used: set[str] = set()
    found = _filled(document, values, used, "")
    unused = sorted(set(values) - used)
    if unused:
        raise DefinitionError(
            f"values has {', '.join(unused)}, which the definition does not use. Remove it, or write "
            f"${{{unused[0]}}} where it belongs."
        )
    return cast("Fields", found)


def _filled(value: object, values: Mapping[str, pulumi.Input[str]], used: set[str], place: str) -> object:
    if isinstance(value, dict):
        items = cast("Fields", value).items()
        return {key: _filled(each, values, used, f"{place}.{key}" if place else key) for key, each in items}
    if isinstance(value, list):
        elements = enumerate(cast("list[object]", value))
        return [_filled(each, values, used, f"{place}[{index}]") for index, each in elements]
    if not isinstance(value, str) or "${" not in value:
        return value
    return joined(*_parts(value, values, used, place))


def _parts(
    text: str, values: Mapping[str, pulumi.Input[str]], used: set[str], place: str
) -> Iterator[pulumi.Input[str]]:
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        yield text[at : match.start()]
        at = match.end()
        name = match[2]
        if match[1]:
            yield match[0][1:]
        elif name in values:
            used.add(name)
            yield values[name]
        else:
            raise DefinitionError(
                f"{place}: {unknown_name('there is no value', name, sorted(values))}. Give it in "
                f'values={{"{name}": ...}}, or write $${{{name}}} for the text itself.'
            )
    yield text[at:]
