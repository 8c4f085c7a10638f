"""What stands of a person's events, what a purpose may see of them, and what that amounts to. Pure."""

from schemas.native import compiled

__path__[:0] = compiled(__file__)
