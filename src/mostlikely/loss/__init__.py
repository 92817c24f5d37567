"""The loss that goes with a noise model, and the noise model that goes with a loss."""
