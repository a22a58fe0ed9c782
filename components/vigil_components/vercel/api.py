"""Vercel's REST API for drains: requests, and errors that say what to do.

Source: https://vercel.com/docs/rest-api/drains (`/v1/drains`, 2026), https://vercel.com/docs/drains.
"""

import http.client
import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote, urlencode, urlsplit

from vigil_apimodel.json_fields import Fields

API = "https://api.vercel.com"
PLANS: Mapping[str, str] = {
    "analytics": "Web Analytics drains need the plan Pro or Enterprise and Web Analytics enabled for the project",
    "speed_insights": (
        "Speed Insights drains need the plan Pro or Enterprise and Speed Insights Plus enabled for the project"
    ),
}
"""What each kind of drain needs (https://vercel.com/docs/drains)."""

_TIMEOUT = 30
_OK = 300
_NOT_FOUND = 404


class VercelApiError(Exception):
    """A request that Vercel refused, or that did not reach it. The message names what to do; never a token."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """`status` is the answer's, None where there was none."""
        super().__init__(message)
        self.status = status


class DrainsApi:
    """The drains of one team."""

    def __init__(self, *, token: str, team: str, schema: str, base: str = API) -> None:
        """`team` is its id (`team_...`) or slug; `schema` the kind of drain, for messages about plans.

        White space around the token is taken off: a file that it was read from ends with a line end. Raises
        VercelApiError for what cannot stand in a header.
        """
        self._token, self._schema, self._base = _sendable(token), schema, base
        self._query = urlencode({"teamId" if team.startswith("team_") else "slug": team}) if team else ""

    def drains(self) -> list[Fields]:
        """Return all drains of the team. Raises VercelApiError."""
        found = self._call("GET", "/v1/drains").get("drains")
        return [cast("Fields", one) for one in cast("list[object]", found or []) if isinstance(one, dict)]

    def get(self, identifier: str) -> Fields | None:
        """Return one drain, or None for an unknown id. Raises VercelApiError."""
        return self._found("GET", identifier)

    def create(self, body: Fields) -> Fields:
        """Make a drain. Raises VercelApiError."""
        return self._call("POST", "/v1/drains", body)

    def update(self, identifier: str, body: Fields) -> Fields:
        """Change a drain. Raises VercelApiError."""
        return self._call("PATCH", f"/v1/drains/{quote(identifier, safe='')}", body)

    def delete(self, identifier: str) -> None:
        """Delete a drain; one that is gone already is no error. Raises VercelApiError."""
        self._found("DELETE", identifier)

    def _found(self, method: str, identifier: str) -> Fields | None:
        try:
            return self._call(method, f"/v1/drains/{quote(identifier, safe='')}")
        except VercelApiError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def _call(self, method: str, path: str, body: Fields | None = None) -> Fields:
        place = urlsplit(self._base)
        opened = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = opened(place.netloc, timeout=_TIMEOUT)
        address = f"{path}?{self._query}" if self._query else path
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, address, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise VercelApiError(
                f"Vercel did not answer {method} {path} ({type(error).__name__}): check the network and deploy again; "
                "what was made is found again by its name"
            ) from error
        finally:
            connection.close()
        found = _object(text)
        if status >= _OK:
            raise VercelApiError(self._explained(method, path, status, found), status=status)
        return found

    def _explained(self, method: str, path: str, status: int, answer: Fields) -> str:
        error = answer.get("error")
        details = cast("Fields", error) if isinstance(error, dict) else {}
        reason = f"{details.get('code', 'no code')}: {details.get('message', 'no message')}"
        remedy = {
            400: "correct the field it names",
            401: "vercel:apiToken is no valid token: pulumi config set --secret vercel:apiToken TOKEN",
            402: f"{PLANS.get(self._schema, 'drains need a paid plan')}: upgrade, or switch the drain off",
            403: (
                f"the token may not, or the plan does not allow it. {PLANS.get(self._schema, '')}. Use a token of a "
                "team owner for this team, or switch the drain off"
            ),
            404: "the drain is gone: pulumi refresh, then deploy again",
            409: "another drain is in the way: rename one of them",
            429: "too many requests: wait a minute and deploy again",
        }.get(status, "deploy again; where it stays, see https://www.vercel-status.com")
        return f"Vercel refused {method} {path} with {status} ({reason}). Remedy: {remedy}."


def _sendable(token: str) -> str:
    """Return the token, as a header can hold it. Raises VercelApiError, which does not show it."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise VercelApiError(
            "vercel:apiToken is no token: it is empty, or holds a space, a line end or another character that no token "
            "has. Remedy: pulumi config set --secret vercel:apiToken TOKEN."
        )
    return token


def _object(text: bytes) -> Fields:
    try:
        found: object = json.loads(text) if text else {}
    except ValueError:
        return {}
    return cast("Fields", found) if isinstance(found, dict) else {}
