"""How the processes of the mixed run are set up: by the environment, as in a container."""

from __future__ import annotations

import logging
import os

from vigil_telemetry import configure
from vigil_telemetry.bridges.stdlib import capture

TEMPORAL, LLM, API, QUEUE = (
    os.environ.get(name, "") for name in ("SHOP_TEMPORAL", "SHOP_LLM", "SHOP_API", "SHOP_QUEUE")
)


def set_up(service: str) -> None:
    configure(service=service, version="1", environment="test", project="shop", level="DEBUG", pseudonym_key="shop")
    capture()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
