"""Names of what infra/ deploys that others must know too: constants alone, so that reading them costs nothing."""

VERCEL_DRAIN, SUPABASE_DRAIN = "vercel-drain", "supabase-drain"
"""The Cloud Run services that receive drains."""
