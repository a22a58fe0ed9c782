"""The dashboard resource: one canonical document, stamped with its digest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi_gcp import monitoring

from vigil_apimodel import dashboards as normal_form
from vigil_apimodel.json_values import JsonObject
from vigil_components import links
from vigil_components.arguments import InputProject, Name, ResourceName, validated
from vigil_components.checked import checked
from vigil_components.dashboards.controls import EventMark, Filter, annotations
from vigil_components.dashboards.layout import Section, mosaic
from vigil_components.dashboards.widgets import Json

DIGEST_LABEL = "vigil-digest"
"""Label that carries the digest: the provider does not see a key that was removed, but it sees this value change."""


@validated
@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """One dashboard and what its reader can set."""

    project: InputProject
    """Project that the dashboard belongs to."""
    title: Name
    """What people read in the console's list."""
    sections: Sequence[Section]
    """Sections from top to bottom. One without tiles is left out."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels by which the console's list finds it. Default: none."""
    filters: Sequence[Filter] = ()
    """Choices for its reader to make. Default: none."""
    marks: tuple[EventMark, ...] = ("CLOUD_RUN_DEPLOYMENT", "CLOUD_ALERTING_ALERT")
    """Events drawn on every chart. Default: deployments and incidents."""


class Dashboard(pulumi.ComponentResource):
    """One dashboard. Its document is plain text even in a preview, so that a reviewer sees what changes."""

    TYPE = "vigil:dashboards:Dashboard"

    dashboard: monitoring.Dashboard
    url: pulumi.Output[str]

    @validated
    def __init__(self, name: ResourceName, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the dashboard. Raises LayoutError or RuleViolationError for a document the API would refuse."""
        form = _form(args)
        body = _with_digest(form, args)
        # The deployed dashboard is one JSON text, which `pulumi preview --diff` writes out as a whole where a tile
        # changes. Above it, the engine shows the lines of the outline that change, and two lines around each.
        registered = {"title": args.title, "tiles": normal_form.outline(form)}
        super().__init__(self.TYPE, name, registered, opts)
        dashboard_args = monitoring.DashboardArgs(
            project=args.project,
            dashboard_json=json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        )
        self.dashboard = monitoring.Dashboard(
            f"{name}-dashboard",
            checked(name, dashboard_args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = self._address(args.project)
        self.register_outputs({"url": self.url})

    def _address(self, project: pulumi.Input[str]) -> pulumi.Output[str]:
        if isinstance(project, str):
            return self.dashboard.id.apply(lambda name: links.dashboard(project, links.last_segment(name)))
        return pulumi.Output.all(project, self.dashboard.id).apply(
            lambda parts: links.dashboard(parts[0], links.last_segment(parts[1]))
        )


@validated
def document(args: DashboardArgs) -> Json:
    """Return the dashboard in its canonical form, with the digest of all the rest among its labels."""
    return _with_digest(_form(args), args)


def _form(args: DashboardArgs) -> JsonObject:
    """Return the dashboard in its canonical form."""
    plain: Json = {
        "displayName": args.title,
        "labels": dict(args.labels),
        "mosaicLayout": mosaic(args.sections),
    }
    if args.filters:
        plain["dashboardFilters"] = [one.json() for one in args.filters]
    if args.marks:
        plain["annotations"] = annotations(args.marks)
    return normal_form.canonical(cast("dict[str, object]", plain))


def _with_digest(form: JsonObject, args: DashboardArgs) -> Json:
    digest = normal_form.digest_of_form(form)
    return cast("Json", {**form, "labels": {**dict(args.labels), DIGEST_LABEL: digest}})
