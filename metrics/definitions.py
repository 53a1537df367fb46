"""What each metric is called in print, its unit, which way is better, and its definition in words.

A metric without an entry in `TABLE` is printed under its own name with the first line of its docstring.
"""

import inspect
from dataclasses import dataclass, replace

from holefill import metrics


@dataclass(frozen=True)
class Definition:
    """A metric in print.

    title : as a column's head. text : what it is. unit : "" where it has none. digits : after the point.
    better : "higher", "lower", "one" (the nearer to 1), or "" where neither is.
    """

    title: str
    text: str
    unit: str = ""
    digits: int = 3
    better: str = "higher"

    @property
    def head(self) -> str:
        """Title with unit and an arrow for the better direction."""
        arrow = {"higher": " ↑", "lower": " ↓", "one": " → 1"}.get(self.better, "")
        return self.title + (f", {self.unit}" if self.unit else "") + arrow


_MAP = "the mean over the missing pixels only, the picture mirrored at its border"
TABLE = {
    "psnr": Definition(
        "PSNR",
        "10 log10(255² / MSE) of the whole picture; MSE over pixels and channels. Decibels are averaged.",
        "dB",
        2,
    ),
    "hole_psnr": Definition("PSNR in the hole", "the same with the MSE over the missing pixels only.", "dB", 2),
    "ssim": Definition(
        "SSIM",
        "Wang et al. 2004: Gaussian window 11×11, σ 1.5, K1 .01, K2 .03, channels averaged; the mean of the map without"
        " its outermost 5 pixels, as scikit-image (gaussian_weights=True) and tf.image.ssim have it. 1 is the truth.",
    ),
    "hole_ssim": Definition("SSIM in the hole", f"the same map, {_MAP}."),
    "ms_ssim": Definition(
        "MS-SSIM",
        "Wang et al. 2003: contrast and structure of SSIM at five scales, brightness at the coarsest, as"
        " tf.image.ssim_multiscale has it; needs 176 pixels a side. 1 is the truth.",
    ),
    "hole_ms_ssim": Definition(
        "MS-SSIM in the hole",
        f"the same factors, at each scale {_MAP}; a coarse pixel counts by the share that is missing.",
    ),
    "vif": Definition(
        "VIF",
        "visual information fidelity, pixel domain, Sheikh and Bovik 2006: four scales, noise variance 2, channels"
        " averaged; needs 41 pixels a side. 1 is the truth; more than 1 has more contrast than the truth.",
    ),
    "hole_vif": Definition(
        "VIF in the hole", "the same sums over the missing pixels only, the picture mirrored at its border."
    ),
    "l1": Definition(
        "L1", "mean absolute error over pixels and channels, in per cent of the range of values.", "%", 2, "lower"
    ),
    "hole_l1": Definition("L1 in the hole", "the same over the missing pixels only.", "%", 2, "lower"),
    "detail_ratio": Definition(
        "detail ratio",
        "mean absolute difference of the hole's pixels from their four neighbours, ours over the truth's. 1 is right;"
        " noise and streaks raise it too, so it never counts alone. None where the truth is flat in the hole.",
        digits=2,
        better="one",
    ),
    "landmark_error": Definition(
        "landmark error",
        "mean distance of dlib's 68 points in the picture from those in the truth, of faces; none where dlib finds no"
        " face in one of them, so compare how many there are. box='truth' looks where the true face is.",
        "px",
        2,
        "lower",
    ),
}


def of(spec: str) -> Definition:
    """The definition of a registered metric, its title with the spec's options; UserError where there is none."""
    metric, _ = metrics.get(spec)
    name, bracket, options = spec.partition("(")
    if name in TABLE:
        return replace(TABLE[name], title=TABLE[name].title + (f" {bracket}{options}" if options else ""))
    lines = (inspect.getdoc(metric) or name).splitlines()
    return Definition(spec.replace("_", " "), lines[0], better="")
