"""The parts of an HTTP request that carry a call: query parameters and body, read as Google's front end reads them."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl

import msgspec

from vigil_apimodel.field_names import snake_case
from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.numerals import count, finite, whole
from vigil_emulator.rest.discovery import Method, Parameter
from vigil_emulator.rest.problems import Problems
from vigil_emulator.rest.schema import decode

MAX_BODY = 10 * 1024 * 1024
"""Bytes of a request (docs.cloud.google.com/logging/quotas: size of an `entries.write` request)."""

_SYSTEM = frozenset(
    {
        "alt", "callback", "fields", "key", "prettyPrint", "quotaUser", "access_token", "oauth_token", "uploadType",
        "upload_protocol", "xgafv", "userIp", "userProject", "outputDefaults", "unique", "trace",
    }
)  # fmt: skip
_INTEGER_LIMIT = 2**31
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request. `path` is percent-encoded, without the query; header names are in small letters."""

    http: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def overridden(self) -> "Request":
        """Return the request that `X-HTTP-Method-Override` stands for: a GET whose query was too long for an address.

        google-api-python-client sends one when the address is longer than 2,048 characters.
        """
        override = self.headers.get("x-http-method-override", "").upper()
        if self.http != "POST" or not override:
            return self
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            query = "&".join(part for part in (self.query, self.body.decode("ascii", "replace")) if part)
            return Request(http=override, path=self.path, query=query, headers=self.headers)
        return Request(http=override, path=self.path, query=self.query, headers=self.headers, body=self.body)


@dataclass(frozen=True, slots=True)
class Options:
    """System parameters: how to write the answer."""

    enum_numbers: bool
    fields: str


def bind_query(method: Method, query: str) -> tuple[dict[str, str], Options]:
    """Return a method's parameters by their names in the document, and the system parameters.

    A repeated parameter's values are joined by commas. Raises ApiError for a name or a value that the method does not
    take.
    """
    known = {spelling: one for name, one in method.query.items() for spelling in (name, snake_case(name))}
    found: dict[str, str] = {}
    system: dict[str, str] = {}
    problems = Problems()
    for raw_name, value in parse_qsl(query, keep_blank_values=True):
        name = raw_name.removesuffix("[]")
        parameter = known.get(name)
        if parameter is not None:
            checked = _checked(parameter, value, problems)
            repeated = parameter.repeated and parameter.name in found
            found[parameter.name] = f"{found[parameter.name]},{checked}" if repeated else checked
        elif name.removeprefix("$").removeprefix(".") in _SYSTEM:
            system[name.removeprefix("$").removeprefix(".")] = value
        else:
            problems.add(
                None,
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. Field'
                f" '{name}' could not"
                " be found in request message.",
            )
    problems.check()
    kind, _, option = system.get("alt", "json").partition(";")
    if kind not in {"json", ""}:
        raise invalid_argument(f"The emulator answers JSON only, not alt={kind}.")
    return found, Options(enum_numbers=option == "enum-encoding=int", fields=system.get("fields", ""))


def read_body(method: Method, request: Request) -> JsonObject:
    """Return the body as it is kept. Raises ApiError in Google's words for a body that does not fit the method."""
    if method.kind == "monitoring.prometheus":
        return prometheus_parameters(request)
    if method.request is None:
        return {}
    raw = decompressed(request)
    value = parse_json(raw) if raw.strip() else cast("JsonObject", {})
    return decode(method.api, method.request, value)


def prometheus_parameters(request: Request) -> JsonObject:
    """Return the parameters of Prometheus' HTTP API, which come in the query, as a form, or as JSON.

    A parameter that ends in `[]` is a list under its name without that.
    """
    raw = decompressed(request)
    pairs: Sequence[tuple[str, str]] = parse_qsl(request.query)
    found: JsonObject = {}
    if raw.strip().startswith(b"{"):
        value = parse_json(raw)
        found = dict(value) if isinstance(value, dict) else {}
    elif raw:
        pairs = [*pairs, *parse_qsl(raw.decode("utf-8", "replace"))]
    for name, value in pairs:
        if name.endswith("[]"):
            listed = found.setdefault(name.removesuffix("[]"), [])
            if isinstance(listed, list):
                listed.append(value)
        elif name.removeprefix("$") not in _SYSTEM:
            found[name] = value
    return found


def decompressed(request: Request) -> bytes:
    """Return the body without its gzip encoding. Raises ApiError when it is not gzip, or too large without it."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding in {"identity", ""}:
        return request.body
    if encoding != "gzip":
        raise invalid_argument(f"Content-Encoding {encoding} is not supported.")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(request.body)) as file:  # all members, each byte once
            plain = file.read(MAX_BODY + 1)
    except EOFError:
        raise invalid_argument("The body is not in gzip format: it ends too early.") from None
    except (OSError, zlib.error) as error:
        raise invalid_argument(f"The body is not in gzip format: {error}") from None
    if len(plain) > MAX_BODY:
        raise too_large()
    return plain


def parse_json(raw: bytes) -> JsonValue:
    """Return JSON of any type. Raises ApiError when it is none, or deeper than the parser goes."""
    if b"\\u" not in raw:  # nothing that decoders differ in: half characters, of which one refuses more
        try:
            return cast("JsonValue", msgspec.json.decode(raw))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # the slower decoder says why, in Google's words
    try:
        read = json.loads(raw.decode("utf-8"), parse_constant=_no_number, parse_int=_integer, parse_float=_double)
        value = cast("JsonValue", read)
        if _SURROGATE.search(raw):  # half a character cannot be stored or sent on
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise invalid_argument("Invalid JSON payload received. Message too deep.") from None
    except UnicodeError:
        raise invalid_argument("Invalid JSON payload received. The body is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        line = error.doc.splitlines()[error.lineno - 1] if error.doc.splitlines() else ""
        start = max(0, error.colno - 21)
        shown = line[start : start + 60]
        complaint = "Expected a value." if error.msg == "Expecting value" else "Unexpected token."
        raise invalid_argument(
            f"Invalid JSON payload received. {complaint}\n{shown}\n{' ' * (error.colno - 1 - start)}^",
        ) from None
    return value


def _integer(digits: str) -> JsonValue:
    """Whole numbers beyond 64 bits are doubles, as for protobuf's reader of JSON."""
    read = whole(digits)
    return read if read is not None and -(2**63) <= read < 2**64 else _double(digits)


def _double(digits: str) -> JsonValue:
    read = finite(digits)
    if read is None:
        raise invalid_argument("Invalid JSON payload received. Number exceeds the range of double.")
    return read


def _no_number(name: str) -> JsonValue:
    raise json.JSONDecodeError(f"{name} is no JSON", name, 0)


def too_large() -> ApiError:
    """Return the error for a body of more than MAX_BODY bytes."""
    return invalid_argument(f"Request payload size exceeds the limit: {MAX_BODY} bytes.")


def compress(raw: bytes) -> bytes:
    """Compress with gzip, the same bytes for the same input."""
    return gzip.compress(raw, compresslevel=1, mtime=0)


def _checked(parameter: Parameter, value: str, problems: Problems) -> str:
    where = (None, snake_case(parameter.name))
    if parameter.type == "boolean":
        if value.lower() not in {"true", "false", ""}:
            problems.invalid(where, "TYPE_BOOL", value)
        return value.lower()
    if parameter.type == "integer":
        read = whole(value) if value else 0
        if read is None or abs(read) >= _INTEGER_LIMIT:
            problems.invalid(where, "TYPE_INT32", value)
        return value
    if parameter.enum and value not in parameter.enum:
        place = count(value)
        if place is not None and place < len(parameter.enum):
            return parameter.enum[place]
        problems.invalid(where, f"type.googleapis.com/{parameter.name}", value)
    return value
