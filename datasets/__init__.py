"""Data sets by name: `get("folder(channels=1)")` → (loader, options).

A loader is `loader(split, *, data_dir=None, image_size=64, limit=None, **options) -> ImageSet` with
split "train", "validation" or "test"; `holefill.datasets.stream` makes training batches of what it returns.
"""

from holefill import registry

TABLE = {
    "brain_mri": "holefill.datasets.brain_mri:brain_mri",
    "celeba": "holefill.datasets.celeba:celeba",
    "folder": "holefill.datasets.folder:folder",
    "shapes": "holefill.datasets.shapes:shapes",
}


def names() -> list[str]:
    """The names of all data sets."""
    return sorted(TABLE)


def get(spec: str):
    """The loader that `spec` names and the spec's options; UserError where the name or an option is unknown."""
    return registry.resolve(TABLE, spec, "dataset", taken=("split", "data_dir", "image_size"))
