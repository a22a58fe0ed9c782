"""Runs the benchmark."""

from bench.telemetry.bench import main

main()
