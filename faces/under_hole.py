"""The faces that a hole lies in, found in a photograph from what is known of it.

dlib finds no face through a grey block, so the hole is painted over first: smoothly (Telea 2004), or, where that shows
no face, each pixel as its nearest known one; and where the hole is, what the detector doubts is believed too.
`benchmarks/automatic.py` counts in how many pictures of faces, and of none, a face is then seen.

Photographs uint8 [H, W, C], holes [H, W, 1], 1 = missing.
"""

import cv2
import numpy as np
from scipy import ndimage

from holefill.errors import UserError
from holefill.faces.align import alignment
from holefill.faces.detect import CROP_BORDER, Face, detect
from holefill.faces.template import SHARE_OF_WIDTH
from holefill.known import nearest_known

DOUBTFUL = -0.7  # the detector's score from which a face is believed where the hole is
IN_CROP = -0.4  # the score from which a picture as small as a crop is believed to be one
MOST_LOST = 0.9  # share of a crop that may be missing
PAINTED = 320  # longest side of what is painted over
OTHER = "use a method that needs no face, such as patch_match"


def find(photo, hole, landmarks=None, share: float = SHARE_OF_WIDTH) -> list[Face]:
    """The faces the hole lies in, each with a part of the hole that is no other's; what loses most comes first.

    Parameters
    ----------
    photo : uint8 [H, W, 1 or 3]; what lies under the hole is not looked at
    hole : [H, W, 1], 1 = missing
    landmarks : path of dlib's predictor; None: see `detect.predictor_file`
    share : of the crops that the faces are completed in, as in `align.alignment`

    Raises
    ------
    UserError
        Where no face is found, or the hole is in none; where dlib or its predictor is missing.
    """
    chosen, doubtful, seen = [], [], 0
    for paint in (_telea, nearest_known):
        found = detect(paint_over(photo, hole, paint), landmarks, least=DOUBTFUL)
        sure = [face for face in found if face.score >= 0]
        chosen = choose(sure, hole, chosen, share)
        left = beside(hole, chosen, share)
        if not left.any():
            return chosen
        seen, doubtful = max(seen, len(sure)), doubtful + found
    for face in sorted(doubtful, key=_belief, reverse=True):
        if loss(face, left, share)[1] > 0:
            chosen, left = choose([face], left, chosen, share), beside(left, chosen, share)
    if chosen:
        return chosen
    if seen:
        faces = f"{seen} face{'s' * (seen > 1)}"
        raise UserError(f"the hole lies in none of the {faces} found in the picture: {OTHER}")
    raise UserError(f"no face was found at the hole: give a picture that is cut as the model's faces are, or {OTHER}")


def is_face(crop, hole, landmarks=None) -> bool:
    """Whether a picture cut as a model's faces are, uint8 [H, W, C], shows a face in spite of its hole [H, W, 1].

    `benchmarks/automatic.py` counts how often that is right.

    Raises
    ------
    UserError
        Where dlib or its predictor is missing.
    """
    seen = (paint_over(crop, hole, paint) for paint in (_telea, nearest_known))
    return any(detect(one, landmarks, border=CROP_BORDER, least=IN_CROP) for one in seen)


def choose(faces: list[Face], hole, chosen=(), share: float = SHARE_OF_WIDTH) -> list[Face]:
    """The faces chosen so far and, those that lose most first, each that loses enough and has half of it to itself."""
    chosen = list(chosen)
    for face in sorted(faces, key=lambda face: loss(face, hole, share), reverse=True):
        lost, alone = loss(face, hole, share)[1], loss(face, _without(hole, chosen, share), share)[1]
        new = 2 * alone >= lost and not any(_same(face, other) for other in chosen)
        if new and _loses_enough(face, hole, share):
            chosen.append(face)
    return chosen


def beside(hole, faces: list[Face], share: float = SHARE_OF_WIDTH) -> np.ndarray:
    """Those connected pieces of the hole [H, W, 1] of which less than a quarter lies in the crops of these faces.

    `share` as in `align.alignment`.
    """
    pieces, count = ndimage.label(np.asarray(hole)[..., 0] > 0, np.ones((3, 3)))
    outside = pieces[_without(hole, faces, share)[..., 0] > 0]
    sizes, left = (np.bincount(labels.ravel(), minlength=count + 1) for labels in (pieces, outside))
    alone = (4 * left > 3 * sizes) & (np.arange(count + 1) > 0)
    return alone[pieces][..., None].astype(np.float32)


def loss(face: Face, hole, share: float = SHARE_OF_WIDTH) -> tuple[float, float]:
    """How many pixels are missing in the face's box, and in the crop that would be made of it, hair included."""
    hole = np.asarray(hole)[..., 0] > 0
    left, top, right, bottom = np.clip(np.rint(face.box), 0, None).astype(int)
    in_box = hole[top : bottom + 1, left : right + 1].sum()
    lies = alignment(face.points, share=share)
    return float(in_box), float((hole[lies.inside(*hole.shape)] & lies.covered(*hole.shape)).sum())


def _without(hole, faces: list[Face], share: float = SHARE_OF_WIDTH) -> np.ndarray:
    """The hole [H, W, 1] less what lies in the crop of a face."""
    left = np.array(hole, np.float32)
    for lies in (alignment(face.points, share=share) for face in faces):
        part = lies.inside(*left.shape[:2])
        left[part][lies.covered(*left.shape[:2])] = 0
    return left


def _loses_enough(face: Face, hole, share: float) -> bool:
    """Whether the hole takes a tenth of the face's box, or the crop, hair included, has a quarter of a piece of it.

    A face beside another's hole loses less. Nor is it one where more than MOST_LOST of the crop is missing.
    """
    in_box, in_crop = loss(face, hole, share)
    extent = alignment(face.points, share=share).covered(*np.shape(hole)[:2]).sum()
    if not 0 < in_crop < MOST_LOST * extent:
        return False
    return bool(10 * in_box > np.prod(face.box[2:] - face.box[:2]) or (beside(hole, [face], share) < hole).any())


def _belief(face: Face) -> float:
    """The detector's score, and more for a large box: what it sees in smooth paint is mostly small."""
    return face.score + 0.2 * float(np.log2(max(1, face.box[2] - face.box[0])))


def _same(face: Face, other: Face) -> bool:
    """Whether two finds are one face: the middle of either's box lies in the other's."""
    middles = [one.box.reshape(2, 2).mean(0) for one in (face, other)]
    boxes = [one.box.reshape(2, 2) for one in (other, face)]
    return any((box[0] <= at).all() and (at <= box[1]).all() for at, box in zip(middles, boxes, strict=True))


def paint_over(photo, hole, paint=None) -> np.ndarray:
    """The photograph with something plain in its hole, made at a small size from what is known."""
    photo, missing = np.asarray(photo), np.asarray(hole)[..., 0] > 0
    if not missing.any():
        return photo
    height, width = missing.shape
    factor = min(1.0, PAINTED / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    known = (~missing).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    light = cv2.resize(photo * known[..., None], size, interpolation=cv2.INTER_AREA).reshape(*share.shape, -1)
    small = np.rint(light / np.maximum(share, 1e-6)[..., None]).clip(0, 255).astype(np.uint8)
    gone = share < 0.02
    if gone.all():
        return photo * known[..., None].astype(np.uint8)
    painted = (paint or _telea)(small, gone)
    large = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR).reshape(photo.shape)
    return np.where(missing[..., None], large, photo)


def _telea(small, gone):
    return cv2.inpaint(np.ascontiguousarray(small), gone.astype(np.uint8), 3, cv2.INPAINT_TELEA)
