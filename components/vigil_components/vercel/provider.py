"""The dynamic provider of drains that no Pulumi provider has: what becomes of inputs, and when something changed.

Pulumi pickles a dynamic provider into the state. This one is pickled by its name alone and holds nothing: the token is
read at run time, from `vercel:apiToken` of the stack or `VERCEL_API_TOKEN`. The signing secret is sent to Vercel
and remembered as a digest.
"""

import hashlib
import os
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.rpc import UNKNOWN

from vigil_apimodel.json_fields import Fields
from vigil_components.vercel.api import API, PLANS, DrainsApi, VercelApiError

MIN_SECRET = 32
"""Characters of a signing secret, at least (docs of `vercel_log_drain`)."""

_COMPARED = ("name", "projectIds", "endpoint", "encoding", "samplingRate", "secretDigest")
_REPLACING = ("schema", "team")


class DrainProvider(ResourceProvider):
    """Creates, reads, updates and deletes one drain by `/v1/drains`.

    Creation is idempotent: a drain of the team with the same name and kind is taken over, so that a deployment whose
    answer was lost can simply be run again. A drain that Vercel disabled, because it failed too long, is enabled again.
    """

    token: str = ""

    def configure(self, req: ConfigureRequest) -> None:
        """Read the token; it is not needed before the first request."""
        self.token = cast("str | None", req.config.get("vercel:apiToken")) or ""

    def check(self, _olds: Mapping[str, object], news: dict[str, object]) -> CheckResult:
        """Refuse what Vercel would, each failure with its field and remedy; what is not known yet is not checked."""
        failures = [CheckFailure(field, reason) for field, reason in mistakes(news)]
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: Mapping[str, object], _news: Mapping[str, object]) -> DiffResult:
        """Return what differs between the drain as it was last seen and as it is wanted."""
        wanted = remembered(_news, "enabled")
        replaces = [key for key in _REPLACING if _news.get(key) != _olds.get(key)]
        changed = [key for key in (*_COMPARED, "status") if wanted.get(key) != _olds.get(key)]
        return DiffResult(changes=bool(replaces or changed), replaces=replaces, delete_before_replace=bool(replaces))

    def create(self, props: Mapping[str, object]) -> CreateResult:
        """Make the drain, or take over the one that is there. Raises VercelApiError."""
        api = self._api(props)
        same = [
            one
            for one in api.drains()
            if one.get("name") == props["name"] and str(props["schema"]) in cast("Fields", one.get("schemas") or {})
        ]
        if len(same) > 1:
            ids = ", ".join(sorted(str(one.get("id")) for one in same))
            raise VercelApiError(
                f"name: the team has {len(same)} drains named {props['name']!r} ({ids}). Remedy: delete all but one, "
                "or choose another name"
            )
        if same:
            made = api.update(str(same[0]["id"]), request_body(props) | {"status": "enabled"})
            made = {"id": same[0]["id"]} | made
        else:
            made = api.create(request_body(props) | {"source": {"kind": "self-served"}})
        if not isinstance(made.get("id"), str):
            raise VercelApiError(
                "Vercel made a drain and did not return its id. Remedy: deploy again; Vigil finds the drain by its name"
            )
        return CreateResult(str(made["id"]), remembered(props, str(made.get("status") or "enabled")))

    def read(self, id_: str, props: Mapping[str, object]) -> ReadResult:
        """Return the drain as it is at Vercel; without id where it is gone."""
        found = self._api(props).get(id_)
        if found is None:
            return ReadResult(None, {})
        return ReadResult(id_, _seen(found, props))

    def update(self, _id: str, _olds: Mapping[str, object], _news: Mapping[str, object]) -> UpdateResult:
        """Change the drain, and enable it where Vercel had disabled it. Raises VercelApiError."""
        self._api(_news).update(_id, request_body(_news) | {"status": "enabled"})
        return UpdateResult(remembered(_news, "enabled"))

    def delete(self, _id: str, _props: Mapping[str, object]) -> None:
        """Delete the drain; one that is gone is no error. Raises VercelApiError."""
        self._api(_props).delete(_id)

    def _api(self, props: Mapping[str, object]) -> DrainsApi:
        token = self.token or os.environ.get("VERCEL_API_TOKEN", "")
        if not token:
            raise VercelApiError(
                "no token for Vercel. Remedy: pulumi config set --secret vercel:apiToken TOKEN, or set VERCEL_API_TOKEN"
            )
        return DrainsApi(
            token=token,
            team=str(props.get("team") or ""),
            schema=str(props.get("schema")),
            base=str(props.get("api") or API),
        )


def mistakes(inputs: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what is wrong with a drain's inputs: field and reason with remedy. Values not known yet are left out."""
    found: list[tuple[str, str]] = []

    def known(key: str) -> bool:
        return inputs.get(key) != UNKNOWN

    if known("schema") and inputs.get("schema") not in PLANS:
        found.append(("schema", f"{inputs.get('schema')!r} is no kind of drain made here: give {' or '.join(PLANS)}"))
    if known("name") and not inputs.get("name"):
        found.append(("name", "is empty: name the drain, it is found again by its name"))
    if known("endpoint"):
        place = urlsplit(str(inputs.get("endpoint")))
        if place.scheme != "https" or not place.hostname:
            found.append(
                ("endpoint", f"{inputs.get('endpoint')!r} is no https address: Vercel delivers to nothing else")
            )
    if known("secret") and len(str(inputs.get("secret") or "")) < MIN_SECRET:
        found.append(("secret", f"has fewer than {MIN_SECRET} characters: make one with `openssl rand -hex 32`"))
    if known("projectIds") and not inputs.get("projectIds"):
        found.append(("projectIds", "is empty: name the projects whose data is drained, such as prj_..."))
    if known("encoding") and inputs.get("encoding") not in {"json", "ndjson"}:
        found.append(("encoding", f"is {inputs.get('encoding')!r}: give json or ndjson"))
    rate = inputs.get("samplingRate")
    if known("samplingRate") and not (isinstance(rate, int | float) and 0 < rate <= 1):
        found.append(("samplingRate", f"is {rate!r}: give more than 0 and at most 1, the part that is drained"))
    return found


def request_body(props: Mapping[str, object]) -> Fields:
    """Return the body that creates or changes a drain, without what only one of the two takes."""
    rate = cast("float", props["samplingRate"])
    return {
        "name": props["name"],
        "projects": "some",
        "projectIds": list(cast("list[str]", props["projectIds"])),
        "schemas": {str(props["schema"]): {"version": "v1"}},
        "delivery": {
            "type": "http",
            "endpoint": props["endpoint"],
            "encoding": props["encoding"],
            "headers": {},
            "secret": props["secret"],
        },
        "sampling": [{"type": "head_sampling", "rate": rate}] if rate < 1 else [],
    }


def remembered(props: Mapping[str, object], status: str) -> dict[str, object]:
    """Return what the state keeps of a drain: everything but its secret, of which it keeps a digest."""
    kept = {key: value for key, value in props.items() if not key.startswith("__") and key != "secret"}
    kept["projectIds"] = sorted(cast("list[str]", kept["projectIds"])) if kept.get("projectIds") != UNKNOWN else UNKNOWN
    secret = props.get("secret")
    kept["secretDigest"] = UNKNOWN if secret == UNKNOWN else hashlib.sha256(str(secret).encode()).hexdigest()
    return kept | {"status": status}


def _seen(drain: Fields, props: Mapping[str, object]) -> dict[str, object]:
    delivery = cast("Fields", drain.get("delivery") or {})
    sampling = cast("list[Fields]", drain.get("sampling") or [])
    kept = {key: value for key, value in props.items() if not key.startswith("__") and key != "secret"}
    return kept | {
        "name": drain.get("name"),
        "projectIds": sorted(cast("list[str]", drain.get("projectIds") or [])),
        "endpoint": delivery.get("endpoint"),
        "encoding": delivery.get("encoding"),
        "samplingRate": sampling[0].get("rate") if sampling else 1,
        "status": drain.get("status") or "enabled",
    }
