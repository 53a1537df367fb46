"""Completion by one forward pass of a trained network (`models.one_pass`): `one_pass`, and each family by its name.

Pictures whose sides are no multiple of what the network takes are continued by their mirror image, and what is painted
is cut back. A picture larger than the network can look over is brought to `MOST` pixels a side, painted, and brought
back: known pixels are restored at full resolution by the blend. Batches are split so that memory stays bounded.

In: images [B, H, W, C] float32 in [-1, 1], holes [B, H, W, 1] float32, 1 = missing. Out: see `methods.fill`.
"""

import functools
import weakref
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from holefill import methods, models
from holefill.errors import UserError
from holefill.methods.fill import Fill, check_known, check_one
from holefill.methods.known_means import known_means
from holefill.models import presets
from holefill.models.one_pass import OnePassModel
from holefill.registry import unknown

MOST = 512  # pixels a side of what a network of any size looks at; beyond it, it cannot look across a hole
PIXELS = 64 * 64 * 64  # at most of one batch, so that memory stays bounded

_compiled = weakref.WeakKeyDictionary()


def one_pass(images, holes, *, model=None, candidates=1, seed=0, mirrored: bool = False) -> Fill:
    """Complete by one pass of `model`, of whatever family; `mirrored`: the mean of that and of its mirror image."""
    return _fill(None, images, holes, model, candidates, mirrored)


def guess(images, holes, name) -> np.ndarray:
    """What a one-pass model, by name or folder, paints of pictures [B, H, W, C]; grey ones as three equal channels.

    Raises
    ------
    UserError
        Where it is no such model, paints no pictures of this size, or grey alone where they have colours.
    """
    name = str(name)
    if not Path(name).exists() and name not in presets.names():
        raise UserError(unknown(name, _painting(), "guess") + "; or give a run folder of bin/train")
    model, channels = named(name), images.shape[-1]
    if not hasattr(model, "painter"):
        raise UserError(
            f"guess {name!r} is a model that is searched: give a one-pass network, {', '.join(_painting())}"
        )
    if model.multiple is None and images.shape[1:3] != (model.image_size,) * 2:
        raise UserError(f"guess {name!r} paints {model.image_size} pixels a side alone: give another network")
    if channels < model.channels:
        images = np.repeat(images, model.channels, -1)
    painted = _fill(None, images, holes, model, 1, False).images[:, 0]
    return painted if channels == painted.shape[-1] else painted.mean(-1, keepdims=True)


def _painting() -> list[str]:
    """Names of the shipped one-pass networks."""
    return [name for name in presets.names() if models.paints_at_once(presets.family(name))]


@functools.lru_cache(maxsize=2)
def named(name: str):
    """A model by name or folder; the last two are kept."""
    from holefill.models import stored

    return stored.load(name)


def _method(family: str, says: str):
    """The method of a family's name: `one_pass` with a model that must be of that family."""

    def complete(images, holes, *, model=None, candidates=1, seed=0, mirrored: bool = False) -> Fill:
        return _fill(family, images, holes, model, candidates, mirrored)

    complete.__doc__ = says
    return complete


fill = _method("fill", "Complete by `fill`, our one-pass network.")
context_encoder = _method("context_encoder", "Complete by a Context Encoder (Pathak et al. 2016).")
glcic = _method("glcic", "Complete by GLCIC's network (Iizuka et al. 2017).")
contextual_attention = _method("contextual_attention", "Complete by coarse-to-fine attention (Yu et al. 2018).")
parallel_attention = _method("parallel_attention", "Complete by dilated convolutions and attention side by side.")
face_completion = _method("face_completion", "Complete by Generative Face Completion's network (Li et al. 2017).")


def _fill(family, images, holes, model, candidates, mirrored) -> Fill:
    model = _checked(family, model, images)
    check_one(candidates, "one pass")
    check_known(holes)
    if model.middle and _beyond_middle(holes):
        raise UserError(f"{model.family} paints the middle half of a picture alone, and the hole reaches beyond it")
    images, holes = np.asarray(images, np.float32), np.asarray(holes, np.float32)
    painted = paint(model, images, holes)
    if mirrored:
        painted = (painted + paint(model, images[:, :, ::-1], holes[:, :, ::-1])[:, :, ::-1]) / 2
    return Fill(painted[:, None])


def _checked(family, model, images) -> OnePassModel:
    """The model, loaded where a name is given, that can paint such pictures.

    Raises
    ------
    UserError
        Where it is none of a forward pass, of another family, or takes other channels or sizes.
    """
    if model is None:
        raise UserError(f"method {family or 'one_pass'!r} needs a trained model: give --model, a name or a run folder")
    if not hasattr(model, "networks"):
        from holefill.models import stored

        model = stored.load(model)
    methods.check_model(family or "one_pass", model)
    _, height, width, channels = images.shape
    if channels != model.channels:
        raise UserError(
            f"the pictures have {channels} channels, the model paints {model.channels}: give it such pictures"
        )
    if model.multiple is None and (height, width) != (model.image_size,) * 2:
        raise UserError(f"the model paints {model.image_size} × {model.image_size} pixels, not {height} × {width}")
    return model


def _beyond_middle(holes) -> bool:
    """Whether anything outside the middle half of height and width is missing."""
    outside = np.array(holes > 0.5)
    height, width = outside.shape[1:3]
    outside[:, height // 4 : -(height // 4), width // 4 : -(width // 4)] = False
    return bool(outside.any())


def paint(model: OnePassModel, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """What the painter gives, [B, H, W, C] float32 in [-1, 1], for pictures of any size that it takes."""
    height, width = images.shape[1:3]
    images = np.where(holes > 0.5, np.float32(0), images)
    longest = max(height, width)
    if model.multiple and longest > MOST:
        small = [max(1, round(side * MOST / longest)) for side in (height, width)]
        images, holes = _smaller(images, holes, *small)
        return np.clip(_resized(paint(model, images, holes), height, width, cv2.INTER_CUBIC), -1, 1)
    if model not in _compiled:
        _compiled[model] = _compile(model)
    run = _compiled[model]
    images, holes = (_continued(array, model.multiple or 1) for array in (images, holes))
    together = max(1, PIXELS // (images.shape[1] * images.shape[2]))
    parts = [slice(i, i + together) for i in range(0, len(images), together)]
    painted = np.concatenate([run(images[part], holes[part]).numpy() for part in parts])
    return np.clip(painted[:, :height, :width], -1, 1)


def _compile(model: OnePassModel):
    """The painter as one graph for all sizes it takes: images, holes → [B, H, W, C]."""
    kept = weakref.ref(model)  # else the graph would keep its own key alive
    side = None if model.multiple else model.image_size
    taken = [tf.TensorSpec([None, side, side, model.channels]), tf.TensorSpec([None, side, side, 1])]

    @tf.function(input_signature=taken, autograph=False)
    def run(images, holes):
        return tf.cast(kept().stages(images, holes)[-1], tf.float32)

    return run


def _continued(array: np.ndarray, multiple: int) -> np.ndarray:
    """[B, H, W, C] with its mirror image below and to the right, up to multiples of `multiple`."""
    more = [(0, -side % multiple) for side in array.shape[1:3]]
    return np.pad(array, ((0, 0), *more, (0, 0)), mode="symmetric") if any(b for _, b in more) else array


def _smaller(images, holes, height: int, width: int):
    """Pictures (means of known pixels) and holes at a smaller size; a pixel that touches a missing one is missing."""
    known = holes[..., 0] <= 0.5
    means, shares = zip(*map(known_means, images, known, [(height, width)] * len(images)), strict=True)
    return np.stack(means), (np.stack(shares)[..., None] < 1 - 1e-6).astype(np.float32)


def _resized(array: np.ndarray, height: int, width: int, how: int) -> np.ndarray:
    made = [cv2.resize(one, (width, height), interpolation=how) for one in array]
    return np.stack(made).reshape(len(array), height, width, -1)
