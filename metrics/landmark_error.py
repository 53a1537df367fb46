"""Landmark error: how far a completed face's features are from where the true face has them.

The mean over 68 points of their distance, in pixels, between what dlib finds in the completed picture and in the true
one, both looked at whole; pictures are taken to be crops of one face each, as models paint them. In: images, truths
[B, H, W, C] in [-1, 1]. Out: [B] float64, 0 or more, 0 where they are equal.

Where dlib finds no face there is no error, but NaN; a method whose faces are often not found should not gain by that:
read the mean beside how many it is of, or let dlib look where the true face is (`box="truth"`), which it always can.
"""

import hashlib
import os

import numpy as np

from holefill.errors import UserError
from holefill.faces import detect
from holefill.metrics.shapes import as_pair

REMEMBERED = 4096  # truths
_true_faces: dict[tuple, detect.Face | None] = {}


def landmark_error(images, truths, holes=None, *, box: str = "own", landmarks: str | None = None) -> np.ndarray:
    """Mean distance of dlib's 68 points in each image from those in its truth, in pixels.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]; images are composites
    holes : not used
    box : where dlib looks for the image's points: "own", in the face it finds in the image; "truth", in the face it
        finds in the truth, be there what may
    landmarks : path of dlib's predictor; None: see `holefill.faces.detect.predictor_file`

    Returns
    -------
    [B] float64; NaN where dlib finds no face in the truth or, with "own", in the image.

    Raises
    ------
    UserError
        Where dlib or its predictor is not installed, or the shapes do not agree.
    """
    if box not in ("own", "truth"):
        raise UserError(f"landmark_error: box is {box!r}; wanted 'own' or 'truth'")
    detect.require(landmarks)
    images, truths = (np.rint((np.clip(x, -1, 1) + 1) * 127.5).astype(np.uint8) for x in as_pair(images, truths))
    return np.array(
        [_error(image, truth, box, landmarks) for image, truth in zip(images, truths, strict=True)], np.float64
    )


def _error(image, truth, box, landmarks):
    face = _true_face(truth, landmarks)
    if face is None:
        return np.nan
    if box == "truth":
        points = detect.in_box(image, face.box, landmarks, border=detect.CROP_BORDER)
    else:
        points = detect.in_crops(image[None], landmarks)[0]
    return np.linalg.norm(points - face.points, axis=1).mean()


def _true_face(truth, landmarks) -> detect.Face | None:
    """The surest face of a truth; looked for once, since many completions are compared with one truth."""
    named = landmarks or os.environ.get("HOLEFILL_LANDMARKS")
    key = named, truth.shape, hashlib.sha256(truth.tobytes()).digest()
    if key not in _true_faces:
        if len(_true_faces) >= REMEMBERED:
            del _true_faces[next(iter(_true_faces))]  # the oldest
        _true_faces[key] = next(iter(detect.detect(truth, landmarks, border=detect.CROP_BORDER)), None)
    return _true_faces[key]
