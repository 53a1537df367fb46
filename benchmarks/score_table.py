"""Records of many pictures → a Markdown table: mean ± standard error of each metric, a row a method."""

import numpy as np

from holefill import metrics
from holefill.benchmarks import markdown

TITLES = {
    "psnr": ("PSNR", 2),
    "ssim": ("SSIM", 3),
    "hole_psnr": ("PSNR in the hole", 2),
    "hole_ssim": ("SSIM in the hole", 3),
    "detail_ratio": ("detail ratio", 2),
}
DEFINITIONS = """\
Each figure is the mean over the pictures ± its standard error; completions are blended and rounded to 8 bits first.

- PSNR: 10 log10(255² / MSE) in dB, of the whole picture; in the hole: MSE over the missing pixels only. Decibels are
  averaged. Higher is better.
- SSIM (Wang et al. 2004): Gaussian window 11×11, σ 1.5, K1 .01, K2 .03, channels averaged; the mean of the map without
  its outermost 5 pixels, as scikit-image (`gaussian_weights=True`) and `tf.image.ssim` have it. In the hole: the mean
  of the map over the missing pixels, the picture mirrored at its border. 1 is the truth.
- detail ratio: mean absolute difference of the hole's pixels from their four neighbours, ours over the truth's. 1 is
  right; noise and streaks raise it too, so it never counts alone.
- s/image: median over the pictures of (seconds of the batch / pictures in it); filling only, without reading the
  model and blending.
"""


def table(rows: list[tuple[str, list[dict]]]) -> str:
    """The table of (label, records) rows."""
    lines = []
    for label, found in rows:
        line = {"method": f"`{label}`"}
        for name in metrics.names():
            title, digits = TITLES.get(name, (name, 3))
            line[title] = _cell([record[name] for record in found], digits)
        seconds = float(np.median([record["seconds"] for record in found]))
        lines.append({**line, "s/image": seconds, "pictures": len(found)})
    return markdown.table(lines)


def _cell(values: list[float | None], digits: int) -> str:
    """Mean ± standard error of the values that are finite, and how many are not."""
    finite = np.array([v for v in values if v is not None])
    if not len(finite):
        return "–"
    error = f" ± {finite.std(ddof=1) / np.sqrt(len(finite)):.{digits}f}" if len(finite) > 1 else ""
    left_out = f" ({len(values) - len(finite)} not finite)" if len(finite) < len(values) else ""
    return f"{finite.mean():.{digits}f}{error}{left_out}"
