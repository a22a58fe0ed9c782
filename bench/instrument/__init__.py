"""What instrumentation costs: a request against asgi-correlation-id with structlog, Temporal against the plain worker.

`requests` has the contestants for requests, `temporal` those for workflows and activities, `bench` measures and writes
`build/bench/instrument.json`.
"""
