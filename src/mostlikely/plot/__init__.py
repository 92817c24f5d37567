"""Pictures of a fit: data and density, quantiles against quantiles, a profile.

Frames hold what is drawn as arrays; plots draw a frame, on your axes if you give some.
"""

from mostlikely.plot.draw import (
    density_plot,
    fit_plot,
    fits_plot,
    profile_plot,
    qq_plot,
    rivals_plot,
)
from mostlikely.plot.frames import density_frame, profile_frame, qq_frame

__all__ = [
    "density_frame",
    "density_plot",
    "fit_plot",
    "fits_plot",
    "profile_frame",
    "profile_plot",
    "qq_frame",
    "qq_plot",
    "rivals_plot",
]
