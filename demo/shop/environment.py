"""How the demo's processes are set up: by the environment, as in a container. What is not there is not used."""

import os
from dataclasses import dataclass
from typing import Self

ORDERS = "orders"
"""Task queue of the workers."""
AGENTS = "agents"
"""Task queue of the agents: activities only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where everything is; an empty address stands for a part that is not there."""

    temporal: str
    """Host and port of the Temporal server."""
    outside: str
    """Where payments and the carrier are."""
    llm: str
    """The provider of language models, which speaks as OpenAI and as Anthropic."""
    api: str
    """The orders service, which the agent asks."""
    database: str
    """URL of the orders' database; empty: SQLite in memory."""
    database_metrics: str
    """URL of a PostgreSQL for a role that may read its statistics; empty: the metrics of the database are invented."""
    metrics: str
    """Where the Temporal SDK's metrics are served, as HOST:PORT."""
    heartbeat: float
    """Seconds between two heartbeats."""

    @classmethod
    def read(cls) -> Self:
        """Read `TEMPORAL_ADDRESS`, `OUTSIDE_URL`, `LLM_URL`, `API_URL`, `DATABASE_URL`, `METRICS_ADDRESS`.

        And `DATABASE_METRICS_URL` and `HEARTBEAT_SECONDS`; raises ValueError where that is no positive number.
        """
        seconds = os.environ.get("HEARTBEAT_SECONDS", "60")
        try:
            heartbeat = float(seconds)
        except ValueError:
            heartbeat = 0.0
        if heartbeat <= 0:
            raise ValueError(f"HEARTBEAT_SECONDS must be a positive number of seconds, not {seconds!r}")
        return cls(
            temporal=os.environ.get("TEMPORAL_ADDRESS", ""),
            outside=os.environ.get("OUTSIDE_URL", ""),
            llm=os.environ.get("LLM_URL", ""),
            api=os.environ.get("API_URL", ""),
            database=os.environ.get("DATABASE_URL", ""),
            database_metrics=os.environ.get("DATABASE_METRICS_URL", ""),
            metrics=os.environ.get("METRICS_ADDRESS", ""),
            heartbeat=heartbeat,
        )
