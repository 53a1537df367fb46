"""The steps of `NAME@sharp`: what one of our painters has learnt as `NAME`, with a discriminator of patches beside it.

The distance from the truth is `fill`'s, of each stage, and to it come what the discriminator says of completed
pictures (known pixels as they are, `losses.patches`) and how far its features of them are from those of the truth; the
discriminator's gradient has an R1 penalty (Mescheder et al. 2018, arXiv:1801.04406) every `r1_every` steps. What
changes from pixel to pixel the discriminator does not see: a distance of its own holds that. The discriminator learns
alone at first: as it begins it knows nothing, and what it said would harm what has been learnt. Both learn by Muon, by
which the discriminator tells a smooth fill from a picture far sooner than by Adam (docs/results.md).

It is meant to start from a trained `NAME`: `--start`.
"""

import dataclasses

import tensorflow as tf

from holefill.errors import UserError
from holefill.losses import masked, patches
from holefill.models import judges
from holefill.models.attentive import ATTENTION, offsets_shown
from holefill.training.filling import FillOptions, FillStep
from holefill.training.penalties import due, lazy_r1
from holefill.training.step import optimizer

FAINTEST = 1e-4  # the squared error of what changes from pixel to pixel, below which less gains little


@dataclasses.dataclass(frozen=True)
class SharpOptions(FillOptions):
    """judging: the share of the run in which the discriminator learns alone; judge_rate: its learning rate;
    adversarial: weight of its word; features: of the distance of its features from the truth's; r1: γ of its penalty,
    every `r1_every` steps (0: none); finest: weight of ½ log of the squared error of what changes from
    pixel to pixel, which the discriminator does not see."""

    learning_rate: float = 2e-4
    judging: float = 0.15
    judge_rate: float = 1e-3
    adversarial: float = 0.15
    features: float = 1.5
    r1: float = 3.0
    r1_every: int = 8
    finest: float = 0.25

    def __post_init__(self):
        super().__post_init__()
        if self.judging >= 1:
            raise UserError(f"--recipe judging={self.judging}: wanted less than 1, or nothing is ever painted anew")


class SharpStep(FillStep):
    """`NAME@sharp` of any one-pass network of ours."""

    options_class = SharpOptions
    refines = True

    def __init__(self, model, averages, options, *rest):
        side = options.crop or model.image_size
        if side % judges.PATCH:
            raise UserError(
                f"{model.family} learns from pictures whose side is a multiple of {judges.PATCH}, that of the patches"
                f" that are judged: --image_size is {side}"
            )
        super().__init__(model, averages, options, *rest)

    def optimiser(self, network):
        return self.options.optimiser

    @property
    def alone(self) -> int:
        """Steps in which the discriminator learns alone."""
        return round(self.options.judging * self.scheduled)

    def make_optimizers(self):
        made = {}
        own = {
            "painter": (self.options.learning_rate, self.steps - self.alone),
            "judge": (self.options.judge_rate, self.steps),
        }
        for name, variables in self.trained().items():
            rate, steps = own[name]
            options = dataclasses.replace(self.options, learning_rate=rate)
            made[name] = optimizer(options, max(steps, 1), variables, self.precision, self.optimiser(name))
        return made

    def phase(self, step: int) -> str:
        what = "judge" if step < self.alone else "both"
        return what + (" penalised" if due(step, self.options) else "")

    def __call__(self, images, step, seed, phase):
        images, holes = self.pieces(images, seed)
        noise = tf.random.stateless_uniform(images.shape, tf.random.fold_in(seed, 1), -1, 1)  # face_completion's
        if phase.startswith("judge"):
            stages = self.paint(images, holes, noise)
        with tf.GradientTape(persistent=True) as tape:
            if phase.startswith("both"):
                stages = self.paint(images, holes, noise)
            loss, values = self.distances(stages, images, holes)
            real, *real_features = self.judged(images, holes)
            completed = images * (1 - holes) + stages[-1] * holes
            fake, *fake_features = self.judged(completed, holes)
            judged = tf.reduce_mean(patches.discriminator_loss(real, fake, holes))
            pleased = tf.reduce_mean(patches.generator_loss(fake, holes))
            pairs = zip(map(tf.stop_gradient, real_features), fake_features, strict=True)
            alike = tf.reduce_mean([patches.feature_distance(*pair) for pair in pairs])
            woven = self.woven(completed, images, holes)
            losses = {"judge": judged + self.penalty(images, holes) if "penalised" in phase else judged}
            if phase.startswith("both"):
                o = self.options
                losses["painter"] = loss + o.adversarial * pleased + o.features * alike + o.finest * woven
            scaled = self.scaled(losses)
        self.update(tape, scaled)
        told = {"loss/judge": judged, "loss/pleased": pleased, "loss/features": alike, "loss/finest": woven}
        return {**values, **told, **self.accuracy(real, fake, holes)}

    def woven(self, completed, images, holes):
        """½ log of the squared error of what `judges.WithoutFinest` takes from completed pictures, where pixels are
        missing: of a weave, and of a step at the hole's rim."""
        return tf.reduce_mean(masked.log_l2(judges.finest(completed - images), 0.0, holes, FAINTEST))

    def accuracy(self, real, fake, holes) -> dict:
        """Shares of patches with a missing pixel that the discriminator judges rightly."""
        asked = patches.touched(holes, fake)
        right = {"real": real > 0, "fake": fake < 0}
        count = tf.maximum(tf.reduce_sum(asked), 1.0)
        return {f"accuracy/{k}": tf.reduce_sum(asked * tf.cast(v, asked.dtype)) / count for k, v in right.items()}

    def judged(self, images, holes):
        """What the discriminator says of pictures, and its features."""
        return self.companions["judge"]([images, holes], training=True)

    def penalty(self, images, holes):
        """R1 on what the judge says of real pictures, each picture's mean over its patches."""
        return lazy_r1(lambda x: tf.reduce_mean(self.judged(x, holes)[0], axis=(1, 2, 3)), images, self.options)

    def pictures(self, model, images, holes) -> dict:
        """Where a painter that attends draws from."""
        attends = any(layer.name == ATTENTION for layer in model.painter.layers)
        return {"attention": offsets_shown(model.painter, images, holes)} if attends else {}
