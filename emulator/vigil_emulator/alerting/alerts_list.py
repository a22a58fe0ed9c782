"""`monitoring.projects.alerts`: incidents as the API lists them."""

from collections.abc import Iterable

from vigil_apimodel.json_values import JsonObject, json_list
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.errors import ApiError
from vigil_emulator.numerals import count
from vigil_emulator.resources.list_filters import matches

MAXIMUM_PAGE = 1000
_ORDERS = {"": False, "open_time": False, "open_time asc": False, "open_time desc": True}


def list_alerts(incidents: Iterable[Incident], project: str, query: JsonObject) -> JsonObject:
    """Return a page of a project's alerts; raise ApiError for a filter or order that is not understood."""
    order = str(query.get("orderBy") or "").replace("openTime", "open_time")
    if order not in _ORDERS:
        raise ApiError("INVALID_ARGUMENT", f'Field order_by had an invalid value of "{order}": use open_time [desc].')
    found = [incident for incident in incidents if incident.project == project]
    found.sort(key=lambda incident: (incident.opened, incident.policy, incident.series), reverse=_ORDERS[order])
    bodies = [body for incident in found if matches(str(query.get("filter") or ""), body := incident.alert())]
    size = min(int(str(query.get("pageSize") or 0)) or MAXIMUM_PAGE, MAXIMUM_PAGE)
    token = str(query.get("pageToken") or "0")
    start = count(token)
    if start is None:
        raise ApiError("INVALID_ARGUMENT", "Field page_token had an invalid value: it is not one that was returned.")
    answer: JsonObject = {"alerts": json_list(bodies[start : start + size]), "totalSize": len(bodies)}
    if start + size < len(bodies):
        answer["nextPageToken"] = str(start + size)
    return answer


def get_alert(incidents: Iterable[Incident], name: str) -> JsonObject:
    """Return one alert; raise ApiError where there is none."""
    for incident in incidents:
        if incident.name == name:
            return incident.alert()
    raise ApiError("NOT_FOUND", f'Could not find alert "{name}".')
