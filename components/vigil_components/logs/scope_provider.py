"""The dynamic provider of a project's default scopes, which no Pulumi provider has.

Source: the discovery document of observability.googleapis.com v1 (2026-10-29), `projects.locations.scopes`. Pulumi
pickles a dynamic provider into the state. This one is pickled by its name and holds no token: that is read when a
request is made.
"""

import http.client
import json
import os
import subprocess
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote, urlencode, urlsplit

from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

from vigil_apimodel.json_fields import Fields

API = "https://observability.googleapis.com"
_LOGGING = "//logging.googleapis.com/"
_TIMEOUT = 30
_OK = 300


class ScopesApiError(Exception):
    """A request that the Observability API refused, or that did not reach it. The message says what to do."""


class DefaultScopesProvider(ResourceProvider):
    """Sets, reads and resets one project's default scopes. Each call can be repeated."""

    token: str = ""

    def configure(self, req: ConfigureRequest) -> None:
        """Read the stack's access token; it is not needed before the first request."""
        self.token = cast("str | None", req.config.get("gcp:accessToken")) or ""

    def diff(self, _id: str, _olds: Mapping[str, object], _news: Mapping[str, object]) -> DiffResult:
        """Return what differs between the scopes as last seen and as wanted; another project is another setting."""
        changed = any(_news.get(key) != _olds.get(key) for key in ("logScope", "traceScope"))
        replaced = ["name"] if _news.get("name") != _olds.get("name") else []
        return DiffResult(changes=changed or bool(replaced), replaces=replaced)

    def create(self, props: Mapping[str, object]) -> CreateResult:
        """Set the scopes. Raises ScopesApiError."""
        self._patch(props, wanted(props))
        return CreateResult(str(props["name"]), _kept(props))

    def read(self, id_: str, props: Mapping[str, object]) -> ReadResult:
        """Return the scopes as they are now. Raises ScopesApiError."""
        found = self._call("GET", props, f"/v1/{quote(id_)}")
        seen = {
            "logScope": str(found.get("logScope") or "").removeprefix(_LOGGING) or None,
            "traceScope": found.get("traceScope"),
        }
        scopes = {key: value for key, value in seen.items() if props.get(key) is not None or not props}
        return ReadResult(id_, {"api": API, **_kept(props), "name": id_, **scopes})

    def update(self, _id: str, _olds: Mapping[str, object], _news: Mapping[str, object]) -> UpdateResult:
        """Set what is wanted now, and `_Default` for what no longer is. Raises ScopesApiError."""
        dropped = {key for key in ("logScope", "traceScope") if _olds.get(key) and not _news.get(key)}
        self._patch(_news, {**{key: original(_id)[key] for key in dropped}, **wanted(_news)})
        return UpdateResult(_kept(_news))

    def delete(self, _id: str, _props: Mapping[str, object]) -> None:
        """Make `_Default` the default again, for what was set. Raises ScopesApiError."""
        set_here = wanted(_props)
        self._patch(_props, {key: value for key, value in original(_id).items() if key in set_here})

    def _patch(self, props: Mapping[str, object], body: Mapping[str, object]) -> None:
        mask = urlencode({"updateMask": ",".join(sorted(body))})
        self._call("PATCH", props, f"/v1/{quote(str(props['name']))}?{mask}", body)

    def _call(
        self, method: str, props: Mapping[str, object], path: str, body: Mapping[str, object] | None = None
    ) -> Fields:
        place = urlsplit(str(props.get("api") or API))
        opened = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = opened(place.netloc, timeout=_TIMEOUT)
        headers = {"Authorization": f"Bearer {access_token(self.token)}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ScopesApiError(
                f"the Observability API did not answer {method} {path} ({type(error).__name__}). Remedy: check the "
                "network and deploy again"
            ) from error
        finally:
            connection.close()
        if status >= _OK:
            raise ScopesApiError(_explained(method, path, status, text))
        found: object = json.loads(text or b"{}")
        return cast("Fields", found) if isinstance(found, dict) else {}


def wanted(props: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of the API's `Scope` that are wanted: the log scope's name is a full one there."""
    found: dict[str, object] = {}
    if props.get("logScope"):
        found["logScope"] = f"{_LOGGING}{props['logScope']}"
    if props.get("traceScope"):
        found["traceScope"] = props["traceScope"]
    return found


def original(name: str) -> dict[str, object]:
    """Return the scopes that a project has as long as nobody chose others."""
    parent = name.partition("/scopes/")[0]
    return {"logScope": f"{_LOGGING}{parent}/logScopes/_Default", "traceScope": f"{parent}/traceScopes/_Default"}


def access_token(configured: str) -> str:
    """Return an access token: the stack's, that of the environment, or gcloud's. Raises ScopesApiError."""
    token = configured or os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN", "")
    if not token:
        try:
            command = ["gcloud", "auth", "print-access-token"]
            token = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TIMEOUT).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise ScopesApiError(
                "no access token for Google. Remedy: set GOOGLE_OAUTH_ACCESS_TOKEN, or pulumi config set --secret "
                "gcp:accessToken TOKEN, or run gcloud auth login"
            ) from error
    return token.strip()


def _kept(props: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in props.items() if not key.startswith("__")}


def _explained(method: str, path: str, status: int, text: bytes) -> str:
    remedy = {
        400: "correct the scope that it names",
        401: "the access token is not valid any more: make a new one",
        403: "grant roles/observability.scopesEditor to whoever deploys, and enable observability.googleapis.com",
        404: "the scope or the project does not exist: deploy the scope first",
    }.get(status, "deploy again")
    reason = text.decode("utf-8", "replace")[:300]
    return f"the Observability API refused {method} {path} with {status} ({reason}). Remedy: {remedy}."
