"""Many filters against one entry: an index by the equality that a filter requires.

Metrics and sinks mostly ask for one event, one log or one resource type. A filter that requires `field = text` is
only looked at for entries with that text there, so that a further metric for another event costs an entry nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Generic, TypeAlias, TypeVar

from vigil_apimodel import lql
from vigil_emulator.logging.casts import number_of
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.filters import Predicate, compile_expression
from vigil_emulator.logging.paths import Getter, Kind, canonical, elements, getter, kind_of

T = TypeVar("T")
Path: TypeAlias = tuple[str, ...]

LOG = ("log_id",)
"""The pseudo path of `log_id(...)`."""


@lru_cache(maxsize=8192)
def required(expr: lql.Expr) -> Mapping[Path, frozenset[str]]:
    """Return the fields that must hold one of some texts (in lower case) wherever the expression holds."""
    match expr:
        case lql.Comparison(lql.FieldPath() as field, lql.Operator.EQUAL, lql.Text(text)):
            path = canonical(field)
            plain = text and number_of(text) is None and text.lower() not in {"true", "false"}
            if path and plain and kind_of(path) in {Kind.TEXT, Kind.LABEL, Kind.DYNAMIC}:
                return {path: frozenset((text.lower(),))}
        case lql.Call("log_id", (lql.Text(text),)):
            return {LOG: frozenset((text.lower(),))}
        case lql.And(terms):
            found: dict[Path, frozenset[str]] = {}
            for term in terms:
                for path, values in required(term).items():
                    # not what both have in common: a list may hold a text of each
                    found[path] = min(found[path], values, key=len) if path in found else values
            return found
        case lql.Or(terms):
            branches = [required(term) for term in terms]
            shared = set(branches[0]).intersection(*branches[1:])
            return {path: frozenset[str]().union(*(branch[path] for branch in branches)) for path in shared}
        case _:
            pass
    return {}


@lru_cache(maxsize=8192)
def residual(expr: lql.Expr, path: Path) -> lql.Expr | None:
    """Return what is left to test where the index has found one of the required texts at the path; None if nothing."""
    terms = expr.terms if isinstance(expr, lql.And) else (expr,)
    wanted = required(expr).get(path)
    left = tuple(term for term in terms if not (_is_equality(term, path) and required(term)[path] == wanted))
    if len(left) == len(terms):
        return expr
    return lql.And(left) if len(left) > 1 else left[0] if left else None


def _is_equality(expr: lql.Expr, path: Path) -> bool:
    """Whether the expression is nothing but the path compared with texts."""
    match expr:
        case lql.Or(terms):
            return all(_is_equality(term, path) for term in terms)
        case lql.Comparison() | lql.Call():
            return path in required(expr)
        case _:
            return False


def _holds(_: Entry) -> bool:
    return True


class FilterIndex(Generic[T]):
    """Items with filters; `matching(entry)` gives the items whose filter the entry satisfies."""

    def __init__(self, items: Iterable[tuple[T, lql.Expr]]) -> None:
        """Raise FilterError for a filter that cannot be evaluated."""
        expressions = list(items)
        needs = [required(expr) for _, expr in expressions]
        spread = Counter(path for need in needs for path in need)
        texts: dict[Path, set[str]] = {}
        for need in needs:
            for path, values in need.items():
                texts.setdefault(path, set()).update(values)
        self._always: list[tuple[Predicate, T]] = []
        by_path: dict[Path, dict[str, list[tuple[Predicate, T]]]] = {}
        for (item, expr), need in zip(expressions, needs, strict=True):
            whole = compile_expression(expr)
            if not need:
                self._always.append((whole, item))
                continue
            # the rarer the texts at a path, the fewer entries meet the filter: many filters, each another text
            path = max(need, key=lambda p: (len(texts[p]), -len(need[p]), spread[p], p))
            rest = residual(expr, path)
            rule = (whole if rest is expr else _holds if rest is None else compile_expression(rest), item)
            for value in need[path]:
                by_path.setdefault(path, {}).setdefault(value, []).append(rule)
        self._indexed: list[tuple[Getter, dict[str, list[tuple[Predicate, T]]]]] = [
            (_log_id if path == LOG else getter(path), rules) for path, rules in by_path.items()
        ]

    def matching(self, entry: Entry) -> list[T]:
        """Return the items whose filter holds, each once."""
        found = [item for predicate, item in self._always if predicate(entry)]
        for get, rules in self._indexed:
            value = get(entry)
            if type(value) is str:
                candidates = rules.get(value.lower())
                if candidates:
                    found += [item for predicate, item in candidates if predicate(entry)]
            elif isinstance(value, list):
                texts = dict.fromkeys(item.lower() for item in elements(value) if isinstance(item, str))
                several = {id(rule): rule for text in texts for rule in rules.get(text, ())}
                found += [item for predicate, item in several.values() if predicate(entry)]
        return found


def _log_id(entry: Entry) -> str:
    return entry.folded_log_id
