"""PromQL over the series store, evaluated for all steps at once.

`evaluate` walks promql-parser's tree over `frame`s; `windows`, `functions`, `aggregate`, `binary` and
`histogram` do the work; `source` shows Monitoring's series as Prometheus' samples; `api` is Prometheus' HTTP API.
Whoever uses the emulator takes `vigil_emulator.dataplane`.
"""
