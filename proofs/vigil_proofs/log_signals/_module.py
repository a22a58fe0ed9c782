"""Proposals as a Python module: signals, sources, alerts, and a function that registers them."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Final, cast

from vigil_apimodel import lql
from vigil_components.log_lines import Extract
from vigil_components.sources import AuditLog, MonitoredResource, Source
from vigil_proofs.log_signals._proposal import Proposal, Proposals

_HEAD: Final = '''"""Log signals that `vigil signal from-entry` proposed. Decide on names, thresholds and runbooks.

Use them in the program that `pulumi up` runs, with its MonitoringContext and a team that its routing knows:

    import {module}
    {module}.watch_logs(context, team="...")
"""
'''
_WIDE: Final = 100
_RATIO, _COUNT = "ratio", "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A source with what is proposed for it."""

    source: Source
    constant: str
    found: tuple[Proposal, ...]


def module(proposals: Proposals, *, name: str = "log_signals") -> str:
    """Return the proposals as a module that imports, registers and can be proven. `name` is what it will be called."""
    parts = _parts(proposals)
    shared = _shared(parts)
    body = [f"{constant} = {literal}\n" for constant, literal in shared.constants.items()]
    body += [_signal(one, shared) for one in proposals.found]
    body += [f"{part.constant} = {_call(type(part.source).__name__, _arguments(part.source))}\n" for part in parts]
    body.append(_function(parts, proposals, name.replace("_", "-").strip("-")))
    text = "\n\n".join(body)
    code = re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|#.*', "", text)
    names = sorted(_IMPORTED & set(re.findall(r"\b[A-Za-z_]+\b", code)))
    imports = "from vigil_components import (\n" + "".join(f"    {one},\n" for one in names) + ")\n"
    typed = "from vigil_apimodel import lql\n" if "lql" in code else ""
    return f"{_HEAD.format(module=name)}\n{typed}{imports}\n\n{text}"


def _parts(proposals: Proposals) -> list[_Part]:
    by_source: defaultdict[str, list[Proposal]] = defaultdict(list)
    for one in proposals.found:
        by_source[repr(one.source)].append(one)
    taken = {one.constant for one in proposals.found}
    parts: list[_Part] = []
    for found in by_source.values():
        source = found[0].source
        base = re.sub(r"[^A-Z0-9]+", "_", source.service.upper()).strip("_")
        base = (base if base[:1].isalpha() else f"S_{base}") + "_SOURCE"
        constant, number = base, 1
        while constant in taken:
            number += 1
            constant = f"{base}_{number}"
        taken.add(constant)
        parts.append(_Part(source=source, constant=constant, found=tuple(found)))
    return parts


_IMPORTED: Final = frozenset({
    "AlertSeverity", "AuditLog", "Chart", "CloudRunJob", "CloudRunService", "CloudRunWorkerPool", "Extract",
    "GkeWorkload", "LogLines", "MonitoredResource", "MonitoringContext", "ServiceMonitoring", "ServiceMonitoringArgs",
    "count", "log_match", "minutes", "rate", "ratio",
})  # fmt: skip


def alert_of(one: Proposal, proposals: Proposals) -> str:
    """Return the signal of a proposal's alert: `log_match`, `ratio` or `count`; empty where others are worse."""
    if isinstance(one.source, AuditLog):
        return "log_match"
    if not one.worse and any(other.worse for other in proposals.found if other.source == one.source):
        return ""
    return _RATIO if _whole(one, proposals) is not None else _COUNT


def _whole(one: Proposal, proposals: Proposals) -> Proposal | None:
    """Return the requests of which a proposal's are the failed ones."""
    if one.kind not in ("request", "access") or not one.worse:
        return None
    log = str(one.lines.matching[0].get("logName", ""))
    alike = (
        other for other in proposals.found if other.kind == one.kind and not other.worse and other.source == one.source
    )
    return next((other for other in alike if other.lines.matching[0].get("logName", "") == log), None)


class _Shared:
    """What many entries have in common: where they are from, each as a constant."""

    def __init__(self) -> None:
        self.constants: dict[str, str] = {}
        self._by_literal: dict[str, str] = {}

    def add(self, entry: Mapping[str, object], base: str, taken: set[str]) -> None:
        """Give what an entry says about where it is from a name."""
        literal = _literal(self._about(entry), 0)
        if literal in self._by_literal:
            return
        number, constant = 1, f"FROM_{base}"
        while constant in taken:
            number, constant = number + 1, f"FROM_{base}_{number + 1}"
        taken.add(constant)
        self.constants[constant] = literal
        self._by_literal[literal] = constant

    def written(self, entry: Mapping[str, object], depth: int) -> str:
        """Return an entry as Python, what is shared by its constant."""
        about = self._about(entry)
        constant = self._by_literal.get(_literal(about, 0))
        if constant is None:
            return _literal(entry, depth)
        own = {key: held for key, held in entry.items() if key not in about}
        items = [f"**{constant}", *(f"{_text(key)}: {_literal(held, depth + 1)}" for key, held in own.items())]
        return _enclosed("{", items, "}", depth)

    @staticmethod
    def _about(entry: Mapping[str, object]) -> dict[str, object]:
        return {key: entry[key] for key in ("logName", "resource", "labels") if key in entry}


def _shared(parts: Sequence[_Part]) -> _Shared:
    shared, taken = (
        _Shared(),
        {one.constant for part in parts for one in part.found} | {part.constant for part in parts},
    )
    for part in parts:
        for one in part.found:
            for entry in one.lines.matching:
                shared.add(entry, part.constant.removesuffix("_SOURCE"), taken)
    return shared


def _signal(one: Proposal, shared: _Shared) -> str:
    lines = one.lines
    arguments: dict[str, str] = {
        "name": _text(lines.name),
        "doc": _text(lines.doc),
        "filter": expression(cast("lql.Expr", lines.filter)),
        "matching": _list([(shared.written(entry, 2), "") for entry in lines.matching]),
        "near_misses": _list([(shared.written(miss.entry, 2), miss.why) for miss in one.near]),
    }
    if lines.labels:
        arguments["labels"] = _extracts(lines.labels, one.seen)
    if lines.measures:
        arguments["measures"] = _extracts(lines.measures, {})
    return f"{one.constant} = {_call('LogLines', arguments, broken=True)}\n"


def expression(expr: lql.Expr) -> str:
    """Return the code that builds a query of the forms that are proposed."""
    match expr:
        case lql.And(terms):
            return "lql.all_of(\n" + "".join(f"        {expression(term)},\n" for term in terms) + "    )"
        case lql.Or(terms):
            return f"lql.any_of({', '.join(expression(term) for term in terms)})"
        case lql.Call(name, (lql.Text(text),)):
            return f"lql.{name}({_text(text)})"
        case lql.Comparison(lql.FieldPath() as path, operator, value):
            return _comparison(_text(lql.path(path)), operator, value)
        case _:
            return _text(lql.render(expr))


def _comparison(path: str, operator: lql.Operator, value: lql.Value) -> str:
    if not isinstance(value, lql.Text):
        return f"lql.present({path})"
    text = _text(value.text)
    match operator:
        case lql.Operator.EQUAL:
            return f"lql.eq({path}, {text})"
        case lql.Operator.MATCHES:
            return f"lql.matches({path}, {text})"
        case _:
            number = value.text if value.text.isdecimal() else text
            return f"lql.compare({path}, lql.Operator.{operator.name}, {number})"


def _extracts(extracts: Mapping[str, Extract], seen: Mapping[str, tuple[str, ...]]) -> str:
    out = "{\n"
    for name, one in extracts.items():
        values = ", ".join(seen.get(name, ())[:8])
        comment = (
            f"  # seen: {values}"
            if values
            else "  # a plain number: give its unit"
            if name not in seen and one.unit == "1"
            else ""
        )
        arguments = {
            key: _value(getattr(one, key))
            for key in ("path", "pattern", "unit", "values")
            if getattr(one, key) not in ("", "1", ())
        }
        out += f"        {_text(name)}: {_call('Extract', arguments)},{_comment(comment)}\n"
    return out + "    }"


def _alerts(found: Sequence[Proposal], proposals: Proposals) -> str:
    out = ""
    for one in found:
        kind = alert_of(one, proposals)
        if not kind:
            continue
        if kind == _RATIO:
            whole = cast("Proposal", _whole(one, proposals))
            signal, threshold = f"ratio({one.constant}, of={whole.constant})", "above=0.05, lasting=minutes(5), "
        elif kind == _COUNT:
            signal, threshold = f"count({one.constant}, window=minutes(10))", "above=0, "
        else:
            signal, threshold = f"log_match({one.constant})", ""
        name = re.sub(r"[^a-z0-9]+", "-", one.lines.name)[:50].strip("-")
        out += (
            f"                {signal}.alert(\n                    {threshold}name={_text(name)},\n"
            f"                    severity=AlertSeverity.TICKET,\n                    summary={_text(_summary(one))},\n"
            f"                    runbook={_text(name)},\n                ),\n"
        )
    return f"[\n{out}            ]" if out else "[]"


def _summary(one: Proposal) -> str:
    return one.lines.doc.removesuffix(".")[:100].strip()


def _function(parts: Sequence[_Part], proposals: Proposals, module_name: str) -> str:
    """Return the function that registers all, under names with the module's: two may watch one container."""
    out = "def watch_logs(context: MonitoringContext, team: str) -> None:\n"
    out += '    """Register metrics, charts and alerts of the signals above."""\n'
    for number, part in enumerate(parts):
        drawn = [] if isinstance(part.source, AuditLog) else [f"rate({one.constant})" for one in part.found]
        chart = f'            charts=[Chart(title="Entries", signals=({", ".join(drawn)},))],\n' if drawn else ""
        name = part.source.service + (
            "" if all(one.source.service != part.source.service for one in parts[:number]) else f"-{number}"
        )
        out += (
            f"    ServiceMonitoring(\n        {_text(f'{name}-{module_name}')},\n        ServiceMonitoringArgs(\n"
            f"            context=context,\n            source={part.constant},\n            team=team,\n"
            f"            alerts={_alerts(part.found, proposals)},\n{chart}        ),\n    )\n"
        )
    return out


def _arguments(source: Source) -> dict[str, str]:
    out: dict[str, str] = {}
    for one in fields(cast("MonitoredResource", source)):
        value: object = getattr(source, one.name)
        if value != one.default or one.default is MISSING:
            out[one.name] = _value(value)
    return out


def _call(name: str, arguments: Mapping[str, str], *, broken: bool = False) -> str:
    inline = f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"
    if not broken and len(inline) <= _WIDE and "\n" not in inline:
        return inline
    indent = "    "
    return f"{name}(\n" + "".join(f"{indent}{key}={value},\n" for key, value in arguments.items()) + ")"


def _list(items: Sequence[tuple[str, str]]) -> str:
    return (
        "[\n" + "".join(f"        {value},{_comment(f'  # {why}' if why else '')}\n" for value, why in items) + "    ]"
    )


def _comment(text: str) -> str:
    return re.sub(r"[^\S ]+|[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)[:120].rstrip()


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    return _literal(cast("Mapping[str, object]", value), 0) if isinstance(value, Mapping) else repr(value)


def _text(text: str) -> str:
    """Return a text as Python writes it in double quotes."""
    quoted = repr(text)
    if quoted[0] == "'" and '"' not in quoted:
        return f'"{quoted[1:-1]}"'
    return quoted


def _literal(value: object, depth: int) -> str:
    """Return a value of JSON as Python, an object or list of several lines where it is long."""
    if isinstance(value, Mapping):
        items = [
            f"{_text(str(key))}: {_literal(held, depth + 1)}"
            for key, held in cast("Mapping[str, object]", value).items()
        ]
        opening, closing = "{", "}"
    elif isinstance(value, list | tuple):
        items = [_literal(held, depth + 1) for held in cast("Sequence[object]", value)]
        opening, closing = "[", "]"
    else:
        return _text(value) if isinstance(value, str) else repr(value)
    return _enclosed(opening, items, closing, depth)


def _enclosed(opening: str, items: Sequence[str], closing: str, depth: int) -> str:
    inline = opening + ", ".join(items) + closing
    if len(inline) <= _WIDE - 4 * depth and "\n" not in inline:
        return inline
    indent = "    " * (depth + 1)
    return opening + "\n" + "".join(f"{indent}{item},\n" for item in items) + "    " * depth + closing
