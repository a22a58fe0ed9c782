"""A report as Markdown for a pull request: below GitHub's limit, what matters most first."""

import html
import re
from typing import Final

from vigil_runner.preview._blocks import Block, Heading, Lines, Pair, Table, Words, blocks
from vigil_runner.preview._report import Report
from vigil_runner.preview._sentences import summary

LIMIT: Final = 65_536
"""Characters of a comment (https://github.com/orgs/community/discussions/41331)."""
_ROOM: Final = 1_000
"""Characters left for what the caller adds, such as links to pictures, and for the line about what is left out."""
_SPACES: Final = re.compile(r"\s+")
_BLANKS: Final = re.compile(r"\n{3,}")
_REFERENCE: Final = re.compile(r"#(?=\d)")
_NO_WIDTH: Final = "&#8203;"
"""A space without width. GitHub looks for mentions and references in the text that it has rendered, where neither an
escape nor an entity is left (https://github.com/github/cmark-gfm/issues/181)."""
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|#~!$])")


def markdown(report: Report, *, limit: int = LIMIT) -> str:
    """Return the report as Markdown of fewer than `limit` characters; of a stack without changes, one line.

    Groups that do not fit are left out from the end, and the last line says how many. Nothing in it renders as more
    than text: names cannot form links, mentions, pictures or HTML.
    """
    if report.empty:
        return f"**{_text(summary(report))}**\n" + "".join(f"\n{_line(one)}\n" for one in report.notes)
    kept: list[str] = []
    size = left_out = 0
    for number, group in enumerate(blocks(report)):
        written = "\n".join(_block(block, first=number == 0) for block in group if not isinstance(block, Pair))
        if left_out or size + len(written) + 1 > limit - _ROOM:
            left_out += 1
            continue
        kept.append(written)
        size += len(written) + 1
    if left_out:
        kept.append(f"\n{left_out} further parts do not fit here; the HTML report and `--json` have them.\n")
    return _BLANKS.sub("\n\n", "\n".join(kept))


def _block(block: Block, *, first: bool) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"\n{'#' * (level + 1)} {_line(text)}\n"
        case Lines(lines=lines):
            shown = [f"- {_line(one)}" for one in lines]
            if first:
                shown[0] = f"**{_line(lines[0])}**"
            return "\n".join(shown) + "\n"
        case Table(head=head, rows=rows):
            return _table(head, rows)
        case Words(title=title, pieces=pieces):
            marks = {"same": "", "out": "del", "in": "ins"}
            body = "".join(
                f"<{tag}>{_html(text)}</{tag}>" if (tag := marks[what]) else _html(text) for what, text in pieces
            )
            return f"\n{_line(title)}:\n\n<pre>{body}</pre>\n"
        case Pair():
            return ""


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(_text(cell) for cell in row)} |" for row in rows]
    return "\n".join(["", *lines, ""])


def _line(sentence: str) -> str:
    """Write a sentence: names in backticks stay code, everything else is text."""
    parts = sentence.split("`")
    return "".join(f"`{part.replace('|', '¦')}`" if place % 2 else _text(part) for place, part in enumerate(parts))


def _text(text: str) -> str:
    """Write plain text; `@` does not mention anybody, `#1` refers to nothing, and addresses do not become links."""
    found = _REFERENCE.sub(rf"#{_NO_WIDTH}", _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", text)))
    return found.replace("@", f"&#64;{_NO_WIDTH}").replace("://", "&#58;//").replace("www.", "www&#46;")


def _html(text: str) -> str:
    return html.escape(text, quote=False).replace("@", "&#64;")
