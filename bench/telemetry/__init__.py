"""Telemetry against its peers: the same record with source location, to a null device.

`record` says what every contestant writes, `contestants` holds them one each, `bench` times them in interleaved
rounds and writes
`build/bench/telemetry.json`. Run it as `python bench/telemetry/bench.py`, or `python -m bench.telemetry` from the root.
"""
