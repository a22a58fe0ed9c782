"""Scraping of Prometheus endpoints by an OpenTelemetry Collector's configuration, as the real collector does it.

`configuration` reads it; `target` requests an endpoint and relabels (`exposition`, `relabel`); `families`,
`normalization` and `exporter` make the series that `googlemanagedprometheus` would write; `scraper` runs on the clock.
"""

from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.scraper import ScrapeSettings, Scraping, read, read_first

__all__ = ["ConfigurationError", "ScrapeSettings", "Scraping", "read", "read_first"]
