"""What a latent search minimises, and what it must know of each image for that.

    ‖W ⊙ (G(z) − y)‖₁  +  λ · prior                                     Yeh et al., CVPR 2017, arXiv:1607.07539, eq. 2–5
    + symmetry · ‖W' ⊙ (G(z) − mirror(y))‖²                             `losses.symmetry`
    + landmarks · how far G(z)'s 68 points are from those to be expected  `losses.landmarks`
    + anchor · ½‖(g − g₀) / σ‖²                                         Bardsley et al. 2014, doi:10.1137/140964023

prior is a discriminator's judgement of G(z), or ½‖g‖², z = erf(g / √2), where there is none, or it is asked for.
The points of a face are seen by the network landmarks64: in the picture with its hole, where it says what is to be
expected there and how sure it is, and in the picture with G(z) in the hole.

The search moves points [N, L]: z itself, or a Gaussian g with z = erf(g / √2). Images [B, S, S, C] in [-1, 1], holes
[B, S, S, 1], 1 = missing; values [N] in float32.
"""

import dataclasses
import math

import tensorflow as tf

from holefill.losses import context, landmarks, prior, symmetry
from holefill.methods import folded
from holefill.models import landmark_net
from holefill.models.pixels import look

BROWS_AND_EYES, MOUTH = slice(17, 48), slice(48, 68)  # of the 68 points, each symmetric as a whole
INSIDE = 1 - 1e-5  # |z| from which g = ∞ is not far: 4.4


@dataclasses.dataclass(frozen=True)
class Objective:
    """The objective for one set of networks: `layers` by name, their `weights`, and a search's `options`."""

    layers: dict
    weights: dict
    options: object

    def about(self, images, holes, log_sigma) -> dict:
        """What the objective needs of each image, tensors [B, …], computed once for a search.

        `log_sigma` [B, L] is of the first guesses, see `search_graph.first_guesses`.
        """
        options = self.options
        region = 1 - holes
        if options.weighted:
            region = context.importance_weights(holes, options.window, options.boundary)
        known = {"images": images, "region": region, "log_sigma": log_sigma}
        if options.landmarks or (options.symmetry and options.axis == "face"):
            expected, scale = self._points(images, holes)
        if options.landmarks:
            known |= {"holes": holes, "expected": expected, "scale": scale}
        if options.symmetry:
            axis = middle_of_face(expected) if options.axis == "face" else None
            known["mirrored"], known["symmetric"] = symmetry.mirror(images, holes, axis)
        return known

    @property
    def looks_at_fills(self) -> bool:
        """Whether a network must see the fills while the search descends, so that they must be put together."""
        prior_looks = self.options.prior_in_descent and self.options.prior and self._judged
        return bool(prior_looks or (self.options.landmarks and self.options.landmark_loss == "smooth"))

    def in_phases(self, about: dict) -> dict:
        """What is known of the images in their four phases, [B, S / 2, S / 2, 4C], see `folded.run`."""
        channels = about["images"].shape[-1]
        split = {name: tf.nn.space_to_depth(about[name], 2) for name in ("images", "mirrored") if name in about}
        for name in ("region", "symmetric"):
            if name in about:
                split[name] = tf.repeat(tf.nn.space_to_depth(about[name], 2), channels, -1)
        return {**about, **split}

    def fills(self, points, phases=False):
        """G(z) of points [N, L]: [N, S, S, C], or in four phases."""
        return folded.run(self.layers["generator"], self.weights["generator"], self.latents(points), phases=phases)

    def latents(self, points):
        """Latents of points of the search: z = erf(g / √2), or the points themselves."""
        return tf.math.erf(points / math.sqrt(2)) if self.options.coordinates == "gaussian" else points

    def leading(self, points, anchors, about):
        """The terms that lead the descent, [N]; `about` is `in_phases` unless `looks_at_fills`."""
        fills = self.fills(points, phases=not self.looks_at_fills)
        loss = self._nearness(points, anchors, fills, about)
        if self.options.prior_in_descent:
            loss += self._prior(points, fills)
        return loss + self._landmarks(fills, about) if self.options.landmark_loss == "smooth" else loss

    def whole(self, points, anchors, about):
        """(objective [N], fills [N, S, S, C]): all terms, by which completions are reported and sorted."""
        fills = self.fills(points)
        loss = self._nearness(points, anchors, fills, about) + self._prior(points, fills)
        return loss + self._landmarks(fills, about), fills

    @property
    def _judged(self) -> bool:
        return "discriminator" in self.layers and self.options.prior_from == "discriminator"

    def _nearness(self, points, anchors, fills, about):
        """The terms of pixels, and the anchor's; pictures may be in phases."""
        loss = context.context_loss(fills, about["images"], about["region"], self.options.norm)
        if self.options.symmetry:
            loss += self.options.symmetry * symmetry.symmetry_loss(fills, about["mirrored"], about["symmetric"])
        if self.options.anchor:
            loss += self.options.anchor * prior.latent_norm((points - anchors) * tf.exp(-about["log_sigma"]))
        return loss

    def _prior(self, points, fills):
        options = self.options
        if not options.prior:
            return 0.0
        if not self._judged:
            return options.prior * prior.latent_norm(self._gaussian(points))
        logits = folded.run(self.layers["discriminator"], self.weights["discriminator"], fills)
        return options.prior * (prior.saturating if options.saturating else prior.non_saturating)(logits)

    def _gaussian(self, points):
        """The Gaussian g of points of the search: of z = erf(g / √2) it is g that has a density to speak of."""
        if self.options.coordinates == "gaussian":
            return points
        return math.sqrt(2) * tf.math.erfinv(tf.clip_by_value(points, -INSIDE, INSIDE))

    def _landmarks(self, fills, about):
        if not self.options.landmarks:
            return 0.0
        holes, expected, scale = about["holes"], about["expected"], about["scale"]
        points, _ = self._points(tf.where(holes > 0, fills, about["images"]), tf.zeros_like(holes))
        off = (
            landmarks.step(points, expected)
            if self.options.landmark_loss == "step"
            else landmarks.smooth(points, expected, scale)
        )
        return self.options.landmarks * off

    def _points(self, images, holes):
        """The 68 points (x, y) that are to be expected in pictures with holes, and their scales, [N, 68, 2], pixels."""
        size, layers = images.shape[1], self.layers["landmarks"]
        seen = look(images, holes)
        if images.shape[-1] == 1:
            seen = tf.concat([tf.repeat(seen[..., :1], 3, -1), seen[..., 1:]], -1)
        side = 2 * layers[0].side
        if size != side:
            seen = tf.image.resize(seen, (side, side), antialias=True)
        return landmark_net.read(folded.run(layers, self.weights["landmarks"], seen), size)


def middle_of_face(points):
    """Two points on the axis of faces [B, 68, 2]: the middle of brows, nose and eyes, and the mouth's, [B, 2, 2]."""
    return tf.stack([tf.reduce_mean(points[:, part], 1) for part in (BROWS_AND_EYES, MOUTH)], 1)
