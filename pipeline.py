"""The map: read → find the windows (faces, or regions) → fill → return to size → blend → write.

    job.read ─ placements.windows ─ cut ─ methods (fill) ─ give_back ─ blending ─ job.with_hole_filled ─ write

`complete` does one picture; `complete_all` many, whose windows share batches where a model fills them. Inside,
pictures are [H, W, C] float32 in [-1, 1] and `hole` is [H, W, 1] float32, 1 = missing. Known pixels leave as they
came in, byte for byte, whatever the method and the blend.

A window is a face's, turned as the face is, or an upright one about a hole. What of the hole a face's crop does not
cover, below the mouth or in the background, is filled after the face and with it as its rim, by the recipe's `rest`.
"""

import dataclasses

import numpy as np

from holefill import placements
from holefill.automatic import Recipes
from holefill.datasets import images
from holefill.errors import UserError
from holefill.job import Job, read, with_hole_filled
from holefill.recipe import Recipe

BATCH = 32  # windows that a model fills at once


def complete(
    image,
    mask=None,
    *,
    method="auto",
    model=None,
    data=None,
    data_dir=None,
    candidates=1,
    seed=0,
    steps=None,
    blend="poisson",
    align="auto",
    landmarks=None,
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
        Method "auto" takes one by a rule, and tells which: see `holefill.automatic`.
    model : name, folder, LatentModel or OnePassModel
        For methods that need one; where None "celeba64" for a search, "fill64" for "fill".
    data : str or None
        For methods that look in a data set: its name, with options if wanted: "celeba", "folder(limit=1000)".
    data_dir : path or None
        Where its files are; None: $HOLEFILL_DATA and the cache are searched.
    candidates : int
        How many different completions.
    seed : int
        Of the search and of random masks: the same seed, the same pixels. 0 gives the most probable completion of
        methods that know it, others give others.
    steps : int or None
        Steps of the search, for methods that search; None: as many as the method takes by itself.
    align : "auto", "off" or "face"
        Whether the face at the hole is found and completed as the model's faces are cut, see docs/faces.md. "face"
        demands it; "auto" does it for a model that paints faces, in a picture too large, or not square enough, to be
        such a crop.
    landmarks : path or None
        dlib's 68-point predictor; None: see `holefill.faces.detect.predictor_file`.
    mask_polarity : "hole" or "known"
        What white means in a mask file or array. Mask names and transparency mean what they say: there it is an error.
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
    seeing = {"align": align, "landmarks": landmarks, "logdir": logdir, "data": data, "data_dir": data_dir}
    completed = complete_all([job], Recipes(method, model, candidates, seed, steps, blend, **seeing)(job))[0]
    return completed if candidates > 1 else completed[0]


def complete_all(jobs: list[Job], how: Recipe) -> list[list[images.Picture]]:
    """Fill many pictures at once: for each of them its completions, best first."""
    targets = [images.to_float(job.picture.pixels) for job in jobs]
    holes = [job.hole for job in jobs]
    windows = [placements.windows(job, target, how) for job, target in zip(jobs, targets, strict=True)]
    results, left = _complete(targets, holes, windows, how)
    results = [_with_rest(*of_one, how) for of_one in zip(results, left, strict=True)]
    return [[with_hole_filled(job, result) for result in of_one] for job, of_one in zip(jobs, results, strict=True)]


def _complete(targets: list, holes: list, windows: list[list], how: Recipe) -> tuple[list[list], list]:
    """Each picture's completions, as far as its windows reach, and the holes [H, W, 1] that are left."""
    places = [(n, window) for n, of_one in enumerate(windows) for window in of_one]
    pieces = [window.cut(targets[n], holes[n], how.size) for n, window in places]
    results = [[target.copy() for _ in range(how.candidates)] for target in targets]
    left = [hole.copy() for hole in holes]
    for (n, window), fills in zip(places, _fill(pieces, how), strict=True):
        _put_back(results[n], left[n], window, fills, how.blend)
    return results, left


def _with_rest(results: list, left: np.ndarray, how: Recipe) -> list:
    """The candidates of one picture with what is left of its hole filled, by a method that needs no model."""
    if not left.any():
        return results
    plain = dataclasses.replace(how, fill=how.rest, candidates=1, model=None, log=None, sight="around")
    around = placements.about_holes(left, plain)
    return [_complete([result], [left], [around], plain)[0][0][0] for result in results]


def _fill(pieces: list[tuple], how: Recipe):
    """The raw fills [K, h, w, C] of each piece (pixels, hole), in order; pieces of a model's size in batches."""
    together = BATCH if how.size else 1
    for start in range(0, len(pieces), together):
        pixels, holes = zip(*pieces[start : start + together], strict=True)
        batch = np.stack([_in_channels_of(how.model, image) for image in pixels])
        filled = how.fill(batch, np.stack(holes), model=how.model, candidates=how.candidates, seed=how.seed)
        if how.log:
            how.log(filled)
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


def _put_back(results: list, left: np.ndarray, window, fills, blend) -> None:
    """Blend each candidate's fill of one window into that candidate's picture, at full resolution; less is `left`.

    What a turned window does not cover is as missing to the blend: a rim far from the face would tint it.
    """
    height, width = left.shape[:2]
    part, covered = window.inside(height, width), window.covered(height, width)[..., None]
    missing = np.where(covered, left[part], 1)
    for result, fill in zip(results, fills, strict=True):
        blended = blend(result[part], window.give_back(fill, height, width), missing)
        result[part] = np.where(covered, blended, result[part])
    left[part] = np.where(covered, 0, left[part])
