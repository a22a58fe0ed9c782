"""Its activities: an agent that asks a model and calls the API back, and a database."""

from __future__ import annotations

from functools import cache

import anthropic
import httpx
import sqlalchemy
from sqlalchemy.pool import StaticPool
from temporalio import activity

from tests.telemetry.instrument.shop import settings
from vigil_telemetry.instrument import instrument_httpx, instrument_llm, instrument_sqlalchemy, named_query
from vigil_telemetry.instrument.agents import agent_run


@cache
def engine() -> sqlalchemy.Engine:
    made = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    return instrument_sqlalchemy(made)


@activity.defn
async def assist(number: int) -> str:
    async with (
        instrument_llm(anthropic.AsyncAnthropic(base_url=settings.LLM, api_key="x")) as model,
        instrument_httpx(httpx.AsyncClient(base_url=settings.API), target="api", propagate_to=["127.0.0.1"]) as api,
        agent_run("support") as run,
    ):
        run.step()
        async with run.tool("stock"):
            stock = (await api.get(f"/stock/{number}")).json()
        async with model.messages.stream(
            model="claude-sonnet-5", max_tokens=99, messages=[{"role": "user", "content": f"{stock} left of {number}"}]
        ) as stream:
            return await stream.get_final_text()


@activity.defn
def save(number: int) -> None:
    with engine().begin() as connection:
        connection.execute(named_query(sqlalchemy.text("SELECT :number"), "orders.save"), {"number": number})
