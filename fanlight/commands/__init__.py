"""The commands, by who runs them: an operator, a partner, an analyst, a steward, a governance board, a builder."""
