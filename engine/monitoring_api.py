"""Cloud Monitoring's REST API, of Google or of the emulator: only the address and the credentials differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, cast

import google.auth
import google.auth.exceptions
import google.auth.transport.requests
import httpx

from engine.errors import EngineError

GOOGLE = "https://monitoring.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/monitoring"
TIMEOUT = 30.0


class MonitoringError(EngineError):
    """What Monitoring refused, or that it could not be asked. The message names the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An alert policy of ours, found by its labels."""

    name: str
    display_name: str
    service: str
    alert: str

    @property
    def key(self) -> str:
        """How people name it: ``api/error-ratio``."""
        return f"{self.service}/{self.alert}"


class MonitoringApi:
    """One project's Monitoring. Use as a context manager."""

    def __init__(
        self, project: str, *, emulator: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """``emulator`` is the address of a running emulator; without it Google is asked, as the default credentials.

        Raises MonitoringError where there are no credentials.
        """
        self._project = project
        headers = {} if emulator else {"Authorization": f"Bearer {_token()}"}
        self._client = httpx.Client(base_url=emulator or GOOGLE, headers=headers, timeout=TIMEOUT, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def policies(self) -> Iterator[Policy]:
        """The alert policies that this project's program made, all pages of them."""
        token = ""
        while True:
            query = {"pageSize": "100", **({"pageToken": token} if token else {})}
            page = self._call("GET", f"/v3/projects/{self._project}/alertPolicies", query=query)
            for policy in cast("list[dict[str, object]]", page.get("alertPolicies", [])):
                labels = cast("Mapping[str, str]", policy.get("userLabels", {}))
                if labels.get("managed-by") == "vigil":
                    yield Policy(
                        name=str(policy["name"]),
                        display_name=str(policy.get("displayName", "")),
                        service=labels.get("service", ""),
                        alert=labels.get("alert", ""),
                    )
            token = str(page.get("nextPageToken", ""))
            if not token:
                return

    def snooze(self, policies: list[Policy], *, lasting: timedelta, reason: str, now: datetime | None = None) -> str:
        """Silence the policies from now on for ``lasting``; the snooze's resource name.

        ``now`` is the emulator's time where its clock is not the wall's.
        """
        start = now or datetime.now(UTC)
        body = {
            "displayName": reason,
            "criteria": {"policies": [policy.name for policy in policies]},
            "interval": {"startTime": _written(start), "endTime": _written(start + lasting)},
        }
        return str(self._call("POST", f"/v3/projects/{self._project}/snoozes", body=body)["name"])

    def emulated_now(self) -> datetime:
        """The time on the emulator's clock."""
        return datetime.fromisoformat(str(self._call("GET", "/vigil/v1/clock")["now"]))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        try:
            response = self._client.request(method, path, params=query, json=body)
        except httpx.HTTPError as error:
            raise MonitoringError(
                f"{self._client.base_url} cannot be reached ({error}). Is it running, and is this machine online?"
            ) from error
        if response.is_success:
            return cast("dict[str, object]", response.json())
        raise MonitoringError(f"{method} {path}: {_refusal(response)}")


def _refusal(response: httpx.Response) -> str:
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = response.text[:200]
    remedy = {
        401: "Sign in anew: gcloud auth application-default login",
        403: "Ask for roles/monitoring.editor on the project",
        404: "Is the project's name right?",
        429: "Wait a minute and try again",
    }.get(response.status_code, "")
    return f"{response.status_code} {message}" + (f" {remedy}." if remedy else "")


def _token() -> str:
    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])  # pyright: ignore[reportUnknownVariableType] - untyped library
        credentials.refresh(google.auth.transport.requests.Request())  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - as above
        return str(credentials.token)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportAttributeAccessIssue] - as above
    except google.auth.exceptions.GoogleAuthError as error:
        raise MonitoringError(
            f"there are no Google credentials here ({error}). Remedy: gcloud auth application-default login"
        ) from error


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
