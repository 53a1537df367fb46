"""Multi-scale neural patch synthesis: a content network says what is in the hole, the texture of the rest how it looks.

C. Yang, X. Lu, Z. Lin, E. Shechtman, O. Wang, H. Li, "High-resolution image inpainting using multi-scale neural patch
synthesis", CVPR 2017 (arXiv:1611.09969). From coarse to fine, each scale twice the one before, x minimises (equation 1)

    c ‖x − x_before‖²  +  α Σ_layers 1/|R| Σ_i ‖P_i − P_nn(i)‖²  +  β γ(x)

over the missing pixels: x_before is what the last scale made, enlarged, and at the coarsest the content; P_i are the
3 × 3 patches of VGG-19's relu3_1 and relu4_1 that touch the hole, nn(i) the nearest of those that do not; γ the squared
differences of neighbours. Ours differs: the content is painted at the finest scale, and each scale adds to its detail
there what the last changed; other layers; and γ of what changes of colours. The options, and what each preset is:
`patch_synthesis_options`; the patches: `neural_patches`; the energy: `patch_synthesis_graph`. The weights of VGG-19, or
VGG-16, are a file that is no part of this package, see `models.vgg_weights`.

A region about the hole is worked on, on each side of it as wide again as the hole, where the picture is. In and out:
images [B, H, W, C] float32 in [-1, 1], C 1 or 3, any size; known pixels come out as they came.
"""

import math

import numpy as np
from absl import logging

from holefill.methods import patch_synthesis_content, patch_synthesis_graph, progress
from holefill.methods.fill import Fill, check_known, check_one
from holefill.methods.patch_synthesis_content import resized, shrink
from holefill.methods.patch_synthesis_level import Level
from holefill.methods.patch_synthesis_options import CODE, OURS, PAPER, Options, change
from holefill.models import vgg, vgg_weights

AROUND = 64  # pixels of the picture on each side of a hole, at least, where it has them


def _method(preset: Options, says: str):
    """The method with a preset, of which any of `Options` may be given another value."""

    def complete(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
        return _fill(images, holes, model, candidates, seed, change(preset, changes))

    complete.__doc__, complete.options = says, Options
    return complete


fill = _method(OURS, "Fill by neural patch synthesis with our preset; `model`, where given, is the content network.")
paper = _method(PAPER, "Fill by neural patch synthesis as the paper states it; `model`: the content network.")
code = _method(CODE, "Fill by neural patch synthesis as the paper's released code does it; `model`: as the paper's.")


def _fill(images, holes, model, candidates, seed, options: Options) -> Fill:
    check_one(candidates)
    check_known(holes)
    filled = np.array(images, np.float32)
    content = patch_synthesis_content.find(options.content if model is None else model)
    if np.any(holes):
        weights = vgg_weights.source(options.vgg) if options.all_layers else None
        graph = patch_synthesis_graph.build(options.all_layers, filled.shape[-1], weights, options.policy())
    for picture, hole in zip(filled, np.asarray(holes)[..., 0] > 0.5, strict=True):
        if hole.any():
            part = region(hole)
            picture[part] = _complete(picture[part], hole[part], graph, content, seed, options)
    return Fill(filled[:, None])


def _complete(picture, missing, graph, content, seed, options: Options) -> np.ndarray:
    """One picture [H, W, C] with its missing pixels, [H, W] bool, filled."""
    unit = max((vgg.LAYERS[layer][1] for layer in options.all_layers), default=1)
    least = unit * options.patch
    whole, hole = (continued(array, unit, least) for array in (picture, missing))
    sizes, made, coarser = levels(*hole.shape, unit, least, options), None, None
    finest = options.painted == "finest"
    painting = content(*shrink(whole, hole, sizes[-1 if finest else 0]), seed)
    with progress.bar("synthesising", len(sizes) * options.steps) as advance:
        for size in sizes:
            seen, gone = shrink(whole, hole, size)
            painted = resized(painting, size)
            begun = painted if made is None else resized(made, size)
            if made is not None and finest:
                begun = begun + painted - resized(coarser, size)
            begun, wanted = (
                np.where(gone[..., None], np.clip(x, -1, 1), seen).astype(np.float32) for x in (begun, painted)
            )
            made, coarser = Level(begun, wanted, gone, graph, options).synthesise(advance), painted
    made = np.clip(resized(made, hole.shape), -1, 1)[: len(picture), : picture.shape[1]]
    return np.where(missing[..., None], made, picture)


def region(missing: np.ndarray) -> tuple[slice, slice]:
    """What is looked at of a picture: the hole's box, and as much again on each side."""
    edges = []
    for axis in (1, 0):
        there = np.flatnonzero(missing.any(axis))
        edges.append((there[0], there[-1] + 1, missing.shape[1 - axis]))
    far = max(AROUND, *(last - first for first, last, _ in edges))
    return tuple(slice(max(0, first - far), min(most, last + far)) for first, last, most in edges)


def levels(height: int, width: int, unit: int, least: int, options: Options) -> list[tuple[int, int]]:
    """The sizes of the scales, from about `coarsest` by doubling to the picture's own, or the largest worked at."""
    longest = max(height, width)
    most = min(1.0, options.largest / longest)
    if most < 1:
        logging.info("a region of %d × %d pixels: worked at %d, and enlarged", height, width, options.largest)
    halvings = max(0, round(math.log2(longest * most / options.coarsest)))
    sizes = []
    for scale in (most / 2**n for n in range(halvings, -1, -1)):
        size = tuple(max(min(least, side), round(side * scale / unit) * unit) for side in (height, width))
        sizes += [size] if size not in sizes else []
    return sizes


def continued(array: np.ndarray, multiple: int, least: int) -> np.ndarray:
    """[H, W, …] with its mirror image below and to the right, up to multiples of `multiple` and at least `least`."""
    more = [(0, max(-(-side // multiple) * multiple, least) - side) for side in array.shape[:2]]
    return np.pad(array, more + [(0, 0)] * (array.ndim - 2), mode="symmetric")
