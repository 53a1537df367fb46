"""The steps of `contextual_attention`: its two stages against two critics, WGAN-GP (Yu et al. 2018, arXiv:1801.07892).

The painter: 1.2 · (hole) + 1.2 · (known) + 0.001 · (critics), each of the first two of both stages, the coarse one
times 1.2. In the hole: `losses.discounted`; γ = 0.99 and distances to known pixels in the paper, γ = 0.9 and distances
to the border of the hole's box in the released code. Where pixels are known: mean L1. The critics, one of the picture
and one of a window around the hole, half as wide, see completed pictures, known pixels as they are: Wasserstein's
distance, and ten times the penalty on their gradient where pixels are missing.

The critics are updated `critics` times before each update of the painter (`phase`); once: both at a time, from one
pass. A mean here is over each example's own missing, or known, pixels; the released code has one hole for a batch.

Ours (`contextual_attention`) learns as `parallel_attention` does, by the error of both stages: the critics left dots
in dark fills, and with more weight all over (docs/results.md).
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf

from holefill.losses import discounted, masked
from holefill.losses.adversarial import wasserstein_critic_loss, wasserstein_generator_loss
from holefill.models.attentive import offsets_shown
from holefill.training import parallel
from holefill.training.local import local_patches
from holefill.training.one_pass import OnePassOptions, OnePassStep
from holefill.training.penalties import wgan_gp
from holefill.training.step import optimizer


@dataclasses.dataclass(frozen=True)
class PaperOptions(OnePassOptions):
    """gamma, discount: the discount a pixel and whether of the distance to the nearest "known" one or the "border" of
    the hole's box; hole, known: weights of the errors there; coarse: times what the last stage's count; adversarial:
    weight of the critics' word, whole: of the one of the whole picture in it; penalty: on their gradient; critics:
    their updates for each of the painter's; critic_rate: their learning rate (0: as the painter's)."""

    choices: ClassVar[dict] = {**OnePassOptions.choices, "discount": discounted.TO}

    learning_rate: float = 1e-4
    beta_1: float = 0.5
    beta_2: float = 0.9
    holes: str = "rectangle"
    gamma: float = 0.99
    discount: str = "known"
    hole: float = 1.2
    known: float = 1.2
    coarse: float = 1.2
    adversarial: float = 1e-3
    whole: float = 1.0
    penalty: float = 10.0
    critics: int = 5
    critic_rate: float = 0.0


@dataclasses.dataclass(frozen=True)
class CodeOptions(PaperOptions):
    """As the released code has them."""

    gamma: float = 0.9
    discount: str = "border"


@dataclasses.dataclass(frozen=True)
class CompactOptions(parallel.CompactOptions):
    """As `parallel.CompactOptions`; coarse: times what the last stage's error counts, the first's does."""

    coarse: float = 1.0


class PaperStep(OnePassStep):
    """`contextual_attention@paper`."""

    options_class = PaperOptions

    def phase(self, step: int) -> str:
        every = self.options.critics + 1
        return "both" if every == 2 else "painter" if step % every == every - 1 else "critics"

    def make_optimizers(self):
        o, made = self.options, {}
        alone = self.steps // (o.critics + 1) if o.critics > 1 else 0  # updates of the painter, where not all are
        for name, variables in self.trained().items():
            rate = o.learning_rate if name == "painter" else o.critic_rate or o.learning_rate
            steps = (alone if name == "painter" else self.steps - alone) or self.steps
            options = dataclasses.replace(o, learning_rate=rate)
            made[name] = optimizer(options, steps, variables, self.precision, self.optimiser(name))
        return made

    def __call__(self, images, step, seed, phase):
        seeds = tf.random.split(seed, 3)
        holes, losses, values = self.draw(images, seeds[0]), {}, {}
        stages = self.paint(images, holes) if phase == "critics" else None
        with tf.GradientTape(persistent=True) as tape:
            stages = self.paint(images, holes) if stages is None else stages
            completed = images * (1 - holes) + stages[-1] * holes
            views = self.views(holes)
            words = {name: judge(completed) for name, judge in views.items()}
            if phase != "painter":
                losses = self.judge(views, images, completed, holes, words, seeds[1:])
                values = {f"wasserstein/{name}": -distance for name, (distance, _) in losses.items()}
                values["loss/penalty"] = sum(penalty for _, penalty in losses.values())
                losses = {name: sum(both) for name, both in losses.items()}
            if phase != "critics":
                losses["painter"], more = self.painted(stages, images, holes, words)
                values |= more
            scaled = self.scaled(losses)
        self.update(tape, scaled)
        return values

    def views(self, holes):
        """The critics by name, each as a function of pictures [B, S, S, C] that gives a word on each, [B, 1]."""
        local, whole = self.companions["local"], self.companions["whole"]
        size = self.model.options.local
        return {
            "local": lambda x: local(local_patches(x, holes, size), training=True),
            "whole": lambda x: whole(x, training=True),
        }

    def judge(self, views, images, completed, holes, words, seeds):
        """Of each critic: minus the distance that it sees, and its penalty."""
        fake = tf.stop_gradient(completed)
        return {
            name: (
                tf.reduce_mean(wasserstein_critic_loss(judge(images), words[name])),
                self.options.penalty * wgan_gp(judge, images, fake, holes, seed),
            )
            for (name, judge), seed in zip(views.items(), tf.unstack(seeds), strict=True)
        }

    def painted(self, stages, images, holes, words):
        """The painter's loss, and what is logged of it."""
        o, (coarse, final) = self.options, stages
        weighed = discounted.weights(holes, o.gamma, o.discount)
        missing = [discounted.weighed_l1(stage, images, holes, weighed) for stage in stages]
        known = [masked.l1(stage, images, 1 - holes) for stage in stages]
        both = [tf.reduce_mean(o.coarse * first + last) for first, last in (missing, known)]
        pleased = {name: tf.reduce_mean(wasserstein_generator_loss(word)) for name, word in words.items()}
        loss = o.hole * both[0] + o.known * both[1] + o.adversarial * (pleased["local"] + o.whole * pleased["whole"])
        l1 = {"coarse": masked.l1(coarse, images, holes), "l1": masked.l1(final, images, holes)}
        return loss, {"loss/painter": loss, **{f"loss/{name}": tf.reduce_mean(value) for name, value in l1.items()}}

    def pictures(self, model, images, holes) -> dict:
        return shown(model, images, holes)


class CodeStep(PaperStep):
    """`contextual_attention@code`."""

    options_class = CodeOptions


class CompactStep(parallel.CompactStep):
    """`contextual_attention`."""

    options_class = CompactOptions

    def errors(self, stages, images, holes):
        coarse, final = (self.error(stage, images, holes) for stage in stages)
        return self.options.coarse * coarse + final

    def pictures(self, model, images, holes) -> dict:
        return shown(model, images, holes)


def shown(model, images, holes) -> dict:
    """Where the attention draws from, and what the first stage painted."""
    coarse = model.stages(images * (1 - holes), holes)[0]
    return {"attention": offsets_shown(model.painter, images, holes), "coarse": coarse}
