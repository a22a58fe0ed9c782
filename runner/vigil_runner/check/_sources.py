"""Files of any form as resources: the form is recognised by the content, whatever the file is called."""

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml

from vigil_apimodel import api_json, tokens, unique_keys
from vigil_apimodel.json_values import is_too_deep
from vigil_runner.check import _config_connector, _pulumi, _terraform
from vigil_runner.check._found import (
    Fields,
    Found,
    UnknownError,
    UnreadableError,
    fields,
    is_fields,
    is_list,
    listed,
)
from vigil_runner.check._places import Path as Place
from vigil_runner.check._places import line_in_json, line_in_yaml, path_of
from vigil_runner.quantities import counted
from vigil_runner.unique_keys import RepeatedKeyError, UniqueLoader

_LISTS = (
    "alertPolicies",
    "dashboards",
    "metrics",
    "sinks",
    "buckets",
    "views",
    "exclusions",
    "notificationChannels",
    "serviceLevelObjectives",
    "uptimeCheckConfigs",
    "services",
)
"""The fields in which the API's methods answer lists."""
FORMS = (
    "the API's JSON (gcloud ... --format=json), `terraform show -json`, `pulumi preview --json`, "
    "`pulumi stack export`, Config Connector YAML, or `vigil render --json`"
)


class Source:
    """A file's text, the resources in it, and the line of each field."""

    def __init__(self, file: str, text: str, *, declared: Fields | None = None) -> None:
        """`file` is the name to show; `declared` is the resource of a render whose own file this is.

        Raises UnreadableError where the text is neither JSON nor YAML.
        """
        self.file = file
        self._declared = declared
        self._text = text
        self._named = "standard input" if file == "-" else file
        self._documents, self._json = _parsed(self._named, text)

    @property
    def in_one_line(self) -> bool:
        """Whether the text has but one line, as what `terraform show -json` prints."""
        return "\n" not in self._text.strip()

    @property
    def is_known(self) -> bool:
        """Whether anything in it is recognised."""
        return self._declared is not None or any(
            _read(document, self.file, number) is not None for number, document in enumerate(self._documents)
        )

    def parts(self) -> dict[str, Fields]:
        """Return the resources of a render that have their own files, by the files' names."""
        beside = Path(self.file).parent
        return {
            str(beside / path): each for one in self._documents for path, each in _pulumi.parts(fields(one)).items()
        }

    def resources(self) -> list[Found]:
        """Return all resources that have rules. Raises UnknownError where there is nothing that is recognised."""
        if self._declared is not None:
            return [_pulumi.part(self._declared, fields(each), self.file) for each in self._documents]
        found: list[Found] = []
        known = False
        for number, document in enumerate(self._documents):
            each = _read(document, self.file, number)
            known = known or each is not None
            found += each or ()
        if not known and any(_terraform.is_raw_state(fields(each)) for each in self._documents):
            raise UnknownError(f"{self._named} is Terraform's own state file. Give what `terraform show -json` prints.")
        if not known:
            raise UnknownError(
                f"{self._named} holds nothing that is known here: no policy, dashboard, metric, sink, bucket, "
                f"objective, uptime check or channel. Give {FORMS}."
            )
        return found

    def line(self, found: Found, field: str) -> int:
        """Return the line of a resource's field, or of the nearest thing around it, from 1."""
        path = path_of(field.removeprefix("dashboardJson.") if found.type == tokens.DASHBOARD else field)
        place = (*found.place, *path)
        return line_in_json(self._text, place) if self._json else line_in_yaml(self._text, found.document, place)


def load(name: str, standard_input: str = "", *, declared: Fields | None = None) -> Source:
    """Return the source of a file; `-` is the text of standard input. Raises UnreadableError.

    `declared` is the resource of a render whose own file it is.
    """
    if name == "-":
        return Source("-", standard_input)
    try:
        return Source(name, Path(name).read_text(encoding="utf-8-sig"), declared=declared)
    except OSError as error:
        raise UnreadableError(f"{name} cannot be read: {error.strerror}. Name a file that is there.") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{name} is not UTF-8 text. Give JSON or YAML in UTF-8.") from error


def files_of(name: str) -> list[str]:
    """Return the file itself, or the JSON and YAML files of a folder and its folders, sorted.

    Hidden folders (`.git`, `.terraform`) and `node_modules` are passed over.
    """
    path = Path(name)
    if name == "-" or not path.is_dir():
        return [name]
    return sorted(
        str(each)
        for each in path.rglob("*")
        if each.suffix in {".json", ".yaml", ".yml"} and each.is_file() and not _foreign(each.relative_to(path))
    )


def load_all(names: Iterable[str], standard_input: str = "") -> tuple[list[Source], list[str]]:
    """Return the sources of files and folders, and the files of folders that hold nothing known, which are passed over.

    Raises UnreadableError for a file that is named and holds nothing known, for one that cannot be read, and where
    nothing is left. A file that is there by several names, or by a link, is read once, by the first.
    """
    sources: list[Source] = []
    passed: list[str] = []
    paths = list(names)
    named = {_real(name) for name in paths if not Path(name).is_dir()}
    files: dict[str, str] = {}
    for file in (each for name in paths for each in files_of(name)):
        files.setdefault(_real(file), file)
    loaded = {real: load(file, standard_input) for real, file in files.items()}
    for source in list(loaded.values()):
        for file, declared in source.parts().items():
            real = _real(file)
            loaded[real] = load(files.get(real, file), declared=declared)
    for real, source in loaded.items():
        if real in named or source.is_known:
            sources.append(source)
        else:
            passed.append(source.file)
    if not sources:
        contents = (
            "no JSON or YAML file" if not files else f"nothing that is known here in {counted(len(files), 'file')}"
        )
        raise UnreadableError(
            f"{', '.join(paths)} holds {contents}. Name files or another folder. Files may be {FORMS}."
        )
    return sources, passed


def _real(file: str) -> str:
    return file if file == "-" else os.path.realpath(file)


def _foreign(path: Path) -> bool:
    return any(part.startswith(".") or part == "node_modules" for part in path.parts)


def _parsed(file: str, text: str) -> tuple[list[object], bool]:
    """The documents of a text, and whether it is JSON."""
    try:
        return [unique_keys.loads(text)], True
    except unique_keys.RepeatedKeyError as error:
        raise UnreadableError(f"{file}, {error}.") from error
    except unique_keys.TooDeepError as error:
        raise _too_deep(file) from error
    except json.JSONDecodeError as wrong:
        if text.lstrip()[:1] in {"{", "["}:
            message = f"{file}, line {wrong.lineno}: this is not JSON ({wrong.msg}). Correct it there."
            raise UnreadableError(message) from wrong
    except ValueError as error:
        raise _refused(file, error) from error
    return _parsed_yaml(file, text), False


def _parsed_yaml(file: str, text: str) -> list[object]:
    try:
        read = cast("Iterator[object]", yaml.load_all(text, Loader=UniqueLoader))
        documents = [_as_json(each) for each in read]  # an empty one too: lines are counted by the number of each
    except RecursionError as error:
        raise _too_deep(file) from error
    except ValueError as error:
        raise _refused(file, error) from error
    except RepeatedKeyError as error:
        raise UnreadableError(f"{file}, {error}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        message = f"{file}{where}: this is neither JSON nor YAML ({getattr(error, 'problem', 'it cannot be read')})."
        raise UnreadableError(message) from error
    if all(each is None for each in documents):
        raise UnreadableError(f"{file} is empty. Give {FORMS}.")
    if any(map(is_too_deep, documents)):
        raise _too_deep(file)
    return documents


def _refused(file: str, error: Exception) -> UnreadableError:
    """The error for a text that has the right form, and a value that cannot be read."""
    return UnreadableError(f"{file} has a value that cannot be read ({error}). Correct it there.")


def _too_deep(file: str) -> UnreadableError:
    return UnreadableError(f"{file} is nested too deep to be read, or contains itself. Give JSON of a resource.")


def _as_json(value: object) -> object:
    """A value of YAML as JSON has it: keys and dates are texts. Raises RecursionError for one that contains itself."""
    if is_fields(value):
        members = cast("Mapping[object, object]", value).items()
        return {key if isinstance(key, str) else str(_as_json(key)): _as_json(inner) for key, inner in members}
    if is_list(value):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _read(document: object, file: str, number: int) -> list[Found] | None:
    """The resources of a document, None where its form is not known."""
    if is_list(document):
        bodies = listed(api_json.in_camel_case(document))
        items = [_api(fields(each), file, (index,), number) for index, each in enumerate(bodies)]
        return [each for each in items if each is not None] if not items or any(items) else None
    whole = fields(document)
    if _terraform.is_terraform(whole):
        return list(_terraform.read(whole, file))
    if _pulumi.is_pulumi(whole):
        return list(_pulumi.read(whole, file))
    if _config_connector.is_config_connector(whole):
        return list(_config_connector.read(whole, file, number))
    whole = fields(api_json.in_camel_case(whole))
    one = _api(whole, file, (), number)
    return [one] if one is not None else _listed(whole, file, number)


def _listed(whole: Fields, file: str, number: int) -> list[Found] | None:
    for name in _LISTS:
        if is_list(whole.get(name)):
            found = (_api(fields(each), file, (name, index), number) for index, each in enumerate(listed(whole[name])))
            return [each for each in found if each is not None]
    return None


def _api(body: Fields, file: str, place: Place, number: int) -> Found | None:
    kind = api_json.kind_of(body)
    if kind is None:
        return None
    return Found(
        type=kind,
        name=api_json.name_of(body),
        inputs=api_json.wire(kind, body),
        file=file,
        place=place,
        document=number,
        deployed=api_json.deployed(body),
        body=body,
    )
