"""What is wrong with a filter or an extractor."""


class FilterError(ValueError):
    """A filter that does not parse, or that names what cannot be evaluated."""
