"""Options of one training run, resolved once and kept in the run folder's `config.json`."""

import dataclasses
import time
from pathlib import Path

from holefill.errors import UserError
from holefill.registry import parse_spec


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """What `bin/train` was asked for.

    dataset, data_dir: where pictures come from; model: a spec such as `"dcgan@paper(width=32)"`;
    start: a trained model, by name or folder, whose weights it begins with (None: random ones);
    image_size: pixels (None: what the model is meant for, 64 or, of some published ones, more);
    channels: 1, 3 or None (as the data set has them); batch_size: over all replicas; steps: updates
    in all; seed: of weights, batches, holes and draws; run_dir: folder of this run (None: a new one
    under runs/); checkpoint_every, log_every, sample_every: steps;
    precision: auto, float32, bfloat16 or float16; strategy: auto, single or mirrored;
    deterministic: the same bits every time, at some cost in speed; recipe: options of the training
    step, by name (`{"learning_rate": 1e-4}`).
    """

    dataset: str = "shapes"
    data_dir: str | None = None
    model: str = "dcgan"
    start: str | None = None
    image_size: int | None = None
    channels: int | None = None
    batch_size: int = 64
    steps: int = 10_000
    seed: int = 0
    run_dir: str | None = None
    checkpoint_every: int = 500
    log_every: int = 20
    sample_every: int = 500
    precision: str = "auto"
    strategy: str = "auto"
    deterministic: bool = False
    recipe: dict = dataclasses.field(default_factory=dict)

    def folder(self) -> Path:
        """The run folder: the one asked for, or `runs/<dataset>-<model>-<time>`."""
        if self.run_dir:
            return Path(self.run_dir)
        plain = "".join(c if c.isalnum() or c in "@.-" else "-" for c in f"{self.dataset}-{self.model}").strip("-")
        return Path("runs") / f"{plain}-{time.strftime('%Y%m%d-%H%M%S')}"


# What may differ when a run is resumed; everything else would make it another run.
MAY_CHANGE = ("steps", "run_dir", "data_dir", "checkpoint_every", "log_every", "sample_every")


def settle(asked: dict) -> dict:
    """`asked` with the image_size and channels that its model's or data set's spec names.

    Raises
    ------
    UserError
        Where they are named twice and differ: `--image_size 64 --model "dcgan(image_size=128)"`.
    """
    settled = dict(asked)
    for name in ("image_size", "channels"):
        said = {}
        if asked.get(name) is not None:
            said[f"--{name} {asked[name]}"] = asked[name]
        for kind in ("model", "dataset"):
            value = parse_spec(asked.get(kind, kind))[1].get(name)
            if value is not None:
                said[f"--{kind} {asked[kind]!r}"] = value
        places, values = list(said), list(said.values())
        if any(value != values[0] for value in values):
            raise UserError(f"{' and '.join(places)} disagree about {name}: name it once")
        if values:
            settled[name] = values[0]
    return settled
