"""Runs the benchmark."""

from bench.instrument.bench import main

main()
