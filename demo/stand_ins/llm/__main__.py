"""Serves the provider: `python -m demo.stand_ins.llm --port 8100`."""

from demo.shop.server import main

main("demo.stand_ins.llm:build", service="llm", version="1.0.0")
