from __future__ import annotations

import asyncio

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from tests.telemetry.instrument.shop.events import Stepped
from vigil_telemetry import emit


@activity.defn
async def reserve(step: str) -> str:
    emit(Stepped(step=f"activity {step}"))
    return step


@activity.defn
def pack(step: str) -> str:
    """Runs on a thread."""
    emit(Stepped(step=f"thread {step}"))
    return step


@activity.defn
async def flaky(fails: int) -> int:
    attempt = activity.info().attempt
    if attempt <= fails:
        raise ValueError(f"attempt {attempt} failed for jane@example.com")
    return attempt


@activity.defn
async def refuse(benign: bool) -> None:
    category = ApplicationErrorCategory.BENIGN if benign else ApplicationErrorCategory.UNSPECIFIED
    raise ApplicationError("sold out", type="SoldOut", non_retryable=True, category=category)


@activity.defn
async def hang() -> None:
    await asyncio.sleep(60)


ALL = [reserve, pack, flaky, refuse, hang]
