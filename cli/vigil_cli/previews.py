"""Previews: two revisions rendered side by side, compared, with the proofs of what changes and what rules find."""

import dataclasses
import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from vigil_apimodel import unique_keys
from vigil_apimodel.json_values import JsonObject
from vigil_cli.deployment import configured, explained
from vigil_cli.errors import CommandError
from vigil_runner import check, cost, preview, program, project, render, stacks
from vigil_runner.preview import AlertChange, Findings, PlayedProof, Rendering, Report, Revision
from vigil_runner.program import Run

FORMS = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".html": "html", ".htm": "html"}
"""What a file's ending asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """What is to compare. `against` is a file that stands for the other revision."""

    stack: str
    base: str | None
    against: Path | None
    base_python: str | None
    config: Mapping[str, str]
    proofs: bool
    files: tuple[Path, ...] = ()
    """Measured traffic, for the cost."""
    plan: Path | None = None
    """A file of `pulumi preview --json`, which stands for both revisions."""


def form_of(file: Path) -> str:
    """Return the form that a file's ending asks for. Raises CommandError."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise CommandError(f"{file} has no known ending.", remedy=f"End it in one of {', '.join(sorted(FORMS))}.")
    return form


def text_of(report: Report, form: str) -> str:
    """Return the report in a form."""
    if form == "json":
        return json.dumps(preview.document(report), indent=1, ensure_ascii=False) + "\n"
    if form == "html":
        return preview.page(report, _drawn(report))
    return preview.markdown(report)


def _drawn(report: Report) -> dict[str, preview.Pictures]:
    """Draw the dashboards that change, with made-up data; changed tiles are marked. Raises CommandError."""
    if not report.dashboards:
        return {}
    from vigil_cli.pictures import Illustrated, illustrations

    shown: list[Illustrated] = []
    for one in report.dashboards:
        old = {tile.former or tile.title: tile.kind.value for tile in one.tiles if tile.kind is not preview.Kind.ADDED}
        new = {tile.title: tile.kind.value for tile in one.tiles if tile.kind is not preview.Kind.REMOVED}
        shown += [Illustrated(each, marks) for each, marks in ((one.before, old), (one.after, new)) if each is not None]
    pictures = iter(illustrations(shown))
    return {
        one.change.resource.urn: preview.Pictures(
            before=next(pictures) if one.before is not None else None,
            after=next(pictures) if one.after is not None else None,
        )
        for one in report.dashboards
    }


def report_on(request: PreviewRequest) -> Report:
    """Return the report. Raises CommandError where the working tree, or the revision, cannot be had."""
    with explained(f"Stack {request.stack} cannot be previewed"):
        if request.plan is not None:
            return _planned(request, request.plan)
        root = project.find()
        stack = configured(request.stack, request.config)
        if request.against is not None:
            run = program.run(stack)
            before, after = _read(request.against), render.document(run)
            report = preview.compare(before, after, stack=request.stack, base=request.against.name)
            return _with_cost(_with_findings(report, before, after), request, stack, run, before)
        with ExitStack() as open_until_done:
            base = open_until_done.enter_context(
                preview.revision(root, request.base or preview.default_base(root), python=request.base_python)
            )
            return _between(request, stack, root, base)


def _planned(request: PreviewRequest, file: Path) -> Report:
    if request.base is not None or request.against is not None:
        raise CommandError("A plan has both sides.", remedy="Leave out --base and --against.")
    found = preview.plan(_document(file, "Write it by `pulumi preview --json --stack STACK > FILE`."))
    report = preview.compare(
        found.before, found.after, stack=request.stack, base="what is deployed", replaced=found.replaced
    )
    return _with_findings(report, found.before, found.after)


def _between(request: PreviewRequest, stack: stacks.Stack, root: Path, base: Revision) -> Report:
    known = (base.root / f"Pulumi.{request.stack}.yaml").is_file()
    rendering = Rendering(base, request.stack) if known else None
    run = program.run(stack)
    after = render.document(run)
    notes = list(base.notes)
    before: JsonObject | None = None
    if rendering is None:
        notes.append(f"The stack is new: {base.name} has no Pulumi.{request.stack}.yaml.")
    else:
        try:
            before = rendering.result()
        except preview.RevisionError as error:
            notes.append(f"{base.name} cannot be rendered, so that everything counts as new: {error}")
    settings = preview.setting_changes(base.root if known else None, root, request.stack)
    report = preview.compare(before, after, stack=request.stack, base=base.name, settings=settings, notes=notes)
    report = _with_cost(_with_findings(report, before, after), request, stack, run, before)
    return _with_proofs(report, stack, base) if request.proofs else report


def _read(file: Path) -> JsonObject:
    remedy = "Write it by `vigil render -s STACK --json > FILE`."
    document = _document(file, remedy)
    if not isinstance(document.get("resources"), list):
        raise CommandError(f"{file} is no render.", remedy=remedy)
    return document


def _document(file: Path, remedy: str) -> JsonObject:
    try:
        document = unique_keys.loads(file.read_text(encoding="utf-8-sig"))
    except unique_keys.RepeatedKeyError as error:
        raise CommandError(f"{file}, {error.reason}.", remedy=f"{error.remedy}.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read as JSON: {error}.", remedy=remedy) from error
    if not isinstance(document, dict):
        raise CommandError(f"{file} is no JSON object.", remedy=remedy)
    return cast("JsonObject", document)


def _with_findings(report: Report, before: JsonObject | None, after: JsonObject) -> Report:
    if report.empty:
        return report
    old, new = set(_found(before)) if before is not None else set[str](), list(dict.fromkeys(_found(after)))
    return dataclasses.replace(
        report,
        findings=Findings(
            new=tuple(one for one in new if one not in old), gone=tuple(sorted(one for one in old if one not in new))
        ),
    )


def _found(document: JsonObject) -> Iterable[str]:
    try:
        checked = check.check([check.Source("render", json.dumps(document))])
    except check.UnreadableError:
        return ()
    return [f"{each.resource}: {each.message} ({each.rule})" for each in checked.findings]


def _with_cost(
    report: Report, request: PreviewRequest, stack: stacks.Stack, run: Run, before: JsonObject | None
) -> Report:
    """Estimate both revisions with the traffic of today."""
    if report.empty:
        return report
    from vigil_cli.costs import settings_of, traffic_of

    traffic = traffic_of(stack, run, request.files)
    after = render.document(run)
    return dataclasses.replace(
        report,
        money=cost.CostChange(
            before=cost.estimate(before, traffic, stack=request.stack, like=after) if before is not None else None,
            after=cost.estimate(after, traffic, stack=request.stack, budget=settings_of(stack).budget),
        ),
    )


def _with_proofs(report: Report, stack: stacks.Stack, base: Revision) -> Report:
    """Play the proofs of alerts that open otherwise, after the change and, of those that were there, before it."""
    chosen = [one for one in report.alerts if _moves(one)]
    if not chosen:
        return report
    from vigil_proofs import Suite
    from vigil_proofs.timetable import rows

    names = [one.view.key for one in chosen]
    verdicts = Suite.of(stack).run(names).verdicts
    old = _before(base, report.stack, [one.view.key for one in chosen if one.before is not None])
    played: dict[str, PlayedProof] = {}
    for verdict in verdicts:
        name = f"{verdict.service}/{verdict.alert}"
        played[verdict.name] = PlayedProof(
            before=old.get(name, ()),
            after=tuple(row.removeprefix(f"{name}, ") for row in rows(verdict)),
            breaches=tuple((verdict.causes or verdict.breaches)[:3]) if not verdict.proven else (),
        )
    return dataclasses.replace(report, played=played)


def _moves(one: AlertChange) -> bool:
    if one.after is None or not one.after.key:
        return False
    return one.before is None or not preview.same_alert(one.before, one.after)


def _before(base: Revision, stack: str, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the lines of the other revision's timetable by alert; none where its proofs cannot be played."""
    if not names:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "timetable.txt"
        base.vigil("test", "-s", stack, "--timelines", str(file), "--pictures", folder, *names)
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    found: dict[str, list[str]] = {}
    for line in lines:
        name, comma, row = line.partition(", ")
        if comma and not line.startswith("#"):
            found.setdefault(name, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}
