"""Faces and their 68 landmarks, as dlib finds them.

The detector is dlib's frontal one (histograms of oriented gradients; King, JMLR 10, 2009), the predictor its ensemble
of regression trees (Kazemi and Sullivan, CVPR 2014) with the 68 points of 300-W (Sagonas et al., ICCVW 2013): 0–16 the
jaw, 17–26 the brows, 27–35 the nose, 36–47 the eyes, 48–67 the mouth.

The detector's smallest face is 80 pixels wide, so pictures are enlarged first; and both read black outside the picture,
so a tight crop gets a border that repeats its edge. On 200 validation crops of CelebA (64×64) the mean distance to the
points found in the whole aligned picture was 1.70 px without that border and 0.74 px with it.

In: uint8 [H, W, 1 or 3], grey or RGB. Out: points [68, 2] float64, (x, y) in pixels of the picture given.
"""

import functools
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from holefill.errors import UserError

POINTS = 68
ENLARGED = 1600  # the longest side of what the detector sees, where that is no more than MOST times the picture's
MOST = 4
CROP_BORDER = 0.25  # ÷ the side of a crop
FILE = "shape_predictor_68_face_landmarks.dat"
HOW_TO_GET = (
    f'pip install ".[faces]" in holefill\'s folder, or pip install face_recognition_models, which holds {FILE}, or'
    " download it from http://dlib.net/files and name it with --landmarks or HOLEFILL_LANDMARKS"
)


class Missing(UserError):
    """dlib or its predictor's file is not there; the line says what to install."""


@dataclass(frozen=True)
class Face:
    """One face: box (left, top, right, bottom) and points [68, 2], in pixels; the detector's score, 0 or more: sure."""

    box: np.ndarray
    points: np.ndarray
    score: float


def detect(pixels, landmarks=None, *, border: float = 0.0, least: float = 0.0) -> list[Face]:
    """The faces of a picture, the surest first; an empty list where there is none.

    Parameters
    ----------
    pixels : uint8 [H, W], [H, W, 1] or [H, W, 3]
    landmarks : path of the predictor's file; None: see `predictor_file`
    border : width of the border that repeats the picture's edge, ÷ its shorter side
    least : lowest score of a face; below 0 also what the detector doubts

    Raises
    ------
    UserError
        Where dlib or the predictor's file is missing, or the pixels are no picture.
    """
    dlib, predictor, view = _dlib(), _predictor(str(predictor_file(landmarks))), _View.of(pixels, border)
    boxes, scores, _ = _detector(dlib).run(view.pixels, 0, least)
    found = []
    for score, box in sorted(zip(scores, boxes, strict=True), key=lambda pair: -pair[0]):
        corners = view.back([(box.left(), box.top()), (box.right(), box.bottom())])
        points = view.back([(part.x, part.y) for part in predictor(view.pixels, box).parts()])
        found.append(Face(corners.ravel(), points, float(score)))
    return found


def in_crops(crops, landmarks=None, *, least: float = 0.0) -> np.ndarray:
    """The landmarks of the surest face of each tight crop, such as a model paints.

    Parameters
    ----------
    crops : uint8 [B, H, W, C]
    landmarks, least : as in `detect`

    Returns
    -------
    [B, 68, 2] float64; NaN where no face is found.
    """
    points = np.full((len(crops), POINTS, 2), np.nan)
    for i, crop in enumerate(crops):
        for face in detect(crop, landmarks, border=CROP_BORDER, least=least)[:1]:
            points[i] = face.points
    return points


def in_box(pixels, box, landmarks=None, *, border: float = 0.0) -> np.ndarray:
    """The landmarks [68, 2] of a face known to fill `box` (left, top, right, bottom), however little it looks like one.

    About ten times as fast as `detect`, and never without an answer; `border` as there.
    """
    dlib, predictor, view = _dlib(), _predictor(str(predictor_file(landmarks))), _View.of(pixels, border)
    corners = np.rint(view.there(np.reshape(box, (2, 2)))).astype(int).ravel().tolist()
    parts = predictor(view.pixels, dlib.rectangle(*corners)).parts()
    return view.back([(part.x, part.y) for part in parts])


def predictor_file(path=None) -> Path:
    """The predictor's file: `path`, else `$HOLEFILL_LANDMARKS`, else the one of the package face_recognition_models.

    Raises
    ------
    UserError
        Where there is none.
    """
    named = path or os.environ.get("HOLEFILL_LANDMARKS")
    if named:
        if not Path(named).expanduser().is_file():
            raise Missing(f"no face landmark predictor at {named}: {HOW_TO_GET}")
        return Path(named).expanduser()
    package = importlib.util.find_spec("face_recognition_models")  # not imported: that wants pkg_resources
    found = Path(package.origin).parent / "models" / FILE if package and package.origin else None
    if found is None or not found.is_file():
        raise Missing(f"face landmarks need dlib's 68-point predictor: {HOW_TO_GET}")
    return found


def require(landmarks=None) -> None:
    """Raise UserError, which says what to install, unless faces can be detected."""
    _dlib()
    _predictor(str(predictor_file(landmarks)))


def _dlib():
    try:
        import dlib
    except ImportError as error:
        raise Missing(
            f'face landmarks need dlib: pip install ".[faces]" in holefill\'s folder, or pip install dlib-bin ({error})'
        ) from error
    return dlib


@functools.lru_cache(maxsize=2)
def _predictor(path: str):
    try:
        return _dlib().shape_predictor(path)
    except RuntimeError as error:
        raise Missing(f"cannot read {path} as dlib's 68-point predictor ({error}): {HOW_TO_GET}") from error


@functools.lru_cache(maxsize=1)
def _detector(dlib):
    return dlib.get_frontal_face_detector()


def _as_picture(pixels) -> np.ndarray:
    """[H, W] or [H, W, 3] uint8, contiguous."""
    pixels = np.asarray(pixels)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.dtype != np.uint8 or pixels.ndim != 2 and (pixels.ndim != 3 or pixels.shape[-1] != 3):
        raise UserError(f"cannot look for faces in {pixels.dtype} {list(pixels.shape)}: wanted uint8 grey or RGB")
    return np.ascontiguousarray(pixels)


@dataclass(frozen=True)
class _View:
    """What dlib sees: the picture with its border, enlarged or shrunk by `scale` (x, y)."""

    pixels: np.ndarray
    scale: np.ndarray
    border: int

    @classmethod
    def of(cls, pixels, border):
        pixels = _as_picture(pixels)
        width = round(border * min(pixels.shape[:2]))
        factor = min(MOST, ENLARGED / max(pixels.shape[:2]))
        pixels = np.pad(pixels, ((width, width), (width, width), (0, 0))[: pixels.ndim], mode="edge")
        rows, columns = pixels.shape[:2]
        size = max(1, round(columns * factor)), max(1, round(rows * factor))
        seen = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
        return cls(seen, np.array(size) / (columns, rows), width)

    def there(self, points):
        """Points of the picture as dlib would name them."""
        return (np.asarray(points, float) + 0.5 + self.border) * self.scale - 0.5

    def back(self, points):
        """Points dlib names, in the picture."""
        return (np.asarray(points, float) + 0.5) / self.scale - 0.5 - self.border
