"""Pictures of a fit: data and density, quantiles against quantiles, a profile.

Frames hold what is drawn as arrays; plots draw a frame, on your axes if you give some.

A frame is a dict of arrays that any library can draw: the web page draws the same. Open `frames`
first (one sample), then `rows` (regressions), `cumulative` and `surface`; `draw` and `regression`
have matplotlib draw them, which is imported then, and `look` says how that looks.

Nothing here may compute an estimate: a fit is taken as `inference.fitted.Fitted`, and asked. No
figure is shown or saved from here.
"""

from mostlikely.plot.cumulative import cdf_frame, pp_frame
from mostlikely.plot.draw import (
    density_plot,
    fit_plot,
    fits_plot,
    profile_plot,
    qq_plot,
    rivals_plot,
)
from mostlikely.plot.frames import density_frame, profile_frame, qq_frame
from mostlikely.plot.regression import curve_plot, residual_plot
from mostlikely.plot.rows import curve_frame, residual_frame
from mostlikely.plot.surface import surface_frame
from mostlikely.plot.survival import survival_frame, survival_plot

__all__ = [
    "cdf_frame",
    "curve_frame",
    "curve_plot",
    "density_frame",
    "density_plot",
    "fit_plot",
    "fits_plot",
    "pp_frame",
    "profile_frame",
    "profile_plot",
    "qq_frame",
    "qq_plot",
    "residual_frame",
    "residual_plot",
    "rivals_plot",
    "surface_frame",
    "survival_frame",
    "survival_plot",
]
