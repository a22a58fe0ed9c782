"""PromQL in alert policies: it must parse, as Google's parser takes it."""

import re

from vigil_emulator.promql.bounds import check_size, parsed
from vigil_emulator.promql.frame import PromQLError

_PARTS = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?P<brace>[{}])|(?P<operator>==|!=|<=|>=|=~|!~)|(?P<equal>=)"""
)


def standard(query: str) -> str:
    """The query with ``==`` where it compares with ``=``.

    Google takes both: two of its sample policies compare with a single one (monitoring-dashboard-samples,
    ``google-workload-manager/sap-hana-*-low``), which Prometheus' own parser refuses.
    """
    depth = 0
    out: list[str] = []
    position = 0
    for part in _PARTS.finditer(query):
        out.append(query[position : part.start()])
        position = part.end()
        depth += {"{": 1, "}": -1}.get(part["brace"] or "", 0)
        out.append("==" if part["equal"] and depth == 0 else part[0])
    return "".join(out) + query[position:]


def problem(query: str) -> str | None:
    """Why a query does not parse; None if it does."""
    try:
        check_size(query)
        parsed(standard(query))
    except (ValueError, OverflowError, PromQLError) as error:
        return str(error)
    return None
