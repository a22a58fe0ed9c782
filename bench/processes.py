"""The time of processes that a bench starts."""

import resource


def children_cpu() -> float:
    """Return the seconds of CPU that all processes took that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
