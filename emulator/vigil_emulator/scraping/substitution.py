"""What the collector puts into its configuration before it reads it: `${env:NAME}`, `${file:PATH}`, `$$`.

Source: https://opentelemetry.io/docs/collector/configuration/#environment-variables
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from vigil_emulator.scraping.errors import ConfigurationError

_REFERENCE = re.compile(r"\$\$|\$\{([^${}]*)\}")
_ENV = re.compile(r"(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


def substituted(value: object, variables: Mapping[str, str], *, where: str = "") -> object:
    """Return `value` with every reference in its texts replaced; `where` names it in errors.

    Raises ConfigurationError for a variable that is not set (the collector itself would go on with an empty text, and
    be refused by who asks for the password), a file that cannot be read, and a provider other than these two.
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _of(match, variables, where), value)
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [substituted(item, variables, where=f"{where}[{index}]") for index, item in enumerate(items)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            key: substituted(item, variables, where=f"{where}.{key}" if where else key) for key, item in fields.items()
        }
    return value


def _of(match: re.Match[str], variables: Mapping[str, str], where: str) -> str:
    reference = cast("str | None", match[1])
    if reference is None:
        return "$"
    if reference.startswith("file:"):
        return _contents(reference.removeprefix("file:"), where)
    named = _ENV.fullmatch(reference)
    if named is None:
        raise ConfigurationError(
            f"{where}: ${{{reference}}} is read neither from the environment nor from a file; write ${{env:NAME}} or "
            "${file:PATH}, and $$ for a dollar"
        )
    name, default = named[1], cast("str | None", named[2])
    value = variables.get(name, default)
    if value is None:
        raise ConfigurationError(
            f"{where}: the environment variable {name} is not set; set it, or write ${{env:{name}:-}}"
        )
    return value


def _contents(path: str, where: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{where}: the file {path} cannot be read ({reason}); mend it, or its path") from error
