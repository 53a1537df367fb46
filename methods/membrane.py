"""The membrane: the smoothest fill, a soap film hung on the hole's rim.

It solves the Laplace equation, 5-point ∇²u = 0 in the hole with u = the picture on its rim, which is Poisson
blending (Pérez, Gangnet, Blake, "Poisson image editing", SIGGRAPH 2003, equation 2) without a guiding gradient.
The yardstick of every other method: it invents nothing, and has no detail.

In and out: images [B, H, W, C] float32 in [-1, 1], any C.
"""

import numpy as np

from holefill import blending
from holefill.methods.fill import Fill, each


def fill(images, holes, *, model=None, candidates=1, seed=0) -> Fill:
    """Fill each hole with the solution of Laplace's equation; it lies within the range of the rim's values."""
    blend, options = blending.get("poisson")

    def paint(image, hole):
        return blend(image, np.zeros_like(image), hole, **options)

    return each(paint, images, holes, candidates)
