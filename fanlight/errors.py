"""What stops the local stack, in one sentence that a person can act on."""


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do, and needs no traceback."""


class WrongUsage(StackError):
    """What was asked for does not exist, or not in this form: nothing was tried."""
