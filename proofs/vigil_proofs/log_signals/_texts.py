"""Texts of one form: what they have in common, and where they differ.

`Order 17 refused: card_declined (412 ms)` and `Order 9 refused: no_stock (3 ms)` are one form: numbers, ids, addresses
and values of `key=value` differ from line to line, words do not. A word differs where four lines or more show it.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?"
WORD: Final = r"\S+"
_TIME: Final = r"[0-9][0-9T:.,+ -]*[0-9Z]"
_QUOTED: Final = r'"[^"]*"'
_MANY: Final = 4
"""Different words in one place from which it is taken for a value."""
_LONGEST: Final = 12
"""Words of a text that its form has; what follows may differ."""
_MESSAGE_KEYS: Final = frozenset({"msg", "message", "event", "level", "severity", "lvl"})
"""Keys of `key=value` whose values say what happened."""
_KEYED: Final = re.compile(r"\b(?:level|lvl|severity)=\S+|[A-Za-z_][A-Za-z0-9_.-]*=")
_SPECIAL: Final = re.compile(r"([.^$*+?{}\[\]\\|()])")
_VARYING: Final = re.compile(
    r"""(?P<pair>(?<![^\s,;({\[])(?P<key>[A-Za-z_][A-Za-z0-9_.-]*)=(?P<value>"[^"]*"
      |\[(?:email|ip|phone|card|iban|redacted|address)\]|[^\s,;)}\]]+))
    |(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)
    |(?P<word>\[(?:email|ip|phone|card|iban|redacted|address)\]
      |[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}
      |\d{4}[-/]\d\d[-/]\d\d
      |\d\d:\d\d:\d\d(?:[.,]\d+)?
      |\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?
      |(?<![A-Za-z0-9_.-])(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{12,}(?![A-Za-z0-9_.-])
      |(?<![A-Za-z0-9_.-])[A-Za-z]+[-_\#]\d{3,}(?![A-Za-z0-9_.-])
      |/[A-Za-z0-9_.~%/-]*\d[A-Za-z0-9_.~%/-]*)
    |(?P<number>(?<![A-Za-z0-9_.-])-?\d+(?:\.\d+)?(?![A-Za-z_]*\d)(?!\.\d))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a form: a constant text, or a place where texts differ."""

    text: str = ""
    """The constant; empty for a place that differs."""
    pattern: str = ""
    """Regular expression of the place."""
    key: str = ""
    """Key of `key=value`, or the word before the place."""
    keyed: bool = False
    """Whether it is a key."""

    @property
    def varies(self) -> bool:
        """Whether texts differ here."""
        return bool(self.pattern)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of some texts."""

    pieces: tuple[Piece, ...]
    whole: bool
    """Whether a text ends where the form does."""

    @property
    def constant(self) -> str | None:
        """The text itself where nothing differs."""
        if self.whole and not any(piece.varies for piece in self.pieces):
            return "".join(piece.text for piece in self.pieces)
        return None

    @property
    def words(self) -> tuple[str, ...]:
        """The words that all the texts have."""
        return words_of(self.common)

    @property
    def common(self) -> str:
        """What all the texts have."""
        return " ".join(piece.text for piece in self.pieces if not piece.varies)

    @property
    def title(self) -> str:
        """The form for people: `Order … refused`."""
        return "".join("…" if piece.varies else piece.text for piece in self.pieces).strip() + (
            "" if self.whole else " …"
        )

    def pattern(self, group: int | None = None) -> str:
        """Return the regular expression (RE2) of the form, with a group around the place `group` of `pieces`.

        With a group, the expression ends after the constant that follows.
        """
        out = "^"
        for number, piece in enumerate(self.pieces):
            out += _around(piece, grouped=number == group) if piece.varies else _escaped(piece.text)
            if group is not None and number > group:
                return out
        return out + ("$" if self.whole else "")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, without the keys of `key=value`."""
    return tuple(re.findall(r"[^\W\d_]{2,}", _KEYED.sub(" ", text)))


def form_of(text: str) -> Form:
    """Return the form of one text: of its first line, up to twelve words."""
    line, end, _ = text.partition("\n")
    words = list(re.finditer(r"\S+", line))
    cut = len(words) > _LONGEST
    line = line[: words[_LONGEST].start()].rstrip() if cut else line
    pieces: list[Piece] = []
    at = 0
    search = 0
    while found := _VARYING.search(line, search):
        if found["pair"] and found["key"].lower() in _MESSAGE_KEYS:
            search = found.start("value")  # the message itself may have places too
            continue
        start = found.start("value") if found["pair"] else found.start()
        before = line[at:start]
        pieces.append(Piece(text=before))
        pieces.append(_place(found, before))
        at = search = found.end()
    pieces.append(Piece(text=line[at:]))
    return Form(tuple(piece for piece in pieces if piece.text or piece.pattern), whole=not cut and not end)


def forms(texts: Sequence[str]) -> list[Form]:
    """Return the form of each text, so that texts of one meaning have one form."""
    found = [form_of(text) for text in texts]
    shapes = {form: _tokens(form) for form in dict.fromkeys(found)}
    merged: dict[Form, Form] = {}
    places: defaultdict[tuple[tuple[str, ...], int, tuple[str, ...]], list[Form]] = defaultdict(list)
    for form, tokens in shapes.items():
        for at, token in enumerate(tokens):
            if len(tokens) >= 3 and at and re.fullmatch(r"[A-Za-z][\w.-]*", token):  # noqa: PLR2004 - words say something
                places[tokens[:at], at, tokens[at + 1 :]].append(form)
    for (before, at, _after), alike in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(alike) < _MANY or any(form in merged for form in alike):
            continue
        one = _with_place(shapes[alike[0]], at, before[-1], whole=alike[0].whole)
        merged |= dict.fromkeys(alike, one)
    return [merged.get(form, form) for form in found]


def _place(found: re.Match[str], before: str) -> Piece:
    words = re.findall(r"[A-Za-z][A-Za-z0-9_]*", before)
    if found["pair"]:
        value = found["value"]
        marked = WORD if value.startswith("[") else r"[^\s,;)}\]]+"  # what was redacted
        pattern = NUMBER if re.fullmatch(NUMBER, value) else _QUOTED if value.startswith('"') else marked
        return Piece(pattern=pattern, key=found["key"], keyed=True)
    pattern = NUMBER if found["number"] else _TIME if found["time"] else WORD
    return Piece(pattern=pattern, key=words[-1] if words else "")


def _tokens(form: Form) -> tuple[str, ...]:
    """Return the words of a form, a place with its pattern in a mark that no text has."""
    text = "".join(f"\x00{piece.pattern}\x01{piece.key}\x02" if piece.varies else piece.text for piece in form.pieces)
    return tuple(re.findall(r"(?:\x00[^\x02]*\x02|\S)+", text))


def _with_place(tokens: tuple[str, ...], at: int, before: str, *, whole: bool) -> Form:
    words = re.findall(r"[A-Za-z][A-Za-z0-9_]*", before)
    marked = (*tokens[:at], f"\x00{WORD}\x01{words[-1] if words else ''}\x02", *tokens[at + 1 :])
    parts = re.split(r"\x00([^\x01]*)\x01([^\x02]*)\x02", " ".join(marked))
    pieces = [Piece(text=parts[0])]
    for start in range(1, len(parts), 3):
        pattern, key, text = parts[start : start + 3]
        pieces += [Piece(pattern=pattern, key=key), Piece(text=text)]
    return Form(tuple(piece for piece in pieces if piece.text or piece.pattern), whole=whole)


def _around(piece: Piece, *, grouped: bool) -> str:
    if not grouped:
        return piece.pattern
    return f'"({piece.pattern[1:-1]})"' if piece.pattern == _QUOTED else f"({piece.pattern})"


def _escaped(text: str) -> str:
    """Return a text as RE2 reads it literally: white space of any length stays readable."""
    return (
        re.sub(r"\s+", r"\\s+", _SPECIAL.sub(r"\\\1", text))
        if re.search(r"[^\S ]|  ", text)
        else _SPECIAL.sub(r"\\\1", text)
    )
