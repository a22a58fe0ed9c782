"""Test files: what they hold, how they are read, and their JSON schema."""

from pathlib import Path
from typing import Annotated, cast

import msgspec
import yaml
from msgspec import Meta

from vigil_runner.unique_keys import RepeatedKeyError, UniqueLoader

_Anything = Annotated[object, Meta(extra_json_schema={"description": "Any JSON value."})]
_MOST = 100_000
"""Minutes that a test takes at most, ten weeks, and entries that it writes at a time."""
Minute = Annotated[float, Meta(ge=0, le=_MOST, description="Minutes since the start of the test.")]


class SeriesInput(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A series that is there."""

    series: Annotated[
        str,
        Meta(
            description="The metric and its labels, as promtool writes them: "
            'run.googleapis.com/request_count{response_code_class="5xx", resource.service_name="api"}'
        ),
    ]
    values: Annotated[
        str,
        Meta(
            description="One value each interval from the start on, as promtool writes them: 0x5 50x10 _x3. Of a DELTA "
            "metric each is the growth in its interval, of a CUMULATIVE one the running total, of a distribution what "
            "ten samples of the interval measured."
        ),
    ]
    resource: Annotated[str, Meta(description="The monitored resource's type.")] = ""
    kind: Annotated[str, Meta(description="GAUGE, DELTA or CUMULATIVE; known for many metrics.")] = ""
    type: Annotated[str, Meta(description="BOOL, INT64, DOUBLE or DISTRIBUTION; known for many metrics.")] = ""


class EntryInput(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A log entry that is written once, or once a minute."""

    minute: Minute
    entry: Annotated[
        dict[str, _Anything], Meta(description="The LogEntry. Log name, time and resource may be left out.")
    ]
    until: Annotated[
        Annotated[float, Meta(le=_MOST)] | None, Meta(description="Written once a minute up to this minute.")
    ] = None
    count: Annotated[int, Meta(ge=1, le=_MOST, description="How many at each time.")] = 1


class Expectation(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What must be so at a minute."""

    minute: Minute
    open: Annotated[bool | int | None, Meta(description="Whether an incident is open, or how many.")] = None
    closed: Annotated[bool | int | None, Meta(description="Whether an incident has closed, or how many.")] = None
    notified: Annotated[
        bool | int | list[str] | None,
        Meta(description="Whether anybody was notified of an opening, how often, or the channels that were."),
    ] = None
    labels: Annotated[dict[str, str], Meta(description="Labels that the incidents counted here have.")] = {}
    text: Annotated[str | list[str], Meta(description="What the notification must contain.")] = []


class UnitTest(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A test: what happens, and what must come of it."""

    name: str
    expect: Annotated[list[Expectation], Meta(min_length=1)]
    policy: Annotated[str, Meta(description="The policy's display name; it may be left out where there is one.")] = ""
    interval: Annotated[str, Meta(description="The time between two values: 30s, 1m, 5m.")] = "1m"
    start: Annotated[
        float,
        Meta(
            ge=0, le=_MOST, description="The minute from which the policy is evaluated; what comes before is its past."
        ),
    ] = 0
    series: list[SeriesInput] = []
    entries: list[EntryInput] = []


class TestFile(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Unit tests of alert policies."""

    __test__ = False

    policies: Annotated[
        list[str],
        Meta(
            description="Files that `vigil check` reads, relative to this one; none where a program's policy names it."
        ),
    ]
    tests: Annotated[list[UnitTest], Meta(min_length=1)]
    metrics: Annotated[list[str], Meta(description="Files with the log-based metrics that policies read.")] = []
    project: Annotated[str, Meta(description="The project's id.")] = "project-id"
    variables: Annotated[
        dict[str, str], Meta(description="What ${NAME} in a policy stands for; otherwise its name in lower case.")
    ] = {}


class FileError(ValueError):
    """A test file cannot be read; the message names the file, the place and the remedy."""


def document(file: Path) -> object:
    """Return the YAML or JSON of a file. Raises FileError, which says why it cannot be read."""
    try:
        return _parsed(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise FileError(f"{file} is nested too deep to be read.") from error
    except RepeatedKeyError as error:
        raise FileError(f"{file}, {error}.") from error
    except (yaml.YAMLError, ValueError) as error:  # not UTF-8, or a value such as the 31st of February
        raise FileError(f"{file} is no YAML: {error}") from error


def read(file: Path) -> TestFile:
    """Return the tests of a file. Raises FileError, which names what is wrong and where."""
    try:
        return msgspec.convert(document(file), TestFile)
    except msgspec.ValidationError as error:
        raise FileError(f"{file} is no test file: {error}. `vigil test --schema` prints what one has.") from error


def is_test_file(text: str) -> bool:
    """Return whether a YAML text is a test file, by its first-level fields."""
    try:
        found = _parsed(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "tests" in found and "policies" in found


def _parsed(text: str) -> object:
    return cast("object", yaml.load(text, Loader=UniqueLoader))  # noqa: S506 - it is a SafeLoader


def dumps(tests: TestFile) -> str:
    """Return the file's text, in YAML that `read` takes."""
    plain: object = msgspec.to_builtins(tests)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)


def schema() -> bytes:
    """Return the JSON schema of test files."""
    found = msgspec.json.schema(TestFile)
    return msgspec.json.format(
        msgspec.json.encode({"$schema": "https://json-schema.org/draft/2020-12/schema", **found}), indent=2
    )
