"""What can be wrong with a scrape and its configuration."""


class ConfigurationError(ValueError):
    """A configuration that cannot be followed; the text names the field and what to do instead."""


class ScrapeError(Exception):
    """A scrape that failed; the text says why, without credentials."""
