"""Instrumentation of what applications call and run: outbound HTTP, databases, Temporal, language models and agents.

Nothing here imports the library that it instruments before that is used. `outbound`, `httpx`, `requests` and `sqlalchemy`
log calls, `temporal` is a plugin for clients and workers, `llm` wraps calls of language models, `agents` the runs of
agents and their tools, `propagation` carries ids to the next process. Requests that come in are logged by
`vigil_telemetry.asgi`.
"""
