"""Addresses in the Google Cloud console, made from the same filters that the resources use."""

from typing import Literal
from urllib.parse import quote

from vigil_apimodel import lql
from vigil_components.arguments import Name, PositiveCount, Project, validated

_CONSOLE = "https://console.cloud.google.com"


@validated
def logs(project: Project, query: str) -> str:
    """Log Explorer with `query` (Logging query language) filled in.

    The form is the one that the console itself shares: the query is a path parameter, so `;` and `/` are escaped
    too.
    """
    return f"{_CONSOLE}/logs/query;query={quote(query, safe='')}?project={quote(project, safe='')}"


@validated
def logs_within(project: Project, query: str, longest: PositiveCount) -> str:
    """Return `logs`, with fewer conditions where the address has more characters than `longest`.

    The longest conditions go first, so that the page shows more entries rather than none: a list of a hundred services
    is longer than a link of an alert policy may be.
    """
    address = logs(project, query)
    if len(address) <= longest or not query:
        return address
    expression = lql.parse(query)
    terms = list(expression.terms) if isinstance(expression, lql.And) else []
    if terms:
        terms.remove(max(terms, key=lambda term: len(lql.render(term))))
    return logs_within(project, lql.render(lql.all_of(terms)), longest)


@validated
def dashboard(project: Project, dashboard_id: Name) -> str:
    """Return one dashboard; `dashboard_id` is the last segment of its resource name."""
    return f"{_CONSOLE}/monitoring/dashboards/builder/{quote(dashboard_id, safe='')}?project={quote(project, safe='')}"


@validated
def alert_policy(project: Project, policy_id: Name) -> str:
    """Return one alert policy with its incidents; `policy_id` is the last segment of its resource name."""
    return f"{_CONSOLE}/monitoring/alerting/policies/{quote(policy_id, safe='')}?project={quote(project, safe='')}"


Place = Literal[
    "logs/storage",
    "logs/router",
    "logs/metrics",
    "monitoring/dashboards",
    "monitoring/services",
    "monitoring/alerting/policies",
    "monitoring/alerting/notifications",
    "monitoring/uptime",
]
"""A list in the console, by its path: log buckets and views, sinks, log-based metrics, dashboards, SLOs and so on."""


@validated
def listing(project: Project, place: Place) -> str:
    """Return the list of everything of one kind: for what has no id before it is deployed."""
    return f"{_CONSOLE}/{place}?project={quote(project, safe='')}"


@validated
def last_segment(name: str) -> str:
    """Return the id at the end of a resource name: `projects/p/dashboards/d` gives `d`."""
    return name.rsplit("/", 1)[-1]
