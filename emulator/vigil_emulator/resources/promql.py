"""PromQL in alert policies: it must parse, and have nothing that Google's PromQL does not."""

from vigil_apimodel.promql import QueryError, incompatibilities, parse


def problem(query: str) -> str | None:
    """Return why a query is refused; None if it is not."""
    try:
        expr = parse(query)
    except QueryError as error:
        return f"The query does not parse: {error}"
    return next((f"The query cannot be evaluated: {wrong}" for wrong in incompatibilities(expr)), None)
