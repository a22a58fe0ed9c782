"""`vigil signal`: signals over log entries that other software writes."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli import standard_input
from vigil_cli.commands.options import Json
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_proofs.log_signals import Proposal, Proposals

_NAMED = 3
"""Entries of one reason that are named by their number."""

signal = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Propose signals over log entries that other software writes.",
)

File = Annotated[str, typer.Argument(metavar="FILE", help="The recorded entries; `-` is standard input.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE.py", dir_okay=False, help="The new module.", show_default="standard output"
    ),
]
Most = Annotated[int, typer.Option("--most", min=1, help="Signals to propose, the worst and most frequent first.")]


@signal.command("from-entry")
def from_entry(file: File, *, output: Output = None, most: Most = 10, json: Json = False) -> None:
    """Propose log signals, as Python, for entries of Cloud Logging that Vigil's library did not write.

    FILE holds what `gcloud logging read --format=json` prints: a list, one object, or JSON lines. Entries of one
    kind become one signal: the same message of a `jsonPayload`, plain lines that differ only in numbers, ids and
    values, the same method of an audit log, the requests of a load balancer or a Cloud Run service.

    Each proposal has a typed filter, labels and measures that every entry has, and near misses: other entries of the
    file, and changed ones. The command checks the filter against all of them before it writes. It redacts personal data
    and secrets in the entries. You decide on names, thresholds and runbooks.

    Exit code 0: proposals are written. 1: no entry can be described. 2: the file cannot be read, or holds no entries.

    **Examples**

    `gcloud logging read 'severity>=WARNING' --format=json --limit=200 > entries.json` - record some

    `vigil signal from-entry entries.json -o payments.py` - then call `payments.watch_logs(context, team="shop")` in
    the program, and `vigil test -s STACK`

    `vigil signal from-entry entries.json --json | jq '.signals[].filter'` - only the filters
    """
    with ending(json=json):
        from vigil_cli.console import errors, write_document
        from vigil_cli.deployment import explained
        from vigil_proofs import log_signals

        data = _bytes(file)
        module = _module_name(output)
        with explained("No signal can be proposed"):
            found = log_signals.propose(
                log_signals.read_entries(data, name=standard_input.NAME if file == "-" else file), most=most
            )
        text = log_signals.module(found, name=module) if found.found else ""
        if output is not None and text:
            _write(output, text)
        if json:
            write_document(_document(found, text, output))
        else:
            if output is None and text:
                write_document(text)
            for line in _lines(found, output):
                errors().print(line, markup=False, soft_wrap=True)
        if not found.found:
            raise typer.Exit(1)


def _bytes(file: str) -> bytes:
    if file == "-":
        return standard_input.data()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror}.",
            remedy="Name a file that `gcloud logging read FILTER --format=json` wrote.",
        ) from error


def _module_name(output: Path | None) -> str:
    if output is None:
        return "log_signals"
    if output.suffix != ".py" or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", output.stem):
        raise CommandError(f"--output {output} is no name of a Python module.", remedy="Name one such as payments.py.")
    return output.stem


def _write(output: Path, text: str) -> None:
    try:
        with output.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise CommandError(f"{output} exists. Nothing was written.", remedy="Name another file.") from error
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}.", remedy="Name another file.") from error


def _lines(found: "Proposals", output: Path | None) -> list[str]:
    lines = [f"{one.lines.name}: {one.entries} {_entries(one.entries)}, {one.lines.query}" for one in found.found]
    reasons: dict[str, list[int]] = {}
    for number, reason in found.left:
        reasons.setdefault(reason, []).append(number)
    lines += [f"{_numbered(numbers)} in no signal: {reason}" for reason, numbers in reasons.items()]
    if found.more:
        lines.append(f"{found.more} more groups of entries: add --most {len(found.found) + found.more}")
    if output is not None and found.found:
        lines.append(
            f'{output} is written. Next: `import {output.stem}`, `{output.stem}.watch_logs(context, team="...")`'
        )
    return lines


def _numbered(numbers: list[int]) -> str:
    """Return the places of entries as the subject of a sentence: `entry 3 is`, `entries 1, 4, 7 and 20 more are`."""
    if len(numbers) == 1:
        return f"entry {numbers[0]} is"
    shown = ", ".join(map(str, numbers[:_NAMED]))
    more = len(numbers) - _NAMED
    return f"entries {shown}{f' and {more} more' if more > 0 else ''} are"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _document(found: "Proposals", text: str, output: Path | None) -> str:
    import msgspec

    document = {
        "ok": bool(found.found),
        "signals": [_described(one) for one in found.found],
        "undescribed": [{"entry": number, "reason": reason} for number, reason in found.left],
        "moreGroups": found.more,
        **({"python": text} if output is None else {"file": str(output)}),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()


def _described(one: "Proposal") -> dict[str, object]:
    lines = one.lines
    return {
        "name": lines.name,
        "constant": one.constant,
        "doc": lines.doc,
        "kind": one.kind,
        "service": one.source.service,
        "resource": one.source.resource_type,
        "filter": lines.query,
        "entries": one.entries,
        "labels": {
            name: {"extractor": each.extractor, "seen": one.seen.get(name, ())} for name, each in lines.labels.items()
        },
        "measures": {name: {"extractor": each.extractor, "unit": each.unit} for name, each in lines.measures.items()},
        "nearMisses": [miss.why for miss in one.near],
    }
