"""How estimates are found, step by step: SymPy reads the one formula of a family."""
