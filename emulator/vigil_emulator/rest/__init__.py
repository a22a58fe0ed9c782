"""The REST surface: from an HTTP request to a call of a method, and back.

`discovery` says which method a path is, `schema` what a body may hold, `presence` what the documents leave out,
`masks` what `updateMask` and `fields` select; `api` answers requests, `asgi` takes them from a server,
`faults` spoils them on demand.
"""
