"""Instrumentation of what applications call and run: outbound HTTP, databases, Temporal, language models and agents.

Nothing here imports the library that it instruments before that is used. `fastapi` logs requests that come in;
`outbound`, `httpx`, `requests` and `sqlalchemy` calls that go out; `temporal` is a plugin for client and worker; `llm`
wraps calls of language models, `agents` the runs of agents and their tools; `propagation` carries ids along.
"""
