"""Containers for real: a separate Docker engine, the images, and Docker's `gcplogs` driver against the emulator.

`python -m demo.containers` runs the proof. `Room` holds the engine in its own namespaces, `Engine` is Docker,
`FrontDoor` is what the driver takes for Google. Nothing of it outlives the process that started it.
"""

from demo.containers.bases import make_bases
from demo.containers.engine import Engine, EngineError, missing
from demo.containers.front_door import FrontDoor
from demo.containers.losses import Losses, count
from demo.containers.room import Room

__all__ = ["Engine", "EngineError", "FrontDoor", "Losses", "Room", "count", "make_bases", "missing"]
