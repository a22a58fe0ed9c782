"""Scraping of Prometheus endpoints by an OpenTelemetry Collector's configuration, as the real collector does it.

`configuration` reads it; `target` asks an endpoint and relabels (`exposition`, `relabel`); `families` and
`starts` and `exporter` make the series that `googlemanagedprometheus` would write; `scraper` runs on the clock.
"""

from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.scraper import ScrapeSettings, Scraping, read, read_first

__all__ = ["ConfigurationError", "ScrapeSettings", "Scraping", "read", "read_first"]
