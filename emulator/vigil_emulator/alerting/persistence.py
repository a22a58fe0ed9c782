"""Incidents and deliveries in the database."""

import json

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.notify import Delivery
from vigil_emulator.database import Database


class AlertPersistence:
    """Documents by kind and name; those of one step are written together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: dict[tuple[str, str], Incident | Delivery] = {}
        self._evaluated: int | None = None

    def incident(self, incident: Incident) -> None:
        """Have an incident saved with the next `flush`."""
        self._changed["incident", incident.name] = incident

    def delivery(self, delivery: Delivery) -> None:
        """Have a delivery saved with the next `flush`."""
        self._changed["delivery", delivery.identifier] = delivery

    def evaluated(self, when: int) -> None:
        """Have the time of the last evaluation saved with the next `flush`, if there is one."""
        self._evaluated = when

    @property
    def pending(self) -> bool:
        """Whether there is more to save than the time."""
        return bool(self._changed)

    def flush(self) -> None:
        """Write what changed, as it is now; raise StorageError where that fails, and then keep it for the next time."""
        if not self._database.durable:
            self._changed.clear()
            return
        rows = [(kind, name, json.dumps(each.saved())) for (kind, name), each in self._changed.items()]
        if self._evaluated is not None:
            rows.append(("state", "evaluated", json.dumps({"at": self._evaluated})))
        if not rows:
            return
        with self._database.transaction():
            self._database.write_many(
                "INSERT INTO data_documents (kind, name, body) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                rows,
            )
        self._changed.clear()
        self._evaluated = None

    def incidents(self) -> list[Incident]:
        """Return the saved incidents."""
        return [Incident.loaded(body) for body in self._bodies("incident")]

    def deliveries(self) -> list[Delivery]:
        """Return the saved deliveries."""
        return [Delivery.loaded(body) for body in self._bodies("delivery")]

    def last_evaluated(self) -> int:
        """Return when policies were evaluated last, 0 if never."""
        return next((int(str(body["at"])) for body in self._bodies("state")), 0)

    def _bodies(self, kind: str) -> list[JsonObject]:
        rows = self._database.rows("SELECT body FROM data_documents WHERE kind = ? ORDER BY name", (kind,))
        return [json.loads(str(body)) for (body,) in rows]
