"""Content-aware fill: the hole is put together of pieces of the same picture, each like what it overlaps.

Y. Wexler, E. Shechtman, M. Irani, "Space-time completion of video", PAMI 29(3), 2007, doi:10.1109/TPAMI.2007.60: the
energy is the sum over all patches that overlap the hole of the squared distance to the most similar source patch,
minimised from coarse to fine in turns of finding those (E) and of letting them vote for the pixels (M).
C. Barnes, E. Shechtman, A. Finkelstein, D. Goldman, "PatchMatch", SIGGRAPH 2009, doi:10.1145/1531326.1531330: E.
A. Newson, A. Almansa, Y. Gousseau, P. Pérez, "Non-local patch-based image inpainting", IPOL 7, 2017,
doi:10.5201/ipol.2017.189: mean slopes as a fourth channel, and matches handed from scale to scale.

Here patches are compared in colour, texture, slopes and, a little, in place; known pixels weigh more than painted
ones; and in the end each pixel is a copy, of the source that most patches over it name, the seams taken out
(`patches.match_seams`).

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3, any size. Time and memory go with the hole, but for
what a pyramid costs. The same seed gives the same fill on any number of cores. (A `guess` costs a network's pass over
all that is shown, and is the same on the same machine.)
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from holefill.datasets import masks
from holefill.errors import UserError
from holefill.methods import candidates as choosing
from holefill.methods import progress
from holefill.methods.fill import Fill, check_known
from holefill.methods.patches.match_work import PATCHES, Work, mixed

TRIED = 2  # completions made for each candidate, of which those that differ are chosen


def fill(
    images,
    holes,
    *,
    model=None,
    candidates=1,
    seed=0,
    patch: int = 7,
    iterations: int = 8,
    forbidden: object = None,
    guess: str = "",
    pull: float = 0.3,
) -> Fill:
    """Fill each hole with pieces of its picture; the objective is the mean weighted distance of the patches.

    Parameters
    ----------
    patch : side of a patch in pixels, 3 to 15. Where no such patch is wholly known, smaller ones are taken, and where
        none of 3 is, the membrane.
    iterations : turns of matching and voting at each scale; half as many at the finest.
    forbidden : what must not be copied, as the path of a mask's picture (white = forbidden) or an array [H, W, 1] or
        [B, H, W, 1] with 1 = forbidden; of the pictures' size.
    guess : a one-pass model, by name or folder, "photo128", to whose colours the votes are drawn: it tells what is
        where, and the patches what that looks like.
    pull : share of the guess in what is voted, 0 to 1; half of it at the finest scale.

    Raises
    ------
    UserError
        Where an option is out of range, `forbidden` has another size or leaves no source, or nothing is known.
    """
    check_known(holes)
    if not PATCHES[0] <= patch <= PATCHES[1]:
        raise UserError(f"patch is {patch}; it must be from {PATCHES[0]} to {PATCHES[1]} pixels")
    if iterations < 1:
        raise UserError(f"iterations is {iterations}; it must be 1 or more")
    if candidates < 1:
        raise UserError(f"{candidates} candidates wanted: ask for 1 or more")
    if guess and not isinstance(guess, str):
        raise UserError(f"guess is {guess!r}; it must be a one-pass model's name or folder, in quotes")
    if not 0 <= pull <= 1:
        raise UserError(f"pull is {pull}; it must be a share, 0 to 1")
    missing = holes[..., 0] > 0.5
    usable = ~missing & ~_forbidden(forbidden, missing.shape)
    if not (usable | ~missing.any((1, 2), keepdims=True)).any((1, 2)).all():
        raise UserError("forbidden leaves nothing to copy from: make it smaller")
    tries = 1 if candidates == 1 else TRIED * candidates
    painted = np.empty((len(images), candidates, *images.shape[1:]), np.float32)
    objective = np.empty((len(images), candidates), np.float32)
    threads = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    with threads as pool, progress.bar("patch_match", len(images) * tries) as advance:
        guesses = _guessed(guess, images, holes)
        for *given, fills, values in zip(images, missing, usable, guesses, painted, objective, strict=True):
            works = [Work(pool, advance, patch, iterations, mixed(seed, number), pull) for number in range(tries)]
            values[:] = _best(works, *given, fills)
    return Fill(painted, objective)


def _guessed(name: str, images, holes):
    """A guess of each picture [H, W, C]; None of each where no model is named."""
    if not name:
        return [None] * len(images)
    from holefill.methods import feed_forward  # imports TensorFlow, which this method starts without

    return feed_forward.guess(images, holes, name)


def _best(works, image, missing, usable, guess, fills) -> np.ndarray:
    """Write the best completions that differ into `fills` [K, H, W, C]; their objectives [K].

    All that are tried are held until the last, since a better one may bring back one that was too like another; but
    only what lies in the hole.
    """
    fills[:] = image
    if not missing.any():
        return np.zeros(len(fills))

    def tried(work):
        completed, value = work.complete(image, missing, usable, guess)
        return completed[missing], value

    inside, values = zip(*map(tried, works), strict=True)
    order = np.argsort(values, kind="stable")
    order = order[choosing.differing([inside[n] for n in order], len(fills))]
    for fill, n in zip(fills, order, strict=True):
        fill[missing] = inside[n]
    return np.array(values)[order]


def _forbidden(given, shape) -> np.ndarray:
    """[B, H, W] bool, or what broadcasts to it, of the option `forbidden`."""
    if given is None:
        return np.zeros((), bool)
    batch, height, width = shape
    if isinstance(given, (str, os.PathLike)):
        given = masks.marked(given, height, width, "forbidden")
    array = np.asarray(given)
    wanted = ((height, width, 1), (1, height, width, 1), (batch, height, width, 1))
    if array.shape not in wanted:
        raise UserError(
            f"forbidden has the shape {list(array.shape)}; it must be [{height}, {width}, 1], 1 = forbidden"
        )
    return np.reshape(array > 0.5, (-1, height, width))
