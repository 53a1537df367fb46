"""A hole from a mask's picture: what is white, and when it cannot be told.

White is missing, unless `polarity` is "known". A mask is black and white up to 10 % of either (JPEG rings); one that
is grey, or hides in its transparency, is not guessed at.
"""

import numpy as np
from absl import logging

from holefill.datasets import images
from holefill.errors import UserError

END = 0.1  # within this of black or white is black or white
MOST_GREY = 0.01  # share of pixels that may lie between: soft edges
MOSTLY_WHITE = 0.9
SAME_SHAPE = 0.02  # by which the ratio of the sides may differ
BRIGHTER = ", or give --mask_threshold {} to take what is brighter as white"
OPAQUE = ", or give --mask_channel alpha to take what is opaque as white"


def read(path, height, width, polarity="hole", threshold=None, channel="colour") -> np.ndarray:
    """Read a mask file for a picture of a given size.

    Parameters
    ----------
    polarity : "hole" or "known"
        What white (or, in the transparency, opaque) means.
    threshold : int in 1 … 255, float in (0, 1), or None
        The grey from which a pixel counts as white, of 255 or as a share. None: half, and a grey mask is an error.
    channel : "colour" or "alpha"
        Where the mask is: in what is seen, or in the transparency.

    Returns
    -------
    hole : [H, W, 1] float32 in {0, 1}, 1 = missing

    Raises
    ------
    UserError
        Where the file cannot be read, has another size, is grey, empty or full, or may be in its transparency.
    """
    if polarity not in ("hole", "known"):
        raise UserError(f"mask polarity {polarity!r}: wanted 'hole' (white is missing) or 'known' (white is known)")
    named = f"the mask {path}"
    picture = _of_size(named, path, height, width)
    grey = _from_alpha(named, picture) if channel == "alpha" else _from_colour(named, picture)
    hole = _binary(named, grey, threshold, lambda: _instead(picture, grey, channel)) ^ (polarity == "known")
    return _checked(path, hole, polarity)[..., None].astype(np.float32)


def _instead(picture: images.Picture, grey: np.ndarray, channel: str) -> str:
    """What a grey mask could be read by: marks on a transparent ground by these, else a threshold that parts it."""
    if channel == "colour" and picture.alpha is not None:
        opacity = _grey(picture.alpha[..., None])
        soft = ((opacity > END) & (opacity < 1 - END)).mean()
        if 0 < opacity.mean() < 0.5 and soft <= MOST_GREY:
            return OPAQUE
    if np.ptp(grey) <= END:
        return ""
    middle = 0.5 if grey.min() < 0.5 <= grey.max() else (grey.min() + grey.max()) / 2
    return BRIGHTER.format(round(255 * middle))


def marked(path, height, width, what: str) -> np.ndarray:
    """What is white in a picture beside another of a given size: [H, W, 1] float32 in {0, 1}; it may be all or nothing.

    Raises
    ------
    UserError
        Where the file cannot be read, has another size, or is grey; `what` it is for comes before its name.
    """
    named = f"{what} {path}"
    return _binary(named, _from_colour(named, _of_size(named, path, height, width)))[..., None].astype(np.float32)


def _of_size(named: str, path, height: int, width: int) -> images.Picture:
    picture = images.read(path)
    found = picture.pixels.shape[:2]
    if found != (height, width):
        sizes = f"{found[1]} x {found[0]} and the picture {width} x {height} pixels"
        turned = "is one of them turned, by its EXIF orientation?"
        raise UserError(f"{named} is {sizes}: wanted the same size ({other_size(found, (height, width), turned)})")
    return picture


def other_size(found: tuple, wanted: tuple, turned: str) -> str:
    """What to do with a mask of a size (height, width) other than the picture's; `turned`: where it is that, turned."""
    if found == wanted[::-1]:
        return turned
    if abs(found[0] * wanted[1] - found[1] * wanted[0]) < SAME_SHAPE * found[1] * wanted[0]:
        return "enlarge or shrink it to that by its nearest pixels, without smoothing"
    return "draw it over the picture, as large as that is"


def as_share(threshold) -> float:
    """A threshold of 1 … 255 as a share of white; one in (0, 1) as it is."""
    number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
    if not number or not (0 < threshold < 1 or 1 <= threshold <= 255):
        raise UserError(f"mask threshold {threshold!r}: wanted a grey from 1 to 255, or a share between 0 and 1")
    return threshold if threshold < 1 else threshold / 255


def _from_alpha(named: str, picture: images.Picture) -> np.ndarray:
    if picture.alpha is None:
        raise UserError(f"{named} has no transparency: wanted one, as the mask channel is alpha")
    return _grey(picture.alpha[..., None])


def _from_colour(named: str, picture: images.Picture) -> np.ndarray:
    """[H, W] in [0, 1]; transparent pixels count as black, if what they hide does not matter."""
    grey = _grey(picture.pixels)
    if picture.alpha is None or picture.alpha.min() == picture.alpha.max():
        return grey
    seen = grey * _grey(picture.alpha[..., None])
    if np.ptp(grey) <= END or ((grey >= 0.5) != (seen >= 0.5)).mean() > MOST_GREY:
        raise UserError(
            f"{named} has one colour and varies in its transparency: it seems to be there; save it black and"
            " white without transparency, or give --mask_channel alpha to take opaque as white"
            if np.ptp(grey) <= END
            else f"{named} has white under its transparency: save it black and white, without transparency"
        )
    return seen


def _grey(pixels: np.ndarray) -> np.ndarray:
    """[H, W, C] of any type → [H, W] in [0, 1]; labels 0 and 1 are black and white."""
    if pixels.dtype.kind == "u" and pixels.max(initial=0) == 1:
        logging.info("the mask's values are 0 and 1: 1 is taken as white")
        return pixels.max(-1).astype(np.float64)
    white = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    return pixels.mean(-1, dtype=np.float64) / white


def _binary(named: str, grey: np.ndarray, threshold=None, instead=lambda: "") -> np.ndarray:
    if threshold is not None:
        return grey >= as_share(threshold)
    between = float(((grey > END) & (grey < 1 - END)).mean())
    if between > MOST_GREY:
        raise UserError(
            f"{named} is grey: {between:.0%} of its pixels are neither black nor white;"
            f" make it black and white{instead()}"
        )
    return grey >= 0.5


def _checked(path, hole: np.ndarray, polarity: str) -> np.ndarray:
    white = "missing" if polarity == "hole" else "known"
    if not hole.any() or hole.all():
        what = "nothing is missing" if not hole.any() else "everything is missing"
        colour = "black" if hole.any() == (polarity == "known") else "white"
        raise UserError(
            f"the mask {path} is all {colour}: {what} (white means {white}); give a mask with black and white"
        )
    if hole.mean() > MOSTLY_WHITE:
        other = "known" if polarity == "hole" else "hole"
        logging.warning(
            "%s: %.0f %% of the picture is missing (white means %s); if that is the wrong way round,"
            " give --mask_polarity %s", path, 100 * hole.mean(), white, other,
        )  # fmt: skip
    return hole
