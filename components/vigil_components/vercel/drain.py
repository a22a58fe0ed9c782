"""A drain of Web Analytics or Speed Insights as a Pulumi resource."""

from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi.dynamic import Resource

from vigil_components.vercel.api import API
from vigil_components.vercel.provider import DrainProvider, mistakes


@dataclass(frozen=True, kw_only=True)
class DrainArgs:
    """One drain of one kind of data, delivered to a receiver of ours.

    ``schema`` is ``analytics`` (Web Analytics; Vercel's plans Pro and Enterprise) or ``speed_insights`` (web vitals;
    Pro and Enterprise with Speed Insights Plus). ``team`` is its id or slug, ``project_ids`` the projects drained.
    ``secret`` signs each delivery, 32 characters or more. ``sampling_rate`` is the part that is drained.
    ``api`` is for tests.
    """

    name: str
    schema: Literal["analytics", "speed_insights"]
    team: str
    project_ids: tuple[str, ...]
    endpoint: pulumi.Input[str]
    secret: pulumi.Input[str] = field(repr=False)
    encoding: Literal["json", "ndjson"] = "ndjson"
    sampling_rate: float = 1
    api: str = API


class Drain(Resource, module="vercel", name="Drain"):
    """A drain that Vercel's providers do not have, by its REST API. The signing secret is encrypted in the state.

    Needs a token at deployment: ``pulumi config set --secret vercel:apiToken TOKEN`` or ``VERCEL_API_TOKEN``.
    """

    status: pulumi.Output[str]
    """``enabled``, or ``disabled`` where Vercel gave up on a receiver that failed."""

    def __init__(self, name: str, args: DrainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the drain. Raises ValueError for inputs that Vercel would refuse, as far as they are known."""
        known = {
            "name": args.name,
            "schema": args.schema,
            "team": args.team,
            "projectIds": sorted(args.project_ids),
            "endpoint": args.endpoint if isinstance(args.endpoint, str) else "https://not-known.yet",
            "secret": args.secret if isinstance(args.secret, str) else "not known yet" * 3,
            "encoding": args.encoding,
            "samplingRate": args.sampling_rate,
            "api": args.api,
        }
        wrong = mistakes(known)
        if wrong:
            raise ValueError(f"drain {name!r}: " + "; ".join(f"{where}: {why}" for where, why in wrong))
        properties: dict[str, pulumi.Input[object]] = {
            **known,
            "endpoint": args.endpoint,
            "secret": pulumi.Output.secret(args.secret),
            "status": None,
            "secretDigest": None,
        }
        merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["secret"]))
        super().__init__(DrainProvider(), name, properties, merged)
