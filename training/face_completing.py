"""The steps of Generative Face Completion (Li et al., CVPR 2017, arXiv:1704.05838).

The painter's loss is Lr + λ (La1 + La2) + λp Lp: Lr the distance of the whole picture from the truth; La1 and La2 what
a discriminator of the window around the hole, and one of the whole picture, find wanting; Lp the parsing loss
(`losses.parsing`). Discriminators and parsing network see the truth with the hole painted, so that their gradients
are the hole's alone. Three stages: Lr; from `local_from` (a share of the run) on La1; from `whole_from` on La2 and Lp.

The published λ = 300 stands beside a *sum* of 128 × 128 × 3 = 49,152 terms. Here all are means: λ = 300 / 49,152, and
λp, which weighs a sum over 128 × 128 pixels, is divided by 3 (whether the code's sum is one is not documented).

`face_completion@paper`: squared distance, λp from 0.005, turns to 15°, scaling. `face_completion@code`: absolute
distance, λp from 0.05, turns and shifts of 5° and 5 %, two stages, each picture stretched to [-1, 1] by itself (what it
completes later is not: a mismatch of the code's). Both: each picture is joined by its mirror image, so that
--batch_size 1 is the published batch of 2.
`face_completion` is ours: any hole, in which the distance counts ten times as much as beside it, a painter that learns
by Muon, and a penalty on the gradient of the discriminators (R1, every `r1_every` steps), which else colour mouths and
eyes where they learn fast.

The parsing network is not trained here: `parsing` names a folder that `benchmarks/parsing.py` wrote. Without it Lp is
left out, and the log says so.
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf
from absl import logging

from holefill.errors import UserError
from holefill.losses import masked
from holefill.losses.adversarial import discriminator_loss, generator_loss
from holefill.losses.parsing import parsing_loss
from holefill.models import parsing_net
from holefill.training.adversarial import accuracy
from holefill.training.local import local_patches
from holefill.training.moved import Moves, moved
from holefill.training.one_pass import OnePassOptions, OnePassStep
from holefill.training.penalties import due, lazy_r1
from holefill.training.step import optimizer

TERMS = 128 * 128 * 3  # of the sum beside which the published weights stand
DISTANCES = {"l1": masked.l1, "l2": masked.l2}
STAGES = {"distance": (), "local": ("local",), "whole": ("local", "global")}


@dataclasses.dataclass(frozen=True)
class CompletionOptions(OnePassOptions):
    """judge_rate, judge_beta_1: Adam's, of the discriminators; distance: "l1" or "l2"; known: weight of a known pixel
    in it, beside 1 of a missing one; adversarial, parsing_weight: λ, λp; parsing: folder of the parsing network, ""
    for none; local_from, whole_from: shares of the run at which the second and third stage begin; r1: γ of the
    discriminators' penalty, every `r1_every` steps (0: none); turn, scaling, shift: see `moved.Moves`; stretched: each
    picture's darkest and lightest value become -1 and 1; paired: the mirror images of a batch are learnt from beside
    it."""

    choices: ClassVar[dict] = {**OnePassOptions.choices, "distance": DISTANCES}

    holes: str = "mixture"
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    optimiser: str = "muon"
    judge_rate: float = 2e-4
    judge_beta_1: float = 0.5
    distance: str = "l1"
    known: float = 0.1
    adversarial: float = 300 / TERMS
    parsing: str = ""
    parsing_weight: float = 0.05 / 3
    local_from: float = 0.4
    whole_from: float = 0.5
    r1: float = 1.0
    r1_every: int = 8
    turn: float = 0.0
    scaling: float = 0.0
    shift: float = 0.0
    stretched: bool = False
    paired: bool = False

    def __post_init__(self):
        super().__post_init__()
        if self.local_from > self.whole_from:
            raise UserError(
                f"--recipe local_from={self.local_from}, whole_from={self.whole_from}: wanted the second no smaller"
            )


@dataclasses.dataclass(frozen=True)
class CodeOptions(CompletionOptions):
    """The released code's."""

    holes: str = "square"
    learning_rate: float = 1e-4
    decay_from: float = 1.0
    ema: float = 0.0
    optimiser: str = "adam"
    known: float = 1.0
    local_from: float = 0.5
    whole_from: float = 0.5
    r1: float = 0.0
    turn: float = 5.0
    shift: float = 0.05
    stretched: bool = True
    paired: bool = True


@dataclasses.dataclass(frozen=True)
class PaperOptions(CodeOptions):
    """The paper's; how far it scales and shifts, how long its stages are and its rates it does not say: Adam's are
    those of Radford et al. 2016 (arXiv:1511.06434), "per Radford", the rest as here."""

    learning_rate: float = 2e-4
    beta_1: float = 0.5
    distance: str = "l2"
    parsing_weight: float = 0.005 / 3
    local_from: float = 1 / 3
    whole_from: float = 2 / 3
    turn: float = 15.0
    scaling: float = 0.1
    stretched: bool = False


class CompletionStep(OnePassStep):
    """`face_completion`."""

    options_class = CompletionOptions

    def __init__(self, *args):
        super().__init__(*args)
        self.moves = Moves(self.options.turn, self.options.scaling, self.options.shift)
        self.parser = self._parsing_network()

    def _parsing_network(self):
        folder, size, channels = self.options.parsing, self.model.image_size, self.model.channels
        if not folder:
            logging.info("no parsing network: the parsing loss is left out (--recipe 'parsing=\"FOLDER\"' gives one)")
            return None
        network = parsing_net.load(folder, self.precision)
        about = parsing_net.options_of(folder)
        if (about.image_size, about.channels) != (size, channels):
            raise UserError(
                f"the parsing network in {folder} is for {about.image_size} pixels and {about.channels} channels,"
                f" the run has {size} and {channels}: train one with benchmarks/parsing.py --image_size {size}"
            )
        network.trainable = False
        return network

    def make_optimizers(self):
        """The painter's by the recipe's rate, the discriminators' by their own, over the steps that each takes."""
        o = self.options
        judges = dataclasses.replace(o, learning_rate=o.judge_rate, beta_1=o.judge_beta_1)
        idle = {"local": o.local_from, "global": o.whole_from}
        made = {}
        for name, variables in self.trained().items():
            own = self.steps - int(idle.get(name, 0) * self.scheduled)
            options = judges if name in idle else o
            made[name] = optimizer(options, max(own, 1), variables, self.precision, self.optimiser(name))
        return made

    def phase(self, step: int) -> str:
        """The stage, by name, and whether its discriminators' gradient is penalised."""
        o, share = self.options, step / self.scheduled
        stage = "whole" if share >= o.whole_from else "local" if share >= o.local_from else "distance"
        return f"{stage} penalised" if STAGES[stage] and due(step, o) else stage

    def __call__(self, images, step, seed, phase):
        o, seeds, (stage, *penalised) = self.options, tf.random.split(seed, 3), phase.split()
        images = tf.concat([images, tf.reverse(images, [2])], axis=0) if o.paired else images
        images = moved(stretched(images) if o.stretched else images, self.moves, seeds[0])
        holes = self.draw(images, seeds[1])
        noise = tf.random.stateless_uniform(images.shape, seeds[2], -1, 1)
        with tf.GradientTape(persistent=True) as tape:
            painted = self.paint(images, holes, noise)[-1]
            completed = images * (1 - holes) + painted * holes
            weights = holes + o.known * (1 - holes)
            loss = tf.reduce_mean(DISTANCES[o.distance](painted, images, weights))
            values = {"loss/distance": loss, "loss/l1": tf.reduce_mean(masked.l1(painted, images, holes))}
            losses = {}
            for name in STAGES[stage]:
                losses[name], pleased, seen = self.judged(name, images, completed, holes)
                if penalised:
                    losses[name] += lazy_r1(lambda x, name=name: self.word(name, x, holes), images, o)
                loss += o.adversarial * pleased
                values |= seen
            if stage == "whole" and self.parser is not None:
                parsed = self.parsed(images, completed)
                loss += o.parsing_weight * parsed
                values["loss/parsing"] = parsed
            scaled = self.scaled({"painter": loss, **losses})
        self.update(tape, scaled)
        return {"loss/painter": loss, **values}

    def judged(self, name, images, completed, holes):
        """The discriminator's loss, the painter's, and what is logged of them."""
        real, fake = (self.word(name, x, holes) for x in (images, completed))
        loss, pleased = tf.reduce_mean(discriminator_loss(real, fake)), tf.reduce_mean(generator_loss(fake))
        logged = {key.replace("/", f"/{name}_"): value for key, value in accuracy(real, fake).items()}
        return loss, pleased, {f"loss/{name}": loss, f"loss/{name}_pleased": pleased, **logged}

    def word(self, name, images, holes):
        """A discriminator's logits [B, 1] of pictures, or of the windows around their holes."""
        judge = self.companions[name]
        images = local_patches(images, holes, judge.input.shape[1]) if name == "local" else images
        return judge(images, training=True)

    def parsed(self, images, completed):
        """The parsing loss: the truth's parts are what the network sees in it."""
        labels = tf.argmax(self.parser(images, training=False), axis=-1, output_type=tf.int32)
        return tf.reduce_mean(parsing_loss(self.parser(completed, training=False), labels))


class CodeStep(CompletionStep):
    """`face_completion@code`."""

    options_class = CodeOptions


class PaperStep(CompletionStep):
    """`face_completion@paper`."""

    options_class = PaperOptions


def stretched(images):
    """Pictures [B, S, S, C], each one's least value at -1 and its greatest at 1; one of a single value becomes -1."""
    least, most = (f(images, axis=(1, 2, 3), keepdims=True) for f in (tf.reduce_min, tf.reduce_max))
    return 2 * (images - least) / tf.maximum(most - least, 1e-6) - 1
