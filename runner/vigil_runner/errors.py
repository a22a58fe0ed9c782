"""What goes wrong in the engine, so that a command can catch it as one."""


class EngineError(Exception):
    """An error whose message is for the user: what failed, where, and what to do about it."""
