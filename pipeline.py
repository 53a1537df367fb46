"""The map: read → cut out the region → fill → return to size → blend → write.

    job.read ─ regions.windows, cut ─ methods (fill) ─ regions.give_back ─ blending ─ job.with_hole_filled ─ write

`complete` does one picture; `complete_all` many, whose windows share batches where a model fills them. Inside,
pictures are [H, W, C] float32 in [-1, 1] and `hole` is [H, W, 1] float32, 1 = missing. Known pixels leave as they
came in, byte for byte, whatever the method and the blend.
"""

import numpy as np

from holefill import regions
from holefill.datasets import images
from holefill.errors import UserError
from holefill.job import Job, read, with_hole_filled
from holefill.recipe import Recipe, recipe

BATCH = 32  # windows that a model fills at once
WHOLE = 4  # a picture up to this many times the model's size is completed whole
SMALLEST = 64  # side of the smallest window of a method that works at the picture's own resolution


def complete(
    image,
    mask=None,
    *,
    method="semantic@encoder",
    model=None,
    candidates=1,
    seed=0,
    steps=None,
    blend="poisson",
    mask_polarity="hole",
    mask_threshold=None,
    mask_channel="colour",
    logdir=None,
):
    """Fill the hole of one picture.

    Parameters
    ----------
    image : path, Picture, or uint8 or uint16 array [H, W], [H, W, 1] or [H, W, 3]
    mask : path, mask name such as "center" or "random(fraction=0.5)", array [H, W] or [H, W, 1], or None
        White, or what is not zero, is missing (see `mask_polarity`). None: the picture's transparency is the hole.
    method, blend : str
        Names, with options if wanted: "telea(radius=5)". See `holefill.methods.names()`, `holefill.blending.names()`.
    model : name, folder or LatentModel
        For methods that need one; "celeba64" where None.
    candidates : int
        How many different completions.
    seed : int
        Of the search and of random masks: the same seed, the same pixels. 0 gives the most probable completion of
        methods that know it, others give others.
    steps : int or None
        Steps of the search, for methods that search; None: as many as the method takes by itself.
    mask_polarity : "hole" or "known"
        What white means in a mask file or array. Mask names and transparency mean what they say.
    mask_threshold : int in 1 … 255, float in (0, 1), or None
        Grey from which a mask file counts as white; None: a mask that is not black and white is an error.
    mask_channel : "colour" or "alpha"
        Where a mask file has its mask: in what is seen, or in its transparency.
    logdir : path or None
        Folder for TensorBoard: losses and snapshots of the search, for methods that search.

    Returns
    -------
    Picture, or where more than one candidate is wanted a list of Pictures, best first.
    Size, mode, depth and metadata are the input's.

    Raises
    ------
    UserError
        Where what is asked for cannot be had; its one line says why and what to do.
    """
    doubts = {"mask_polarity": mask_polarity, "mask_threshold": mask_threshold, "mask_channel": mask_channel}
    job = read(image, mask, seed=seed, **doubts)
    completed = complete_all([job], recipe(method, model, candidates, seed, steps, blend, logdir))[0]
    return completed if candidates > 1 else completed[0]


def complete_all(jobs: list[Job], how: Recipe) -> list[list[images.Picture]]:
    """Fill many pictures at once: for each of them its completions, best first."""
    targets = [images.to_float(job.picture.pixels) for job in jobs]
    places = [(n, w) for n, job in enumerate(jobs) for w in regions.windows(job.hole, _smallest(job.hole, how))]
    pieces = [regions.cut(targets[n], jobs[n].hole, window, how.size) for n, window in places]
    results = [[target.copy() for _ in range(how.candidates)] for target in targets]
    for (n, window), fills in zip(places, _fill(pieces, how), strict=True):
        _put_back(results[n], targets[n], jobs[n].hole, window, fills, how.blend)
    return [[with_hole_filled(job, result) for result in of_one] for job, of_one in zip(jobs, results, strict=True)]


def _smallest(hole: np.ndarray, how: Recipe) -> int:
    """Side of the smallest window. A picture up to four times the model's size is taken to be what the model paints."""
    short = min(hole.shape[:2])
    return short if how.size and short <= WHOLE * how.size else how.size or SMALLEST


def _fill(pieces: list[tuple], how: Recipe):
    """The raw fills [K, h, w, C] of each piece (pixels, hole), in order; pieces of a model's size in batches."""
    together = BATCH if how.model else 1
    for start in range(0, len(pieces), together):
        pixels, holes = zip(*pieces[start : start + together], strict=True)
        batch = np.stack([_in_channels_of(how.model, image) for image in pixels])
        filled = how.fill(batch, np.stack(holes), model=how.model, candidates=how.candidates, seed=how.seed)
        if how.log:
            how.log(filled, start)
        for fills, image in zip(np.asarray(filled.images), pixels, strict=True):
            yield fills if fills.shape[-1] == image.shape[-1] else fills.mean(-1, keepdims=True)


def _in_channels_of(model, image: np.ndarray) -> np.ndarray:
    """The picture with as many channels as the model paints: grey is repeated, colour is not thrown away."""
    if model is None or image.shape[-1] == model.channels:
        return image
    if image.shape[-1] == 1:
        return image.repeat(model.channels, -1)
    raise UserError(
        "the picture is in colour and the model paints grey: give a grey picture or a model that has colour"
    )


def _put_back(results: list, target, hole, window: regions.Window, fills, blend) -> None:
    """Blend each candidate's fill of one window into that candidate's picture, at full resolution."""
    height, width = hole.shape[:2]
    part = window.inside(height, width)
    for result, fill in zip(results, fills, strict=True):
        result[part] = blend(target[part], regions.give_back(fill, window, height, width), hole[part])
