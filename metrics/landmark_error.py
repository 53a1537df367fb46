"""Landmark error: how far a completed face's features are from where the true face has them.

The mean over 68 points of their distance, in pixels, between what dlib finds in the completed picture and in the true
one, both looked at whole; pictures are taken to be crops of one face each, as models paint them. In: images, truths
[B, H, W, C] in [-1, 1]. Out: [B] float64, 0 or more, 0 where they are equal.

Where dlib finds no face there is no error, but NaN; a method whose faces are often not found should not gain by that:
read the mean beside how many it is of, or let dlib look where the true face is (`box="truth"`), which it always can.
"""

import numpy as np

from holefill.errors import UserError
from holefill.faces import detect
from holefill.metrics.shapes import as_pair


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
    faces = detect.detect(truth, landmarks, border=detect.CROP_BORDER)[:1]
    if not faces:
        return np.nan
    if box == "truth":
        points = detect.in_box(image, faces[0].box, landmarks, border=detect.CROP_BORDER)
    else:
        points = detect.in_crops(image[None], landmarks)[0]
    return np.linalg.norm(points - faces[0].points, axis=1).mean()
