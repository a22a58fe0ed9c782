"""Plain English: the worst patterns of translated prose stay out of the pages and the code.

CONTRIBUTING.md says what to write instead.
"""

import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = {
    "told, for reported, notified or said": (
        "told",
        r"\b(?:is|are|was|were|be|been|being|and|whom?) told\b|\btold (?:of|by|about|as)\b",
    ),
    "tells of, for reports": ("tell", r"\btells? of\b"),
    "asked, for queried or requested": (
        "asked",
        r"\b(?:is|are|be|being) asked\b|(?<!['\"])\basked (?:for|of|again|about)\b",
    ),
    "of its own, for own": ("own", r"\bof (?:its|their|his|one's|somebody's) own\b"),
    "is none, for is not one": ("none", r"\b(?:that|which|what) (?:is|are) none\b|\bis none of\b"),
    "what goes on, for continues": ("goes on", r"\bgoes on\b"),
    "all that, for everything": ("all that", r"(?<!not )\ball that (?!is not)\w+ (?!and)"),
    "heard, for received": ("heard", r"\bheard (?:of|about)\b|\b(?:is|be) heard\b"),
    "is said to, for reports": ("said to", r"\b(?:is|are) said to\b"),
    "is to be, for must": ("to be", r"\b(?:is|are) to be\b"),
    "what must not count": ("must not count", r"\bwhat must not count\b"),
}
"""What stands for what, a word that each match has, and the pattern."""
SKIPPED = ("CONTRIBUTING.md", "tests/project/test_words.py", "docs/where-to-look/")


def patterns_of(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the name, the place and the line of each pattern that a text has."""
    lower = text.lower()
    for name, (word, pattern) in PATTERNS.items():
        if word not in lower:  # quick to see, where the pattern is slow
            continue
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield (
                name,
                text[max(0, match.start() - 30) : match.end() + 30].replace("\n", " "),
                text.count("\n", 0, match.start()) + 1,
            )


def prose_of(code: str) -> str:
    """Comments and strings of Python, each on its line."""
    lines: dict[int, list[str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            for at, part in enumerate(token.string.splitlines()):
                lines.setdefault(token.start[0] + at, []).append(part)
    last = max(lines, default=0)
    return "\n".join(" ".join(lines.get(at, [])) for at in range(1, last + 1))


def files(suffix: str) -> Iterator[tuple[str, Path]]:
    for folder in sorted(path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if folder.name not in ("build", "dist"):
            for path in sorted(folder.rglob(f"*{suffix}")):
                yield str(path.relative_to(ROOT)), path
    for path in sorted(ROOT.glob(f"*{suffix}")):
        yield path.name, path


def found_in(suffix: str, key: Callable[[str], str]) -> tuple[Counter[str], list[tuple[str, str]]]:
    count: Counter[str] = Counter()
    places: list[tuple[str, str]] = []
    for name, path in files(suffix):
        if not name.startswith(SKIPPED):
            text = path.read_text()
            found = list(patterns_of(text))
            if found and suffix == ".py":  # few files have one at all, and taking code apart is slow
                found = list(patterns_of(prose_of(text)))
            for pattern, place, line in found:
                count[key(name)] += 1
                places.append((key(name), f"{name}:{line}: {place!r} ({pattern})"))
    return count, places


PAGES: dict[str, int] = {}
"""Patterns that a page still has: none. Do not add one."""

CODE: dict[str, int] = {}
"""Patterns that comments, docstrings and texts of a folder still have: none. Do not add one."""


def test_no_page_has_more_of_the_patterns_than_before() -> None:
    count, places = found_in(".md", str)
    more = {name for name, found in count.items() if found > PAGES.get(name, 0)}
    assert not more, "\n".join(place for name, place in places if name in more)


def test_no_folder_of_code_has_more_of_them_than_before() -> None:
    count, places = found_in(".py", lambda name: name.partition("/")[0])
    more = {name for name, found in count.items() if found > CODE.get(name, 0)}
    assert not more, "\n".join(place for name, place in places if name in more)


@pytest.mark.parametrize(
    "text",
    [
        "what is lost is counted and told", "who is told", "it is asked again", "a server of its own", "what is none",
        "the jobs go on; it goes on", "all that a stack declares", "it is heard", "it is said to be down", "this tells of it",
    ],
)  # fmt: skip
def test_a_pattern_is_found(text: str) -> None:
    assert list(patterns_of(text))


@pytest.mark.parametrize(
    "text",
    ["we told you so", "none of them is open", "its own server", "asked a question", "the API tells clients apart"],
)
def test_plain_english_is_left_alone(text: str) -> None:
    assert list(patterns_of(text)) == []


def test_only_prose_of_code_is_read() -> None:
    assert patterns_of(prose_of("told = asked(all_that)\n")) is not None
    assert list(patterns_of(prose_of("is_told = 1\n"))) == []
    ((_, _, line),) = patterns_of(prose_of('x = 1\n"""A\nthing of its own."""\n'))
    assert line == 3
