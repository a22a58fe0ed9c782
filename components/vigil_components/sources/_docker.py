"""Containers on Docker hosts, whose lines an agent parses, or a driver keeps as text."""

import re
from dataclasses import dataclass
from typing import Literal

from vigil_apimodel import lql
from vigil_apimodel.syntax import quote
from vigil_components.arguments import validated
from vigil_components.sources._source import NamedSource, Origin


@validated
@dataclass(frozen=True, kw_only=True)
class DockerHost(NamedSource):
    """A container on a Docker host that you run yourself.

    The Ops Agent, Fluent Bit and the OpenTelemetry Collector parse a JSON line into fields. Docker's `gcplogs` driver
    keeps it as text inside `jsonPayload.message`, where filters and extractors then look. Prefer an agent: it also
    understands severity and time.
    """

    shipper: Literal["ops-agent", "fluent-bit", "otel-collector", "gcplogs"] = "ops-agent"
    """What brings the lines to Cloud Logging. Default: the Ops Agent."""
    resource: Literal["gce_instance", "generic_node", "global"] = "gce_instance"
    """Type of the monitored resource: `gce_instance` on Compute Engine (default), else one of the others."""

    @property
    def resource_type(self) -> str:
        """The type of the host's monitored resource."""
        return self.resource

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of this service by the name that the library writes into each line: a host runs several."""
        if self.shipper == "gcplogs":
            named = lql.matches("jsonPayload.message", _in_text("service", self.name))
        else:
            named = lql.eq("jsonPayload.service", self.name)
        return lql.all_of(lql.eq("resource.type", self.resource_type), named)

    def event_filter(self, event: str) -> lql.Expr:
        """Return a filter on the field `event`, or on its text in the line."""
        if self.shipper == "gcplogs":
            return lql.matches("jsonPayload.message", _in_text("event", event))
        return lql.eq("jsonPayload.event", event)

    def extractor(self, path: str) -> str:
        """Return an extractor that reads the field, or its text in the line."""
        if self.shipper == "gcplogs":
            key = path.rsplit(".", 1)[-1]
            return f"REGEXP_EXTRACT(jsonPayload.message, {quote(_value_in_text(key))})"
        return f"EXTRACT({path})"

    @property
    def origin(self) -> Origin:
        """One container on one host."""
        labels = {
            "gce_instance": {"instance_id": "1", "zone": "europe-west1-b"},
            "generic_node": {"location": "europe-west1", "namespace": "", "node_id": "host-1"},
            "global": dict[str, str](),
        }[self.resource]
        plain = self.shipper == "gcplogs"
        log = "gcplogs-docker-driver" if plain else self.name
        return Origin(resource=self.resource, labels=labels, writer=self.name, log=log, text=plain)


def _in_text(key: str, value: str) -> str:
    """Return a regular expression for a text member of a JSON line as the library writes it: no space, quoted keys."""
    return f'"{key}":"{re.escape(value)}"'


def _value_in_text(key: str) -> str:
    """Return a regular expression whose one group is the value of a member: a number, true or false, else a text.

    A text may hold commas and braces, as a route does (`/orders/{number}`). Cloud Logging allows one group, so both
    kinds share it. What follows tells them apart: after a number the next key or the line's end, after a text its
    closing quote.
    """
    number = r"-?[0-9][0-9.eE+-]*|true|false"
    text = r'(?:[^"\\]|\\.)*'
    return f'"{key}":"?({number}|{text})(?:"[,}}\\]]|[}}\\]]*(?:,"[^,}}\\]]|$))'
