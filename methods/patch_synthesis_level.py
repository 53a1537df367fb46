"""One scale of neural patch synthesis: the missing pixels of a picture are moved to the energy's minimum.

Pictures [h, w, C] float32 in [-1, 1], missing pixels [h, w] bool; sides are whole cells of the deepest layer.
"""

import numpy as np

from holefill.methods import neural_patches, patch_synthesis_graph
from holefill.methods.patch_synthesis_options import Options
from holefill.models import vgg


class Level:
    """A scale: `picture`, in whose missing pixels the descent begins; `content`, what the content painted, or None."""

    def __init__(self, picture, content, missing, graph, options: Options):
        self.picture, self.content, self.missing = picture, content, missing
        self.graph, self.options = graph, options
        self.maps, self.sources = {}, {}

    def synthesise(self, advance) -> np.ndarray:
        """The picture with other missing pixels; as it is where nothing is missing or no patch is known."""
        options = self.options
        if options.all_layers and self.missing.any():
            self._find_sources()
        if not self.missing.any() or options.layers and not self.sources:
            advance(options.steps)
            return self.picture
        part = window(self.missing, options)
        places = np.argwhere(self.missing[part])
        before = values = self.picture[part][tuple(places.T)].ravel()
        make, picture, done = patch_synthesis_graph.OPTIMISERS[options.optimiser], self.picture.copy(), 0
        optimiser = make(self.graph, len(values), options.steps, options.learning_rate)
        while done < options.steps:
            count = min(options.refresh or options.steps, options.steps - done)
            values = optimiser.advance(values, self._problem(picture, part, places, before), count)
            picture[part][tuple(places.T)] = values.reshape(-1, picture.shape[-1])
            done += count
            advance(count)
        return picture

    def _find_sources(self) -> None:
        """Of each layer the patches that are known, smaller ones where there are none: size, places, their variance."""
        options = self.options
        self.maps = self._features(self.picture)
        for layer in options.layers:
            missing = neural_patches.cells(self.missing, vgg.LAYERS[layer][1])
            for size in range(options.patch, 0, -2):
                _, at = neural_patches.places(missing, size, options.stride)
                if len(at):
                    known = self.maps[layer][~missing]
                    variance = size**2 * float(np.square(known - known.mean(0)).sum(-1).mean())
                    self.sources[layer] = size, at, max(variance, 1e-6)
                    break
        if options.content_layer:
            self.wanted = self._features(self.content)[options.content_layer]

    def _features(self, picture) -> dict:
        found = self.graph.features(picture[None])
        return {layer: x[0].numpy() for layer, x in zip(self.options.all_layers, found, strict=True)}

    def _problem(self, picture, part, places, before):
        """What is to be minimised next, each patch with the source that is nearest now."""
        options = self.options
        maps = self._features(picture[part]) if options.all_layers else {}
        asked = [self._asked(layer, found, part, len(before)) for layer, found in maps.items()]
        votes, weights = zip(*((v[None], w[None]) for v, w in asked), strict=True) if asked else ((), ())
        content = 0.0 if options.content_layer else options.content_weight
        beta = options.beta / 2 if options.weighing == "cell" else options.beta
        return patch_synthesis_graph.Problem(
            picture[part][None], places, before, votes, weights, content, beta, options.colour
        )

    def _asked(self, layer: str, found: np.ndarray, part, values: int):
        """What features `found` of a layer in the window are to be, [h, w, C], and how much each counts, [h, w, 1]."""
        options, side = self.options, vgg.LAYERS[layer][1]
        votes, weights = np.zeros_like(found), np.zeros((*found.shape[:2], 1), np.float32)
        if layer in self.sources and options.alpha:
            size, at, variance = self.sources[layer]
            wanted, _ = neural_patches.places(neural_patches.cells(self.missing[part], side), size, options.stride)
            if len(wanted):
                sources = self.maps[layer]
                chosen = at[neural_patches.nearest(found, wanted, sources, at, size, options.match)]
                votes, counts = neural_patches.votes(sources, chosen, wanted, found.shape[:2], size)
                weights = options.alpha * {
                    "mean": counts / len(wanted),
                    "cell": (counts > 0) / np.float32(2),
                    "share": counts * (values / (len(wanted) * variance * len(self.sources))),
                }[options.weighing].astype(np.float32)
        if layer == options.content_layer:
            held = self.wanted[tuple(slice(edge.start // side, edge.stop // side) for edge in part)]
            more = np.float32(options.content_weight / self.wanted.size)
            votes, weights = (weights * votes + more * held) / (weights + more), weights + more
        return votes, weights


def window(missing: np.ndarray, options: Options) -> tuple[slice, slice]:
    """What the features of the patches at the hole depend on: so far around it, in whole cells of the deepest layer."""
    cells = {layer: vgg.LAYERS[layer][1] for layer in options.all_layers}
    unit = max(cells.values(), default=1)
    far = max((vgg.reach(layer) + (options.patch - 1) * side for layer, side in cells.items()), default=1) + unit
    edges = []
    for axis in (1, 0):
        there = np.flatnonzero(missing.any(axis))
        first, last = max(0, there[0] - far) // unit * unit, min(missing.shape[1 - axis], there[-1] + 1 + far)
        edges.append(slice(first, -(-last // unit) * unit))
    return tuple(edges)
