"""Every argument of every public callable, the optional ones too, refuses what no argument can be.

The table of calls is that of `test_arguments`. Here each argument gets the values of which none is ever right, and
each argument whose type has a range gets values outside any range.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin

import pulumi
import pytest

import vigil_components
from tests.components.test_arguments import CALLS, WRONG
from vigil_components import Quantity
from vigil_components.arguments import ResourceName
from vigil_telemetry.arguments import Constraint, _hints

NEVER_RIGHT: dict[str, object] = {
    "not a number": float("nan"),
    "infinite": float("inf"),
    "not a number, exactly": Decimal("NaN"),
    "complex": 1j,
    "bytes": b"orders",
    "control character": "a\x00b",
    "half a character": "a\ud800",
    "longest duration": timedelta.max,
    "a class of Python's": complex,
}
"""Values that no argument of any public callable may have."""

OUT_OF_RANGE: tuple[object, ...] = (
    *("", "  ", "two\nlines", "x" * 6_000, "../x", "a::b"),
    *(-1, 0, 2, 10**30, -1.5, 1e300, Decimal(-1), Decimal(2)),
    *(timedelta(-1), timedelta(0), timedelta(milliseconds=500), timedelta(days=365_000)),
)
"""Values of which one is outside the range of whatever has one."""

NO_NAME: tuple[object, ...] = ("", "  ", "two\nlines", "x" * 6_000)
"""Values that are no name. A right one registers a resource, for which there is no program here."""


def called(name: str) -> tuple[Callable[..., object], dict[str, Any], list[str]]:
    function, valid = CALLS[name]
    named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    parameters = [one.name for one in inspect.signature(function).parameters.values() if one.kind in named]
    return function, valid, [one for one in parameters if one not in {"self", "opts"}]


def hints_of(function: Callable[..., object]) -> dict[str, object]:
    target = getattr(function, "__func__", function)
    if isinstance(target, type) and not hasattr(target, "__dataclass_fields__"):
        target = target.__init__
    return _hints(inspect.unwrap(target))


def parts(hint: object) -> Iterator[object]:
    yield hint
    for one in get_args(hint):
        yield from parts(one)


def refusal(name: str, argument: str, value: object) -> Exception | None:
    function, valid, _ = called(name)
    try:
        function(**{**valid, argument: value})
    except (TypeError, ValueError) as error:
        return error
    return None


@pytest.mark.parametrize("name", CALLS)
def test_no_argument_takes_what_no_argument_can_be(name):
    for argument in called(name)[2]:
        for what, value in NEVER_RIGHT.items():
            error = refusal(name, argument, value)
            assert error is not None, f"{argument} takes {what}"
            assert str(error).startswith(f"{name}: {argument}"), f"{what}: {error}"
            assert "; " in str(error), error


RANGED = [
    (name, argument)
    for name, (function, _) in CALLS.items()
    for argument, hint in hints_of(function).items()
    if argument in called(name)[2]
    and get_origin(hint) is Annotated
    and any(isinstance(one, Constraint) for one in get_args(hint)[1:])
]


@pytest.mark.parametrize(("name", "argument"), RANGED)
def test_an_argument_with_a_range_refuses_what_is_outside_of_it(name, argument):
    function = CALLS[name][0]
    registers = name in {"verification_code", "watch_everything"} or (
        isinstance(function, type) and issubclass(function, pulumi.Resource)
    )
    errors = [refusal(name, argument, value) for value in (NO_NAME if registers else OUT_OF_RANGE)]
    refused = [one for one in errors if isinstance(one, ValueError)]
    assert refused
    assert all(str(one).startswith(f"{name}: ") for one in refused), refused


def test_ranges_are_those_of_most_callables():
    """So that an error in this file does not leave the test above without cases."""
    assert len(RANGED) > 200
    assert {"Measured.alert", "count", "Watch.changed", "CloudRunService", "ServiceMonitoring"} <= {
        name for name, _ in RANGED
    }


def test_each_callable_that_takes_a_quantity_is_called_with_one_of_a_wrong_unit():
    taking = {name for name, (function, _) in CALLS.items() if Quantity in set(parts_of_hints(function))}
    assert taking == {name for kind, name, _, _ in WRONG if kind == "unit" and name != "Chart"}


def parts_of_hints(function: Callable[..., object]) -> Iterator[object]:
    for hint in hints_of(function).values():
        yield from (one for one in parts(hint) if isinstance(one, type))


def test_every_component_checks_its_name():
    """The name of a resource stands in the names of all resources below it."""
    for module in modules():
        for name, kind in vars(module).items():
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and hasattr(kind, "TYPE"):
                hints = hints_of(kind)
                assert hints["name"] == ResourceName, f"{module.__name__}.{name}"


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(vigil_components.__path__, "vigil_components."):
        if not found.name.rpartition(".")[2].startswith("_"):
            yield import_module(found.name)


def test_every_public_function_that_is_exported_anywhere_is_in_the_table():
    """By the `__all__` of each module, so that a new module cannot be forgotten. `testing` is for tests of programs."""
    missing: list[str] = []
    for module in modules():
        if module.__name__.startswith("vigil_components.testing") or module.__name__ == "vigil_components.arguments":
            continue
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if (inspect.isfunction(value) or hasattr(value, "__dataclass_fields__")) and name not in CALLS:
                missing.append(f"{module.__name__}.{name}")
    without_arguments = {"vigil_components.dashboards.blank"}
    without_arguments |= {
        f"vigil_components.watches.{name}" for name in ("audit", "backend_health", "certificate_health")
    }
    without_arguments |= {f"vigil_components.systems.{name}" for name in ("heartbeat_missing", "restarts")}
    bases = {f"vigil_components.signals.{name}" for name in ("NumberSignal", "Signal", "SignalThreshold")}
    bases |= {"vigil_components.sources.NamedSource", "vigil_components.sources.Origin"}  # and what a source returns
    others = {"vigil_components.Signal", "vigil_components.wire.wire"}
    assert set(missing) <= without_arguments | bases | others
