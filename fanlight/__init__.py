"""How it runs: the command line, settings and the one-command local stack."""
