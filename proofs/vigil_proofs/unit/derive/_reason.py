"""Why a condition cannot be turned into an input."""


class CannotInvertError(ValueError):
    """No input that makes the condition true can be made; the message is the reason."""
