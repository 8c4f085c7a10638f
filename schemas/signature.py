"""Who decides says who it is and why, in whatever is decided."""


def demanded(what: str, by: str, reason: str) -> str | None:
    """Why `what` does not stand as it is signed, as one sentence; None where it says by whom it is and why."""
    missing = [name for name, said in (("by", by), ("reason", reason)) if not said.strip()]
    return f"{what} says by whom it is and why: {' and '.join(missing)} may not be empty" if missing else None
