"""Who decides says who it is and why, in whatever is decided."""


def unsigned(what: str, by: str, reason: str) -> str | None:
    """What is missing from a signature, as one sentence; None where it says by whom it is and why.

    `what` names in words what is signed, as in "a decision".
    """
    missing = [name for name, said in (("by", by), ("reason", reason)) if not said.strip()]
    return f"{what} says by whom it is and why: {' and '.join(missing)} may not be empty" if missing else None
