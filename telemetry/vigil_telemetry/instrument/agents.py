"""Runs of agents and the tools that they call, nested by id.

```python
with agent_run("support") as run:
    while not done:
        run.step()
        reply = client.messages.create(...)        # its lines have the run's id, its tokens count for the run
        with run.tool("search_orders") as tool:    # lines below have the tool call's id as a label
            found = search(...)
            tool.answered(size=len(found))
```
"""

from __future__ import annotations

from contextvars import Token
from time import perf_counter
from types import TracebackType
from typing import Self, cast
from uuid import uuid4

from vigil_telemetry.arguments import validated
from vigil_telemetry.context import bind, current_ids, put_back
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.agent import (
    AgentRunCompleted,
    AgentRunFailed,
    AgentRunStarted,
    RunOutcome,
    ToolCallAttempted,
    ToolCallCompleted,
    ToolCallFailed,
)
from vigil_telemetry.exceptions import error_text, error_type
from vigil_telemetry.instrument.llm.tally import Tally, current_tally, tally_var
from vigil_telemetry.instrument.places import caller_place


class ToolCall:
    """One call of a tool, as `with` or `async with`; made by `AgentRun.tool`."""

    def __init__(self, agent: str, tool: str, call_id: str | None = None, attempt: int | None = None) -> None:
        self.call_id = call_id or uuid4().hex
        self._agent, self._tool, self._attempt = agent, tool, attempt
        self._place = caller_place()
        self._bind = bind(tool_call_id=self.call_id)
        self._started = 0.0
        self._size: int | None = None

    def answered(self, *, size: int) -> None:
        """Note how many bytes go back to the model."""
        self._size = size

    def __enter__(self) -> Self:
        self._bind.__enter__()
        self._started = perf_counter()
        emit(
            ToolCallAttempted(agent=self._agent, tool=self._tool, call_id=self.call_id, attempt=self._attempt),
            place=self._place,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        duration = round(perf_counter() - self._started, 6)
        if value is None:
            emit(
                ToolCallCompleted(
                    agent=self._agent, tool=self._tool, call_id=self.call_id, duration=duration, result_size=self._size
                ),
                place=self._place,
            )
        else:
            emit(
                ToolCallFailed(
                    agent=self._agent,
                    tool=self._tool,
                    call_id=self.call_id,
                    error_type=error_type(value),
                    error=error_text(value),
                    duration=duration,
                ),
                exception=value if isinstance(value, Exception) else None,
                place=self._place,
            )
        self._bind.__exit__(kind, value, trace)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, value, trace)


class AgentRun:
    """One run of an agent, as `with` or `async with`; made by `agent_run`."""

    def __init__(self, agent: str, *, revision: str | None = None, run_id: str | None = None) -> None:
        self.run_id = run_id or uuid4().hex
        self._agent, self._revision = agent, revision
        self._place = caller_place()
        outer = current_ids()
        self._parent_run, self._parent_call = outer.get("agent_run_id"), outer.get("tool_call_id")
        self._bind = bind(holder=True, agent_run_id=self.run_id)
        self._tally = Tally(current_tally())
        self._token: Token[Tally | None] | None = None
        self._outcome: RunOutcome | None = None
        self._started = 0.0
        self._steps = self._tools = 0

    def step(self) -> int:
        """Begin a turn of the agent's loop; its number, from 1."""
        self._steps += 1
        return self._steps

    def tool(self, tool: str, *, call_id: str | None = None, attempt: int | None = None) -> ToolCall:
        """Return a call of a tool.

        Args:
            tool: the tool's name, never its arguments.
            call_id: the provider's id of the call, where the model requested it.
            attempt: which attempt this is, where the agent tries again.
        """
        self._tools += 1
        return ToolCall(self._agent, tool, call_id, attempt)

    def end(self, outcome: RunOutcome) -> None:
        """Note how the run ends without an answer: `gave_up`, `step_limit`, `budget_limit`, `refused`."""
        self._outcome = outcome

    @property
    def total_tokens(self) -> int:
        """Tokens of all model calls so far: what a budget is checked against."""
        return self._tally.tokens

    def __enter__(self) -> Self:
        self._bind.__enter__()
        self._token = tally_var.set(self._tally)
        self._started = perf_counter()
        emit(
            AgentRunStarted(
                agent=self._agent, revision=self._revision, parent_run=self._parent_run, parent_call=self._parent_call
            ),
            place=self._place,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        duration = round(perf_counter() - self._started, 6)
        if value is not None and _failed(value):
            emit(
                AgentRunFailed(
                    agent=self._agent,
                    error_type=error_type(value),
                    error=error_text(value),
                    duration=duration,
                    steps=self._steps,
                ),
                exception=value,
                place=self._place,
            )
        else:
            cost = self._tally.cost
            emit(
                AgentRunCompleted(
                    agent=self._agent,
                    outcome=self._outcome or ("answered" if value is None else "cancelled"),
                    duration=duration,
                    steps=self._steps,
                    tool_calls=self._tools,
                    total_tokens=self._tally.tokens,
                    cost=round(cost, 9) if cost is not None else None,
                ),
                place=self._place,
            )
        if self._token is not None:
            put_back(tally_var, self._token)
        self._bind.__exit__(kind, value, trace)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, value, trace)


def _failed(error: BaseException) -> bool:
    """Return whether an error is a failure; what ends a task, a generator or the process cancels the run."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(_failed, cast("BaseExceptionGroup[BaseException]", error).exceptions))
    return isinstance(error, Exception)


@validated
def agent_run(agent: str, *, revision: str | None = None, run_id: str | None = None) -> AgentRun:
    """Return a run of an agent. Inside another run, or its tool call, it names that as its parent.

    Args:
        agent: which agent.
        revision: of its prompts and tools.
        run_id: an id of your own, such as that of a conversation's turn; default: a new one.
    """
    return AgentRun(agent, revision=revision, run_id=run_id)
