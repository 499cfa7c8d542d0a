"""The one exception that commands report as a single line."""


class UserError(Exception):
    """What is wrong with an input, and what to do about it."""
