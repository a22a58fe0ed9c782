"""Which typed component a resource is: it is built, rendered, and taken only where it says what was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from vigil_apimodel import tokens
from vigil_apimodel.json_fields import Fields
from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.metrics import Metric
from vigil_apimodel.rules import UNKNOWN
from vigil_components.wire import wire
from vigil_runner import items
from vigil_runner.check import Found
from vigil_runner.difference import changes_of
from vigil_runner.wire import APPLIED
from vigil_verify.adopt import _typed_logs as logs
from vigil_verify.adopt import _typed_monitoring as monitoring
from vigil_verify.adopt._built import Built, UnlikeError
from vigil_verify.adopt._typed_policies import policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A resource as the arguments of a typed component."""

    args: object
    """The component's arguments, a frozen dataclass."""
    description: str
    """What it was recognised as, in a few words."""

    @property
    def component(self) -> str:
        """The component that takes the arguments."""
        return type(self.args).__name__.removesuffix("Args")


Builder = Callable[[Fields, str, Mapping[str, Metric]], Built]
_BUILDERS: Final[Mapping[str, Builder]] = {
    tokens.ALERT_POLICY: policy,
    tokens.LOG_METRIC: logs.metric,
    tokens.PROJECT_BUCKET: logs.bucket,
    tokens.PROJECT_SINK: logs.sink,
    tokens.PROJECT_EXCLUSION: logs.exclusion,
    tokens.LOG_VIEW: logs.view,
    tokens.LOG_SCOPE: logs.scope,
    tokens.SAVED_QUERY: logs.saved_query,
    tokens.CHANNEL: monitoring.channel,
    tokens.UPTIME_CHECK: monitoring.uptime_check,
}
_WHY_RAW: Final = {
    tokens.DASHBOARD: "the JSON of a dashboard is its definition",
    tokens.SLO: "a typed objective is one of events, which the API does not know",
    tokens.CUSTOM_SERVICE: "a typed service is made with its objectives",
}


def typed(found: Found, *, project: str, user_metrics: Mapping[str, Metric]) -> Typed:
    """Return a resource as a typed component that renders to exactly what was found.

    `user_metrics` are the log-based metrics of the project by their type. Raises UnlikeError with the reason why
    none does.
    """
    build = _BUILDERS.get(found.type)
    if build is None:
        raise UnlikeError(_WHY_RAW.get(found.type, "no typed component declares it"))
    wanted = items.normal(found.type, cast("JsonObject", found.inputs))
    try:
        # the normal form of a policy is complete; that of other types leaves out their places
        places = {} if found.type == tokens.ALERT_POLICY else found.inputs
        built = build(cast("Fields", {**places, **wanted}), project, user_metrics)
        inputs = cast("JsonObject", wire(built.resource))
    except UnlikeError:
        raise
    except (ValueError, TypeError) as error:
        raise UnlikeError(str(error).partition("\n")[0]) from error
    if UNKNOWN in items.texts(inputs):
        raise UnlikeError("a typed one computes part of it during deployment")
    rendered = items.normal(found.type, APPLIED[found.type].check(inputs, urn="urn::::", project=project))
    change = next(changes_of(wanted, rendered), None)
    if change is not None:
        raise UnlikeError(f"a typed one differs at {change.path}: {_short(change.before)} -> {_short(change.after)}")
    return Typed(args=built.args, description=built.description)


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST: Final = 60
