"""Log entries: from a container's line over sinks and exclusions to buckets, and the metrics made of them.

`agent` makes entries of lines, `write` takes them in (`routing` and `index` say where they go, `placements`
keeps them, `logmetrics` counts them), `entries_list` finds them again. `filters` compiles queries, with `paths`,
`casts`, `search` and `scan`. Whoever uses the emulator takes `vigil_emulator.dataplane`.
"""
