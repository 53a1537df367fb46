"""What TensorBoard shows of a run: scalars, pictures, histograms, the graph and the run's options.

Pictures: of a latent model a grid of samples from fixed latents; completions of fixed validation pictures with a centre
hole (picture with its hole, completed, truth), with PSNR and SSIM; of a one-pass network with other holes too, and with
such as it learns on. Where the step has a method `pictures(model, images, holes) → {name: [B, H, W, C] in [-1, 1]}`,
what that shows of the centre holes. All are also written to `samples/` as PNG and, the scores, to `history.jsonl`.

After a resume or a rollback `history.jsonl` loses the lines beyond the step that was returned to. TensorFlow 2 has
no way to purge event files: there TensorBoard shows both courses.
"""

import dataclasses
import json

import numpy as np
import tensorflow as tf

from holefill import atomic, blending, methods, metrics
from holefill.datasets import images as pictures
from holefill.datasets import masks
from holefill.models.latent_model import LatentModel
from holefill.training.disk import writing
from holefill.training.holes import HOLES

SHOWN = 8
SAMPLES = 64
MASKS = ("center", "half", "random", "pattern")
METHOD = {"latent": "semantic@encoder", "one_pass": "one_pass"}


class Summaries:
    """Writes a run's curves and pictures."""

    def __init__(self, folder, options, step_function, validation):
        self.folder, self.options, self.step_function = folder, options, step_function
        self.truth = pictures.to_float(np.asarray(validation))
        with self._writing():
            self.writer = tf.summary.create_file_writer(str(folder / "logs"))
        self.kind = "latent" if isinstance(step_function.model, LatentModel) else "one_pass"
        only_center = self.kind == "latent" or step_function.model.middle
        self.holes = {name: self._holes(name) for name in (MASKS[:1] if only_center else MASKS)}
        own = getattr(step_function.options, "holes", "mixture")
        if not only_center and own not in ("mixture", *MASKS):
            count, size = self.truth.shape[:2]
            self.holes[own] = np.asarray(HOLES[own](count, size, (options.seed, 0)))
        if self.kind == "latent":
            random = np.random.default_rng(options.seed)
            self.latents = random.uniform(-1, 1, (SAMPLES, step_function.model.latent_size)).astype("float32")
        self._options()

    def _holes(self, name):
        count, size = self.truth.shape[:2]
        if self.kind == "one_pass" and self.step_function.model.middle:
            return np.asarray(self.step_function.draw(self.truth, (0, 0)))  # the middle less the overlap, as it learns
        return np.stack([masks.make(name, size, size, seed=i) for i in range(count)])

    def _options(self):
        """The options as hparams, the networks as a graph."""
        from tensorboard.plugins.hparams import api as hparams

        flat = {**dataclasses.asdict(self.options), **dataclasses.asdict(self.step_function.options)}
        flat = {k: v if isinstance(v, (bool, int, float, str)) else str(v) for k, v in flat.items()}
        model = self.step_function.model

        @tf.function(autograph=False)
        def networks(x):
            if self.kind == "one_pass":
                return model.stages(x, tf.zeros_like(x[..., :1]))[-1]
            images = model.generator(x)
            return images if model.discriminator is None else model.discriminator(images)

        image = (1, model.image_size, model.image_size, model.channels)
        with self._writing(), self.writer.as_default():
            hparams.hparams(flat, trial_id=self.folder.name)
            shape = tf.TensorSpec(image if self.kind == "one_pass" else (None, model.latent_size), tf.float32)
            tf.summary.graph(networks.get_concrete_function(shape).graph)
            tf.summary.text("config", f"```\n{json.dumps(flat, indent=2)}\n```", step=0)

    def _writing(self):
        return writing("curves and samples", self.folder)

    def rewind(self, step: int):
        """Drop the scores of later steps, which will be trained again."""
        path = self.folder / "history.jsonl"
        with self._writing():
            lines = path.read_text().splitlines(keepends=True) if path.exists() else []
            kept = [line for line in lines if _step_of(line) <= step]
            if kept != lines:
                atomic.write(path, "".join(kept))

    def scalars(self, step: int, values: dict):
        """Write scalars for `step`."""
        with self._writing(), self.writer.as_default():
            for name, value in values.items():
                tf.summary.scalar(name, value, step=step)

    def pictures(self, step: int):
        """Sample grid, completions with PSNR and SSIM, weight histograms."""
        model, sheets, scores = self.step_function.result(), {}, {}
        if self.kind == "latent":
            sheets["samples"] = _grid(np.asarray(model.generator(self.latents, training=False)), 8)
        for name, holes in self.holes.items():
            completed, values = self._complete(model, holes)
            scores |= {key if name == "center" else f"{name}/{key}": value for key, value in values.items()}
            shown = np.concatenate([self.truth * (1 - holes), completed, self.truth], 2)[:SHOWN]
            sheets["completions" if name == "center" else f"completions-{name}"] = _grid(shown, 2)
        show = getattr(self.step_function, "pictures", None)
        if show is not None:
            more = show(model, self.truth[:SHOWN], self.holes["center"][:SHOWN])
            sheets |= {name: _grid(np.asarray(images), 4) for name, images in more.items()}
        with self._writing():
            self._write(step, model, sheets, scores)

    def _write(self, step, model, sheets, scores):
        with self.writer.as_default():
            for name, sheet in sheets.items():
                tf.summary.image(name, sheet[None] / 2 + 0.5, step=step)
            for name, value in scores.items():
                tf.summary.scalar(f"completion/{name}", value, step=step)
            for name, network in model.networks().items():
                for variable in network.trainable_variables:
                    tf.summary.histogram(f"{name}/{variable.path}", variable, step=step)
        self.writer.flush()
        for name, picture in sheets.items():
            _write_png(self.folder / "samples" / f"{name}-{step:07d}.png", picture)
        with open(self.folder / "history.jsonl", "a") as file:
            file.write(json.dumps({"step": step, **scores}) + "\n")

    def _complete(self, model, holes):
        fill, options = methods.get(METHOD[self.kind])
        blend, _ = blending.get("poisson")
        fills = fill(self.truth * (1 - holes), holes, model=model, seed=0, **options).images[:, 0]
        done = np.stack([blend(*item) for item in zip(self.truth, fills, holes, strict=True)])
        names = ("psnr", "ssim", "detail_ratio")
        scores = {name: metrics.get(name)[0](done, self.truth, holes) for name in names}
        return done, {name: float(np.mean(value)) for name, value in scores.items()}

    def close(self):
        """Flush what is not yet on disk."""
        with self._writing():
            self.writer.close()


def _step_of(line: str) -> float:
    """The step of a line of `history.jsonl`; infinity where the line is not whole."""
    try:
        return json.loads(line)["step"] if line.endswith("\n") else float("inf")
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _grid(images, columns):
    """[N, H, W, C] → [rows × H, columns × W, C]; an incomplete last row is filled with black."""
    rows = -(-len(images) // columns)
    images = np.concatenate([images, np.full((rows * columns - len(images), *images.shape[1:]), -1.0)])
    _, height, width, channels = images.shape
    grid = images.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * height, columns * width, channels).astype("float32")


def _write_png(path, picture):
    from PIL import Image

    pixels = pictures.from_float(picture, np.uint8)
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(path)
