"""An agent that answers customers' questions: plans with one model, calls a tool, writes with another.

`python -m demo.shop.agent` takes its work from its own Temporal task queue, as a service named `agents`. It
uses the providers' own client libraries; the demo's models are served by `demo.stand_ins.llm`.
"""

import asyncio
from functools import cache

import anthropic
import httpx
import openai
from temporalio import activity

from demo.shop.environment import AGENTS, Environment
from vigil_telemetry.instrument import instrument_httpx, instrument_llm
from vigil_telemetry.instrument.agents import agent_run

PLANNER = "gpt-5-mini"
WRITER = "claude-sonnet-5"
KEY = "local-only"
"""The demo's provider takes any key."""
PATIENCE = 5.0
"""Seconds until a model's silence counts as a failure."""
TOKENS = 300


@cache
def planner() -> openai.AsyncOpenAI:
    """Return the client of the model that plans; a refused call is tried once more by the library."""
    url = f"{Environment.read().llm}/v1"
    return instrument_llm(openai.AsyncOpenAI(base_url=url, api_key=KEY, timeout=PATIENCE, max_retries=1))


@cache
def writer() -> anthropic.AsyncAnthropic:
    """Return the client of the model that writes."""
    url = Environment.read().llm
    return instrument_llm(anthropic.AsyncAnthropic(base_url=url, api_key=KEY, timeout=PATIENCE, max_retries=1))


@cache
def shop() -> httpx.AsyncClient:
    """Return the client of the orders service."""
    client = httpx.AsyncClient(base_url=Environment.read().api, timeout=PATIENCE, trust_env=False)
    return instrument_httpx(client, target="api", propagate_to=[client.base_url.host])


@activity.defn
async def answer(question: str) -> str:
    """Return what the agent says to a question."""
    async with agent_run("support", revision="1") as run:
        run.step()
        plan = await planner().chat.completions.create(
            model=PLANNER, messages=[{"role": "user", "content": f"What has to be known to answer: {question}"}]
        )
        async with run.tool("latest_orders") as tool:
            reply = await shop().get("/orders", params={"limit": 3})
            reply.raise_for_status()
            tool.answered(size=len(reply.content))
        run.step()
        known = f"{plan.choices[0].message.content}\n{reply.text}\n{question}"
        async with writer().messages.stream(
            model=WRITER, max_tokens=TOKENS, messages=[{"role": "user", "content": known}]
        ) as stream:
            return await stream.get_final_text()


if __name__ == "__main__":
    from demo.shop.agent import answer as named  # under the module's name, not as `__main__`'s
    from demo.shop.worker_process import work

    asyncio.run(work(service="agents", queue=AGENTS, activities=[named]))
