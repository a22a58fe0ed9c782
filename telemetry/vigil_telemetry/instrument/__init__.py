"""Instrumentation of what applications call and run: outbound HTTP, databases, Temporal, language models and agents.

`instrument_fastapi(app)` logs requests that come in. `instrument_httpx`, `instrument_requests` and
`instrument_sqlalchemy` log calls that go out, `instrument_llm` those of language models. `agents` has the runs of
agents and their tools, `temporal` a plugin for client and worker, `propagation` carries ids along. Nothing but the
plugin imports the library that it instruments, and each part is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigil_telemetry.instrument._fastapi import instrument_fastapi
    from vigil_telemetry.instrument._httpx import instrument_httpx
    from vigil_telemetry.instrument._requests import instrument_requests
    from vigil_telemetry.instrument._sqlalchemy import instrument_sqlalchemy, named_query
    from vigil_telemetry.instrument.llm import instrument_llm

__all__ = [
    "instrument_fastapi",
    "instrument_httpx",
    "instrument_llm",
    "instrument_requests",
    "instrument_sqlalchemy",
    "named_query",
]

_MODULES = {
    "instrument_fastapi": "_fastapi",
    "instrument_httpx": "_httpx",
    "instrument_llm": "llm",
    "instrument_requests": "_requests",
    "instrument_sqlalchemy": "_sqlalchemy",
    "named_query": "_sqlalchemy",
}


if not TYPE_CHECKING:  # a type checker would take every name for one of the module's

    def __getattr__(name: str) -> object:
        """Load a part when it is first used: a workflow's sandbox, or a small service, needs few of them."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
