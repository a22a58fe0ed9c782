"""The demo on one machine: the emulator with the stack deployed, the shop's processes, its vendors and customers.

`system` starts the emulator and the API, `parts` everything else; `serve_run`, `story_run` and `traffic_run`
are the work of the three commands. Nothing here outlives the command that started it.
"""
