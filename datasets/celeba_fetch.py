"""Fetch CelebA through tensorflow-datasets, and lay it out as the official download is.

tensorflow-datasets keeps the JPEG files as they are, but not their names: they are numbered anew in the order train,
validation, test. Nothing is decoded here.
"""

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from absl import logging

from holefill.errors import UserError

CODES = {"train": 0, "validation": 1, "test": 2}


def available() -> bool:
    """Whether tensorflow-datasets is installed."""
    return importlib.util.find_spec("tensorflow_datasets") is not None


def fetch(home: Path) -> Path:
    """Download CelebA (1.4 GB) and write `home/img_align_celeba/*.jpg` and `home/list_eval_partition.txt`.

    Raises
    ------
    UserError
        Where the download fails; most often Google Drive's daily quota for the file is used up.
    """
    import tensorflow_datasets as tfds

    from holefill.datasets.celeba import how_to_get

    logging.info("fetching CelebA through tensorflow-datasets into %s", home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        store = home / "tensorflow_datasets"
        builder = tfds.builder("celeb_a", data_dir=store)
        builder.download_and_prepare()
        raw = {"image": tfds.decode.SkipDecoding()}
        splits = {split: tfds.as_numpy(builder.as_dataset(split=split, decoders=raw)) for split in CODES}
        lay_out(home, splits)
    except Exception as error:  # tensorflow-datasets raises a different kind for each way a download fails
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"tensorflow-datasets could not fetch CelebA ({type(error).__name__}: {reason}); Google Drive, where it"
            f" lies, often refuses for a day when its quota is used up: try again later, or by hand: {how_to_get()}"
        ) from error
    shutil.rmtree(store, ignore_errors=True)
    return home


def lay_out(home: Path, splits: dict) -> None:
    """Write the JPEG bytes `record["image"]` of each split's records in the official layout, all of it or nothing."""
    beside = Path(tempfile.mkdtemp(suffix=".part", dir=home))
    try:
        (beside / "img_align_celeba").mkdir()
        lines = []
        for split, code in CODES.items():
            for record in splits[split]:
                name = f"{len(lines) + 1:06d}.jpg"
                (beside / "img_align_celeba" / name).write_bytes(record["image"])
                lines.append(f"{name} {code}\n")
        (beside / "list_eval_partition.txt").write_text("".join(lines))
        for name in ("list_eval_partition.txt", "img_align_celeba"):
            os.replace(beside / name, home / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
