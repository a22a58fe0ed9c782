"""The published functions: their arguments, and what is checked before a query is used."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vigil_apimodel.lql.ast import Argument, Call, FieldPath, Text
from vigil_apimodel.regexes import capture_groups

CAST_TYPES = ("STRING", "INT64", "FLOAT64", "BOOL", "TIMESTAMP", "DURATION")
SOURCES = ("projects", "folders", "organizations", "billingAccounts")

Check = Callable[[Argument], str | None]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its usage for messages, the checks of its arguments in order, how many of them may be left out.

    `leading_optional`: the left-out argument is the first one (SEARCH). `predicate`: true or false by itself; others
    (cast, regexp_extract) give a value that is compared.
    """

    usage: str
    checks: tuple[Check, ...]
    optional: int = 0
    leading_optional: bool = False
    predicate: bool = True


def is_bare_field(function: str, index: int, count: int) -> bool:
    """Return whether an unquoted word at this place is a field's name (else it is text)."""
    found = FUNCTIONS.get(function)
    if found is None:
        return False
    checks = _checks(found, count)
    return index < len(checks) and checks[index] in (_field, _field_or_call)


def problem(call: Call) -> str | None:
    """Return what is wrong with a call, or None."""
    found = FUNCTIONS.get(call.name)
    if found is None:
        known = ", ".join(sorted(FUNCTIONS))
        return f"there is no function {call.name!r}; the published ones are {known}. To search for the text, quote it"
    checks = _checks(found, len(call.args))
    if len(call.args) != len(checks):
        return f"{call.name} does not take {len(call.args)} argument(s): write {found.usage}"
    for check, argument in zip(checks, call.args, strict=True):
        wrong = check(argument)
        if wrong is not None:
            return f"{call.name}: {wrong}; write {found.usage}"
    return None


def _checks(function: Function, count: int) -> tuple[Check, ...]:
    missing = max(0, min(function.optional, len(function.checks) - count))
    if not missing:
        return function.checks
    return function.checks[missing:] if function.leading_optional else function.checks[:-missing]


def _field(argument: Argument) -> str | None:
    return None if isinstance(argument, FieldPath) else "a field's name is expected here, unquoted"


def _field_or_call(argument: Argument) -> str | None:
    if isinstance(argument, Call):
        inner = FUNCTIONS.get(argument.name)
        return None if inner and not inner.predicate else f"{argument.name} gives no value to work on"
    return _field(argument)


def _text(argument: Argument) -> str | None:
    return None if isinstance(argument, Text) and argument.text else "a text in double quotes is expected here"


def _source(argument: Argument) -> str | None:
    if isinstance(argument, Text):
        kind, _, name = argument.text.partition("/")
        if (kind in SOURCES and name and "/" not in name) or argument.text.startswith("${"):
            return None
    return "a resource is expected here, such as projects/PROJECT_ID, folders/FOLDER_ID, organizations/ORGANIZATION_ID"


def _fraction(argument: Argument) -> str | None:
    try:
        value = float(argument.text) if isinstance(argument, Text) else 0.0
    except ValueError:
        value = 0.0
    return None if 0 < value <= 1 else "the fraction is a number greater than 0.0 and no greater than 1.0"


def _subnet(argument: Argument) -> str | None:
    if isinstance(argument, Text):
        if argument.text.startswith("${"):
            return None
        try:
            ipaddress.ip_network(argument.text, strict=False)
        except ValueError:
            pass
        else:
            return None
    return 'the subnet is a legal IP address or range in double quotes, such as "10.1.2.0/24" or "1:2::/48"'


def _type(argument: Argument) -> str | None:
    if isinstance(argument, Text) and argument.text.upper() in CAST_TYPES:
        return None
    return f"the type is one of {', '.join(CAST_TYPES)}"


def _timezone(argument: Argument) -> str | None:
    if isinstance(argument, Call) and argument.name in TIMEZONES:
        return None
    return 'the option is TIMEZONE("America/New_York") with a name of the IANA time zone database'


def _pattern(argument: Argument) -> str | None:
    if not isinstance(argument, Text):
        return "the regular expression stands in double quotes"
    groups = capture_groups(argument.text)
    if groups == 1:
        return None
    return f"the regular expression needs exactly one capture group (...), not {groups}; others are written (?:...)"


TIMEZONES = ("timezone", "time_zone")
"""The option of `cast` by its two spellings: Google's page has both."""

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "log_id": Function('log_id("LOG_ID")', (_text,)),
        "source": Function("source(projects/PROJECT_ID)", (_source,)),
        "sample": Function("sample(FIELD, FRACTION)", (_field, _fraction)),
        "ip_in_net": Function('ip_in_net(FIELD, "SUBNET")', (_field, _subnet)),
        "search": Function('SEARCH("QUERY") or SEARCH(FIELD, "QUERY")', (_field, _text), 1, leading_optional=True),
        "cast": Function(
            'cast(FIELD, TYPE) or cast(FIELD, TIMESTAMP, TIMEZONE("ZONE"))',
            (_field_or_call, _type, _timezone),
            1,
            predicate=False,
        ),
        "regexp_extract": Function('regexp_extract(FIELD, "REGEX")', (_field_or_call, _pattern), predicate=False),
        **dict.fromkeys(TIMEZONES, Function('TIMEZONE("ZONE")', (_text,), predicate=False)),
    }
)
"""By lower-case name; letter case does not matter in a query.

Source: https://cloud.google.com/logging/docs/view/logging-query-language#functions (2024-05-15).
"""
