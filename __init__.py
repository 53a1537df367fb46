"""holefill: given a picture and a mask of what is missing, it paints what could have been there.

`holefill.complete(image, mask)` fills a hole, `holefill.train(...)` trains a model,
`holefill.load(name)` reads one. Each is imported when first used.
"""

import importlib

__version__ = "0.1.0"

_PUBLIC = {
    "complete": "holefill.pipeline",
    "train": "holefill.training.loop",
    "load": "holefill.models.stored",
}
__all__ = ["__version__", "complete", "load", "train"]


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'holefill' has no attribute {name!r}")
