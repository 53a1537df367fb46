"""Figures of merit by name, each called alike: `metric(images, truths, holes)` → [B] float64.

Pictures are [B, H, W, C] in [-1, 1], holes [B, H, W, 1] with 1 = missing. `psnr`, `ssim`, `ms_ssim`, `vif` and `l1`
judge the whole picture and pass over the holes; the `hole_` figures and `detail_ratio` judge the hole alone. A metric
gives NaN for a picture that it cannot judge, and raises `UserError` where it can judge none of such pictures (their
size, a missing package). How each is named in print, and which way is better, is in `holefill.metrics.definitions`.
"""

from holefill.registry import resolve

TABLE = {
    "psnr": "holefill.metrics.psnr:psnr",
    "hole_psnr": "holefill.metrics.psnr:hole_psnr",
    "ssim": "holefill.metrics.ssim:ssim",
    "hole_ssim": "holefill.metrics.ssim:hole_ssim",
    "ms_ssim": "holefill.metrics.ms_ssim:ms_ssim",
    "hole_ms_ssim": "holefill.metrics.ms_ssim:hole_ms_ssim",
    "vif": "holefill.metrics.vif:vif",
    "hole_vif": "holefill.metrics.vif:hole_vif",
    "l1": "holefill.metrics.l1:l1",
    "hole_l1": "holefill.metrics.l1:hole_l1",
    "detail_ratio": "holefill.metrics.detail:detail_ratio",
    "landmark_error": "holefill.metrics.landmark_error:landmark_error",
}


def names() -> list[str]:
    """Names of the metrics."""
    return list(TABLE)


def get(spec: str):
    """`(metric, options)` for a spec; `metric(images, truths, holes, **options)` → [B] float64.

    Raises
    ------
    UserError
        Where no metric has the name, or the spec cannot be read.
    """
    return resolve(TABLE, spec, "metric")
