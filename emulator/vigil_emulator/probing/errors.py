"""What can keep a check from being probed, and a probe from succeeding."""


class NotProbedError(Exception):
    """A check that is not probed, so that it neither passes nor fails; the text says why, and what to do instead."""


class ContactError(Exception):
    """A probe that came to no whole answer: `code` is the metric's `error_code`, the text says more."""

    def __init__(self, code: str, reason: str) -> None:
        """`reason` holds no secret."""
        super().__init__(reason)
        self.code = code
