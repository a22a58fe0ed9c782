"""The demo: `shop` is the system being monitored, `stand_ins` is everything around it on one machine.

`python -m demo up` plays it, `python -m demo serve` keeps it running, `python -m demo traffic` breaks it.
"""
