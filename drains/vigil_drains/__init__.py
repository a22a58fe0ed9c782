"""Small services that take what Vercel and Supabase send and write it on as catalog events, on standard output.

`app` is the ASGI application (health check, answers), `authentication` and `secrets` decide who is let in,
`protocol` and `bodies` limit what a request may cost, `batches` takes a body apart, `vercel` and `supabase`
turn records into events, `texts` cuts them, `once` knows what was seen.
`python -m vigil_drains --kind vercel|supabase --port N` serves one of them.
"""

from vigil_drains.app import Drains, supabase_app, vercel_app

__all__ = ["Drains", "supabase_app", "vercel_app"]
