"""How a project is reached: Google's own clients, with the endpoint and the credentials of Google or of an emulator.

Everything else is the same for both. google-cloud-monitoring speaks gRPC alone, google-cloud-logging HTTP as well;
incidents, dashboards and PromQL, which have no client in either, are asked by REST through google-auth.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

import google.auth
import google.cloud.logging
import grpc
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError
from google.auth.transport.requests import AuthorizedSession
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcTransport
from google.cloud.monitoring_v3.services.notification_channel_service.transports import (
    NotificationChannelServiceGrpcTransport,
)
from google.cloud.monitoring_v3.services.uptime_check_service.transports import UptimeCheckServiceGrpcTransport

from engine.errors import EngineError
from vigil_emulator.calls import JsonObject
from vigil_emulator.jsonvalues import child, children, text

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
MONITORING: Final = "https://monitoring.googleapis.com"
LOGGING: Final = "https://logging.googleapis.com"
TIMEOUT: Final = 30.0
"""Wall seconds that one call may take."""
ATTEMPTS: Final = 4
"""How often a call is made at most, where the server is busy or a quota is used up for the minute."""
FIRST_PAUSE: Final = 1.0
"""Wall seconds before the second attempt; each pause doubles."""
PAGE: Final = 1000

T = TypeVar("T")
Client = Any
"""A client of google-cloud-*: they have no types that hold."""


class AccessError(EngineError):
    """A call that failed for good.

    ``kind`` is ``permission``, ``quota``, ``timeout``, ``unreachable`` or ``refused``.
    """

    def __init__(self, kind: str, message: str, remedy: str) -> None:
        """``message`` says what was asked and what came; ``remedy`` what to do."""
        super().__init__(f"{message} Remedy: {remedy}")
        self.kind = kind
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class Access:
    """One project. ``rest`` is where the Monitoring API is served, ``logging`` and ``grpc`` the same for the clients.

    ``sleep`` pauses between attempts, ``timeout`` is for each of them.
    """

    project: str
    credentials: Credentials
    rest: str = MONITORING
    logging: str | None = None
    grpc: str | None = None
    timeout: float = TIMEOUT
    sleep: Callable[[float], None] = field(default=time.sleep)

    @classmethod
    def google(cls, project: str) -> "Access":
        """Google, with the credentials that this machine has by default. Raises AccessError where it has none."""
        try:
            credentials, _ = cast("tuple[Credentials, object]", google.auth.default(scopes=[SCOPE]))
        except DefaultCredentialsError as error:
            raise AccessError(
                "permission", f"this machine has no credentials for Google Cloud ({error}).",
                "gcloud auth application-default login, or a service account with roles/monitoring.viewer and "
                "roles/logging.viewer",
            ) from error  # fmt: skip
        return cls(project=project, credentials=credentials)

    @classmethod
    def emulator(cls, project: str, *, url: str, grpc: str, sleep: Callable[[float], None] = time.sleep) -> "Access":
        """An emulator at ``url``, with its gRPC in plaintext at ``grpc`` (HOST:PORT)."""
        return cls(
            project=project,
            credentials=AnonymousCredentials(),
            rest=url.rstrip("/"),
            logging=url,
            grpc=grpc,
            sleep=sleep,
        )

    # -- clients ----------------------------------------------------------------------------------------------------

    @cached_property
    def metrics(self) -> Client:
        """Time series."""
        return monitoring_v3.MetricServiceClient(**self._monitoring(MetricServiceGrpcTransport))

    @cached_property
    def channels(self) -> Client:
        """Notification channels."""
        return monitoring_v3.NotificationChannelServiceClient(
            **self._monitoring(NotificationChannelServiceGrpcTransport)
        )

    @cached_property
    def uptime(self) -> Client:
        """Uptime checks."""
        return monitoring_v3.UptimeCheckServiceClient(**self._monitoring(UptimeCheckServiceGrpcTransport))

    @cached_property
    def logs(self) -> Client:
        """Entries, log-based metrics, sinks; over HTTP, which is the same with and without an emulator."""
        options = {"api_endpoint": self.logging} if self.logging else None
        return google.cloud.logging.Client(
            project=self.project, credentials=self.credentials, _use_grpc=False, client_options=options
        )

    @cached_property
    def _session(self) -> AuthorizedSession:
        session = AuthorizedSession(self.credentials)
        session.trust_env = self.logging is None
        return session

    def _monitoring(self, transport: Any) -> dict[str, Any]:  # noqa: ANN401 - a class of the clients
        if self.grpc is None:
            return {"credentials": self.credentials}
        return {"transport": transport(channel=cast("Any", grpc).insecure_channel(self.grpc))}

    @property
    def name(self) -> str:
        """``projects/P``."""
        return f"projects/{self.project}"

    # -- calls ------------------------------------------------------------------------------------------------------

    def ask(self, what: str, call: Callable[[], T]) -> T:
        """Make a client's call, again where the server is busy. Raises AccessError, ``what`` saying what was asked."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call()
            except (exceptions.ResourceExhausted, exceptions.TooManyRequests, exceptions.ServiceUnavailable) as error:
                if attempt == ATTEMPTS:
                    raise _told(what, error, self.timeout) from error
                self.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
                raise _told(what, error, self.timeout) from error
            except requests.exceptions.RequestException as error:
                raise _lost(what, error, self.timeout) from error
        raise AssertionError("the last attempt returns or raises")

    def get(self, what: str, path: str, query: Mapping[str, str | int] | None = None) -> JsonObject:
        """GET a document of the Monitoring API. Raises AccessError."""
        return self._get(what, f"{self.rest}/{path}", query or {})

    def _get(self, what: str, url: str, query: Mapping[str, str | int]) -> JsonObject:
        return self.ask(what, lambda: _answer(self._session.get(url, params=dict(query), timeout=self.timeout)))

    def log_metric(self, metric: str) -> JsonObject:
        """A log-based metric as REST has it: the client leaves out when it was made. Raises AccessError."""
        path = f"v2/{self.name}/metrics/{quote(metric, safe='')}"
        return self._get(f"reading the metric {metric}", f"{(self.logging or LOGGING).rstrip('/')}/{path}", {})

    def pages(
        self, what: str, path: str, name: str, query: Mapping[str, str | int] | None = None
    ) -> Iterator[JsonObject]:
        """The items ``name`` of all pages of a list. Raises AccessError."""
        token = ""
        while True:
            page = self.get(what, path, {**(query or {}), "pageSize": PAGE, **({"pageToken": token} if token else {})})
            yield from children(page, name)
            token = text(page, "nextPageToken")
            if not token:
                return

    def promql(self, what: str, query: str, *, start: int, end: int, step: int) -> list[JsonObject]:
        """The series of a PromQL query between two times (s since 1970). Raises AccessError."""
        path = f"v1/{self.name}/location/global/prometheus/api/v1/query_range"
        body = {"query": query, "start": str(start), "end": str(end), "step": f"{step}s"}
        answer = self.ask(
            what, lambda: _answer(self._session.post(f"{self.rest}/{path}", json=body, timeout=self.timeout))
        )
        return children(child(answer, "data"), "result")


def _answer(response: requests.Response) -> JsonObject:
    if not response.ok:
        raise exceptions.from_http_response(response)
    return cast("JsonObject", response.json())


def _told(what: str, error: Exception, timeout: float) -> AccessError:
    message = str(getattr(error, "message", error))
    if isinstance(error, (exceptions.Forbidden, exceptions.Unauthorized, exceptions.Unauthenticated)):
        return AccessError(
            "permission", f"{what}: permission denied ({message}).",
            "give who runs this roles/monitoring.viewer and roles/logging.viewer on the project",
        )  # fmt: skip
    if isinstance(error, (exceptions.ResourceExhausted, exceptions.TooManyRequests)):
        return AccessError("quota", f"{what}: the quota is used up ({message}).", "wait a minute and run it again")
    if isinstance(error, (exceptions.DeadlineExceeded, exceptions.GatewayTimeout, exceptions.RetryError)):
        return AccessError(
            "timeout", f"{what}: no answer in {timeout:g} s.", "run it again, or look at the API's status"
        )
    if isinstance(error, exceptions.ServiceUnavailable):
        return AccessError("unreachable", f"{what}: nobody answers ({message}).", "check the endpoint and the network")
    return AccessError("refused", f"{what}: {message}.", "the request is at fault: check the resource that it names")


def _lost(what: str, error: requests.exceptions.RequestException, timeout: float) -> AccessError:
    if isinstance(error, requests.exceptions.Timeout):
        return AccessError(
            "timeout", f"{what}: no answer in {timeout:g} s.", "run it again, or look at the API's status"
        )
    return AccessError(
        "unreachable", f"{what}: nobody answers ({type(error).__name__}).", "check the endpoint and the network"
    )
