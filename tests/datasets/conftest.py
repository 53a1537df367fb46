"""A cache of its own for each test, and a tiny CelebA cut from pictures that scikit-image ships."""

import numpy as np
import pytest
import skimage.data
from PIL import Image


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache; no data folder is set."""
    monkeypatch.setenv("HOLEFILL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HOLEFILL_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def write_celeba(tmp_path):
    """A function that writes `counts` pictures a split in the official layout and returns its folder."""

    def write(name="data", counts=(6, 3, 2), size=(89, 109), ending=".jpg", partition="list_eval_partition.txt"):
        home = tmp_path / name
        (home / "img_align_celeba").mkdir(parents=True)
        lines = []
        for code, count in enumerate(counts):
            for _ in range(count):
                number = len(lines) + 1
                face = Image.fromarray(skimage.data.astronaut()[: 300 + number, 60:360]).resize(size)
                face.save(home / "img_align_celeba" / f"{number:06d}{ending}")
                lines.append(f"{number:06d}.jpg {code}\n")
        (home / partition).parent.mkdir(exist_ok=True)
        (home / partition).write_text("".join(lines))
        return home

    return write


@pytest.fixture
def write_pictures(tmp_path):
    """A function that writes a picture of distinct grey for each name below a folder and returns the folder."""

    def write(*names, home="pictures", size=(20, 12)):
        for index, name in enumerate(names):
            path = tmp_path / home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full([size[1], size[0], 3], index % 256, np.uint8)).save(path)
        return tmp_path / home

    return write


@pytest.fixture
def write_slices(tmp_path):
    """A function that writes noise, another for each name, and returns the folder."""

    def write(home="slices", again=()):
        names = [f"train/{i:03d}.png" for i in range(60)] + ["test/a.png", "test/b.png"]
        noise = np.random.default_rng(0)
        pixels = {name: noise.integers(0, 256, (16, 16), np.uint8) for name in names}
        for name, original, mirrored in again:
            pixels[name] = pixels[original][:, ::-1] if mirrored else pixels[original]
        for name, values in pixels.items():
            (tmp_path / home / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(tmp_path / home / name)
        return tmp_path / home

    return write
