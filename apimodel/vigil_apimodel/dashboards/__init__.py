"""Dashboards as documents: their one canonical form, and a digest that changes with it.

What the canonical form leaves out is spelled field by field in `defaults`, with the reasons.
"""

from vigil_apimodel.dashboards.canonical import JsonObject, JsonValue, canonical, digest

__all__ = ["JsonObject", "JsonValue", "canonical", "digest"]
