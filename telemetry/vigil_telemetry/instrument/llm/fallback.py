"""A call that stands in for one that failed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from vigil_telemetry.context import put_back


class Chain:
    """The calls of one question, tried one after the other."""

    __slots__ = ("failed",)

    def __init__(self) -> None:
        self.failed: str | None = None


_chain: ContextVar[Chain | None] = ContextVar("vigil_llm_fallback", default=None)
current_chain = _chain.get


@contextmanager
def fallbacks() -> Generator[None]:
    """Take calls in the block for tries at one answer: one after a failure names the one that failed (`fallback_of`).

    ```python
    with fallbacks():
        for model in ("gpt-5.4", "claude-sonnet-5"):
            try:
                return await ask(model)
            except Exception:
                continue
    ```
    """
    token = _chain.set(Chain())
    try:
        yield
    finally:
        put_back(_chain, token)
