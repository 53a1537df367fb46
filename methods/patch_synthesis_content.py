"""What paints the hole, for patch synthesis to give it texture: a method, or a network, the paper's content network.

A network that is meant for pictures of its own size paints the picture at that size.
"""

import cv2
import numpy as np

from holefill import methods
from holefill.errors import UserError
from holefill.registry import parse_spec

USUAL = ("patch_match", "telea")  # where nothing is named: the first of these that there is


def find(content):
    """`paint(picture [h, w, C], missing [h, w] bool, seed) -> [h, w, C]` by a method, or a model by name or folder.

    Raises
    ------
    UserError
        Where there is neither such a method nor such a model.
    """
    fill, options, model = _found(content)

    def paint(picture, missing, seed):
        if not missing.any():
            return picture
        size = None if model is None or getattr(model, "any_size", False) else model.image_size
        pixels, hole = (picture, missing) if size is None else shrink(picture, missing, (size, size))
        painted = _paint(fill, options, model, pixels, hole, seed)
        return painted if size is None else resized(painted, picture.shape[:2])

    return paint


def _found(content):
    """(fill, options, model or None)."""
    from holefill.models import stored

    if content is None:
        content = next(name for name in USUAL if name in methods.TABLE)
    if not isinstance(content, str):
        return methods.get("one_pass" if hasattr(content, "painter") else "semantic@encoder") + (content,)
    name, _ = parse_spec(content) if "/" not in content else (content, None)
    if name.startswith("patch_synthesis"):
        raise UserError(f"patch_synthesis: content is {content!r}, itself: name another method, or a model")
    if name in methods.TABLE:
        usual = methods.default_model(content) if methods.needs_model(content) else None
        if usual is None and methods.needs_model(content):
            raise UserError(f"patch_synthesis: content {content!r} needs a trained model: name that model instead")
        return *methods.get(content), usual and stored.load(usual)
    try:
        return _found(stored.load(content))
    except UserError as error:
        raise UserError(f"patch_synthesis: content {content!r} is no method, and no model: {error}") from error


def _paint(fill, options, model, picture, missing, seed):
    """What `fill` makes of one picture, in the picture's channels."""
    given = np.where(missing[..., None], np.float32(0), picture)[None]
    if model is not None and given.shape[-1] < model.channels:
        given = given.repeat(model.channels, -1)
    hole = missing[None, ..., None].astype(np.float32)
    if hole.all():
        raise UserError("the hole is the whole picture at the content's size: give a smaller hole or another content")
    painted = np.asarray(fill(given, hole, model=model, seed=seed, **options).images)[0, 0]
    return painted if painted.shape[-1] == picture.shape[-1] else painted.mean(-1, keepdims=True)


def shrink(picture: np.ndarray, missing: np.ndarray, size) -> tuple[np.ndarray, np.ndarray]:
    """A picture and its hole at a size [h, w]: each pixel the mean of what is known of it, missing where nothing is."""
    if missing.shape == tuple(size):
        return np.where(missing[..., None], np.float32(0), picture), missing
    known = ~missing[..., None]
    share = resized(known.astype(np.float32), size)
    means = resized(np.where(known, picture, np.float32(0)), size) / np.maximum(share, 1e-6)
    gone = share[..., 0] < 1e-3
    return np.where(gone[..., None], np.float32(0), np.clip(means, -1, 1)), gone


def resized(array: np.ndarray, size) -> np.ndarray:
    """[H, W, C] float32 at [h, w]: area means where it shrinks, bicubic where it grows."""
    how = cv2.INTER_AREA if size[0] * size[1] < array.shape[0] * array.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(array), size[::-1], interpolation=how).reshape(*size, -1)
