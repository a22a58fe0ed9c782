"""Secrets in command lines, as a shell takes them and as lists of arguments.

`curl -u user:...`, `mysql -p...`, `docker login -p ...`, `['redis-cli', '-a', '...']`. Options of one letter mean
something else for each program, so the program is looked for in front of them. Where it is unknown, only a value that
looks like a password goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.value import value_at

REDACTED = "[redacted]"
Span = tuple[int, int, str]

_GAP = r"(?:\\{0,31}[\"'],?\s{1,40}|,?[ \t\x00]{1,80}|\r?\n[ \t]{0,40}-[ ]{1,4})"
"""Between two words: blanks, the comma of a list, the next item of YAML."""
_OPTION = re.compile(
    r"-(?<![^\s\"'\x00]-)(?:(-(?:proxy-)?user|-creds|-auth|-key|-cookie|p(?:w|ass|asswd)?|[uPaAbcUwXkN])"
    rf"({_GAP}|=)|([uUpPwA])(?=[^\s\"'=,-]|(?<=\s-p)[\"'][^\s\"',)\]]{{3}}))"
)
_QUOTE = r"(?:\\{0,31}[\"'])?"
_WORD = r"[^\s\"'\\=,\x00-][^\s\"'\\=,\x00]"
_ARGUMENTS: Mapping[str, re.Pattern[str]] = {
    "set": re.compile(
        rf"set(?<![\w-]set)x?{_GAP}{_QUOTE}(?:-[a-z]{{1,3}}{_GAP})?(?=[\w/:.-]*(?i:secret|token|passw|api_?key))[\w/:.-]{{4,100}}{_GAP}{_QUOTE}({_WORD}{{5,200}})"
    ),
    "--secret": re.compile(
        rf"--secret(?<=set.--secret){_GAP}{_QUOTE}[\w/:.-]{{1,100}}{_GAP}{_QUOTE}({_WORD}{{5,200}})"
    ),
    "vault": re.compile(rf"vault(?<![\w-]vault){_GAP}{_QUOTE}login{_GAP}{_QUOTE}({_WORD}{{7,200}})(?![=\w])"),
    "htpasswd": re.compile(
        rf"htpasswd(?<![\w.-]htpasswd)(?:{_GAP}{_QUOTE}[^\s\"'\\,\x00]{{1,200}}){{3}}{_GAP}{_QUOTE}({_WORD}{{3,200}})"
    ),
    "/user:": re.compile(
        rf"net(?<![\w-]net){_GAP}{_QUOTE}use{_GAP}[^|;]{{0,200}}?/user:[^\s\"'\\,\x00]{{1,100}}{_GAP}{_QUOTE}({_WORD}{{3,200}})"
    ),
    "user": re.compile(
        rf"net(?<![\w-]net){_GAP}{_QUOTE}user{_GAP}{_QUOTE}[\w.\\-]{{1,60}}{_GAP}{_QUOTE}({_WORD}{{3,200}})(?={_QUOTE}(?:{_GAP}{_QUOTE}/|\s|$))"
    ),
    "echo": re.compile(
        r"echo(?<![\w-]echo)[ ]{1,4}(?:-n[ ]{1,4})?[\"']?([^\s\"'\\|$]{4,200})[\"']?[ ]{0,4}\|[^|\n]{0,80}?(?:-stdin|--with-token|sudo -S|passwd|-pass\w{0,4} stdin)"
    ),
    "<<<": re.compile(r"(?:sudo -S|chpasswd)[^|\n]{0,40}?<<<[ ]{0,4}[\"']?([^\s\"'\\|$]{4,200})"),
    **dict.fromkeys(
        ("--value", "--data", "--body", "--secret-string"),
        re.compile(
            rf"(?:secrets?|keyvault|put-parameter)(?![\w-])[^|;\n]{{0,200}}?--(?:value|data|body|secret-string)(?:{_GAP}|=){_QUOTE}({_WORD}{{3,200}})"
        ),
    ),
    "/p": re.compile(r"/p(?<=[\s\"'\x00]/p)(?:ass(?:word)?)?:([^\s\"'\\\x00]{4,200})"),
}
"""Secrets that no option names, by what every such text holds. Each begins with a literal, so that a search is quick."""

_PROGRAM = re.compile(
    r"(?:curl|wget|xh|https?(?!:)|login|sshpass|mongo\w*|mysql\w*|mariadb\w*|7z\w?|rar|unrar|psexec\w*|rdesktop|smbclient|rpcclient|smbget|net"
    r"|zip|unzip|sqlcmd|bcp|osql|isql|tsql|mosquitto_\w+|ldap\w+|redis-cli|valkey-cli|keydb-cli|snmp\w+|ssh-keygen|openssl)(?![\w-])"
)
_WEB, _LOGIN, _BOTH, _GLUED, _APART, _SHARE, _UPPER, _LDAP, _REDIS, _SNMP, _KEYS, _SSL = range(12)
_KINDS: Mapping[str, int] = {
    **dict.fromkeys(["curl", "wget", "xh", "http"], _WEB), "logi": _LOGIN, **dict.fromkeys(["sshp", "mong"], _BOTH),
    **dict.fromkeys(["mysq", "mari", "7z", "7za", "7zr", "7zz", "rar", "unra"], _GLUED), **dict.fromkeys(["psex", "rdes"], _APART),
    **dict.fromkeys(["smbc", "rpcc", "smbg", "net"], _SHARE), **dict.fromkeys(["zip", "unzi", "sqlc", "bcp", "osql", "isql", "tsql", "mosq"], _UPPER),
    "ldap": _LDAP, **dict.fromkeys(["redi", "valk", "keyd"], _REDIS), "snmp": _SNMP, "ssh-": _KEYS, "open": _SSL,
}  # fmt: skip
"""The kind of a program, by the first four letters of its name."""
_PROGRAMS: Mapping[str, frozenset[int]] = {
    "u": frozenset({_WEB}), "-user": frozenset({_WEB}), "-proxy-user": frozenset({_WEB}), "U": frozenset({_WEB, _SHARE}),
    "p": frozenset({_LOGIN, _BOTH, _APART}), "glued p": frozenset({_LOGIN, _BOTH, _GLUED}), "P": frozenset({_UPPER, _KEYS}), "N": frozenset({_KEYS}), "k": frozenset({_SSL}),
    "w": frozenset({_LDAP}), "a": frozenset({_REDIS, _WEB}), "A": frozenset({_SNMP}), "X": frozenset({_SNMP}),
    "c": frozenset({_SNMP}), "b": frozenset({_WEB}), "-cookie": frozenset({_WEB}),
}  # fmt: skip
"""The kinds of programs whose option holds a secret."""
_NONE: frozenset[int] = frozenset()
_PAIRED: Mapping[str, str] = {
    "u": ":",
    "-user": ":",
    "-proxy-user": ":",
    "-creds": ":",
    "-auth": ":",
    "U": ":%",
    "b": "=",
    "-cookie": "=",
}
"""Options whose value holds more than the secret, and what stands before it."""
_ANY = frozenset({"pw", "pass", "passwd", "-creds", "-auth"})
"""Options that mean the same for every program."""
_OFTEN = frozenset({"p", "P", "-key"})
"""Options that hold a password in many programs, and as often something else."""
_LINE = 200
"""Characters of a command before its option that are looked at."""
_QUICK = re.compile(r"[ \t]*\\{0,31}[\"']?([^\s\"'\\,\x00]{1,200})")
_BLANKS = re.compile(r"[\s\"'`\\]")
_FIRST = frozenset({"vault", "htpasswd", "set", "use"})


def scan_commands(text: str, spans: list[Span], steps: Steps) -> None:
    """Find the secrets of command lines, shells' and lists of arguments in text that `apart` has made plain."""
    if "-" in text:
        _options(text, spans, steps)
    for mark, form in _ARGUMENTS.items():
        if mark in text:
            for found in form.finditer(text):
                steps.spend(12)
                if not (prose.is_path(found[1]) or prose.is_mask(found[1]) or prose.is_state(found[1])):
                    spans.append((found.start(1), found.end(1), REDACTED))


def secret_arguments(words: list[str], steps: Steps) -> dict[int, str]:
    """Return which of a command's arguments hold a secret: their place in the list, and what is shown instead."""
    if not any(word[:1] == "-" or word[:2] == "/p" or word in _FIRST for word in words):
        return {}
    line = " ".join(_BLANKS.sub("_", word) for word in words)
    spans: list[Span] = []
    scan_commands(line, spans, steps)
    shown: dict[int, str] = {}
    start = 0
    for place, word in enumerate(words):
        for begin, end, mark in spans:
            if begin < start + len(word) and end > start:
                shown[place] = word[: max(begin - start, 0)] + mark
        start += len(word) + 1
    return shown


def _options(text: str, spans: list[Span], steps: Steps) -> None:
    """Add the values of options that are secrets."""
    programs: list[tuple[int, int]] | None = None
    last: dict[int, int] = {}
    done = 0
    for found in _OPTION.finditer(text):
        steps.spend(8)
        quick = _QUICK.match(text, found.end())
        if quick is None or quick[1].startswith("-"):
            continue
        if programs is None:
            programs = [
                (one.start(), _KINDS.get(one[0][:4], -1))
                for one in _PROGRAM.finditer(text)
                if _begins(text, one.start())
            ]
        while done < len(programs) and programs[done][0] < found.start():
            last[programs[done][1]] = programs[done][0]
            done += 1
        key = f"glued {found[3]}" if found[3] == "p" else found[1] or found[3]
        kinds = _PROGRAMS.get(key, _NONE) & (_running(text, found.start(), last) if last else _NONE)
        word = quick[1].rstrip(")]}>;")
        follows = key == "glued p" and not kinds and looks_secret(word) and _follows(text, found.end(), programs[done:])
        if not follows and not _hides(key, kinds, word):
            continue
        value = value_at(text, found.end(), words=False)
        steps.spend(10 if value is None else 10 + (value.end - value.start) // LENGTH)
        if value is not None and not value.held:
            word = value.text if value.quoted else value.text.partition("\x00")[0].rstrip(",")
            spans.append((value.start, value.start + len(word), REDACTED))


def _begins(text: str, place: int) -> bool:
    """Whether a word begins here."""
    before = text[place - 1 : place]
    return not (before.isalnum() or before in ("_", "-")) if before else True


def _running(text: str, place: int, last: Mapping[int, int]) -> frozenset[int]:
    """The kinds of programs whose arguments a place is among, by where each was last named."""
    first = max(place - _LINE, 0)
    for end in "|;" if text[place - 1 : place] in ("'", '"') else "\n|;":
        first = max(first, text.rfind(end, first, place))
    return frozenset(kind for kind, start in last.items() if start >= first)


def _follows(text: str, place: int, programs: list[tuple[int, int]]) -> bool:
    """Whether the same command names a program later whose password has no blank before it: `-p... mysql`."""
    for start, kind in programs:
        if start > place + _LINE or any(end in text[place:start] for end in "\n|;"):
            return False
        if kind == _GLUED:
            return True
    return False


def _hides(key: str, kinds: frozenset[int], word: str) -> bool:
    """Whether an option's value is a secret, or holds one."""
    known = key in _ANY or bool(kinds)
    joints = ":" if key == "a" and _REDIS not in kinds else _PAIRED.get(key)
    if joints is None:
        return known or (key in _OFTEN and looks_secret(word))
    joint = next((one for one in joints if one in word), None)
    if joint is None or "://" in word:
        return False
    secret = word.partition(joint)[2]
    return bool(secret) and (known or (joint == ":" and looks_secret(secret))) and not prose.is_mask(secret)


def unlike_words(word: str) -> bool:
    """Return whether a word has letters of both cases and digits between them, as no name, version or id in hex has."""
    if len(word) < 8 or any(mark in word for mark in "/:=\\") or word.count(".") > 1 or _VERSIONED.search(word):  # noqa: PLR2004 - too short
        return False
    kinds = [one.isdigit() for one in word if one.isalnum()]
    return (
        any(one.islower() for one in word)
        and any(one.isupper() for one in word)
        and sum(one != other for one, other in pairwise(kinds)) > 1
    )


_VERSIONED = re.compile(r"^[Vv][0-9]|[a-z][Vv][0-9]|[0-9](?:[A-Z][a-z]{3,})+$|[A-Z][a-z]{3,}[A-Z][a-z]{3,}[0-9]")
"""`AuthV2Client`, `Http2Handler`: a name in code."""


def looks_secret(word: str) -> bool:
    """Return whether letters and digits change places at least twice, as in few words but passwords."""
    if len(word) <= 5 or len(word) > 64 or prose.is_path(word) or any(mark in word for mark in "/.:,=<>()[]{}"):  # noqa: PLR2004 - too short for one, too long
        return False
    if any(mark in word for mark in "!@#$^&*") and any(one.isalpha() for one in word):
        return True
    kinds = [one.isdigit() for one in word if one.isalnum()]
    return sum(one != other for one, other in pairwise(kinds)) > 1


def argument_is_secret(word: str, name: str) -> bool:
    """Return whether the argument of a soft name is one: `--pat kR7v...`, `--pin 481516`, and not `--pin 17`."""
    return looks_secret(word) or (name.lower().endswith(("pin", "otp")) and word.isdigit() and 4 <= len(word) <= 8)  # noqa: PLR2004 - a PIN
