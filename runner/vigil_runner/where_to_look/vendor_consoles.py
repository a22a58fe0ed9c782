"""The consoles of what runs outside Google Cloud: what each shows beyond ours, by the vendor's own documentation.

Addresses with `_` for the project are Supabase's own: its console asks which project is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view of a console: what it shows, its address, and the vendor's page that says so."""

    title: str
    address: str
    shows: str
    documented: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The console of one vendor, with the views that show more than our dashboards.

    `drain` is the kind of drain that brings its lines here; `job` is how the name of the collector's job for its
    metrics begins. Both are empty where the data comes by itself. While they are off, only that console has data.
    """

    vendor: str
    views: tuple[View, ...]
    drain: str = ""
    job: str = ""


SUPABASE: Final = Console(
    vendor="Supabase",
    drain="supabase",
    job="supabase-",
    views=(
        View(
            title="Logs",
            address="https://supabase.com/dashboard/project/_/logs",
            shows="lines of API gateway, Postgres, Auth, Storage, PostgREST, Edge Functions, Realtime and poolers in "
            "one place, with a timeline; how far back depends on the plan",
            documented="https://supabase.com/docs/guides/platform/logs",
        ),
        View(
            title="Database report",
            address="https://supabase.com/dashboard/project/_/observability/database",
            shows="memory and more as Supabase itself measures it: the second opinion when our collector is silent; "
            "how far back depends on the plan",
            documented="https://supabase.com/docs/guides/telemetry/reports",
        ),
        View(
            title="Database settings",
            address="https://supabase.com/dashboard/project/_/database/settings",
            shows="the size of the disk, WAL and system files included",
            documented="https://supabase.com/docs/guides/platform/database-size",
        ),
    ),
)

TEMPORAL: Final = Console(
    vendor="Temporal",
    views=(
        View(
            title="Workflows",
            address="https://cloud.temporal.io/",
            shows="every execution within the namespace's retention, by status, id, type, time or search attribute; of "
            "one execution its event history (inputs, activity results, timers, messages), its workers and its pending "
            "activities. Our logs have the ids (`workflow_id`, `run_id`), never the payloads. With one's own server "
            "it is that server's Web UI",
            documented="https://docs.temporal.io/web-ui",
        ),
    ),
)

VERCEL: Final = Console(
    vendor="Vercel",
    drain="vercel",
    views=(
        View(
            title="Logs",
            address="https://vercel.com/dashboard",
            shows="the project's *Logs*: lines of functions as they come, grouped by request; how long they are kept "
            "depends on the plan",
            documented="https://vercel.com/docs/logs/runtime",
        ),
        View(
            title="Deployments",
            address="https://vercel.com/dashboard",
            shows="the build log of each deployment; a production deployment is rolled back there",
            documented="https://vercel.com/docs/deployments/logs",
        ),
        View(
            title="Analytics",
            address="https://vercel.com/dashboard",
            shows="top pages, referrers, countries and browsers of visitors, where Web Analytics is on",
            documented="https://vercel.com/docs/analytics",
        ),
    ),
)

CONSOLES: Final[Mapping[str, Console]] = {
    "vigil:supabase:Database": SUPABASE,
    "vigil:temporal:Workers": TEMPORAL,
    "vigil:temporal:Cloud": TEMPORAL,
    "vigil:vercel:Frontend": VERCEL,
}
"""By the type of the part that runs there."""
