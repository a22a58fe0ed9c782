"""Uptime checks that probe: each check in the store, on its period of the emulator's clock.

`check` reads a configuration, `matchers` (and `jsonpath`) what an answer must hold; `probe` sends one request, bounded
in time and bytes (`certificate` reads when a server's ends); `points` makes Monitoring's series of it; `prober`
runs on the clock. One real probe is made for all checkers, and written for each.
"""

from vigil_emulator.probing.prober import Probing

__all__ = ["Probing"]
