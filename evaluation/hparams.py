"""TensorBoard's view of a report: a run for each mask and method, its options as hparams, its means as metrics."""

import hashlib
import math
from pathlib import Path

from holefill.errors import UserError, reason
from holefill.evaluation.completion import file_name
from holefill.evaluation.request import Request
from holefill.evaluation.summary import Summary


def write(folder: Path, request: Request, summary: Summary) -> None:
    """Write the runs `<mask>/<method>-<digest>/`; one that is there from an earlier report of the same is replaced.

    Raises
    ------
    UserError
        Where the folder cannot be written.
    """
    import tensorflow as tf

    own = {m.label: {"model": str(m.model) if m.model else "", "blend": m.blend} for m in request.methods}
    asked = request.options
    shared = {"dataset": asked.dataset, "split": asked.split, "seed": asked.seed}
    for part in summary.masks:
        for row in part.rows:
            pictures = max(figure.pictures for figure in row.figures.values())
            about = {"mask": part.name, "method": row.label, "pictures": pictures, **own[row.label], **shared}
            about["image_size"] = request.image_size
            digest = hashlib.sha256(repr(sorted(about.items())).encode()).hexdigest()[:8]
            place = folder / file_name(part.name) / f"{file_name(row.label)}-{digest}"
            values = {name: figure.mean for name, figure in row.figures.items()}
            try:
                _write_run(place, about, {**values, "seconds": row.seconds, **row.distances})
            except (OSError, tf.errors.OpError) as error:
                raise UserError(f"cannot write the log folder {folder}: {reason(error)}") from error


def _write_run(place: Path, about: dict, values: dict) -> None:
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("events.out.tfevents.*"):
        old.unlink()
    writer = tf.summary.create_file_writer(str(place))
    with writer.as_default():
        api.hparams(about, trial_id=f"{place.parent.name}/{place.name}")
        for name, value in values.items():
            if math.isfinite(value):
                tf.summary.scalar(name, value, step=0)
    writer.close()
