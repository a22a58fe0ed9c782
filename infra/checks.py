"""Mistakes between keys of a stack file: each key is right by itself, and together they are not.

They are found in the values as the stack file has them, so that a mistake elsewhere hides none of these.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from infra import stack_file

PARTS = ("api", "workers", "agents", "database", "frontend")
"""Keys of the parts of the system, each of which is optional."""

MIN_DRAIN_SECRET = 32
"""Characters that a drain's secret has at least (vercel_log_drain, secret)."""

USUAL_TEAM = "backend"
"""The team that owns a part that names none, where there are several."""

_WAKES = ("pagerduty",)
_MAY_BE_ENCRYPTED = ("webhookUrl", "canaryUrl")
"""Keys that are secret where somebody made them so, besides those that always are."""


def in_clear(encrypted: frozenset[str]) -> frozenset[str]:
    """Return the encrypted keys whose values the program would deploy in clear; none of them may be encrypted."""
    kept = {key for key, declared in stack_file.schema().items() if declared.get("secret")}
    return encrypted - kept - set(_MAY_BE_ENCRYPTED)


def named(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values, with the owner of each part: the only team there is, or the usual one."""
    teams = _object(values.get("teams"))
    usual = next(iter(teams)) if len(teams) == 1 else USUAL_TEAM if USUAL_TEAM in teams else ""
    owned = {
        part: {"team": usual, **_object(values.get(part))}
        for part in PARTS
        if isinstance(values.get(part, {}), Mapping)
    }
    return {**values, **owned}


def mistakes(values: Mapping[str, object], *, stack: str, encrypted: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong between the keys, each with its remedy."""
    hidden = in_clear(encrypted)
    shown = {key: value for key, value in values.items() if key not in hidden}
    yield from _channels(shown, stack)
    yield from _owners(shown)
    yield from _vercel(shown, stack)
    for key in sorted(hidden):
        yield (
            f"vigil:{key}: it is encrypted, and the program would deploy it in clear; set it without --secret, or "
            "keep the secret elsewhere"
        )


def left_from_the_examples(values: Mapping[str, object], *, project: str) -> Iterator[str]:
    """Yield what was left of the stack files of this repository after `project` was replaced by a real one."""
    if any(stack_file.example_values(project, "gcp:project")):
        return
    for key, value in values.items():
        for place in stack_file.example_values(value, f"vigil:{key}"):
            yield f"{place}: it holds a value of the example; give your own, or remove the key"


def is_on(values: Mapping[str, object], part: str) -> bool:
    """Return whether a part is watched."""
    section = _object(values.get(part))
    return section.get("enabled", True) is not False and (
        part not in ("database", "frontend") or bool(section.get("project"))
    )


def _channels(values: Mapping[str, object], stack: str) -> Iterator[str]:
    pages = values.get("pages") is True
    kinds = {team: [str(_object(one).get("type")) for one in _listed(found)] for team, found in _teams(values).items()}
    used = {kind for some in kinds.values() for kind in some}
    for team, some in kinds.items():
        if some and not pages and all(kind in _WAKES for kind in some):
            yield (
                f"vigil:teams.{team}: it would get no notification, since all its channels wake people and vigil:pages "
                "is off; give it a ticket channel, such as an email"
            )
    if "webhook" in used and not values.get("webhookUrl"):
        yield f"a webhook channel needs its address: pulumi config set vigil:webhookUrl URL --stack {stack}"
    if "webhook" in used and not values.get("webhookPassword"):
        yield _set_secret("webhookPassword", "a webhook channel", stack)
    if "pagerduty" in used and pages and not values.get("pagerdutyKey"):
        yield _set_secret("pagerdutyKey", "a pagerduty channel", stack)


def _owners(values: Mapping[str, object]) -> Iterator[str]:
    teams = sorted(_teams(values))
    if not teams:
        return  # reported as a mistake of vigil:teams
    for part in PARTS:
        team = _object(values.get(part)).get("team")
        if not isinstance(team, str) or team in teams or not (part == "api" or is_on(values, part)):
            continue
        if team:
            yield f"vigil:{part}.team: there is no team {team!r}, only {', '.join(teams)}"
        else:
            yield f"vigil:{part}.team: missing; say who owns it: {', '.join(teams)}"


def _vercel(values: Mapping[str, object], stack: str) -> Iterator[str]:
    frontend = _object(values.get("frontend"))
    if not (is_on(values, "frontend") and values.get("drainsImage") and frontend.get("vercelTeam")):
        return
    if not frontend.get("vercelProject"):
        yield "vigil:frontend.vercelProject: missing; give the project's id at Vercel (prj_...)"
    if len(str(values.get("vercelDrainSecret") or "")) < MIN_DRAIN_SECRET:
        yield _set_secret("vercelDrainSecret", "a drain of Vercel", stack)


def _set_secret(key: str, why: str, stack: str) -> str:
    return f"{why} needs its secret: pulumi config set --secret vigil:{key} --stack {stack}"


def _teams(values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    return {team: _object(channels) for team, channels in _object(values.get("teams")).items()}


def _listed(channels: Mapping[str, object]) -> list[object]:
    return [one for some in channels.values() if isinstance(some, list) for one in cast("list[object]", some)]


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
