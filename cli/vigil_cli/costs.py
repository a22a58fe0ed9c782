"""Costs of a stack: its render, and its traffic from settings, samples of its events and measurements."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from vigil_apimodel.json_values import JsonObject
from vigil_cli.deployment import configured, explained
from vigil_proofs.documents import Origin, Subject, subject_of
from vigil_proofs.lines import Library
from vigil_proofs.samples import SampleError, sample
from vigil_runner import cost, program, render, tool_settings
from vigil_runner.program import Run
from vigil_runner.stacks import Stack

_NOON = 1_772_452_800_000_000_000
"""A time for samples (ns): no estimate depends on which."""


def cost_of(stack: str, *, config: Mapping[str, str], files: Iterable[Path]) -> cost.Estimate:
    """Return the estimate of a stack. Raises CommandError where it, a file or the settings cannot be read."""
    with explained(f"The cost of stack {stack} cannot be estimated"):
        chosen = configured(stack, config)
        run = program.run(chosen)
        return cost.estimate(
            render.document(run), traffic_of(chosen, run, files), stack=stack, budget=settings_of(chosen).budget
        )


def settings_of(stack: Stack) -> cost.CostSettings:
    """Return what `[tool.vigil.cost]` says of a stack. Raises ToolSettingsError."""
    return cost.cost_settings(tool_settings.load(stack.root), stack.name)


def traffic_of(stack: Stack, run: Run, files: Iterable[Path] = ()) -> cost.Traffic:
    """Return what is known of a stack's traffic: files before settings. Raises EngineError."""
    settings = settings_of(stack)
    if settings.lines:
        tool_settings.load(stack.root).declare_events()
    found = cost.given(settings, _samples(stack, run, settings.lines))
    for file in files:
        found = cost.merged(cost.read(file), found)
    return found


def _samples(stack: Stack, run: Run, names: Iterable[str]) -> dict[str, JsonObject]:
    """Return a line of each event as the library writes it from the service's own place; none of an unknown event."""
    listed = list(names)
    if not listed:
        return {}
    subject = subject_of(run, project=stack.gcp_project or stack.project)
    services = cost.events_of(render.document(run))
    library = Library(project=subject.project, environment=subject.environment, level="DEBUG")
    found: dict[str, JsonObject] = {}
    with library.in_force():
        for name in listed:
            service, _, event = name.rpartition("/")
            origin = _origin(subject, service, services.get(event, []))
            if origin is None:
                continue
            try:
                written = library.entries(sample(event, {}), origin, _NOON)
            except SampleError:
                continue
            if written:
                found[name] = written[0]
    return found


def _origin(subject: Subject, service: str, writers: list[str]) -> Origin | None:
    """Return where a service's lines come from, as its alerts say; of no service in particular, the event's first."""
    wanted = [service] if service else writers
    places = [one for one in subject.alerts if one.service in wanted] or list(subject.alerts)
    return places[0].origin if places else None
