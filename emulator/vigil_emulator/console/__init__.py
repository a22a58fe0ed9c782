"""The pages of the emulator under `/console/`: dashboards with their data, logs, traces, incidents.

They are made on the server, run no script, ask no other host for anything, and show whatever a log entry has in it as
text. `mount` makes the handler of their paths; without the extra `console` it says what to install.
"""

from vigil_emulator.console.handler import mount

__all__ = ["mount"]
