"""Calls of language models: the attempt, its outcome and its cost. Prompts and answers are not written.

`instrument_llm` logs the calls of an OpenAI, Anthropic or google-genai client, `wrap` those of any function, `LlmCall`
those made by hand. `fallbacks` joins a call with the one that it stands in for, `prices` knows what tokens cost,
`content` captures prompts and answers where that is allowed.
"""

from vigil_telemetry.instrument.llm.answers import Answer, Usage
from vigil_telemetry.instrument.llm.calls import LlmCall
from vigil_telemetry.instrument.llm.clients import instrument_llm
from vigil_telemetry.instrument.llm.content import capture_content
from vigil_telemetry.instrument.llm.errors import classify
from vigil_telemetry.instrument.llm.fallback import fallbacks
from vigil_telemetry.instrument.llm.prices import Price, Rates, add_prices, cost_of
from vigil_telemetry.instrument.llm.wrapper import wrap

__all__ = [
    "Answer", "LlmCall", "Price", "Rates", "Usage", "add_prices", "capture_content", "classify", "cost_of", "fallbacks",
    "instrument_llm", "wrap",
]  # fmt: skip
