"""The commands, by who runs them: whoever runs the stack, a partner, an analyst, a governance board."""
