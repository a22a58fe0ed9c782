"""What a deployment has made: kept on disk so that an interruption at any point loses nothing.

`deployment.json` is the state as a whole, replaced atomically; beside it, while a deployment runs, a journal gets
one line per operation, so that an operation costs its own size and not the state's. Opening reads both; a line that
an interruption cut off does not count, because its operation was not yet reported.
"""

import fcntl
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from vigil_apimodel.json_values import JsonObject
from vigil_runner.errors import EngineError

_VERSION: Final = 1


class StateError(EngineError):
    """The state cannot be used: locked by another deployment, unreadable, or the disk is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One resource.

    `inputs` are the checked ones, secrets as digests; `outputs` the computed ones. `depends_on` are URNs.
    `intended`: its creation began and was not reported as done, so that it may exist or not. `deposed`: it was
    replaced and not yet removed.
    """

    urn: str
    type: str
    id: str
    inputs: JsonObject
    outputs: JsonObject = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False
    intended: bool = False
    deposed: bool = False

    @property
    def key(self) -> str:
        """What distinguishes it from its replacement under the same URN."""
        return f"{self.urn}#{self.id}" if self.deposed else self.urn

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]


class State:
    """The records by URN, of one stack. Open by one deployment at a time; usable from several threads."""

    def __init__(self, path: Path, *, stack: str) -> None:
        """Open the state at `path`, creating its folder. Raises StateError where it is locked or unreadable."""
        self.path = path
        self.stack = stack
        self._journal_path = path.with_name(path.name + ".journal")
        self._guard = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path.with_name(path.name + ".lock"))
        try:
            self._records = self._read()
            self._journal: IO[str] = self._journal_path.open("a", encoding="utf-8")
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the whole and let go."""
        self.close()

    def get(self, urn: str) -> Record | None:
        """Return the record of a URN."""
        with self._guard:
            return self._records.get(urn)

    def records(self) -> tuple[Record, ...]:
        """Return all records, replaced ones among them."""
        with self._guard:
            return tuple(self._records.values())

    def ids(self) -> frozenset[str]:
        """Return the ids of everything that is known to be there."""
        return frozenset(each.id for each in self.records() if not each.intended)

    def put(self, record: Record) -> None:
        """Keep a record, in place of what had its key."""
        self._tell({"put": asdict(record)})
        with self._guard:
            self._records[record.key] = record

    def drop(self, record: Record) -> None:
        """Forget a record."""
        self._tell({"drop": record.key})
        with self._guard:
            self._records.pop(record.key, None)

    def depose(self, record: Record) -> Record:
        """Make room under its URN for its replacement; returns what must be removed later."""
        old = replace(record, deposed=True)
        self.put(old)
        self.drop(record)
        return old

    def rename(self, record: Record, urn: str) -> Record:
        """Give a record the URN that the program gives it now."""
        renamed = replace(record, urn=urn)
        self.put(renamed)
        self.drop(record)
        return renamed

    def close(self) -> None:
        """Write the whole state, drop the journal, let others in. Raises StateError where the disk is full."""
        try:
            self._journal.close()
            self._write()
            self._journal_path.unlink(missing_ok=True)
        finally:
            self._lock.close()

    def _tell(self, entry: Mapping[str, object]) -> None:
        with self._guard:
            try:
                self._journal.write(json.dumps(entry, sort_keys=True) + "\n")
                self._journal.flush()
            except OSError as error:
                raise StateError(f"cannot write {self._journal_path}: {error.strerror}") from error

    def _write(self) -> None:
        # each record on its own line: with an indent, JSON is written by Python alone, which takes ten times as long
        lines = ",\n".join(json.dumps(asdict(each), sort_keys=True) for _, each in sorted(self._records.items()))
        whole = f'{{"version": {_VERSION}, "stack": {json.dumps(self.stack)}, "resources": [\n{lines}\n]}}\n'
        draft = self.path.with_name(self.path.name + ".new")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(whole)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise StateError(f"cannot write {self.path}: {error.strerror}") from error

    def _read(self) -> dict[str, Record]:
        records: dict[str, Record] = {}
        if self.path.exists():
            whole = self._parsed(self.path.read_text(encoding="utf-8"))
            if whole.get("version") != _VERSION or whole.get("stack") != self.stack:
                raise StateError(
                    f"{self.path} is the state of stack {whole.get('stack')!r} (version {whole.get('version')!r}), "
                    f"not of {self.stack!r}. Remedy: use another folder, or remove this one with what it deployed."
                )
            for each in cast("list[dict[str, object]]", whole["resources"]):
                record = _record(each)
                records[record.key] = record
        if self._journal_path.exists():
            lines = self._journal_path.read_text(encoding="utf-8").split("\n")
            for line in lines[:-1]:  # what follows the last newline was cut off
                entry = self._parsed(line)
                if "put" in entry:
                    record = _record(cast("dict[str, object]", entry["put"]))
                    records[record.key] = record
                else:
                    records.pop(str(entry["drop"]), None)
            if lines[-1]:
                with self._journal_path.open("r+", encoding="utf-8") as file:
                    file.truncate(sum(len(line.encode()) + 1 for line in lines[:-1]))
        return records

    def _parsed(self, text: str) -> dict[str, object]:
        try:
            return cast("dict[str, object]", json.loads(text))
        except json.JSONDecodeError as error:
            raise StateError(
                f"{self.path} (or its journal) is damaged: {error}. Remedy: remove the folder; the next deployment "
                "finds what exists already and says so."
            ) from error


def _record(fields: dict[str, object]) -> Record:
    depends_on = tuple(cast("list[str]", fields["depends_on"]))
    return Record(**cast("dict[str, str]", {**fields, "depends_on": depends_on}))  # pyright: ignore[reportArgumentType] - each field has its own type, as asdict wrote it


def _lock(path: Path) -> IO[str]:
    file = path.open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StateError(
            f"another deployment is running here ({path.parent}). Remedy: wait until it ends, or use another folder."
        ) from error
    return file
