"""Lines of text of a given width."""

from textwrap import wrap


def wrapped_lines(text: str, width: int) -> list[str]:
    """Return the text in lines of at most `width` characters; long words are broken."""
    return wrap(text, width, break_long_words=True) or [""]
