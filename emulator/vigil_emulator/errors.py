"""Errors in the form that Google's APIs answer: HTTP code, canonical status, message, details."""

from collections.abc import Sequence

from vigil_apimodel.json_values import JsonObject

HTTP_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "REQUEST_TIMEOUT": 408,
    "CANCELLED": 499,
    "DEADLINE_EXCEEDED": 504,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
"""Canonical status to HTTP code (google/rpc/code.proto), and HTTP's own for a request that never ended."""


class ApiError(Exception):
    """What a method answers instead of a result."""

    def __init__(self, status: str, message: str, *, details: Sequence[JsonObject] = ()) -> None:
        """`status` is a canonical code's name, one of HTTP_CODES."""
        super().__init__(message)
        self.status = status
        self.code = HTTP_CODES[status]
        self.message = message
        self.details = tuple(details)

    def body(self) -> JsonObject:
        """Return the error as a response's body."""
        error: JsonObject = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}


def invalid_argument(message: str) -> ApiError:
    """Return 400 with this message."""
    return ApiError("INVALID_ARGUMENT", message)


def invalid_field(field: str, value: object, why: str) -> ApiError:
    """Return 400 in Monitoring's words: `Field a.b had an invalid value of "x": why`."""
    return invalid_argument(f'Field {field} had an invalid value of "{value}": {why}')


def missing_field(field: str) -> ApiError:
    """Return 400 for a field that must be there."""
    return invalid_argument(f"Field {field} is required.")


def too_many(field: str, count: int, limit: int) -> ApiError:
    """Return 400 for a list with more items than are allowed."""
    return invalid_argument(f"Field {field} had {count} items: at most {limit} are allowed.")
