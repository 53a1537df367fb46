"""What the study of the Context Encoder measures, and where it keeps it."""

import json
from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.evaluation import machine


class Ledger:
    """`scores.jsonl`: a line for each variant and moment, with all that it was asked for."""

    def __init__(self, path: Path):
        self.path, self.lines = path, []
        if path.is_file():
            self.lines = [json.loads(line) for line in path.read_text().splitlines()]

    def find(self, key: dict) -> dict | None:
        """The scores of that variant and moment; None where there are none yet."""
        return next((line["scores"] for line in self.lines if line["key"] == key), None)

    def add(self, key: dict, scores: dict):
        """Write a line more."""
        self.lines.append({"key": key, "scores": scores, "commit": machine.commit()})
        atomic.write(self.path, "".join(json.dumps(line) + "\n" for line in self.lines))


def score(model, asked) -> dict:
    """L1, L2 and PSNR of what a model completes where pixels are missing, means over the pictures `asked` for."""
    import tensorflow as tf

    from holefill import datasets
    from holefill.datasets import images as pictures
    from holefill.methods import feed_forward
    from holefill.training.context_encoding import missing

    loader, options = datasets.get(asked.dataset)
    size = {"image_size": asked.image_size, "limit": asked.limit}
    found = loader(asked.split, **{**options, **size, "data_dir": asked.data_dir})
    truths = pictures.to_float(np.asarray(found.images))
    family = "center" if model.options.predicts == "hole" else "blocks"
    holes = missing(model.options, family, len(truths), tf.constant([asked.seed, 1])).numpy()
    return distances(feed_forward.paint(model, truths, holes), truths, holes)


def distances(fills, truths, holes) -> dict:
    """Means over pictures of L1, L2 and PSNR = 10 log10(4 / L2) in the holes; values in [-1, 1]."""
    count = holes.sum((1, 2, 3)) * truths.shape[-1]
    l1, l2 = (np.sum(holes * error, (1, 2, 3)) / count for error in (np.abs(fills - truths), (fills - truths) ** 2))
    psnr = 10 * np.log10(4 / np.maximum(l2, 1e-12))
    return {"L1": float(l1.mean()), "L2": float(l2.mean()), "PSNR": float(psnr.mean()), "pictures": len(truths)}
