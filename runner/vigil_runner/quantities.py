"""Numbers with their nouns, as reports and messages name them."""


def counted(number: int, noun: str, several: str | None = None) -> str:
    """Return a number with its noun: `1 tile`, `3 tiles`."""
    return f"{number} {noun if number == 1 else several or f'{noun}s'}"
