"""Who may: agreements, audiences, prohibitions and rule cards as data, general Rego, and the one gate."""
