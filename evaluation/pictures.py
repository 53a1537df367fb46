"""The pictures that all methods get, and the batches with their holes.

Picture number i has the hole of seed + i of each mask. A batch always holds the same pictures, so that a run that was
broken off and resumed gives the pixels of an unbroken one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from holefill import datasets
from holefill.datasets import masks
from holefill.errors import UserError
from holefill.evaluation.request import LIMIT, Request
from holefill.models import presets


@dataclass(frozen=True)
class Batch:
    """Pictures start … stop - 1: images uint8 [B, H, W, C], holes float32 [B, H, W, 1], 1 = missing; B names.

    `digest` tells these pictures with these holes from others.
    """

    start: int
    images: np.ndarray
    holes: np.ndarray
    names: list[str]
    digest: str = field(default="")

    @property
    def stop(self) -> int:
        return self.start + len(self.images)


def load(request: Request):
    """The pictures, an `ImageSet`.

    Raises
    ------
    UserError
        Where the data are not found, there are fewer than are asked for, or they have other channels than the model.
    """
    asked = request.options
    loader, options = datasets.get(asked.dataset)
    where = {"data_dir": asked.data_dir, "image_size": request.image_size}
    found = loader(asked.split, limit=asked.limit or LIMIT, **where, **options)
    if asked.limit and len(found) < asked.limit:
        damaged = f", and {len(found.skipped)} that cannot be read" if found.skipped else ""
        raise UserError(
            f"{asked.dataset} has {len(found)} pictures in its {asked.split} split{damaged}; --limit is {asked.limit}:"
            f" give --limit {len(found)} or less, or leave it out"
        )
    channels = found.images.shape[-1]
    if request.channels not in (None, channels):
        name = asked.dataset.split("(")[0]
        fitting = ", ".join(presets.of_channels(channels))
        other = f"another --model ({fitting} or a run of yours)" if fitting else "another --model"
        raise UserError(
            f"{asked.dataset} gives pictures of {channels} channel{'s' * (channels > 1)}, the model completes"
            f" {request.channels}: give {other}, or --dataset '{name}(channels={request.channels})'"
        )
    return found


def batches(request: Request, found, mask: str) -> Iterator[Batch]:
    """All batches with their holes of one mask."""
    size, seed = request.options.batch_size, request.options.seed
    for start in range(0, len(found), size):
        images = np.asarray(found.images[start : start + size])
        places = range(seed + start, seed + start + len(images))
        holes = np.stack([masks.make(mask, *images.shape[1:3], seed=place) for place in places])
        digest = hashlib.sha256(images.tobytes() + holes.tobytes()).hexdigest()[:16]
        yield Batch(start, images, holes, list(found.names[start : start + size]), digest)
