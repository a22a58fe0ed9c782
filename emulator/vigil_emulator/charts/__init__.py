"""Dashboards drawn: their JSON, the answers to its queries, and the charts and pictures made of both.

`layout` places widgets, `queries` answers them by the emulator's own methods, `tiles` says what each shows,
`renderer` draws it in a separate process (Altair, vl-convert: the extra `console`), `picture` puts a whole
dashboard into one SVG. Only `vega`, `plot`, `shapes`, `draw` and `worker` import the drawing libraries.
"""
