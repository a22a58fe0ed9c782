"""A report as one self-contained HTML file: no script, nothing loaded, dashboards before and after side by side."""

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vigil_runner.preview._blocks import Block, Heading, Lines, Pair, Table, Words, blocks
from vigil_runner.preview._report import Report
from vigil_runner.preview._sentences import summary

_STYLE: Final = """
:root { color-scheme: light dark; --text: #1d2733; --muted: #5b6775; --page: #f5f7fa; --card: #fff; --line: #d9dfe7;
  --out: #ffd9d6; --in: #d2f4d9; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e9f0; --muted: #9aa7b6; --page: #12171e; --card: #1a212b;
  --line: #2f3a47; --out: #5c2320; --in: #1d4a2a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0 auto; padding: 24px;
  max-width: 1500px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 4px 20px 16px;
  margin: 16px 0; overflow-x: auto; }
.first p:first-child { font-weight: 600; font-size: 18px; }
table { border-collapse: collapse; margin: 8px 0; }
th, td { border: 1px solid var(--line); padding: 4px 10px; text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: 8px; }
del { background: var(--out); } ins { background: var(--in); text-decoration: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; } .pair figure { margin: 8px 0; }
.pair img { width: 100%; } figcaption, .muted { color: var(--muted); }
@media (max-width: 900px) { .pair { grid-template-columns: 1fr; } }
"""


@dataclass(frozen=True, slots=True)
class Pictures:
    """A dashboard before and after, as SVG; None where it is not there."""

    before: bytes | None
    after: bytes | None


def page(report: Report, pictures: Mapping[str, Pictures] | None = None) -> str:
    """Return the report as HTML. `pictures` are those of dashboards, by the URN of the resource.

    The file needs nothing else: pictures are inside it, there is no script, and a policy in it forbids loading.
    """
    drawn = pictures or {}
    body = "".join(
        f"<section{' class=first' if not number else ''}>{''.join(_block(block, drawn) for block in group)}</section>"
        for number, group in enumerate(blocks(report))
    )
    title = _text(summary(report))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f"<h1>What this change does to {_text(report.stack)}</h1>"
        f'{body}<p class="muted">Pictures show made-up data.</p></body></html>\n'
    )


def _block(block: Block, drawn: Mapping[str, Pictures]) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"<h{level}>{_line(text)}</h{level}>"
        case Lines(lines=lines):
            return "".join(f"<p>{_line(one)}</p>" for one in lines)
        case Table(head=head, rows=rows):
            return _table(head, rows)
        case Words(title=title, pieces=pieces):
            marks = {"same": "", "out": "del", "in": "ins"}
            words = "".join(
                f"<{tag}>{_text(text)}</{tag}>" if (tag := marks[mark]) else _text(text) for mark, text in pieces
            )
            return f"<p>{_line(title)}:</p><pre>{words}</pre>"
        case Pair(dashboard=dashboard):
            found = drawn.get(dashboard.change.resource.urn)
            return "" if found is None else _pair(dashboard.title, found)


def _pair(title: str, pictures: Pictures) -> str:
    return (
        '<div class="pair">'
        + _figure("Before", title, pictures.before)
        + _figure("After", title, pictures.after)
        + "</div>"
    )


def _figure(when: str, title: str, svg: bytes | None) -> str:
    if svg is None:
        return f"<figure><figcaption>{when}: there is no such dashboard.</figcaption></figure>"
    encoded = base64.b64encode(svg).decode()
    name = html.escape(f"{title}, {when.lower()}")
    return (
        f'<figure><figcaption>{when}</figcaption><img alt="{name}" src="data:image/svg+xml;base64,{encoded}"></figure>'
    )


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    top = "".join(f"<th>{_text(cell)}</th>" for cell in head)
    inside = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{inside}</tbody></table>"


def _line(sentence: str) -> str:
    parts = sentence.split("`")
    return "".join(f"<code>{_text(part)}</code>" if place % 2 else _text(part) for place, part in enumerate(parts))


def _text(text: str) -> str:
    return html.escape(text)
