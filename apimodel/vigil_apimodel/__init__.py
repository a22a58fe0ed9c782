"""What Google specifies of Cloud Logging and Cloud Monitoring, as pure functions and constants with their sources.

`lql` and `monitoring_filter` are the two filter languages, `promql` the names of metrics in PromQL, `dashboards` the
canonical form of dashboards, `metrics` typed constants of what others emit, `aligners` what may be aligned how,
`limits` the numbers, `tokens` the names of the resource types, `rules` what is refused or known to go wrong.
Nothing here imports anything of ours, nor Pulumi; each module is imported by its name, so that a program pays only
for what it uses.
"""
