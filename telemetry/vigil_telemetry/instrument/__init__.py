"""Instrumentation of what applications call and run: outbound HTTP, databases, Temporal, language models and agents.

Nothing but the plugin in `temporal` imports the library that it instruments. `fastapi` logs requests that come in;
`outbound`, `httpx`, `requests` and `sqlalchemy` calls that go out; `temporal` is a plugin for client and worker; `llm`
wraps calls of language models, `agents` the runs of agents and their tools; `propagation` carries ids along.
"""
