"""The files of the program: a short main module, a module for each group, definitions, tests."""

import json
import keyword
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from vigil_apimodel import api_json, tokens
from vigil_apimodel.json_fields import Fields, fields, is_fields, is_list, listed, string, without
from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.metrics.logging import USER_PREFIX
from vigil_components.raw import KINDS
from vigil_proofs import unit
from vigil_proofs.unit import derive
from vigil_runner.items import texts
from vigil_verify.adopt._declaration import typed_call, typed_declaration
from vigil_verify.adopt._plan import LOG_METRICS, OBJECTIVES, Adopted, Plan, slug

PACKAGE: Final = "monitoring"
"""The package of the program's modules."""
_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_SERVER_NAMED: Final = frozenset({tokens.ALERT_POLICY, tokens.CHANNEL, tokens.DASHBOARD, tokens.UPTIME_CHECK})


def files(plan: Plan, *, name: str, stack: str, tests: bool = True) -> dict[PurePosixPath, str]:
    """Return the files of the program that a plan describes, by path.

    `name` is the Pulumi project's; `tests` says whether tests are derived from each policy, which takes most of
    the time.
    """
    channels = _channels(plan)
    found: dict[PurePosixPath, str] = {}
    groups: dict[str, list[Adopted]] = defaultdict(list)
    tested: dict[str, str] = {}
    for each in plan.adopted:
        if each.typed is None:
            found[PurePosixPath(each.file)] = _json(definition(each, channels))
        if each.found.type != tokens.CHANNEL:
            groups[each.group].append(each)
        if tests and each.found.type == tokens.ALERT_POLICY and (derived := _tests(each)):
            path = f"tests/{PurePosixPath(each.file).relative_to('alerts').with_suffix('.yaml')}"
            tested[each.name] = path
            found[PurePosixPath(path)] = derived
    first = [group for group in (LOG_METRICS, OBJECTIVES) if group in groups]
    modules = {**{group: group for group in first}, **_modules(sorted(set(groups) - set(first)))}
    for group, module in modules.items():
        found[PurePosixPath(PACKAGE, f"{module}.py")] = (
            _first_module(groups[group])
            if group in first
            else _module(group, groups[group], channels, tested, first=bool(first))
        )
    if channels:
        found[PurePosixPath(PACKAGE, "channels.py")] = _channels_module(plan, channels)
    package = f'"""What watches the project {plan.project}: a module for each part of it."""\n'
    found[PurePosixPath(PACKAGE, "__init__.py")] = package
    found[PurePosixPath("__main__.py")] = _main(
        first,
        {module: bool(first) and any(_waits(each) for each in groups[group]) for group, module in modules.items()},
        channels=bool(channels),
    )
    found[PurePosixPath("Pulumi.yaml")] = (
        f"name: {name}\nruntime: python\ndescription: Logs, metrics, dashboards and alerts of {plan.project}\n"
    )
    found[PurePosixPath(f"Pulumi.{stack}.yaml")] = f"config:\n  gcp:project: {plan.project}\n"
    found[PurePosixPath("requirements.txt")] = "pulumi\npulumi-gcp\nvigil-components\n"
    found[PurePosixPath("tests", "test_alerts.py")] = (
        '"""Every alert fires when it must, and stays silent when it must not."""\n\n'
        f"from vigil_proofs import alert_tests\n\ntest_alert = alert_tests({json.dumps(stack)})\n"
    )
    return dict(sorted(found.items()))


def _modules(groups: Iterable[str]) -> dict[str, str]:
    """The name of each group's module; no two are alike."""
    found: dict[str, str] = {}
    for group in groups:
        name = module_of(group)
        while name in found.values():
            name += "_"
        found[group] = name
    return found


def module_of(group: str) -> str:
    """Return the name of a group's module."""
    name = group.replace("-", "_")
    if name[:1].isdigit():
        return f"part_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


_TAKEN: Final = frozenset({"channels", "notified", "project", "pulumi", "monitoring", "first", LOG_METRICS, OBJECTIVES})
"""Names that the main module uses."""


def _channels(plan: Plan) -> dict[str, str]:
    """The channels' full names at Google, to the names by which the program's modules call them."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    everything = [each.found for each in plan.adopted] + [each.found for each in plan.left]
    for each in everything:
        name = string(each.body.get("name"))
        if each.type != tokens.CHANNEL or not name:
            continue
        word = slug(each.name).replace("-", "_")
        word = f"channel_{word}" if word[:1].isdigit() or keyword.iskeyword(word) else word
        unique, number = word, 2
        while unique in taken:
            unique, number = f"{word}_{number}", number + 1
        taken.add(unique)
        found[name] = unique
    return found


def definition(adopted: Adopted, channels: Mapping[str, str]) -> Fields:
    """Return the JSON of a resource without what the server sets; channels are placeholders."""
    dropped = ("name",) if adopted.found.type in _SERVER_NAMED else ()
    body = without(adopted.found.body, *api_json.SERVER_SET, *dropped)
    if adopted.found.type == tokens.ALERT_POLICY:
        body["conditions"] = [without(fields(each), "name") for each in listed(body.get("conditions"))]
    return fields(_filled_out(body, channels if adopted.found.type == tokens.ALERT_POLICY else {}))


def _filled_out(value: object, channels: Mapping[str, str]) -> object:
    if is_fields(value):
        return {key: _filled_out(each, channels) for key, each in value.items()}
    if is_list(value):
        return [_filled_out(each, channels) for each in value]
    if isinstance(value, str):
        if value in channels:
            return f"${{{channels[value].upper()}}}"
        return _PLACEHOLDER.sub(lambda match: f"${match[0]}", value)
    return value


def _used(document: object) -> list[str]:
    """The channels that a definition's placeholders name, without escaped texts."""
    text = json.dumps(document)
    return sorted({match[1].lower() for match in re.finditer(r"(?<!\$)\$\{([A-Z][A-Z0-9_]*)\}", text)})


def _json(document: Fields) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _tests(adopted: Adopted) -> str:
    """A file of unit tests where each condition of the policy could be proven, empty otherwise."""
    body: JsonObject = json.loads(json.dumps(without(definition(adopted, {}), "notificationChannels", "alertStrategy")))
    strategy = without(fields(adopted.found.body.get("alertStrategy")), "notificationChannelStrategy")
    body |= json.loads(json.dumps({"alertStrategy": strategy})) if strategy else {}
    found = derive.derive(body)
    if not found or any(each.status is not derive.Status.PROVEN for each in found):
        return ""
    tests = [test for each in found for test in each.tests]
    above = os.path.relpath(adopted.file, f"tests/{PurePosixPath(adopted.file).relative_to('alerts').parent}")
    return unit.dumps(unit.TestFile(policies=[above] if adopted.typed is None else [], tests=tests))


def _main(first: Sequence[str], modules: Mapping[str, bool], *, channels: bool) -> str:
    """The main module. `modules` says of each whether it has policies that wait for what is made first."""
    names = [*(["channels"] if channels else []), *modules]
    lines = ['"""Deploy everything that watches the project of the stack."""', "", "import pulumi", ""]
    lines += _import(f"from {PACKAGE} import", names)
    lines += ["", 'project = pulumi.Config("gcp").require("project")']
    if channels:
        lines.append("notified = channels.declare(project)")
    if first:
        lines.append(f"first = [{', '.join(f'*{module}.declare(project)' for module in first)}]")
    for module, waits in modules.items():
        if module not in first:
            arguments = ["project", *(["notified"] if channels else []), *(["first"] if waits else [])]
            lines.append(f"{module}.declare({', '.join(arguments)})")
    return "\n".join(lines) + "\n"


def _import(begin: str, names: Sequence[str]) -> Iterator[str]:
    line = f"{begin} {', '.join(sorted(names))}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"{begin} ("
    yield from (f"    {each}," for each in sorted(names))
    yield ")"


_WIDTH = 100


_OPTIONS: Final = "ResourceOptions(depends_on=first)"


def _waits(each: Adopted) -> bool:
    """Whether this is a policy that Google takes only where its metric or objective is there already."""
    return each.found.type == tokens.ALERT_POLICY and any(
        mark in text
        for text in texts(each.found.body.get("conditions"))
        for mark in (USER_PREFIX, "logging_googleapis_com:user_", "/serviceLevelObjectives/")
    )


def _first_module(adopted: Sequence[Adopted]) -> str:
    """The module of what policies wait for: it returns what it declares. Objectives wait for their services."""
    needed: set[tuple[str, str]] = {("pulumi", "Resource")}
    services = [each for each in adopted if each.found.type == tokens.CUSTOM_SERVICE]
    others = [each for each in adopted if each.found.type != tokens.CUSTOM_SERVICE]
    options = ""
    if services and others:
        options = "ResourceOptions(depends_on=services)"
        needed.add(("pulumi", "ResourceOptions"))
        body = ["    services = [", *_elements(services, needed), "    ]", "    return [", "        *services,"]
    else:
        body = ["    return ["]
    body += _elements(others or services, needed, options)
    lines = [f'"""What policies of several parts read: {_counts(adopted)}."""', "", *_imports(needed)]
    lines += ["", "", "def declare(project: str) -> list[Resource]:"]
    lines.append('    """Declare them in the project, and return them for the policies that read them."""')
    return "\n".join([*lines, *body, "    ]"]) + "\n"


def _elements(adopted: Sequence[Adopted], needed: set[tuple[str, str]], options: str = "") -> Iterator[str]:
    """The calls that declare resources, as elements of a list; adds to `needed` what they import."""
    for each in adopted:
        if each.typed is None:
            needed |= {("vigil_components", word) for word in (each.component, f"{each.component}Args")}
            lines = [f"    {line}" for line in _declaration(each, {}, "", options)]
        else:
            call, imports = typed_call(each.name, each.typed, {}, indent=8, options=options)
            needed |= imports
            lines = [f"        {call[0]}", *call[1:]]
        yield from lines[:-1]
        yield f"{lines[-1]},"


def _module(
    group: str,
    adopted: Sequence[Adopted],
    channels: Mapping[str, str],
    tested: Mapping[str, str],
    *,
    first: bool,
) -> str:
    names = {full: f"channels.{word}" for full, word in channels.items()}
    body: list[str] = []
    needed: set[tuple[str, str]] = set()
    for each in adopted:
        tests = tested.get(each.name, "")
        options = _OPTIONS if first and _waits(each) else ""
        if each.typed is None:
            needed |= {("vigil_components", word) for word in (each.component, f"{each.component}Args")}
            body += _declaration(each, channels, tests, options)
        else:
            lines, imports = typed_declaration(each.name, each.typed, names, tests=tests, options=options)
            needed |= imports
            body += lines
    waits = first and any(_waits(each) for each in adopted)
    if waits:
        needed |= {("collections.abc", "Sequence"), ("pulumi", "Resource"), ("pulumi", "ResourceOptions")}
    lines = [f'"""What watches {group}: {_counts(adopted)}."""', "", *_imports(needed)]
    if channels:
        lines += ["", f"from {PACKAGE}.channels import Channels"]
    takes = "project: str, channels: Channels" if channels else "project: str"
    takes += ", first: Sequence[Resource]" if waits else ""
    lines += ["", "", f"def declare({takes}) -> None:", '    """Declare them in the project."""']
    if channels and not any("channels." in line for line in body):
        lines.append("    del channels  # nothing here notifies anybody")
    return "\n".join([*lines, *body]) + "\n"


def _imports(needed: Iterable[tuple[str, str]]) -> Iterator[str]:
    modules: dict[str, set[str]] = defaultdict(set)
    for module, name in needed:
        modules[module].add(name)
    for module in sorted(modules, key=lambda each: (each not in _STANDARD, each)):
        yield from _import(f"from {module} import", sorted(modules[module]))
        if module in _STANDARD:
            yield ""


_STANDARD: Final = frozenset({"collections.abc"})
"""Modules of Python's own library that a module of the program may need."""


def _counts(adopted: Sequence[Adopted]) -> str:
    counted: dict[str, int] = defaultdict(int)
    for each in adopted:
        counted[each.noun] += 1
    return ", ".join(f"{count} {_plural(noun) if count > 1 else noun}" for noun, count in counted.items())


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _declaration(each: Adopted, channels: Mapping[str, str], tests: str, options: str = "") -> Iterator[str]:
    used = _used(definition(each, channels)) if each.found.type == tokens.ALERT_POLICY else []
    labels = fields(each.found.body.get("userLabels"))
    arguments = ["project=project", f"definition={json.dumps(each.file)}"]
    if used:
        arguments.append("values={" + ", ".join(f'"{name.upper()}": channels.{name}' for name in used) + "}")
    if each.found.type == tokens.ALERT_POLICY:
        arguments += [
            f"{key}={json.dumps(string(labels[key]))}" for key in ("team", "service") if string(labels.get(key))
        ]
    if api_json.kind_of(definition(each, channels)) != each.found.type:
        arguments.append(f"kind={json.dumps(KINDS[each.found.type].noun)}")
    if tests:
        arguments.append(f"tests={json.dumps(tests)}")
    if each.accept:
        arguments.append("accept=[" + ", ".join(json.dumps(rule) for rule in each.accept) + "]")
    yield f"    {each.component}("
    yield f"        {json.dumps(each.name)},"
    line = f"        {each.component}Args({', '.join(arguments)}),"
    if len(line) <= _WIDTH:
        yield line
    else:
        yield f"        {each.component}Args("
        yield from (f"            {one}," for one in arguments)
        yield "        ),"
    if options:
        yield f"        {options},"
    yield "    )"


def _channels_module(plan: Plan, channels: Mapping[str, str]) -> str:
    declared = {string(each.found.body.get("name")): each for each in plan.adopted if each.found.type == tokens.CHANNEL}
    lines = ['"""Who is notified."""', "", "from dataclasses import dataclass", "", "import pulumi"]
    needed: set[tuple[str, str]] = set()
    made: list[str] = []
    for name, word in channels.items():
        each = declared.get(name)
        if each is None:
            made.append(f"        {word}={json.dumps(name)},")
        elif each.typed is not None:
            call, imports = typed_call(each.name, each.typed, {}, indent=8, before=f"{word}=")
            needed |= imports
            made += [f"        {word}={call[0]}", *call[1:-1], f"{call[-1]}.channel_name,"]
        else:
            needed |= {("vigil_components", word) for word in ("RawResource", "RawResourceArgs")}
            made += [
                f"        {word}=RawResource(",
                f"            {json.dumps(each.name)},",
                f"            RawResourceArgs(project=project, definition={json.dumps(each.file)}),",
                "        ).resource_name,",
            ]
    lines += _imports(needed)
    lines += ["", "", "@dataclass(frozen=True, kw_only=True)", "class Channels:"]
    lines += ['    """The channels by the names that the modules use."""', ""]
    lines += [f"    {word}: pulumi.Input[str]" for word in channels.values()]
    lines += ["", "", "def declare(project: str) -> Channels:"]
    lines.append('    """Declare the channels; one with a secret stays where it is, and is known by its name."""')
    if not declared:
        lines.append("    del project  # every channel has a secret")
    lines.append("    return Channels(")
    return "\n".join([*lines, *made, "    )"]) + "\n"
