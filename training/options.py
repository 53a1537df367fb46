"""Options of one training run, resolved once and kept in the run folder's `config.json`."""

import dataclasses
import time
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """What `bin/train` was asked for.

    dataset, data_dir: where pictures come from; model: a spec such as `"dcgan@paper(width=32)"`;
    image_size: pixels; channels: 1, 3 or None (as the data set has them); batch_size: over all
    replicas; steps: updates in all; seed: of weights, batches, holes and draws; run_dir: folder of
    this run (None: a new one under runs/); checkpoint_every, log_every, sample_every: steps;
    precision: auto, float32, bfloat16 or float16; strategy: auto, single, mirrored or
    multi_worker; deterministic: the same bits every time, at some cost in speed; recipe: options of
    the training step, by name (`{"learning_rate": 1e-4}`).
    """

    dataset: str = "shapes"
    data_dir: str | None = None
    model: str = "dcgan"
    image_size: int = 64
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
