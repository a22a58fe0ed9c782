"""Cloud Logging and Cloud Monitoring on one machine.

`python -m vigil_emulator --help` runs it. In your own process: `server.Emulator` (an ASGI application with
its data plane), `http_server.in_thread` (a server for a test), `clock` (real, scaled, virtual time),
`environment.variables` (how clients find it), `calls` and `errors` (what methods take and raise).
"""
