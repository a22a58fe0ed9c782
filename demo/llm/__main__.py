"""Serves the provider: `python -m demo.llm --port 8100`."""

from demo.serving import main

main("demo.llm:build", service="llm", version="1.0.0")
