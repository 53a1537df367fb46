"""Contextual attention: what is missing is pasted from patches of features that are known (Yu et al. 2018,
arXiv:1801.07892, §4).

Foreground and background are seen at every `rate`-th place. Each place of the foreground is compared, by its `size` ×
`size` patch, to every place of the background: the cosine of the two patches. Scores are propagated: matches that
run side by side support each other, along rows first, along columns then (`_fused`). A softmax over the background
gives the weights by which its patches, 2·rate wide at full resolution, are laid over each other; each place is covered
by four, and divided by four.

A place of the background counts as known where nothing of its patch is missing; what lies beyond the border is known.
Others are left out of the softmax; their scores have, as published, been propagated to their neighbours by then. Each
example has a hole of its own. Where nothing at all is known there is nothing to paste: features and offsets are 0. The
released code multiplies unknown scores by 0 before the softmax, where they still draw weight, and the weights after
it: `exclude="multiply"`. It also divides the background's patches alone by their norm: `cosine=False`.

Fusing needs, for a row of the foreground, the scores of the two rows on each side of it: so the foreground is worked
off in bands of rows, and memory grows with `chunk` × the background's places, not with the square of the latter
(while a gradient is recorded, it does). Products of patches are sums of products of places, by diagonals: of the
comparison a ninth of the work for patches of 3 × 3. All of this is computed in float32.

In: foreground [B, h, w, C], background [B, h', w', C], hole [B, shrink·h', shrink·w', 1], 1 = missing. Out: features
[B, h, w, C]; offsets [B, ⌈h/rate⌉, ⌈w/rate⌉, 2]: rows and columns, in places, from each place to the one it draws most
from.
"""

import math

import keras
from keras import ops

from holefill.errors import UserError
from holefill.models.patches import folded, of_patches, patches, propagated, summed

EXCLUDE = ("masked", "multiply")
LEAST = 1e-4  # of a patch's norm


@keras.saving.register_keras_serializable("holefill")
class ContextualAttention(keras.layers.Layer):
    """[foreground, background, hole] → (features, offsets); see the module.

    rate: every how many places are compared; size: side of the compared patches, odd; scale: of the softmax; fuse:
    whether scores are propagated; cosine: whether the foreground's patches are divided by their norm too; exclude:
    "masked" or "multiply"; chunk: about how many places of the foreground are worked on at a time; shrink: how many
    times as high and wide as the background the hole is: where anything of it is missing, or, with "multiply", its
    first of `shrink` × `shrink` pixels is, the background's place is.
    """

    def __init__(
        self, rate=2, size=3, scale=10.0, fuse=True, cosine=True, exclude="masked", chunk=1024, shrink=1, **more
    ):
        super().__init__(**more)
        if size % 2 == 0:
            raise UserError(f"attention: size is {size}; wanted an odd number of places")
        if exclude not in EXCLUDE:
            raise UserError(f"attention: exclude is {exclude!r}; wanted one of {', '.join(EXCLUDE)}")
        self.rate, self.size, self.scale, self.fuse = rate, size, scale, fuse
        self.cosine, self.exclude, self.chunk, self.shrink = cosine, exclude, chunk, shrink

    def call(self, inputs):
        foreground, background, hole = (ops.cast(x, "float32") for x in inputs)
        queries, keys = (x[:, :: self.rate, :: self.rate] for x in (foreground, background))
        raw = _listed(patches(background, 2 * self.rate, self.rate, self.rate // 2))
        pasted, best = self._attend(queries, keys, raw, self._known(hole))
        height, width = ops.shape(queries)[1:3]
        pasted = ops.reshape(pasted, (-1, height, width, raw.shape[-1]))
        features = folded(pasted, self.rate, *ops.shape(foreground)[1:3]) / 4
        return ops.cast(features, self.compute_dtype), ops.reshape(best, (-1, height, width, 2))

    def _known(self, hole):
        """[B, 1, N]: 1 where nothing of a background patch is missing."""
        every = self.rate * self.shrink
        if self.exclude == "multiply":
            missing = hole[:, ::every, ::every]
        else:
            missing = ops.max_pool(hole, every, every, "same", "channels_last")
        missing = ops.max_pool(missing, self.size, 1, "same", "channels_last")
        return ops.transpose(_listed(ops.cast(missing == 0, "float32")), (0, 2, 1))

    def _attend(self, queries, keys, raw, known):
        """Pasted patches [B, h·w, (2·rate)²·C] and offsets [B, h·w, 2], band by band."""
        height, width = ops.shape(queries)[1:3]
        sides = ops.shape(keys)[1:3]
        shares = self._shares(queries) if self.cosine else None
        against = (
            ops.transpose(_listed(keys), (0, 2, 1)),
            (self.scale * self._shares(keys))[:, None, None, ..., 0],
            sides,
        )
        static = isinstance(height, int) and isinstance(width, int)
        rows = min(height, max(1, self.chunk // width)) if static else ops.maximum(self.chunk // width, 1)

        def band(first):
            weights = self._weights(
                self._scores(queries, shares, against, first, rows, static and rows == height), known
            )
            best, place = ops.argmax(weights, axis=-1), first * width + ops.arange(rows * width)
            best = ops.cast(best, "int32")
            moved = ops.stack([best // sides[1] - place // width, best % sides[1] - place % width], axis=-1)
            return ops.matmul(weights, raw), ops.cast(moved, "float32") * ops.max(known, axis=-1, keepdims=True)

        if static and rows == height:
            return band(0)
        found = ops.map(band, ops.arange(0, height, rows))  # [bands, B, rows · w, …]
        return [
            ops.reshape(ops.moveaxis(x, 0, 1), (ops.shape(known)[0], -1, x.shape[-1]))[:, : height * width]
            for x in found
        ]

    def _scores(self, queries, shares, against, first, rows, whole: bool):
        """Scores [B, rows · w, N] of the rows from `first` on, all of them where `whole`; rows beyond the last begin
        anew."""
        (height, width), sides = ops.shape(queries)[1:3], against[-1]
        places = sides[0] * sides[1]
        if whole:  # which needs no rows on each side of a band, and has a gradient of its own
            scores = self._compared(queries, shares, against)
            return ops.reshape(propagated(scores) if self.fuse else scores, (-1, height * width, places))
        reach, halo = self.size // 2, 2 if self.fuse else 0
        row = (first - halo - reach + ops.arange(rows + 2 * (halo + reach))) % height
        band = [x if x is None else ops.take(x, row, axis=1) for x in (queries, shares)]
        scores = self._compared(*band, against, row, height)[:, reach : reach + rows + 2 * halo]
        scores = ops.reshape(scores, (-1, (rows + 2 * halo) * width, places))
        return _fused(scores, first, rows, height, width, sides[1]) if self.fuse else scores

    def _compared(self, band, shares, against, row=None, height=0):
        """Scores of these rows of the foreground (None: all), before they are propagated, [B, R, w, h', w']; of the
        first and the last `size // 2` of a band not of whole patches.

        against: the background [B, C, N], the shares of its patches [B, 1, 1, h', w'], and its sides.
        """
        keys, own, sides = against
        products = ops.reshape(ops.matmul(_listed(band), keys), (-1, *ops.shape(band)[1:3], *sides))
        scores = of_patches(products, self.size, row, height) * own
        return scores if shares is None else scores * shares[..., None]

    def _shares(self, x):
        """1 / the norm of the patch about each place, [B, h, w, 1]."""
        return ops.rsqrt(ops.maximum(summed(ops.sum(ops.square(x), axis=-1, keepdims=True), self.size), LEAST**2))

    def _weights(self, scores, known):
        """Softmax over the known background, [B, P, N]; 0 everywhere where nothing is known."""
        scores = scores * known if self.exclude == "multiply" else ops.where(known > 0, scores, -1e9)
        return ops.softmax(scores, axis=-1) * known

    def compute_output_spec(self, inputs):
        batch, *sides, channels = inputs[0].shape
        places = [side and -(-side // self.rate) for side in sides]
        features = keras.KerasTensor((batch, *sides, inputs[1].shape[-1]), self.compute_dtype)
        return features, keras.KerasTensor((batch, *places, 2), "float32")

    def get_config(self):
        names = ("rate", "size", "scale", "fuse", "cosine", "exclude", "chunk", "shrink")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _fused(scores, first, rows, height, width, columns):
    """Propagated scores, [B, (rows + 4)·w, N] from two rows above `first` on → [B, rows·w, N].

    Twice, each score becomes the sum of itself and those of the next and the previous place of the foreground with the
    next and the previous of the background: next along rows, one after the other, first; along columns then.
    """
    end, zero = (rows + 3) * width, ops.zeros_like(scores[..., :1])
    place = ((first - 1) * width + ops.arange((rows + 2) * width))[:, None] % (height * width)
    later = ops.concatenate([scores[..., 1:], zero], -1)[:, width + 1 : end + 1]
    sooner = ops.concatenate([zero, scores[..., :-1]], -1)[:, width - 1 : end - 1]
    scores = scores[:, width:end]
    scores = scores + ops.where(place < height * width - 1, later, 0) + ops.where(place > 0, sooner, 0)

    own = width + ops.arange(rows * width)
    place, last = place[width:-width, 0], ops.shape(scores)[-1] - columns
    row, column, zero = place // width, place % width, zero[:, width:end]
    below = own + width + ops.cast(row == height - 1, own.dtype)  # from the bottom on to the next column's top
    above = own - width - ops.cast(row == 0, own.dtype)
    lower = ops.concatenate([scores[..., columns:], scores[..., 1:columns], zero], -1)
    upper = ops.concatenate([zero, scores[..., last:-1], scores[..., :last]], -1)
    lower = ops.take(lower, ops.minimum(below, (rows + 2) * width - 1), axis=1)
    upper = ops.take(upper, ops.maximum(above, 0), axis=1)
    ends = (row == height - 1) & (column == width - 1), (row == 0) & (column == 0)
    lower, upper = (ops.where(end[:, None], 0.0, x) for end, x in zip(ends, (lower, upper), strict=True))
    return scores[:, width:-width] + lower + upper


def _listed(x):
    """[B, h, w, C] → [B, h·w, C]."""
    height, width = ops.shape(x)[1:3]
    return ops.reshape(x, (-1, height * width, x.shape[-1]))


def colours(offsets):
    """Offsets [B, h, w, 2] as pictures [B, h, w, 3] in [-1, 1]: hue is the direction, brightness the distance.

    Red points right, yellow-green down, cyan left, violet up; black is no offset, full brightness the grid's diagonal,
    and the square root in between, so that short ones show too.
    """
    height, width = ops.shape(offsets)[1:3]
    diagonal = ops.sqrt(ops.cast(height**2 + width**2, "float32"))
    value = ops.sqrt(ops.minimum(ops.norm(offsets, axis=-1, keepdims=True) / diagonal, 1.0))
    hue = ops.arctan2(offsets[..., :1], offsets[..., 1:]) * (3 / math.pi)
    turned = (hue + ops.convert_to_tensor([5.0, 3.0, 1.0])) % 6
    return 2 * value * (1 - ops.clip(ops.minimum(turned, 4 - turned), 0.0, 1.0)) - 1
