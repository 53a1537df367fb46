"""What TensorBoard shows of a latent search: the loss of every candidate at each step, and fills on the way.

In: a `Fill` of a search with `snapshots`: trace["losses"] [B, K, steps], trace["snapshots"] [B, K, T, S, S, C] in
[-1, 1]. Each picture's window gets a run of its own below the folder, `window-000`, `window-001`, …, which takes the
place of an earlier search's, since TensorBoard would draw both as one.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from holefill.errors import UserError, reason


def write(folder, fill, start: int = 0) -> None:
    """Write the curves and snapshots of a batch; its first window is number `start`.

    Raises
    ------
    UserError
        Where the folder cannot be written.
    """
    for i, (losses, snapshots) in enumerate(zip(fill.trace["losses"], _snapshots(fill), strict=True)):
        try:
            _write_window(Path(folder) / f"window-{start + i:03d}", losses, snapshots)
        except (OSError, tf.errors.OpError) as error:
            raise UserError(f"cannot write the log folder {folder}: {reason(error)}") from error


def _snapshots(fill):
    """Of each window the snapshots [K, T, S, S, C]; none, T = 0, of a search that was told to keep none."""
    kept = fill.trace.get("snapshots")
    return fill.images[:, :, None][:, :, :0] if kept is None else kept


def _write_window(place: Path, losses, snapshots) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("events.out.tfevents.*"):
        old.unlink()
    writer = tf.summary.create_file_writer(str(place))
    with writer.as_default():
        for k, (curve, fills) in enumerate(zip(losses, snapshots, strict=True)):
            for step, loss in enumerate(curve):
                tf.summary.scalar(f"search/loss/candidate-{k + 1}", loss, step=step)
            steps = np.arange(len(fills)) * len(curve) // max(len(fills) - 1, 1)
            for step, picture in zip(steps, fills, strict=True):
                tf.summary.image(f"search/fill/candidate-{k + 1}", picture[None] / 2 + 0.5, step=int(step))
    writer.close()
