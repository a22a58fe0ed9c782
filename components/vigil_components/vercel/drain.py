"""A drain of Web Analytics or Speed Insights as a Pulumi resource."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pulumi
from pulumi.dynamic import Resource

from vigil_components.arguments import InputName, Name, ResourceName, validated
from vigil_components.vercel.api import API
from vigil_components.vercel.provider import DrainProvider, mistakes
from vigil_telemetry.arguments import Constraint


@validated
@dataclass(frozen=True, kw_only=True)
class DrainArgs:
    """One drain of one kind of data, delivered to a receiver."""

    name: Name
    """Name of the drain, by which a later deployment finds it."""
    schema: Literal["analytics", "speed_insights"]
    """What is drained: Web Analytics (Vercel's plans Pro and Enterprise) or web vitals (with Speed Insights Plus)."""
    team: Name
    """Id or slug of the team at Vercel."""
    project_ids: tuple[Name, ...]
    """Ids of the projects that are drained, `prj_...`."""
    endpoint: InputName
    """Https address of the receiver."""
    secret: InputName = field(repr=False)
    """What signs each delivery, 32 characters or more."""
    encoding: Literal["json", "ndjson"] = "ndjson"
    """How a delivery is written. Default: a JSON object a line."""
    sampling_rate: Annotated[
        float, Constraint(lambda value: 0 < value <= 1, "give more than 0 and at most 1, such as 0.1 for 10 %")
    ] = 1
    """Part that is drained, more than 0 and at most 1. Default: all."""
    api: str = API
    """Address of Vercel's API, for tests. Default: Vercel's own."""


class Drain(Resource, module="vercel", name="Drain"):
    """A drain that Vercel's providers do not have, by its REST API. The signing secret is encrypted in the state.

    Needs a token at deployment: `pulumi config set --secret vercel:apiToken TOKEN` or `VERCEL_API_TOKEN`.
    """

    status: pulumi.Output[str]
    """`enabled`, or `disabled` where Vercel gave up on a receiver that failed."""

    @validated
    def __init__(self, name: ResourceName, args: DrainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
