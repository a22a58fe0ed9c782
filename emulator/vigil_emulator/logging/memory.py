"""What was decided for one entry, remembered for every entry that looks the same to the filters.

The filters of a project read few fields, and most of these have few values: the event, the service, the severity. Where
two entries agree in all of them, every filter says the same of both. A field whose values turn out to be without
bound, or no scalars, is no longer part of the key; filters that read it are tried for each entry that has such a
field. That an entry has none is part of the key: one with a JSON payload meets no filter of texts.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Generic, TypeAlias, TypeVar

from vigil_apimodel import lql
from vigil_emulator.logging.entry import Entry, MonitoredResource
from vigil_emulator.logging.index import LOG, FilterIndex, Path
from vigil_emulator.logging.paths import MISSING, Found, canonical, getter

T = TypeVar("T")
V = TypeVar("V")
Key: TypeAlias = tuple[object, ...]

LIMIT = 20_000
"""Keys that are remembered; beyond, the field with the most values leaves the key."""
MANY = 1000
"""Values of one field that make it one without bound."""
LONG = 256
"""Characters beyond which a text is not worth remembering."""
EVERYWHERE: frozenset[Path] = frozenset((name,) for name in ("timestamp", "receiveTimestamp", "insertId"))
"""Fields that differ from entry to entry, and that every entry has."""
WIDE: frozenset[Path] = EVERYWHERE | {("textPayload",)}
"""Fields that differ from entry to entry."""

_BEFORE = 4
"""Parts of a key before the values of fields: the log, the resource, the severity, whether a wide field is there."""
_RESOURCE_TYPE: Path = ("resource", "type")
_NULL: Final = object()
_TRUE: Final = object()
_FALSE: Final = object()


@lru_cache(maxsize=8192)
def fields(expr: lql.Expr) -> frozenset[Path] | None:  # noqa: PLR0911 - one line for each kind of expression
    """Return the fields that decide whether the expression holds; None where the whole entry does."""
    match expr:
        case lql.Everything():
            return frozenset()
        case lql.And(terms) | lql.Or(terms):
            return _union(fields(term) for term in terms)
        case lql.Not(term):
            return fields(term)
        case lql.Comparison(lql.FieldPath() as field, _, lql.Text() | lql.Present() | lql.Null()):
            return _one(field)
        case lql.Comparison(lql.Call() as call, _, lql.Text() | lql.Present() | lql.Null()):
            return _read(call)
        case lql.Call("log_id" | "source"):
            return frozenset((LOG,))
        case lql.Call():
            return _read(expr)
        case _:
            return None


def _read(call: lql.Call) -> frozenset[Path] | None:
    """The fields among a function's arguments; None where it has none, as `SEARCH("text")`."""
    found = [_one(argument) for argument in call.args if isinstance(argument, lql.FieldPath)]
    return _union(found) if found and not any(isinstance(argument, lql.Call) for argument in call.args) else None


def _one(field: lql.FieldPath) -> frozenset[Path] | None:
    path = canonical(field)
    return None if path is None else frozenset((path,))


def _union(parts: Iterable[frozenset[Path] | None]) -> frozenset[Path] | None:
    found: set[Path] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)


class FilterMemory(Generic[T, V]):
    """Remembers a value for each key of an entry: what follows from the items of `decided`.

    The items of `tried` are the others, whose filters read fields that are no part of a key.
    """

    def __init__(self, items: Sequence[tuple[T, lql.Expr, Sequence[lql.Expr]]]) -> None:
        """Items, each with its filter and further expressions that decide about it."""
        self._items = items
        self._reads = [_union(fields(expr) for expr in (filtered, *others)) for _, filtered, others in items]
        self._wide = set(WIDE)
        self._known: dict[Key, V] = {}
        self._arrange()

    def _arrange(self) -> None:
        self._known.clear()
        self._seen: dict[MonitoredResource, Key] = {}
        narrow: set[Path] = set()
        wide: set[Path] = set()
        tried: list[tuple[T, lql.Expr]] = []
        sometimes: list[tuple[T, lql.Expr]] = []
        remembered: list[tuple[T, lql.Expr]] = []
        for (item, filtered, _), reads in zip(self._items, self._reads, strict=True):
            if reads is None or reads & EVERYWHERE:
                tried.append((item, filtered))
                continue
            (sometimes if reads & self._wide else remembered).append((item, filtered))
            narrow |= reads - self._wide
            wide |= reads & self._wide
        self._tried = FilterIndex(tried) if tried else None
        self._sometimes = FilterIndex(sometimes) if sometimes else None
        self._remembered = FilterIndex(remembered)
        self.tries = self._tried is not None or self._sometimes is not None
        """Whether there are items that need to be tried with each entry, or with each that has a wide field."""
        self._wide_names = [path[0] for path in sorted(wide) if len(path) == 1]
        self._wide_getters = [getter(path) for path in sorted(wide) if len(path) > 1]
        self._by_severity = ("severity",) in narrow
        self._of_resource = [path for path in sorted(narrow) if _is_of_resource(path)]
        inner: dict[str, list[Path]] = {}
        other: list[Path] = []
        for path in sorted(narrow - {LOG, ("logName",), ("severity",)}):
            if _is_of_resource(path):
                continue
            if len(path) == 2:  # noqa: PLR2004 - the usual depth, made fast
                inner.setdefault(path[0], []).append(path)
            else:
                other.append(path)
        self._paths = [path for paths in inner.values() for path in paths] + other
        self._inner = [(outer, [(path[1], getter(path)) for path in paths]) for outer, paths in inner.items()]
        self._other = [getter(path) for path in other]

    def key(self, entry: Entry, resource: MonitoredResource) -> Key | None:  # noqa: C901 - the hot path
        """Return what the entry looks like to the filters that are remembered; None where it fits no key."""
        seen = self._seen.get(resource) or self._look(resource)
        if seen is None:
            return None
        wide = self._sometimes is not None and self._has_wide(entry)
        values: list[object] = [entry.log_name, seen, entry.severity if self._by_severity else 0, wide]
        body = entry.body
        for outer, names in self._inner:
            within = body.get(outer)
            if isinstance(within, dict):
                for name, _ in names:
                    value = within.get(name, MISSING)
                    if type(value) is str and len(value) <= LONG:
                        values.append(value)
                    elif not _put(value, values):
                        return self._widen(len(values) - _BEFORE)
            else:
                for _, get in names:
                    if not _put(get(entry), values):
                        return self._widen(len(values) - _BEFORE)
        for get in self._other:
            if not _put(get(entry), values):
                return self._widen(len(values) - _BEFORE)
        return tuple(values)

    def _look(self, resource: MonitoredResource) -> Key | None:
        """What a resource looks like to the filters, as part of a key."""
        if not resource.whole:
            return None
        labels = dict(resource.labels)
        read = [resource.type if path == _RESOURCE_TYPE else labels.get(path[-1]) for path in self._of_resource]
        seen: Key = (*read, None)  # never empty
        self._seen[resource] = seen
        return seen

    def decided(self, entry: Entry) -> list[T]:
        """Return the items whose filter holds, of those that the key decides about."""
        found = self._remembered.matching(entry)
        if self._sometimes is not None and not self._has_wide(entry):
            found += self._sometimes.matching(entry)
        return found

    def tried(self, entry: Entry) -> list[T]:
        """Return the items whose filter holds, of those that the key does not decide about."""
        found = [] if self._tried is None else self._tried.matching(entry)
        if self._sometimes is not None and self._has_wide(entry):
            found += self._sometimes.matching(entry)
        return found

    def _has_wide(self, entry: Entry) -> bool:
        """Whether the entry has any of the wide fields that filters read."""
        body = entry.body
        for name in self._wide_names:
            if name in body:
                return True
        return any(get(entry) is not MISSING for get in self._wide_getters)

    def recall(self, key: Key) -> V | None:
        """Return what was remembered under the key."""
        return self._known.get(key)

    def remember(self, key: Key, value: V) -> None:
        """Keep a value for the next entry with the key."""
        if len(self._known) >= LIMIT:
            seen = [len({known[place] for known in self._known}) for place in range(_BEFORE, len(key))]
            most = max(seen, default=0)
            if most >= MANY:
                self._widen(seen.index(most))
            self._known.clear()
            return
        self._known[key] = value

    def _widen(self, place: int) -> None:
        self._wide.add(self._paths[place])
        self._arrange()


def _is_of_resource(path: Path) -> bool:
    """Whether the field is a part of what a MonitoredResource says."""
    return path == _RESOURCE_TYPE or path[:-1] == ("resource", "labels")


def _put(value: Found, values: list[object]) -> bool:
    """Add a value to a key; False where it can be no part of one."""
    if isinstance(value, str) and len(value) <= LONG:
        values.append(value)
    elif value is MISSING:
        values.append(None)
    elif value is None:
        values.append(_NULL)
    elif type(value) is int:
        values.append(value)
    elif type(value) is bool:
        values.append(_TRUE if value else _FALSE)
    else:
        return False
    return True
