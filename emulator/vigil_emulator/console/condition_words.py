"""A policy's conditions in words, for someone who reads no PromQL."""

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, texts
from vigil_apimodel.metrics import EVERY_LABEL
from vigil_emulator.alerting.engine import LOG_INTERVAL
from vigil_emulator.alerting.policy import Absence, Condition, Log, Policy, PromQL, Threshold
from vigil_emulator.console.condition_chart import compared
from vigil_emulator.console.sources import metrics_of
from vigil_emulator.console.time_words import duration
from vigil_emulator.metrics.series_list import Aggregation
from vigil_emulator.times import MINUTE

_SIDES = {
    ">": "above",
    ">=": "at or above",
    "<": "below",
    "<=": "at or below",
    "==": "equal to",
    "!=": "not equal to",
    "COMPARISON_GT": "above",
    "COMPARISON_GE": "at or above",
    "COMPARISON_LT": "below",
    "COMPARISON_LE": "at or below",
    "COMPARISON_EQ": "equal to",
    "COMPARISON_NE": "not equal to",
}


def opens(condition: Condition) -> str:
    """Return when the condition opens an incident, as one or two sentences."""
    test = condition.test
    match test:
        case PromQL():
            found = compared(test.query)
            if found is None:
                sentence = "Opens an incident for each series that the query returns"
            else:
                _, sign, limit = found
                sentence = f"Opens an incident for each series whose value is {_SIDES[sign]} {limit:g}"
            also = _also(test.query)
            return f"{sentence}{_lasting(test.duration)}{also}. The query runs every {_every(test.interval)}."
        case Threshold():
            ahead = f" within {duration(test.horizon)}, as its trend predicts" if test.horizon else ""
            side = _SIDES.get(test.comparison, test.comparison)
            ratio = "the ratio of two metrics" if test.denominator_filter else _metric(condition.body)
            return (
                f"Opens an incident for each series of {ratio}{_aggregated(test.aggregations)} that is "
                f"{side} {test.value:g}{ahead}{_lasting(test.duration)}."
            )
        case Absence():
            return (
                f"Opens an incident for each series of {_metric(condition.body)} that had data, "
                f"and then has none for {duration(test.duration)}."
            )
        case Log():
            return (
                f"Opens an incident when a log entry matches the filter. It notifies once in "
                f"{duration(LOG_INTERVAL)}, and {limits.NOTIFICATIONS_A_DAY} times a day, at most."
            )
        case _:
            return f"The emulator does not evaluate this condition: {test.reason}."


def notifies(policy: Policy, body: JsonObject) -> str:
    """Return when the policy notifies and when it closes an incident, as sentences."""
    prompts = [word for key, word in (("OPENED", "opens"), ("CLOSED", "closes")) if key in policy.prompts]
    when = " and when it ".join(prompts)
    again = sorted(set(policy.renotify.values()))
    repeat = f" It notifies again every {duration(again[0])} while the incident is open." if again else ""
    closing = f" An incident closes by itself {duration(policy.auto_close)} after its last data."
    nobody = "" if texts(body, "notificationChannels") else " No channel is attached: nobody is notified."
    return f"Notifies when an incident {when}.{repeat}{closing}{nobody}"


def _lasting(ns: int) -> str:
    return f" for {duration(ns)} in a row" if ns else " once"


def _every(ns: int) -> str:
    return duration(ns).removeprefix("1 ").replace("min", "minute") if ns == MINUTE else duration(ns)


def _also(query: str) -> str:
    """Return a note where the comparison is one of several."""
    more = {" and ": ", while the rest of the query also holds", " unless ": ", unless the rest of the query holds"}
    return next((words for sign, words in more.items() if sign in f" {query} "), "")


def _metric(condition: JsonObject) -> str:
    names = sorted(metrics_of(condition))
    return f"`{names[0]}`" if len(names) == 1 else "the metric"


def _aggregated(steps: tuple[Aggregation, ...]) -> str:
    """Return how values are combined: `, as rate over 5 min, sum by zone`."""
    parts: list[str] = []
    for step in steps:
        if step.aligner != "ALIGN_NONE":
            parts.append(f"{_word(step.aligner)} over {duration(step.period)}")
        if step.reducer != "REDUCE_NONE":
            by = ", ".join(_grouped(name) for name in step.group_by)
            parts.append(_word(step.reducer) + (f" by {by}" if by else ""))
    return f" ({', '.join(parts)})" if parts else ""


def _grouped(field: str) -> str:
    owner, _, name = field.partition(".")
    label = name.rpartition(".")[2]
    return f"every label of the {owner}" if label == EVERY_LABEL else label


def _word(name: str) -> str:
    return name.partition("_")[2].replace("_", " ").lower()
