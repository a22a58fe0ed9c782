"""How a project is reached: Google's own clients, with the endpoint and the credentials of Google or of an emulator.

Everything else is the same for both. google-cloud-monitoring speaks gRPC alone, google-cloud-logging HTTP as well;
incidents, dashboards, snoozes and PromQL, which have no client in either, and Pub/Sub are queried by REST through
google-auth.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

import google.auth
import google.cloud.logging
import grpc
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.requests import AuthorizedSession
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcTransport
from google.cloud.monitoring_v3.services.notification_channel_service.transports import (
    NotificationChannelServiceGrpcTransport,
)
from google.cloud.monitoring_v3.services.uptime_check_service.transports import UptimeCheckServiceGrpcTransport

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.numerals import number
from vigil_runner.errors import EngineError

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
MONITORING: Final = "https://monitoring.googleapis.com"
LOGGING: Final = "https://logging.googleapis.com"
PUBSUB: Final = "https://pubsub.googleapis.com"
VIEWER: Final = "roles/monitoring.viewer and roles/logging.viewer on the project"
"""The role that reading needs where no other is given."""
TIMEOUT: Final = 30.0
"""Wall seconds that one call may take."""
ATTEMPTS: Final = 4
"""How often a call is made at most, where the server is busy or a quota is used up for the minute."""
FIRST_PAUSE: Final = 1.0
"""Wall seconds before the second attempt; each pause doubles."""
PAGE: Final = 1000

SIGN_IN: Final = "gcloud auth application-default login"

T = TypeVar("T")
Client = Any
"""A client of google-cloud-*: they have no types that hold."""


class AccessError(EngineError):
    """A call that failed for good.

    `kind` is `permission`, `quota`, `timeout`, `unreachable` or `refused`.
    """

    def __init__(self, kind: str, message: str, remedy: str) -> None:
        """`message` names the request and its answer; `remedy` says what to do."""
        super().__init__(f"{message} Remedy: {remedy}")
        self.kind = kind
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class Access:
    """One project, at Google or in the emulator at `url`, whose gRPC is in plaintext at `grpc` (HOST:PORT).

    `sleep` pauses between attempts, `timeout` is for each of them.
    """

    project: str
    credentials: Credentials
    url: str | None = None
    grpc: str | None = None
    timeout: float = TIMEOUT
    sleep: Callable[[float], None] = field(default=time.sleep)

    @classmethod
    def google(cls, project: str) -> "Access":
        """Return access to Google with this machine's default credentials. Raises AccessError where it has none."""
        try:
            credentials, _ = cast("tuple[Credentials, object]", google.auth.default(scopes=[SCOPE]))
        except DefaultCredentialsError as error:
            raise AccessError(
                "permission", f"this machine has no credentials for Google Cloud ({error}).",
                f"sign in with `{SIGN_IN}`, or use a service account with {VIEWER}",
            ) from error  # fmt: skip
        return cls(project=project, credentials=credentials)

    @classmethod
    def emulator(
        cls, project: str, *, url: str, grpc: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> "Access":
        """Return access to an emulator. Without `grpc` its time series, channels and uptime checks cannot be read."""
        return cls(project=project, credentials=AnonymousCredentials(), url=url.rstrip("/"), grpc=grpc, sleep=sleep)

    # -- clients ----------------------------------------------------------------------------------------------------

    @cached_property
    def metrics(self) -> Client:
        """Client of the time series."""
        return monitoring_v3.MetricServiceClient(**self._monitoring(MetricServiceGrpcTransport))

    @cached_property
    def channels(self) -> Client:
        """Client of the notification channels."""
        return monitoring_v3.NotificationChannelServiceClient(
            **self._monitoring(NotificationChannelServiceGrpcTransport)
        )

    @cached_property
    def uptime(self) -> Client:
        """Client of the uptime checks."""
        return monitoring_v3.UptimeCheckServiceClient(**self._monitoring(UptimeCheckServiceGrpcTransport))

    @cached_property
    def logs(self) -> Client:
        """Entries, log-based metrics, sinks; over HTTP, which is the same with and without an emulator."""
        options = {"api_endpoint": self.url} if self.url else None
        return google.cloud.logging.Client(
            project=self.project, credentials=self.credentials, _use_grpc=False, client_options=options
        )

    @cached_property
    def _session(self) -> AuthorizedSession:
        session = AuthorizedSession(self.credentials)
        session.trust_env = self.url is None
        return session

    def _monitoring(self, transport: Any) -> dict[str, Any]:  # noqa: ANN401 - a class of the clients
        if self.url is None:
            return {"credentials": self.credentials}
        assert self.grpc is not None, "an emulator's time series are queried by gRPC"  # noqa: S101 - the caller's mistake
        return {"transport": transport(channel=cast("Any", grpc).insecure_channel(self.grpc))}

    @property
    def name(self) -> str:
        """Resource name of the project, `projects/P`."""
        return f"projects/{self.project}"

    # -- calls ------------------------------------------------------------------------------------------------------

    def ask(self, request: str, call: Callable[[], T], *, role: str = VIEWER) -> T:
        """Make a client's call, again where the server is busy.

        Raises AccessError; `request` names what it asks for, `role` the role that it needs if it is denied.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call()
            except (exceptions.ResourceExhausted, exceptions.TooManyRequests, exceptions.ServiceUnavailable) as error:
                if attempt == ATTEMPTS:
                    raise self._error_of(request, error, role) from error
                self.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
                raise self._error_of(request, error, role) from error
            except (requests.exceptions.RequestException, GoogleAuthError) as error:
                raise self._lost(request, error) from error
        raise AssertionError("the last attempt returns or raises")

    def get(self, request: str, path: str, query: Mapping[str, str | int] | None = None) -> JsonObject:
        """Get a document of the Monitoring API. Raises AccessError."""
        return self._get(request, f"{self.url or MONITORING}/{path}", query or {})

    def _get(self, request: str, url: str, query: Mapping[str, str | int]) -> JsonObject:
        return self.ask(request, lambda: _answer(self._session.get(url, params=dict(query), timeout=self.timeout)))

    def post(
        self,
        request: str,
        path: str,
        body: JsonObject,
        *,
        role: str = VIEWER,
        at: str = MONITORING,
        within: float | None = None,
    ) -> JsonObject:
        """Post a document to the API that is served `at` an address of Google's, `within` wall seconds.

        Raises AccessError.
        """
        url, timeout = f"{self.url or at}/{path}", within or self.timeout
        return self.ask(request, lambda: _answer(self._session.post(url, json=body, timeout=timeout)), role=role)

    def log_metric(self, metric: str) -> JsonObject:
        """Return a log-based metric as REST has it: the client leaves out when it was made. Raises AccessError."""
        path = f"v2/{self.name}/metrics/{quote(metric, safe='')}"
        return self._get(f"reading the metric {metric}", f"{self.url or LOGGING}/{path}", {})

    def log_bucket(self, project: str, location: str, bucket: str) -> JsonObject | None:
        """Read a log bucket, also one whose deletion was requested; None where there is none. Raises AccessError."""
        url = f"{self.url or LOGGING}/v2/projects/{project}/locations/{location}/buckets/{bucket}"

        def call() -> JsonObject | None:
            try:
                return _answer(self._session.get(url, timeout=self.timeout))
            except exceptions.NotFound:
                return None

        return self.ask(f"reading the log bucket {bucket}", call)

    def now(self) -> datetime:
        """Return the project's time: the wall's, or that of the emulator's clock. Raises AccessError."""
        return self.clock()[0]

    def clock(self) -> tuple[datetime, float]:
        """Return the project's time, and how many of its seconds pass in one of the wall's. Raises AccessError."""
        if self.url is None:
            return datetime.now(UTC), 1.0
        clock = self.get("reading the emulator's clock", "vigil/v1/clock")
        return datetime.fromisoformat(text(clock, "now")), number(clock, "speed")

    def pages(
        self,
        request: str,
        path: str,
        name: str,
        query: Mapping[str, str | int] | None = None,
        *,
        at: str = MONITORING,
    ) -> Iterator[JsonObject]:
        """Yield the items `name` of all pages of a list of the API `at` an address of Google's. Raises AccessError."""
        token = ""
        while True:
            wanted = {**(query or {}), "pageSize": PAGE, **({"pageToken": token} if token else {})}
            page = self._get(request, f"{self.url or at}/{path}", wanted)
            yield from children(page, name)
            token = text(page, "nextPageToken")
            if not token:
                return

    def monitoring(self, request: str, path: str, items: str) -> Iterator[JsonObject]:
        """Return the items of all pages of a list of the Monitoring API. Raises AccessError."""
        return self.pages(request, path, items)

    def logging(self, request: str, path: str, items: str) -> Iterator[JsonObject]:
        """Return the items of all pages of a list of the Logging API. Raises AccessError."""
        return self.pages(request, path, items, at=LOGGING)

    def promql(self, request: str, query: str, *, start: int, end: int, step: int) -> list[JsonObject]:
        """Return the series of a PromQL query between two times (s since 1970). Raises AccessError."""
        path = f"v1/{self.name}/location/global/prometheus/api/v1/query_range"
        answer = self.post(request, path, {"query": query, "start": str(start), "end": str(end), "step": f"{step}s"})
        return children(child(answer, "data"), "result")

    def _error_of(self, request: str, error: Exception, role: str) -> AccessError:
        """What the API answered."""
        message = str(getattr(error, "message", error)).rstrip(".")
        if isinstance(error, (exceptions.Unauthorized, exceptions.Unauthenticated)):
            return AccessError("permission", f"{request}: not signed in ({message}).", SIGN_IN)
        if isinstance(error, exceptions.Forbidden):
            return AccessError("permission", f"{request}: permission denied ({message}).", f"give who runs this {role}")
        if isinstance(error, (exceptions.ResourceExhausted, exceptions.TooManyRequests)):
            return AccessError(
                "quota", f"{request}: the quota is used up ({message}).", "wait a minute and run it again"
            )
        if isinstance(error, (exceptions.DeadlineExceeded, exceptions.GatewayTimeout, exceptions.RetryError)):
            return self._late(request)
        if isinstance(error, exceptions.ServiceUnavailable):
            return AccessError(
                "unreachable", f"{request}: nobody answers ({message}).", "check the endpoint and the network"
            )
        return AccessError(
            "refused",
            f"{request}: {message}.",
            "check the project and the resource that it names",
        )

    def _lost(self, request: str, error: Exception) -> AccessError:
        """There was no answer, or nobody to ask for."""
        if isinstance(error, requests.exceptions.Timeout):
            return self._late(request)
        if isinstance(error, GoogleAuthError) and not isinstance(error, TransportError):
            return AccessError("permission", f"{request}: the credentials are not taken ({error}).", SIGN_IN)
        return AccessError(
            "unreachable", f"{request}: nobody answers ({type(error).__name__}).", "check the endpoint and the network"
        )

    def _late(self, request: str) -> AccessError:
        return AccessError(
            "timeout", f"{request}: no answer in {self.timeout:g} s.", "run it again, or look at the API's status"
        )


def _answer(response: requests.Response) -> JsonObject:
    if not response.ok:
        raise exceptions.from_http_response(response)
    return cast("JsonObject", response.json())
