"""How it runs: the command line, the deployment it finds and the one-command local stack."""
