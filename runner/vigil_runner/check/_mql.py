"""The PromQL of a simple MQL query: one metric, equal labels, one aligner, one reducer, one comparison."""

import re
from typing import Final

from vigil_apimodel import promql

_FETCH = re.compile(r"fetch\s+([\w./-]+)\s*(?:::|\|\s*metric)\s*'?([\w./-]+)'?")
_FILTER = re.compile(r"(?:filter\s+|&&\s*)(?:\(?\s*)(?:metric|resource)\.(\w+)\s*==\s*'([^']*)'")
_ALIGN = re.compile(r"align\s+(rate|delta|mean_aligner|max|min)?\s*\(?\s*(\d+[smh])?")
_GROUP = re.compile(r"group_by\s+\[([^\]]*)\]\s*,\s*(?:\[[^:\]]*:\s*)?(?:aggregate|sum|mean|max|min|count)?\s*\(?")
_REDUCER = re.compile(r"group_by\s+\[[^\]]*\]\s*,\s*(?:\[\s*\w*\s*:\s*)?(sum|mean|max|min|count)")
_CONDITION = re.compile(r"condition\s+(?:val\(\)|[\w.]+)\s*(>=|<=|>|<)\s*([0-9.]+)")
_STEPS = re.compile(r"\b(fetch|metric|filter|align|group_by|every|condition)\b|\|\s*(\w+)")
_KNOWN: Final = frozenset({"fetch", "metric", "filter", "align", "group_by", "every", "condition"})
_OVER: Final = {
    "rate": "rate",
    "delta": "increase",
    "mean_aligner": "avg_over_time",
    "max": "max_over_time",
    "min": "min_over_time",
}
_REDUCERS: Final = {"sum": "sum", "mean": "avg", "max": "max", "min": "min", "count": "count"}


def as_promql(query: str) -> str | None:
    """Return the PromQL that says the same; None if it has more than one metric, label, aligner and reducer."""
    fetched, condition = _FETCH.search(query), _CONDITION.search(query)
    steps = {first or second for first, second in _STEPS.findall(query)}
    if fetched is None or condition is None or not steps <= _KNOWN or "ratio" in query or "||" in query:
        return None
    resource, metric = fetched.groups()
    written = len(re.findall(r"==|!=|=~|!~", query))
    labels = _FILTER.findall(query)
    if written != len(labels):
        return None
    matchers = [f'monitored_resource="{resource}"', *(f'{key}="{value}"' for key, value in labels)]
    found = promql.selector(promql.metric_name(metric), matchers)
    align = _ALIGN.search(query)
    if align is not None:
        found = f"{_OVER[align[1] or 'rate']}({found}[{align[2] or '1m'}])"
    reducer, group = _REDUCER.search(query), _GROUP.search(query)
    if reducer is not None and group is not None:
        by = ", ".join(part.strip().rpartition(".")[2] for part in group[1].split(",") if part.strip())
        found = f"{_REDUCERS[reducer[1]]}{f' by ({by}) ' if by else ''}({found})"
    elif "group_by" in steps:
        return None
    return f"{found} {condition[1]} {condition[2]}"
