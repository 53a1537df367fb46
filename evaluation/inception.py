"""How far two sets of pictures are apart: FID and KID on features of a network that the user supplies.

FID (Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017, arXiv:1706.08500, equation 6):
‖μ₁ − μ₂‖² + tr(C₁ + C₂ − 2 (C₁C₂)^½) of the features' means and covariances.
KID (Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, arXiv:1801.01401, section 4.1): the squared maximum mean
discrepancy with the kernel (xᵀy/D + 1)³, unbiased, over all pictures at once. FID of few pictures is too high, the more
so the fewer; KID is not, and may come out below 0.

The network is Inception-v3 by custom, as a `.keras` file or a SavedModel's folder: [B, 299, 299, 3] float32 in [-1, 1],
RGB, in; [B, D] pooled features out ([B, h, w, D] is averaged). Where it takes another size it gets that. Such a file:
`keras.applications.InceptionV3(include_top=False, pooling="avg").save("inception.keras")`. Figures of different
weights, or of another resizing, do not compare, nor with published ones.
"""

import hashlib
from pathlib import Path

import numpy as np

from holefill.datasets import images as pixels
from holefill.errors import UserError, reason
from holefill.evaluation import machine, records, strips

SIZE = 299
AT_ONCE = 50


class Extractor:
    """Features [N, D] float64 of pictures uint8 [N, H, W, C], by the network of a file.

    Raises
    ------
    UserError
        Where the file holds no such network.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self.network = _load(self.path)
        except Exception as error:  # Keras, zipfile, h5py and TensorFlow each raise their own on broken files
            raise UserError(f"cannot read the network in {path}: {reason(error)}") from error
        files = [self.path] if self.path.is_file() else sorted(p for p in self.path.rglob("*") if p.is_file())
        self.digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return np.concatenate([self._features(images[i : i + AT_ONCE]) for i in range(0, len(images), AT_ONCE)])

    def _features(self, images: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        shape = getattr(self.network, "input_shape", None) or (None, SIZE, SIZE, 3)
        size = [side or SIZE for side in shape[1:3]]
        values = pixels.to_float(images)
        values = np.repeat(values, 3, axis=-1) if values.shape[-1] == 1 else values
        try:
            found = self.network(tf.image.resize(values, size, method="bicubic", antialias=True))
        except Exception as error:
            raise UserError(f"the network in {self.path} refused {[*size, 3]}: {reason(error)}") from error
        found = found if not isinstance(found, dict) else next(iter(found.values()))
        found = np.asarray(found, np.float64)
        found = found.mean(axis=(1, 2)) if found.ndim == 4 else found
        if found.ndim != 2:
            raise UserError(
                f"the network in {self.path} gives {list(found.shape)} for {len(images)} pictures; wanted"
                f" pooled features [{len(images)}, D]"
            )
        return found


def _load(path: Path):
    if path.is_dir():
        import tensorflow as tf

        loaded = tf.saved_model.load(str(path))
        serve = loaded.signatures["serving_default"]
        (name, spec), *more = serve.structured_input_signature[1].items()
        if more:
            raise UserError(f"it takes {1 + len(more)} inputs; wanted one")

        def network(images):
            return serve(**{name: images})

        network.loaded, network.input_shape = loaded, tuple(spec.shape)
        return network
    import keras

    found = keras.models.load_model(path, compile=False, safe_mode=True)

    def network(images):
        return found(images, training=False)

    network.input_shape = found.input_shape
    return network


class Store:
    """FID and KID, kept in a file of JSON lines by the pictures and the network they depend on."""

    def __init__(self, path: Path, extractor: Extractor):
        self.path, self.extractor, self.truths = path, extractor, {}
        self.lines = records.read(path)

    def distances(self, completions: list[Path], truth: list[np.ndarray]) -> dict[str, float]:
        """`{"fid": …, "kid": …}` of completions, files of batches, against the truth, batches uint8 [B, H, W, C]."""
        digest = hashlib.sha256(b"".join([path.read_bytes() for path in completions] + [t.tobytes() for t in truth]))
        key = {"network": self.extractor.digest, "pictures": digest.hexdigest()[:16]}
        for line in self.lines:
            if key.items() <= line.items():
                return {"fid": line["fid"], "kid": line["kid"]}
        if "features" not in self.truths:
            self.truths["features"] = self.extractor(np.concatenate(truth))
        features = self.extractor(strips.first(completions, truth[0].shape[1:]))
        found = {"fid": fid(features, self.truths["features"]), "kid": kid(features, self.truths["features"])}
        records.append(self.path, [{**key, **found, "commit": machine.commit()}])
        self.lines.append({**key, **found})
        return found


def fid(ours: np.ndarray, truths: np.ndarray) -> float:
    """Fréchet distance of features [N, D] and [M, D], at least two of each; 0 for the same.

    tr (C₁C₂)^½ is the sum of the singular values of A₁A₂ᵀ with AᵢᵀAᵢ = Cᵢ: exact, and cheap where N or D is small.
    """
    _check(ours, truths)
    mean = ((ours.mean(axis=0) - truths.mean(axis=0)) ** 2).sum()
    first, second = _root(ours), _root(truths)
    joint = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    return float(max(0.0, mean + (first**2).sum() + (second**2).sum() - 2 * joint))


def kid(ours: np.ndarray, truths: np.ndarray) -> float:
    """Unbiased squared MMD of features [N, D] and [M, D] with the kernel (xᵀy/D + 1)³."""
    _check(ours, truths)
    n, m, d = len(ours), len(truths), ours.shape[1]
    within_ours, within_truths, between = (
        (a @ b.T / d + 1) ** 3 for a, b in ((ours, ours), (truths, truths), (ours, truths))
    )
    same = (within_ours.sum() - np.trace(within_ours)) / (n * (n - 1))
    same += (within_truths.sum() - np.trace(within_truths)) / (m * (m - 1))
    return float(same - 2 * between.mean())


def _root(features: np.ndarray) -> np.ndarray:
    """A with AᵀA the covariance of the features, of no more rows than there are columns."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return np.linalg.qr(centred, mode="r") if len(centred) > centred.shape[1] else centred


def _check(ours: np.ndarray, truths: np.ndarray) -> None:
    if min(len(ours), len(truths)) < 2:
        raise UserError("FID and KID need two pictures or more: give --limit 2 or more, or no --inception")
