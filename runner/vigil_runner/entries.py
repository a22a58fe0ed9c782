"""Log entries out of an emulator and into one, as JSON lines: one LogEntry a line, as the Logging API writes it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from vigil_apimodel import unique_keys
from vigil_apimodel.json_values import JsonObject
from vigil_emulator.times import parse_time
from vigil_runner.client import Client
from vigil_runner.errors import EngineError
from vigil_runner.wire import Request

PAGE: Final = 1000
"""Entries in one answer, the API's limit: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list."""
BATCH: Final = 500
"""Entries in one request."""
BATCH_BYTES: Final = 4_000_000
"""Bytes in one request, well below the API's limit of 10 MB: https://cloud.google.com/logging/quotas."""
_LOG: Final = re.compile(r"projects/[^/]+/logs/[^/]+")


class EntriesError(EngineError):
    """A file whose lines are not log entries, or that cannot be read. The message names the line."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An entry with the number of its line in the file, counted from 1, and its length there in bytes."""

    line: int
    entry: JsonObject
    size: int

    @property
    def time(self) -> int:
        """Its timestamp, ns since 1970."""
        return parse_time(str(self.entry["timestamp"]))


def exported(client: Client, project: str, *, query: str) -> Iterator[JsonObject]:
    """Yield the entries of a project that a query selects, the oldest first. Raises ApiError, UnreachableError."""
    token = ""
    while True:
        body: JsonObject = {
            "resourceNames": [f"projects/{project}"],
            "filter": query,
            "orderBy": "timestamp asc",
            "pageSize": PAGE,
            **({"pageToken": token} if token else {}),
        }
        answer = client.send(Request(method="POST", path="/v2/entries:list", body=body))
        yield from cast("list[JsonObject]", answer.get("entries", []))
        token = str(answer.get("nextPageToken", ""))
        if not token:
            return


def lines_of(file: Path) -> list[str]:
    """Return the lines of a file. Only a line feed ends one: U+2028 and others stand within JSON strings.

    Raises EntriesError where it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise EntriesError(f"{file} cannot be read: {reason}. Remedy: name a file of JSON lines") from error


def read(lines: Iterable[str], *, project: str | None = None) -> list[Numbered]:
    """Return the entries of a file, blank lines left out. Raises EntriesError, which names the malformed line.

    With `project` they become that project's. An entry without `insertId` gets one made from its content and from
    how often this content came before, so that a file which is imported twice is there once.
    """
    found: list[Numbered] = []
    before: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = _entry(number, line)
        entry.pop("receiveTimestamp", None)  # the server's own
        if project:
            name = str(entry["logName"]).split("/logs/", 1)[1]
            entry["logName"] = f"projects/{project}/logs/{name}"
        if not entry.get("insertId"):
            digest = sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:24]
            before[digest] = before.get(digest, 0) + 1
            entry["insertId"] = f"{digest}-{before[digest]}"
        found.append(Numbered(number, entry, len(line.encode())))
    return found


def _entry(number: int, line: str) -> JsonObject:
    try:
        entry = unique_keys.loads(line, line=number)
    except unique_keys.RepeatedKeyError as error:
        message = str(error)
        raise EntriesError(f"{message[:1].upper()}{message[1:]}.") from error
    except ValueError as error:
        raise EntriesError(f"Line {number} is not JSON: {error}.") from error
    if not isinstance(entry, dict):
        raise EntriesError(f"Line {number} is no JSON object, as a LogEntry is.")
    fields = dict(cast("Mapping[str, object]", entry))
    if not _LOG.fullmatch(str(fields.get("logName", ""))):
        raise EntriesError(f"Line {number}: logName must be projects/PROJECT/logs/LOG, not {fields.get('logName')!r}.")
    try:
        parse_time(cast("str", fields["timestamp"]))
    except (KeyError, ValueError, TypeError) as error:
        raise EntriesError(
            f"Line {number} has no timestamp (RFC 3339), without which it would be another entry at each import."
        ) from error
    return cast("JsonObject", fields)


def imported(client: Client, entries: list[Numbered], *, dry: bool = False) -> Iterator[int]:
    """Write entries in batches, and yield after each batch how many are written.

    `dry` has the server check them and keep nothing. Raises ApiError, UnreachableError; EntriesError, which names
    the lines of the batch, where the server refuses.
    """
    written = 0
    for batch in _batches(entries):
        body: JsonObject = {"entries": [one.entry for one in batch], "dryRun": dry}
        try:
            client.send(Request(method="POST", path="/v2/entries:write", body=body))
        except EngineError as error:
            raise EntriesError(f"Lines {batch[0].line} to {batch[-1].line} were refused: {error}") from error
        written += len(batch)
        yield written


def _batches(entries: list[Numbered]) -> Iterator[list[Numbered]]:
    batch: list[Numbered] = []
    size = 0
    for one in entries:
        if batch and (len(batch) == BATCH or size + one.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch
