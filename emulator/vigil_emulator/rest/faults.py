"""Faults on demand: answers that are late, refused, or never come, so that a client's retries can be tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vigil_apimodel.json_values import JsonObject, JsonValue, texts
from vigil_emulator.errors import HTTP_CODES, ApiError, invalid_argument
from vigil_emulator.times import SECOND, format_duration, parse_duration

MAX_LATENCY = 60.0
"""Seconds of wall time that an answer can be held back."""

_STATUS = {
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    403: "PERMISSION_DENIED",
    401: "UNAUTHENTICATED",
    504: "DEADLINE_EXCEEDED",
}
_MESSAGES = {
    "RESOURCE_EXHAUSTED": "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service"
    " 'vigil'.",
    "UNAVAILABLE": "The service is currently unavailable.",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule: for calls of which methods (patterns of ids) what happens.

    It happens `remaining` times more, or always with None. `latency` is in seconds of wall time; `status` a
    canonical code; `drop` closes the connection without an answer.
    """

    methods: Sequence[str]
    latency: float = 0.0
    status: str = ""
    drop: bool = False
    remaining: int | None = None

    def body(self) -> JsonObject:
        """Return the rule as the endpoint shows it."""
        shown: JsonObject = {"methods": list(self.methods)}
        if self.latency:
            shown["latency"] = format_duration(round(self.latency * SECOND))
        if self.status:
            shown["status"] = HTTP_CODES[self.status]
        if self.drop:
            shown["drop"] = True
        if self.remaining is not None:
            shown["count"] = self.remaining
        return shown

    def error(self) -> ApiError:
        """Return what the client gets if `status` is set."""
        return ApiError(self.status, _MESSAGES.get(self.status, "A fault that was set (/vigil/v1/faults)."))


class Faults:
    """The rules in force; the first that fits a call is applied."""

    def __init__(self) -> None:
        """None at first."""
        self._rules: list[Fault] = []

    def add(self, body: JsonObject) -> JsonObject:
        """Add a rule from JSON.

        `{"methods": ["logging.*"], "latency": "0.5s", "status": 503, "drop": true, "count": 3}`. Raises ApiError
        INVALID_ARGUMENT for what it does not understand.
        """
        unknown = set(body) - {"methods", "latency", "status", "drop", "count"}
        if unknown:
            raise invalid_argument(
                f"Unknown fields {', '.join(sorted(unknown))}: methods, latency, status, drop and count are known.",
            )
        latency = _latency(body.get("latency", "0s"))
        status, count = body.get("status"), body.get("count")
        if status is not None and status not in _STATUS:
            raise invalid_argument(f"status must be one of {', '.join(map(str, _STATUS))}, not {status}.")
        if count is not None and (not isinstance(count, int) or count < 1):
            raise invalid_argument(f"count must be a positive integer, not {count}.")
        rule = Fault(
            methods=texts(body, "methods") or ["*"],
            latency=latency,
            status=_STATUS[status] if isinstance(status, int) else "",
            drop=body.get("drop") is True,
            remaining=count,
        )
        if not (rule.latency or rule.status or rule.drop):
            raise invalid_argument("A fault needs latency, status or drop.")
        self._rules.append(rule)
        return rule.body()

    def clear(self) -> JsonObject:
        """Remove all rules."""
        self._rules.clear()
        return {}

    def list(self) -> JsonObject:
        """Return the rules in force."""
        shown: list[JsonValue] = [rule.body() for rule in self._rules]
        return {"faults": shown}

    def take(self, method_id: str) -> Fault | None:
        """Return the fault for a call of this method, counted down."""
        for rule in self._rules:
            if any(fnmatchcase(method_id, pattern) for pattern in rule.methods):
                if rule.remaining is not None:
                    rule.remaining -= 1
                    if rule.remaining <= 0:
                        self._rules.remove(rule)
                return rule
        return None


def _latency(value: JsonValue) -> float:
    try:
        seconds = parse_duration(value) / SECOND if isinstance(value, str) else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_LATENCY:
        raise invalid_argument(
            f'latency must be a duration of at most {MAX_LATENCY:.0f} seconds, such as "0.5s", not {value}.',
        )
    return seconds
