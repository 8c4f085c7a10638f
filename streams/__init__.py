"""What becomes of it: identity and timeline (pure), transport (exactly-once Faust) and the agents that wire them."""
