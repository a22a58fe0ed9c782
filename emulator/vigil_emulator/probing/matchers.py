"""Content matchers: whether a server's answer is what a check requires.

Source: `google.monitoring.v3.UptimeCheckConfig.ContentMatcher`. How much of an answer is examined is documented
there; that expressions match anywhere, and that text in JSON is compared with and without its quotes, is not.
"""

import json
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_emulator.probing.errors import NotProbedError
from vigil_emulator.probing.jsonpath import JsonPath, json_path
from vigil_emulator.regex import Pattern, RegexError, compiled

HTTP_EXAMINED: Final = 4 * 1024 * 1024
"""Bytes of an HTTP response that are examined, and read."""
TCP_EXAMINED: Final = 1024 * 1024
"""Bytes of a TCP server's answer that are examined, and read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Requires `content`, an expression, or a value in JSON, to be there, or not to be there."""

    required: bool
    content: str = ""
    pattern: Pattern | None = None
    path: JsonPath | None = None

    def accepts(self, answer: bytes) -> bool:
        """Return whether an answer, or its examined beginning, is as required."""
        return self._there(answer) == self.required

    def settled(self, beginning: bytes | bytearray) -> bool:
        """Return whether more of the answer cannot change the verdict: a text that was found stays found."""
        return self.path is None and self._there(beginning)

    def _there(self, answer: bytes | bytearray) -> bool:
        if self.path is not None:
            return any(self._same(value) for document in _documents(answer) for value in self.path.found(document))
        if self.pattern is not None:
            return self.pattern.search(answer.decode("utf-8", "replace")) is not None
        return self.content.encode() in answer

    def _same(self, value: JsonValue) -> bool:
        forms = [json.dumps(value, ensure_ascii=False)]
        if isinstance(value, str):
            forms.append(value)
        if self.pattern is not None:
            return any(self.pattern.search(form) is not None for form in forms)
        return self.content in forms or value in _documents(self.content.encode())


def matcher_of(config: JsonObject, *, http: bool) -> Matcher | None:
    """Return the first matcher of a check, the only one that counts; None where nothing is required.

    Raises NotProbedError for one that cannot be followed.
    """
    matchers = children(config, "contentMatchers")
    if not matchers or not text(matchers[0], "content"):
        return None
    body = matchers[0]
    content = text(body, "content")
    kind = text(body, "matcher") or "CONTAINS_STRING"
    required = not kind.startswith("NOT_")
    match kind.removeprefix("NOT_"):
        case "CONTAINS_STRING" | "CONTENT_MATCHER_OPTION_UNSPECIFIED":
            return Matcher(required=required, content=content)
        case "MATCHES_REGEX" if http:
            return Matcher(required=required, pattern=_pattern(content))
        case "MATCHES_JSON_PATH" if http:
            inner = child(body, "jsonPathMatcher")
            try:
                path = json_path(text(inner, "jsonPath"))
            except ValueError as error:
                raise NotProbedError(f"contentMatchers[0].jsonPathMatcher.jsonPath: {error}") from None
            if text(inner, "jsonMatcher") == "REGEX_MATCH":
                return Matcher(required=required, pattern=_pattern(content), path=path)
            return Matcher(required=required, content=content, path=path)
        case _:
            raise NotProbedError(
                f"contentMatchers[0].matcher is {kind}, which is for HTTP checks only: take CONTAINS_STRING or"
                " NOT_CONTAINS_STRING"
            )


def _pattern(content: str) -> Pattern:
    try:
        return compiled(content)
    except RegexError as error:
        raise NotProbedError(f"contentMatchers[0].content: {error}; mend it") from None


def _documents(answer: bytes | bytearray) -> list[JsonValue]:
    """The document that an answer is; none where it is no JSON."""
    try:
        return [cast("JsonValue", json.loads(answer))]
    except (ValueError, RecursionError):
        return []
