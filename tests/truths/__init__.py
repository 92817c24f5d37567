"""What every family is held to, by being declared: one function per truth, over the registry."""
