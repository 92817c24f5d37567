"""The loss is the noise model: losses of families, and the noise that a loss assumes."""
