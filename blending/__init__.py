"""Compositing: a fill goes into its picture here and nowhere else.

Every blend is `blend(target, source, hole, **options)`: `target` [H, W, C] the picture, `source` [H, W, C] the
fill, both float in [-1, 1]; `hole` [H, W, 1], 1 = missing. It returns [H, W, C] float32 whose known pixels are
exactly the target's.

- `overlay`: the source's pixels as they are.
- `poisson`: the source's gradients, the target's pixels at the rim; exact.
- `tension`: as `poisson`, but smooth across the rim too; where known pixels are scattered it leaves no specks.
- `seamless`: OpenCV's seamlessClone, for comparison.
- `glcic`: fast marching, then seamlessClone: what GLCIC's authors do after their network, for comparison.
"""

from holefill import registry

TABLE = {
    "overlay": "holefill.blending.overlay:overlay",
    "poisson": "holefill.blending.poisson:poisson",
    "glcic": "holefill.blending.glcic:glcic",
    "seamless": "holefill.blending.seamless:seamless",
    "tension": "holefill.blending.tension:tension",
}


def names() -> list[str]:
    """The names of all blends, sorted."""
    return sorted(TABLE)


def get(spec: str):
    """The blend that `spec` names, such as `"poisson(solver='direct')"`, and its options as a dict.

    Raises
    ------
    UserError
        Where the spec cannot be read or no blend has that name; the line lists the known ones.
    """
    return registry.resolve(TABLE, spec, "blend")
