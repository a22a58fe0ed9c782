"""Calls of language models. Prompts and answers are never written; lengths, tokens and a fingerprint are.

The values of `provider`, `operation` and the fields' map to OpenTelemetry's GenAI conventions are in `bridges.genai`.
"""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event, SeverityBy
from vigil_telemetry.events.common import Attempt
from vigil_telemetry.fields import Bounded, Dollars, Identifier, Label, Measure, Number, Seconds, Text, Tokens
from vigil_telemetry.severity import Severity

Provider = Literal[
    "openai",
    "anthropic",
    "gcp.gen_ai",
    "gcp.vertex_ai",
    "gcp.gemini",
    "aws.bedrock",
    "azure.ai.openai",
    "azure.ai.inference",
    "cohere",
    "mistral_ai",
    "groq",
    "deepseek",
    "perplexity",
    "x_ai",
    "ibm.watsonx.ai",
    "moonshot_ai",
    "other",
]
LlmOperation = Literal["chat", "generate_content", "text_completion", "embeddings", "retrieval", "other"]
Model = Annotated[str, Bounded(at_most=30, by="the models that are configured")]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "other"]
LlmErrorType = Literal[
    "rate_limit", "timeout", "content_filter", "invalid_request", "auth", "server", "connection", "cancelled", "unknown"
]


class LlmCallAttempted(Event, tag="llm.call.attempted"):
    """A call to a language model goes out. One without a matching outcome was lost to a crash."""

    message: ClassVar = "calling {model} of {provider}, attempt {attempt}"
    metric_labels: ClassVar = ("provider", "model")

    provider: Label[Provider]
    """Who serves the model, by OpenTelemetry's names."""
    model: Label[Model]
    """Name of the requested model."""
    operation: Label[LlmOperation]
    """Kind of the request."""
    call_id: Identifier[str]
    """Joins attempts and outcome."""
    attempt: Label[Attempt]
    """Which attempt this is."""
    streamed: Label[bool]
    """Whether the answer comes in parts."""
    prompt_characters: Measure[Number] | None = None
    """Length of everything that is sent."""
    prompt_fingerprint: Identifier[str] | None = None
    """Keyed hash of what is sent, to find calls that are the same."""
    fallback_of: Identifier[str] | None = None
    """`call_id` of the call that failed before, where this one stands in for it."""


class LlmCallCompleted(Event, tag="llm.call.completed"):
    """A language model answered."""

    severity_by: ClassVar = SeverityBy(
        "finish_reason", {"length": Severity.WARNING, "content_filter": Severity.WARNING, "error": Severity.WARNING}
    )
    message: ClassVar = (
        "{model} answered after {duration:.2f} s: {input_tokens} + {output_tokens} tokens, {finish_reason}"
    )
    metric_labels: ClassVar = ("provider", "model")

    provider: Label[Provider]
    """Who serves the model."""
    model: Label[Model]
    """Name of the requested model."""
    operation: Label[LlmOperation]
    """Kind of the request."""
    finish_reason: Label[FinishReason]
    """Why it stopped; `length` means that the answer is cut."""
    call_id: Identifier[str]
    """Joins attempts and outcome."""
    attempt: Label[Attempt]
    """Which attempt this was."""
    streamed: Label[bool]
    """Whether the answer came in parts."""
    duration: Measure[Seconds]
    """From the call to the end of the answer."""
    input_tokens: Measure[Tokens] | None = None
    """Read by the model, cached ones among them; absent where the provider did not say."""
    output_tokens: Measure[Tokens] | None = None
    """Written by the model, reasoning among them."""
    total_tokens: Measure[Tokens] | None = None
    """Both together: what a budget counts."""
    first_token: Measure[Seconds] | None = None
    """From the call to the first part of a streamed answer."""
    cached_tokens: Measure[Tokens] | None = None
    """Read from the provider's cache."""
    reasoning_tokens: Measure[Tokens] | None = None
    """Written but not shown."""
    cache_write_tokens: Measure[Tokens] | None = None
    """Put into the provider's cache, where it charges for that."""
    tool_calls: Measure[Number] | None = None
    """Tools that the model asks for."""
    cost: Measure[Dollars] | None = None
    """By the price table in force: an estimate. Absent where the table does not know the model."""
    prices_of: Identifier[str] | None = None
    """Date of the price that the cost was computed with."""
    fallback_of: Identifier[str] | None = None
    """`call_id` of the call that failed before, where this one stood in for it."""
    response_model: Identifier[str] | None = None
    """The exact model that answered."""


class LlmCallFailed(Event, tag="llm.call.failed"):
    """A call to a language model failed, or its stream broke off."""

    severity: ClassVar = Severity.ERROR
    severity_by: ClassVar = SeverityBy("error_type", {"rate_limit": Severity.WARNING, "cancelled": Severity.NOTICE})
    message: ClassVar = "{model} of {provider} failed at attempt {attempt}: {error_type}"
    metric_labels: ClassVar = ("model", "error_type")

    provider: Label[Provider]
    """Who serves the model."""
    model: Label[Model]
    """Name of the requested model."""
    operation: Label[LlmOperation]
    """Kind of the request."""
    error_type: Label[LlmErrorType]
    """What kind of failure it is, the same for all providers."""
    call_id: Identifier[str]
    """Joins attempts and outcome."""
    attempt: Label[Attempt]
    """Which attempt this was."""
    retried: Label[bool]
    """Whether another attempt follows."""
    streamed: Label[bool]
    """Whether the answer was to come in parts."""
    duration: Measure[Seconds]
    """Until it failed."""
    error: Text
    """Class, status and codes of the error; never the provider's text, which quotes the prompt."""
    first_token: Measure[Seconds] | None = None
    """To the first part of a stream that broke off later."""
    input_tokens: Measure[Tokens] | None = None
    """Charged although the call failed, where the provider reports it."""
    output_tokens: Measure[Tokens] | None = None
    """Charged although the call failed, where the provider reports it."""
    status: Label[Annotated[int, Bounded(at_most=70, by="the status codes registered with IANA")]] | None = None
    """Of the provider's answer."""


class LlmContentCaptured(Event, tag="llm.content.captured"):
    """The prompt that a language model received, and its answer.

    Written only where capturing is switched on, which production refuses.
    """

    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "content of a call of {model}"

    provider: Label[Provider]
    """Who serves the model."""
    model: Label[Model]
    """Name of the requested model."""
    call_id: Identifier[str]
    """Joins it with the call."""
    prompt: Text | None = None
    """Everything that was sent, as JSON, scanned for personal data."""
    answer: Text | None = None
    """The text that came back, scanned."""
