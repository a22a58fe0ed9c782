"""Which requests to a provider are calls of a model, by their path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vigil_telemetry.events.llm import LlmOperation
from vigil_telemetry.instrument.llm import anthropic, google, openai
from vigil_telemetry.instrument.llm.answers import Reader


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that asks a model for something."""

    operation: LlmOperation
    reader: Reader
    asks_usage: bool = False
    """Whether a stream has its tokens only when `stream_options` asks for them."""
    streamed: bool = False
    """Whether the path itself says that the answer is a stream."""


OPENAI: Mapping[str, Endpoint] = {
    "/chat/completions": Endpoint("chat", openai.COMPLETIONS, asks_usage=True),
    "/completions": Endpoint("text_completion", openai.COMPLETIONS, asks_usage=True),
    "/responses": Endpoint("chat", openai.RESPONSES),
    "/responses/compact": Endpoint("other", openai.RESPONSES),
    "/decisions": Endpoint("other", openai.RESPONSES),
    "/embeddings": Endpoint("embeddings", openai.EMBEDDINGS),
}
ANTHROPIC: Mapping[str, Endpoint] = {"/v1/messages": Endpoint("chat", anthropic.MESSAGES)}
GOOGLE: Mapping[str, Endpoint] = {
    "generateContent": Endpoint("generate_content", google.CONTENT),
    "streamGenerateContent": Endpoint("generate_content", google.CONTENT, streamed=True),
    "embedContent": Endpoint("embeddings", google.EMBEDDINGS),
    "batchEmbedContents": Endpoint("embeddings", google.EMBEDDINGS),
}
"""By the method at the end of the path, `models/{model}:generateContent`."""
