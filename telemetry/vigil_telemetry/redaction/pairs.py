"""Secrets beside their name, in the forms that people and libraries write.

`password=...`, `"token": "..."` on any level of escaping, `('x-api-key', '...')`, `--password ...`, `Key (token)=(...)`.
The name is looked for, then what joins it with a value, then where that value ends (`value`). `elements` reads XML,
`members` names that are values themselves, `credentials` phrases and headers, `commands` command lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED, looks_secret, scan_commands, unlike_words
from vigil_telemetry.redaction.complaints import scan_complaints
from vigil_telemetry.redaction.credentials import authorization, cookie, phrases
from vigil_telemetry.redaction.elements import scan_elements
from vigil_telemetry.redaction.judgement import LABELLED, is_data
from vigil_telemetry.redaction.keys import Beside, beside, may_name
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.members import CLOSERS, NAMES, VALUES, scan_encoded_parts, scan_member
from vigil_telemetry.redaction.separators import apart, may_command
from vigil_telemetry.redaction.value import Value, value_at

_JOINED = re.compile(
    rf"(\w(?<!\w\w)[\w.\-]{{1,199}}+)(?=[ \t]{{0,16}}[=:\uff1a\uff1d<←>\-→%\\&\"'`\]\[)*])({CLOSERS})"
    r"([ \t]{0,16}+(?:::=|[-=~]{1,4}>|<[-~]{1,4}|:[ ]{0,2}[-=~]{1,4}>|→|←|\uff1a|\uff1d|:=|::(?=[ \t])|={1,3}(?!=)|:[ ]?(?:string|str|String|any|&'?(?:static )?str)[ ]?=(?!=)|:(?!:)|;s:[0-9]{1,6}:(?=\\{0,31}\")|%3[AaDd]|\\u003[dDaA]|>|&gt;|&#61;)(?:[ \t]|%20){0,16}+)",
)
_FLAG = re.compile(
    r"-(?<![\w-].)-?([A-Za-z][\w.-]{1,60}+)(\\{0,31}[\"'`],?\s{1,40}|\\{0,31}[\"'],(?=\\{0,31}[\"'])|[ \t\x00]+|,[ ]?|\r?\n[ \t]{0,40}-[ ]{1,4})"
)
_PAIR = re.compile(r"[(\[]\s{0,4}[bu]?(\\{0,31}[\"'])([\w.\- ]{2,80}+)\1\s{0,4},\s{0,4}(?=[bu]?\\{0,31}[\"']|[0-9])")
_FLAT = re.compile(r"(\\{0,31}[\"'])([\w.\-]{3,80}+)\1\s{0,4},\s{0,4}(?=[bu]?\\{0,31}[\"'])")
"""A name among the items of a list, as Node's `rawHeaders` has them."""
_SHORT_NAME = re.compile(
    r"([\"'])[kn]\1\s{0,2}:\s{0,2}([\"'])([\w.\- ]{2,80})\2\s{0,2},\s{0,2}([\"'])v(?:al)?\4\s{0,2}:\s{0,2}"
)
_INTO = re.compile(r"(?i)(?:into|update|copy)\s{1,4}[\"'`\[]?(?:\w{1,40}\.)?([A-Za-z_]\w{1,60})[\"'`\]]?\s{0,4}\Z")
_HEAD = re.compile(
    r"(?m)^[A-Za-z_][\w ]{0,40}([,;\t|])[ ]?[A-Za-z_][\w ]{0,40}(?:\1[ ]?[A-Za-z_][\w ]{0,40}){0,30}\r?\n(?=[^\n]*\1)"
)
"""The names of columns, with a line of values below."""
_RULE = re.compile(r"\n[ \t]{0,8}(?=[^\n]{0,8}(?:--|==|──|══))[-=:+|─═│┼╪├┤╞╡┌┬┐ ]{2,2000}+\r?\n")
"""The line below the head of a table, as psql, MySQL and Markdown draw it."""
_HEAD_MOST = 2_000
_ROWS_MOST = 50
_INTO_VALUES = re.compile(
    r"(?i:into)\s{1,4}[\"'`\[]?(?:\w{1,40}\.)?([A-Za-z_]\w{1,60})[\"'`\]]?\s{1,4}(?i:values)\s{0,4}\("
)
_PAIR_END = re.compile(r"\\{0,31}[\"']?\s{0,4}[)\],]|\\{0,31}[\"'](?:\s{0,4}$|,\s)")
_SIGN = re.compile(r"[=:<>~!-]{1,3}|eq|is|equals")
_NEXT = re.compile(r"\\{0,31}[\"']\s{0,4},\s{0,4}")
_ROWS = re.compile(r"\(([^()]{1,400}(?:\([^()]{0,80}\)[^()]{0,200}){0,4})\)\s{0,4}(?:=|(?i:values))\s{0,4}\(")
_COMPARED = re.compile(
    r"(\w(?<!\w\w)[\w.]{1,60}+)[\"`\]]?\s{1,4}(?i:(?:not\s{1,4})?(?:i?like|in\s{0,4}\(|r?egexp|rlike|similar\s{1,4}to))\s{0,4}(?=[bnu]?')"
)
"""A column, and what SQL compares it with: `token IN ('...')`, `api_key LIKE '...'`."""
_COMPARING = ("IN (", "in (", "IN(", "in(", "LIKE ", "like ", "EGEXP ", "egexp ", "SIMILAR ", "similar ")
_PLACEHOLDERS = re.compile(
    r"\((?:\s{0,4}(?:\$[0-9]{1,4}|\?|%s|%\(\w{1,60}\)s|:\w{1,60}|@\w{1,60}|NULL|DEFAULT|now\(\)),?){1,200}\s{0,4}\)?"
)
_ARN = re.compile(r"arn:[^\s\"']{0,120}:\Z")
_TWO = re.compile(r"((?:[A-Za-z0-9]+[ \-]){1,2})\Z")
_TAILS = frozenset(["passe", "answer", "codes"]) | frozenset(
    [
        "key",
        "number",
        "code",
        "id",
        "address",
        "phrase",
        "name",
        "secret",
        "token",
        "word",
        "birth",
        "date",
        "pin",
        "addr",
        "ip",
    ]
)
_NAMELESS = ("identified ", "community ", "basic", "login", "crypt(", "pdo", "add-mask", "ugfzc3dvcmq6")
_AUTH_NAME = re.compile(r"(?i)authorization|authentication-info")
_COOKIE_NAME = re.compile(r"(?i)cookies?|morsel")


def scan_pairs(text: str, steps: Steps) -> str:
    """Replace values whose name says that they are secret; looks no further where no such name can be."""
    lowered = text.lower()
    named = may_name(lowered)
    optioned = may_command(lowered)
    if not named and not optioned and not holds(lowered, _NAMELESS):
        return text
    if len(lowered) != len(text):  # a letter whose lower case is two: keep the places the same
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    spans: list[tuple[int, int, str]] = []
    if named:
        _beside_names(text, spans, steps)
        if "'" in text or '"' in text or "`" in text:
            scan_complaints(text, lowered, spans, steps)
    phrases(text, lowered, spans, steps)
    if optioned:
        scan_commands(text, spans, steps)
        if (plain := apart(text)) is not None:
            scan_commands(plain, spans, steps)
            if named:
                _flags(plain, spans, steps)
    return _without(text, spans) if spans else text


def _beside_names(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    if "<" in text:
        scan_elements(text, spans, steps)
    _joined(text, spans, steps)
    if "-" in text:
        _flags(text, spans, steps)
    if "name*=" in text:
        scan_encoded_parts(text, spans, steps)
    if "," in text:
        _pairs(text, spans, steps)
        if "'," in text or '",' in text:
            _listed(text, spans, steps)
    if ")" in text and "(" in text:
        _rows(text, spans, steps)
    if "'" in text and any(word in text for word in _COMPARING):
        _compared(text, spans, steps)
    if "|" in text:
        _cells(text, spans, steps)
    if "\n" in text:
        _columns(text, spans, steps)


def _without(text: str, spans: list[tuple[int, int, str]]) -> str:
    spans.sort(key=lambda span: (span[0], -span[1]))
    done = 0
    parts: list[str] = []
    for start, end, mark in spans:
        if start >= done:
            parts += [text[done:start], mark]
            done = end
        elif end > done:
            done = end
    return "".join(parts) + text[done:]


def _joined(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    done = 0
    for found in _JOINED.finditer(text):
        start = found.start()
        if start < done:
            continue
        name = found[1]
        place = found.end()
        lowered = name.lower()
        if lowered in NAMES or lowered in VALUES:
            named = scan_member(text, found, lowered, spans, steps)
            if named or lowered not in _TAILS:
                done = max(done, named)
                continue
        how = _how(text, start, name, steps)
        if how is None or _in_code(text, found) or (lowered in _TOKENS and _COUNT.match(text, place) is not None):
            continue
        steps.spend(11)
        joint = found[3].strip()
        if joint == "&gt;" and text.startswith("&lt;", start - 4):
            stop = text.find("&lt;", place, place + 4_000)
            spans.append((place, stop if stop >= 0 else place, REDACTED))
            continue
        if joint == ":" and text[start - 1 : start] == ":" and _ARN.search(text, max(start - 130, 0), start):
            continue  # the name of a resource
        arrow = joint in ("->", "<-") or name.endswith("-")
        if (joint in (">", "&gt;") and not arrow) or (arrow and not found[3][-1:].isspace()):
            continue  # an element, or a member of an object: `$session->close()`
        loose = found[3][-1:].isspace() or joint == ":"
        judged = _judged(text, place, name, how, loose=loose, spaced=found[3][-1:].isspace() or arrow, steps=steps)
        if judged is not None:
            spans.append(judged)
            done = judged[1]


def _how(text: str, start: int, name: str, steps: Steps) -> Beside | None:
    """What the name that begins here says about its value: without the escape before it, with the words before it."""
    before = text[start - 1 : start]
    if before == "\\" and name[0] in "nrt":
        name = name[1:]
    elif before == "%" and _HEX.match(name) is not None:
        name = name[2:]
    elif before == "-" and name[0] == "D" and name[1:2].islower():
        name = name[1:]  # a property of Java: `-Dtoken=...`
    how = beside(name.rstrip("-"))
    tail = name.lower().rpartition(".")[2]
    if how is None and tail in _TOKENS:
        steps.spend(4)
        return Beside.SOFT if _OF_TOKENS.search(text, max(start - 1_000, 0), start) is not None else None
    if how is not None or tail not in _TAILS:
        return how
    steps.spend(1)
    two = _TWO.search(text, max(start - 32, 0), start)
    if two is None:
        return None
    return beside(f"{two[1]}{tail}") or beside(f"{two[1].split()[-1]} {tail}")


_TOKENS = frozenset({"access", "refresh"})
_COUNT = re.compile(r"[0-9]{1,12}(?!\w)")
_OF_TOKENS = re.compile(r"okens(?:\\{0,31}[\"'`])?[ \t]{0,2}(?:=>|[:=])[ \t]{0,2}\{[^{}]*\Z")
"""What stands before the members of `tokens: {access: ..., refresh: ...}`."""


def _judged(
    text: str, place: int, name: str, how: Beside, *, loose: bool, spaced: bool, steps: Steps
) -> tuple[int, int, str] | None:
    """What is replaced beside a name, and by what."""
    if _AUTH_NAME.search(name) is not None and (header := authorization(text, place)) is not None:
        return header
    if _COOKIE_NAME.search(name) is not None:
        crumbs = cookie(text, place)
        if crumbs is not None:
            return crumbs
    if "ignature" in name and (signed := _SIGNED.match(text, place)) is not None:
        return *signed.span(1), REDACTED
    value = value_at(text, place, words=spaced and how is Beside.SECRET)
    if value is not None:
        steps.spend((value.end - value.start) // LENGTH)
    if value is None or not is_data(value, name, how, loose=loose):
        return None
    if not value.quoted and text[value.end : value.end + 1] == "(" and _CALLED.fullmatch(value.text) is not None:
        return None  # `token = get_token()`
    row = _ROW.match(text, value.start) if not value.quoted else None
    return value.start, max(value.end, row.end() if row is not None else 0), REDACTED


def _in_code(text: str, found: re.Match[str]) -> bool:
    """Whether what stands beside a name is a variable, or the name of a secret: `assert token == expected`."""
    compared = found[3].strip() in ("==", "===") and _VARIABLE.match(text, found.end()) is not None
    return compared or _names_a_secret(text, found.start(), found[1])


def _names_a_secret(text: str, start: int, name: str) -> bool:
    """Whether it is `gcloud secrets versions access 3 --secret=...`, which says what a secret is called."""
    return name == "secret" and text.startswith("--", start - 2) and "secrets " in text[max(start - 200, 0) : start]


_VARIABLE = re.compile(r"[A-Za-z_.]{1,60}+(?![^\s,;:)\]}])")
"""What code compares a variable with: a name without digits."""
_SIGNED = re.compile(
    r"[ \t]{0,4}((?=[^\s\"']{0,60}[\w+/]{20})(?:[a-z]{1,3}[0-9]{0,3}[=,][\w+/.:-]{1,400}={0,2}(?:[,;][ ]?|[ ](?=v[0-9],))?){2,8})"
)
"""`t=1760000000,v1=...`, `v1,...`: the signature of a webhook, as its header has it."""
_CALLED = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+){0,4}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}\w")
_ROW = re.compile(
    r"[+(0-9][0-9]{0,15}(?:[ ()/.\-\u00a0\u202f\u2010-\u2015]{1,3}[0-9]{2,16}){0,8}|[A-Z]{2}[ \-.]?[0-9]{2}(?:[ \-.\u00a0]?[0-9A-Z]{2,4}){3,8}"
)
"""Groups of a number or an IBAN, which go together."""


def _flags(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _FLAG.finditer(text):
        steps.spend(1)
        name = found[1]
        how = beside(name)
        if how is None or _names_a_secret(text, found.start(1), name):
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(6 if value is None else 6 + (value.end - value.start) // LENGTH)
        if value is None or value.held or value.text.startswith("-") or not is_data(value, name, how, loose=True):
            continue
        if how is Beside.SOFT and found[2][:1] not in "\"'\\," and not _is_secret(value.text, name):
            continue
        bare = value.text
        if (
            not value.quoted
            and bare.islower()
            and bare.isalpha()
            and prose.is_sentence(text[value.start : value.start + 80].partition("\n")[0])
        ):
            continue
        spans.append((value.start, value.end, REDACTED))


def _is_secret(word: str, name: str) -> bool:
    """Whether the argument of a soft name is one: `--pat kR7v...`, `--pin 481516`, and not `--pin 17`."""
    return looks_secret(word) or (name.lower().endswith(("pin", "otp")) and word.isdigit() and 4 <= len(word) <= 8)  # noqa: PLR2004 - a PIN


def _pairs(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    for found in _PAIR.finditer(text):
        steps.spend(2)
        name = found[2]
        how = beside(name)
        if how is None:
            continue
        if _AUTH_NAME.search(name) is not None and (header := authorization(text, found.end())) is not None:
            spans.append(header)
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is not None and value.quoted and _SIGN.fullmatch(value.text) is not None:  # `('password', '=', ...)`
            sign = _NEXT.match(text, value.end)
            value = value_at(text, sign.end(), words=False) if sign is not None else None
        if value is None or not value.text or (value.quoted and _PAIR_END.match(text, value.end) is None):
            continue
        if beside(value.text) is not None and LABELLED.fullmatch(value.text):
            continue  # a list of names: `('password', 'token')`
        if is_data(value, name, how, loose=False):
            spans.append((value.start, value.end, REDACTED))


def _columns(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The values of a column whose name says that they are secret: CSV with a head, tables with a rule below it."""
    for found in _HEAD.finditer(text):
        steps.spend(4)
        head = found[0].rstrip("\r\n")
        cells = _split(found[1])
        for value, name, _ in _column(text, _names(head, cells, steps), cells, found.end(), steps):
            steps.spend(3)
            if is_data(value, name, Beside.SECRET, loose=False):
                spans.append((value.start, value.end, REDACTED))
    above: _Names = []
    until = 0
    for found in _RULE.finditer(text):
        start = text.rfind("\n", max(found.start() - _HEAD_MOST, 0), found.start()) + 1
        head = text[start : found.start()]
        steps.spend(2 + len(head) // (4 * LENGTH))
        separator = next((one for one in "|│" if one in head), None)
        cells = _under(found[0][1:]) if separator is None else _split(separator)
        names = _names(head, cells, steps)
        if found.start() < until and names == above:
            continue  # a rule between the rows of the table above
        above = names
        for value, name, how in _column(text, names, cells, found.end(), steps):
            word, until = value.text, value.end
            mixed = how is Beside.SECRET and word.isalnum() and len(word) > 7 and _IN_WORDS.fullmatch(word) is None  # noqa: PLR2004 - secrets are longer
            if mixed or _PASSWORD.search(name) or _is_secret(word, name) or unlike_words(word):
                steps.spend(4)
                if " " not in word and is_data(value, name, how, loose=True):
                    spans.append((value.start, value.end, REDACTED))


_PASSWORD = re.compile(r"(?i)pass|pwd|kennwort")
_IN_WORDS = re.compile(r"[A-Za-z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]+|[0-9]+")
"""What a word, the name of a kind or a count consists of: `production`, `SecretStore`."""


Cells = Callable[[str], list[tuple[int, str]]]
"""Divides a row of a table into its cells, each with its place."""


def _split(separator: str) -> Cells:
    def cells(row: str) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        place = 0
        for cell in row.split(separator):
            found.append((place, cell))
            place += len(cell) + 1
        return found

    return cells


def _under(rule: str) -> Cells:
    """Columns as wide as the pieces of a rule with blanks: `----  --------`, as sqlcmd, sqlplus and tabulate draw it."""
    starts = [found.start() for found in _PIECE.finditer(rule)]

    def cells(row: str) -> list[tuple[int, str]]:
        if any(row[start - 1 : start].strip() for start in starts[1:]):
            return []  # a text that runs across the columns
        return [(start, row[start:end]) for start, end in zip(starts, [*starts[1:], len(row)], strict=True)]

    return cells


_PIECE = re.compile(r"[-=─═]{2,}")


_Names = list[tuple[str, "Beside | None"]]
"""The names of a table's columns, each with what it says of the values below it."""


def _names(head: str, cells_of: Cells, steps: Steps) -> _Names:
    columns = [(name.strip(), beside(name.strip())) for _, name in cells_of(head)]
    steps.spend(len(columns))
    return columns


def _column(
    text: str, columns: _Names, cells_of: Cells, start: int, steps: Steps
) -> Iterator[tuple[Value, str, Beside]]:
    """The values below the names that say something about them, row by row, as long as rows have the head's form."""
    named = sum(how is not None for _, how in columns)
    for _ in range(_ROWS_MOST if named and len(columns) > 1 else 0):
        stop = text.find("\n", start)
        row = text[start : stop if stop >= 0 else len(text)]
        cells = cells_of(row)
        if len(cells) != len(columns):
            return
        steps.spend(2 + named + len(row) // (4 * LENGTH))
        for (name, how), (place, cell) in zip(columns, cells, strict=True):
            if how is not None:
                first = start + place + len(cell) - len(cell.lstrip())
                yield Value(first, first + len(cell.strip()), cell.strip()), name, how
        if stop < 0:
            return
        start = stop + 1


def _cells(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The cell of a table behind one with a name: `| pin | 4815 |`."""
    for found in _CELL.finditer(text):
        steps.spend(3)
        name, word = found[1].rstrip(), found[2]
        if beside(name) is not None and (_is_secret(word, name) or unlike_words(word)):
            spans.append((*found.span(2), REDACTED))


_CELL = re.compile(r"\|[ \t]{0,8}([A-Za-z][\w.\- ]{1,59}+)\|[ \t]{0,8}(?=([^\s|]{4,200})[ \t]{0,80}(?:[|\r\n]|$))")


def _compared(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The literals that a column of a statement is compared with."""
    for found in _COMPARED.finditer(text):
        steps.spend(3)
        name = found[1].rpartition(".")[2]
        how, place = beside(name), found.end()
        while how is not None and (value := value_at(text, place, words=False)) is not None and value.quoted:
            steps.spend(4 + (value.end - value.start) // LENGTH)
            if is_data(value, name, how, loose=False):
                spans.append((value.start, value.end, REDACTED))
            following = _NEXT.match(text, value.end)
            if following is None:
                break
            place = following.end()


def _listed(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Values behind their name in a list of both, and `{"k": "password", "v": "..."}`."""
    for found in _FLAT.finditer(text):
        steps.spend(2)
        name = found[2]
        if name.isdigit() or beside(name) is None:
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is None:
            continue
        bare = value.text.rpartition(" ")[2]
        if (" " in value.text and authorization(text, value.start)) or looks_secret(bare) or unlike_words(bare):
            spans.append((value.start, value.end, REDACTED))
    if "v" in text:
        for found in _SHORT_NAME.finditer(text):
            steps.spend(9)
            value = value_at(text, found.end(), words=False) if (how := beside(found[3])) is not None else None
            if value is not None and how is not None and is_data(value, found[3], how, loose=False):
                spans.append((value.start, value.end, REDACTED))


def _rows(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`Key (a, b)=(1, 2)` of PostgreSQL, `INSERT INTO t (a, b) VALUES (1, 2)`."""
    for found in _INTO_VALUES.finditer(text) if "into " in text or "INTO " in text else ():
        value = value_at(text, found.end() - 1, words=False) if beside(found[1]) is not None else None
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is not None and _PLACEHOLDERS.fullmatch(value.text) is None:
            spans.append((value.start + 1, value.end - (text[value.end - 1] == ")"), REDACTED))
    for found in _ROWS.finditer(text):
        steps.spend(8)
        names = re.findall(r"[A-Za-z_][\w.]*", found[1])
        into = _INTO.search(text, max(found.start() - 80, 0), found.start())
        if any(beside(name) is not None for name in (*names, *([into[1]] if into is not None else ()))):
            value = value_at(text, found.end() - 1, words=False)
            steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
            if value is not None and _PLACEHOLDERS.fullmatch(value.text) is not None:
                continue
            if value is not None and value.end - value.start > 2:  # noqa: PLR2004 - brackets with nothing between
                spans.append((value.start + 1, value.end - (text[value.end - 1] == ")"), REDACTED))
