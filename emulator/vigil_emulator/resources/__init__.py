"""What both APIs keep: the store, and how each kind of resource behaves.

`store` holds bodies by kind and name and tells subscribers of changes; the other modules say, kind by kind,
what the server adds, drops and refuses when a resource is created, changed and deleted.
"""

from vigil_emulator.resources.store import ResourceStore, StorageError, Subscriber

__all__ = ["ResourceStore", "StorageError", "Subscriber"]
