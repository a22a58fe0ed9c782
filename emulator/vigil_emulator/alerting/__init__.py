"""Alert policies: conditions, incidents, notifications.

`policy` reads them, `conditions` evaluates them at many times at once, `engine` makes incidents of what it finds,
`incidents` shows these in the API's forms, `notify` and `channels` deliver, `persistence` saves.
Whoever uses the emulator takes `vigil_emulator.dataplane`.
"""
