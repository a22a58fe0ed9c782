"""Differences in words: sentences about a change, and two texts with what was taken out and put in."""

import difflib
import json
import re
from typing import Final

from vigil_apimodel.json_values import JsonValue
from vigil_runner.quantities import counted

_PIECES: Final = re.compile(r"\s+|[A-Za-z0-9_.:/-]+|.")
_LONGEST: Final = 300

_CREDENTIAL: Final = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_QUERY: Final = re.compile(r"(?i)([?&](?:token|key|secret|password|auth|sig|signature|access_token)=)[^&\s\"']+")
_HOOK: Final = re.compile(r"(https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/)[^\s\"'<>]+")
_KEY: Final = re.compile(
    r"\bAIza[\w-]{35}\b|\bgh[pousr]_\w{36,}\b|\bxox[abprs]-[\w-]{10,}|\bsk-[\w-]{20,}|\bya29\.[\w-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
)
_PRIVATE: Final = re.compile(r"(?i)(token$|password|passwd|secret|service_?key|api_?key|credential|private_?key)")
HIDDEN: Final = "[hidden]"


def safe(text: str) -> str:
    """Return a text on one line, without backticks, and without credentials.

    Credentials are those of addresses, of queries of addresses and of webhooks, and well-known keys.
    """
    text = " ".join(text.replace("`", "'").split())
    text = _CREDENTIAL.sub(HIDDEN, text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _KEY.sub(HIDDEN, _HOOK.sub(rf"\1{HIDDEN}", text))


def shown(value: JsonValue, path: str = "") -> str:
    """Return a value as people read it; what a field's name calls secret is hidden."""
    last = path.rpartition(".")[2]
    if value is not None and _PRIVATE.search(last) and not last.lower().endswith(("version", "id", "name")):
        return HIDDEN
    if isinstance(value, str):
        return shortened(safe(value))
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return shortened(", ".join(shown(item, path) for item in value))
    return shortened(safe(json.dumps(_hidden(value), sort_keys=True, ensure_ascii=False)))


def _hidden(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: HIDDEN if shown("", key) == HIDDEN and item else _hidden(item) for key, item in value.items()}
    return [_hidden(item) for item in value] if isinstance(value, list) else value


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return a text of bounded length, its middle left out."""
    if len(text) <= longest:
        return text
    half = (longest - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Return two texts as one: pairs of what happened (`same`, `out`, `in`) and the words it happened to."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(("out", "".join(old[a:b])))
        if c < d:
            found.append(("in", "".join(new[c:d])))
    return found


def duration(seconds: str) -> str:
    """Return an API's duration in words: `300s` is `5 minutes`."""
    try:
        value = float(seconds.removesuffix("s"))
    except ValueError:
        return seconds
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if value >= size and value % size == 0:
            return counted(int(value // size), unit)
    return counted(int(value), "second") if value.is_integer() else f"{value:g} seconds"
