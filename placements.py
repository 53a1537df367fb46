"""Where the hole of a picture is completed: in windows about the faces it damages, or about the hole.

Two kinds of window with one interface (`inside`, `covered`, `cut`, `give_back`): `faces.align.Alignment`, the turned
square of a face, as the model's crops are cut; and `regions.Window`, an upright square about a group of holes.
"""

import functools

import numpy as np
from absl import logging

from holefill import regions
from holefill.datasets import images
from holefill.errors import UserError
from holefill.faces import align, detect, template, under_hole
from holefill.job import Job
from holefill.recipe import Recipe

WHOLE = 4  # a picture up to this many times the model's size is completed whole
CROPS = 256, 1.25  # longest shorter side of what is taken for a crop of a face already, and its longer side ÷ that
SMALLEST = 64  # side of the smallest window of a method that works at the picture's own resolution
WIDE, CONTEXT = 512, 4.0  # that of one that copies from the rest of the picture, and its windows ÷ the hole
CROP, LOOKS = 64, 2  # side of what the landmark network sees, and how often it looks


def windows(job: Job, target: np.ndarray, how: Recipe) -> list:
    """The windows of one picture, `target` [H, W, C] float32 in [-1, 1]; faces do not always reach all of the hole."""
    return _about_faces(job, target, how) or about_holes(job.hole, how)


def about_holes(hole: np.ndarray, how: Recipe) -> list[regions.Window]:
    """Upright windows that hold all of the hole [H, W, 1]."""
    if how.sight == "all":
        return regions.everything(hole)
    if how.sight == "wide":
        return regions.windows(hole, WIDE, CONTEXT)
    return regions.windows(hole, min(hole.shape[:2]) if _is_whole(hole, how) else how.size or SMALLEST)


def _is_whole(hole: np.ndarray, how: Recipe) -> bool:
    """Whether the method looks at all of it, or it is small enough to be completed at once."""
    return how.sight == "square" or bool(how.size) and min(hole.shape[:2]) <= WHOLE * how.size


def is_crop(height: int, width: int, size: int = 64) -> bool:
    """Whether a picture is so small and so square that it is taken for a crop of what a model of this size paints."""
    shorter, (pixels, square) = min(height, width), CROPS
    return shorter <= max(size, min(WHOLE * size, pixels)) and max(height, width) <= square * shorter


def _about_faces(job: Job, target: np.ndarray, how: Recipe) -> list[align.Alignment]:
    """The crops of the faces that the hole damages; none where faces are not looked for, or, as a line says, found.

    Raises
    ------
    UserError
        Where the recipe demands faces, and they cannot be looked for or none is at the hole.
    """
    cut = how.sight == "square" or bool(how.size) and is_crop(*job.hole.shape[:2], how.size)
    if how.align == "off" or how.align == "auto" and cut:
        return []
    try:
        detect.require(how.landmarks)
        photo = images.from_float(target, np.uint8)
        faces = under_hole.find(photo, job.hole, how.landmarks, how.share_of_width)
    except detect.Missing as error:
        if how.align == "face":
            raise
        _say_once(f"faces are completed where they are, unaligned, as with --align off: {error}")
        return []
    except UserError as error:
        if how.align == "face":
            raise
        logging.warning("%s is completed about its hole, unaligned, as with --align off: %s", job.name, error)
        return []
    if min(face.score for face in faces) < 0:
        logging.warning("%s: the face at its hole is little more than a guess: see whether it fits", job.name)
    if under_hole.beside(job.hole, faces, how.share_of_width).any():
        logging.warning("%s: what of its hole lies at no face that was found is filled smoothly", job.name)
    return [_lies(target, job.hole, face.points, how.size, how.share_of_width) for face in faces]


def _lies(target, hole, points: np.ndarray, size: int, share: float = template.SHARE_OF_WIDTH) -> align.Alignment:
    """Where a face lies in whose hole dlib guessed: a network that is used to holes looks at its crop, twice.

    In six faces of dlib's examples the distance from the true crop's corners fell from 3.4 of 64 pixels in the median
    to 1.7 for a centre hole, and from 6.1 to 3.3 for half of the face; under a mouth it stayed at 1.4. Where dlib had
    guessed well, more looks drift away.
    """
    from holefill.models import landmark_net

    network = _network()
    for _ in range(LOOKS):
        crop, missing, lies = align.align(target, points, CROP, hole)
        seen = np.broadcast_to(crop, (1, CROP, CROP, 3))
        points = align.move(landmark_net.points(network, seen, missing[None])[0][0], lies.inverse)
    return align.alignment(points, size, share=share)


@functools.cache
def _network():
    from holefill.models import landmark_net  # imports TensorFlow, as any model has by now

    return landmark_net.load()


@functools.cache
def _say_once(line: str) -> None:
    logging.warning(line)
