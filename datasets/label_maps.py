"""Faces with label maps, from the folders as they are published, all brought to Helen's eleven classes.

`helen`: SmithCVPR2013 (Smith et al., "Exemplar-based face parsing", CVPR 2013): `images/NAME.jpg`, eleven pictures
`labels/NAME/NAME_lbl00.png` … `_lbl10.png` of how likely each class is, of which the likeliest counts, and the splits
`exemplars.txt`, `tuning.txt` and `testing.txt` with a line "1 , NAME" each.

`celebamask_hq`: CelebAMask-HQ (Lee et al., CVPR 2020): `CelebA-HQ-img/N.jpg`, and in
`CelebAMask-HQ-mask-anno/⌊N / 2000⌋/` a black and white picture `00000_skin.png` for each part there is. Nineteen
classes are folded: neck, ears, cloth, hat and jewels are background, what is seen through glasses is what lies below.
Splits by a hash of the name, 90 %, 5 %, 5 %.

In both a face's left and right are decided by where they lie: left is left in the picture, as in `faces.parts`.
Pictures are cut to the centred square and resized. They are not aligned as CelebA's crops are.

Out: pictures uint8 [N, S, S, C] and labels uint8 [N, S, S].
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from holefill.datasets import images as pictures
from holefill.datasets.decode import Frame, fit
from holefill.datasets.folder import share
from holefill.datasets.image_set import check_request
from holefill.errors import UserError

PARTS = (
    "background", "skin", "left brow", "right brow", "left eye", "right eye",
    "nose", "upper lip", "inner mouth", "lower lip", "hair",
)  # fmt: skip
LISTS = {"train": "exemplars.txt", "validation": "tuning.txt", "test": "testing.txt"}
SHARES = {"train": (0.0, 0.9), "validation": (0.9, 0.95), "test": (0.95, 1.0)}
MASKS = {  # of CelebAMask-HQ, in the order in which they are laid over each other
    "skin": 1, "l_brow": 2, "r_brow": 3, "l_eye": 4, "r_eye": 5, "nose": 6, "mouth": 8, "u_lip": 7, "l_lip": 9,
    "hair": 10, "hat": 0,
}  # fmt: skip
PAIRS = ((2, 3), (4, 5))  # left, right


@dataclass(frozen=True)
class LabelSet:
    """N pictures and the part that each pixel shows.

    Attributes
    ----------
    images : uint8 [N, S, S, C]
    labels : uint8 [N, S, S], indices into `PARTS`
    names : N names
    """

    images: np.ndarray
    labels: np.ndarray
    names: list[str]


def helen(split: str = "train", *, data_dir, image_size: int = 64, limit: int | None = None, channels: int = 3):
    """One split of Helen's labelled faces; see the module.

    Parameters
    ----------
    split : "train", "validation" or "test"
    data_dir : the folder with `images/`, `labels/` and the lists
    image_size : side S in pixels
    limit : only the first so many
    channels : 3 or 1 (grey)

    Returns
    -------
    LabelSet

    Raises
    ------
    UserError
        Where a folder, a list, a picture or a label is missing, cannot be read, or does not fit the others.
    """
    check_request(split, image_size, limit, channels)
    root = _root(data_dir, "images", "labels", LISTS[split])
    lines = (root / LISTS[split]).read_text(encoding="utf-8", errors="replace").splitlines()
    names = [line.split(",")[-1].strip() for line in lines if line.strip()][:limit]
    return _read(root, names, Frame(image_size, channels), lambda name: root / "images" / f"{name}.jpg", _likeliest)


def celebamask_hq(split: str = "train", *, data_dir, image_size: int = 64, limit: int | None = None, channels: int = 3):
    """One split of CelebAMask-HQ, see the module; parameters, return and errors as of `helen`."""
    check_request(split, image_size, limit, channels)
    root = _root(data_dir, "CelebA-HQ-img", "CelebAMask-HQ-mask-anno")
    least, most = SHARES[split]
    found = sorted(int(path.stem) for path in (root / "CelebA-HQ-img").glob("*.jpg") if path.stem.isdigit())
    names = [str(number) for number in found if least <= share(f"{number}.jpg") < most][:limit]
    image = lambda name: root / "CelebA-HQ-img" / f"{name}.jpg"  # noqa: E731
    return _read(root, names, Frame(image_size, channels), image, _folded)


def _root(data_dir, *wanted) -> Path:
    root = Path(data_dir).expanduser()
    missing = [name for name in wanted if not (root / name).exists()]
    if missing:
        raise UserError(f"no labelled faces in {root}: {', '.join(missing)} missing; wanted {', '.join(wanted)} there")
    return root


def _read(root, names, frame, image_of, labels_of) -> LabelSet:
    if not names:
        raise UserError(f"no labelled faces of this split in {root}: wanted one or more")
    images = [fit(_pixels(image_of(name), (1, 3)), frame) for name in names]
    labels = [_with_sides(_square(labels_of(root, name), frame.image_size)) for name in names]
    return LabelSet(np.stack(images), np.stack(labels), names)


def _pixels(path: Path, channels: tuple) -> np.ndarray:
    """uint8 [H, W, C] of a picture; UserError where it cannot be read, or has other channels or depth."""
    pixels = pictures.read(path).pixels
    if pixels.dtype != np.uint8 or pixels.shape[-1] not in channels:
        raise UserError(f"{path} is {pixels.dtype} of {pixels.shape[-1]} channels; wanted 8 bits, {channels}")
    return pixels


def _likeliest(root: Path, name: str) -> np.ndarray:
    """Of Helen: the class with the greatest value of each pixel, the first of equal ones, [H, W]."""
    folder = root / "labels" / name
    values = [_pixels(folder / f"{name}_lbl{i:02d}.png", (1, 3))[..., 0] for i in range(len(PARTS))]
    sizes = {value.shape for value in values}
    if len(sizes) > 1:
        raise UserError(f"the labels in {folder} are of different sizes: {sorted(sizes)}")
    return np.argmax(values, axis=0).astype(np.uint8)


def _folded(root: Path, name: str) -> np.ndarray:
    """Of CelebAMask-HQ: the last part whose mask is white, [H, W]."""
    folder, labels = root / "CelebAMask-HQ-mask-anno" / str(int(name) // 2000), None
    for part, label in MASKS.items():
        path = folder / f"{int(name):05d}_{part}.png"
        if not path.is_file():
            continue
        white = _pixels(path, (1, 3))[..., 0] > 127
        if labels is None:
            labels = np.zeros(white.shape, np.uint8)
        if white.shape != labels.shape:
            raise UserError(f"{path} is of another size than the masks before it: {white.shape}, not {labels.shape}")
        labels[white] = label
    if labels is None:
        raise UserError(f"no masks of {name}.jpg: wanted {folder}/{int(name):05d}_skin.png and others")
    return labels


def _square(labels: np.ndarray, size: int) -> np.ndarray:
    """The centred square [size, size] of a label map: each pixel is what is nearest to its centre."""
    picture = Image.fromarray(labels)
    box = Frame(size, 1).box(*picture.size)
    return np.asarray(picture.resize((size, size), Image.Resampling.NEAREST, box=box))


def _with_sides(labels: np.ndarray) -> np.ndarray:
    """The label map with brows and eyes named by where they lie; one alone by which side of the face it is on."""
    labels = labels.copy()
    x = np.broadcast_to(np.arange(labels.shape[1]), labels.shape)
    face = (labels > 0) & (labels < PARTS.index("hair"))
    for left, right in PAIRS:
        there = labels == left, labels == right
        middles = [x[part if part.any() else face].mean() for part in there] if (there[0] | there[1]).any() else (0, 0)
        if middles[0] > middles[1]:
            labels[there[0]], labels[there[1]] = right, left
    return labels
