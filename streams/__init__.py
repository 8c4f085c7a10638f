"""What becomes of it: identity and timeline (pure), transport (exactly-once Faust) and the agents that wire them."""

from schemas.native import compiled

__path__[:0] = compiled(__file__)
