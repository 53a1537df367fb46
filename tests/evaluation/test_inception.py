"""FID and KID: beside their formulas, and with a network from a file."""

import json

import numpy as np
import pytest
from scipy.linalg import sqrtm

from holefill.errors import UserError
from holefill.evaluation import inception


def features(n, d, seed, shift=0.0):
    random = np.random.default_rng(seed)
    return random.normal(shift, 1, (n, d)) @ random.normal(0, 1, (d, d))


def test_fid_golden_of_one_feature():
    ours, truths = np.array([[1.0], [3]]), np.array([[0.0], [6]])  # means 2 and 3, variances 2 and 18
    np.testing.assert_allclose(inception.fid(ours, truths), 1 + 2 + 18 - 2 * 6)


@pytest.mark.parametrize("n, m, d", [(50, 60, 7), (9, 12, 7), (8, 50, 20)])
def test_fid_matches_the_formula(n, m, d):
    ours, truths = features(n, d, 0), features(m, d, 1, shift=0.5)
    first, second = np.cov(ours.T), np.cov(truths.T)
    root = np.trace(sqrtm(first @ second).real)
    wanted = ((ours.mean(0) - truths.mean(0)) ** 2).sum() + np.trace(first + second) - 2 * root
    np.testing.assert_allclose(inception.fid(ours, truths), wanted, rtol=1e-4)


def test_fid_of_the_same_is_zero():
    same = features(20, 6, 0)
    np.testing.assert_allclose(inception.fid(same, same[::-1]), 0, atol=1e-9)


def test_kid_matches_the_formula():
    x, y = features(5, 3, 0), features(4, 3, 1)

    def kernel(a, b):
        return (a @ b / 3 + 1) ** 3

    same_x = np.mean([kernel(x[i], x[j]) for i in range(5) for j in range(5) if i != j])
    same_y = np.mean([kernel(y[i], y[j]) for i in range(4) for j in range(4) if i != j])
    wanted = same_x + same_y - 2 * np.mean([kernel(a, b) for a in x for b in y])
    np.testing.assert_allclose(inception.kid(x, y), wanted)


def test_kid_is_unbiased_where_fid_is_not():
    kids, fids = [], []
    for seed in range(200):
        random = np.random.default_rng(seed)
        x, y = random.normal(0, 1, (2, 10, 4))
        kids.append(inception.kid(x, y))
        fids.append(inception.fid(x, y))
    assert abs(np.mean(kids)) < 3 * np.std(kids) / np.sqrt(200)
    assert np.mean(fids) > 0.5


def test_one_picture_exception_raised():
    with pytest.raises(UserError, match="two pictures"):
        inception.fid(np.zeros((1, 3)), np.zeros((5, 3)))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A tiny network as a .keras file and as a SavedModel, one without pooling, and one that gives no features."""
    import keras

    place = tmp_path_factory.mktemp("networks")
    keras.utils.set_random_seed(0)
    inputs = keras.Input((24, 24, 3))
    maps = keras.layers.Conv2D(5, 3, strides=2, activation="relu")(inputs)
    pooled = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
    pooled.save(place / "pooled.keras")
    pooled.export(place / "saved", verbose=False)
    keras.Model(inputs, maps).save(place / "maps.keras")
    keras.Model(inputs, keras.layers.Reshape((1, 5))(pooled.output)).save(place / "wrong.keras")
    return place


def test_features_are_the_same_from_each_kind_of_file(networks):
    images = np.random.default_rng(0).integers(0, 256, (60, 32, 32, 3), np.uint8)
    found = [inception.Extractor(networks / name)(images) for name in ("pooled.keras", "saved", "maps.keras")]
    assert found[0].shape == (60, 5) and found[0].dtype == np.float64 and found[0].std() > 0
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)
    np.testing.assert_allclose(found[2], found[0], atol=1e-5)
    grey = inception.Extractor(networks / "pooled.keras")(images[..., :1])
    np.testing.assert_allclose(grey, inception.Extractor(networks / "pooled.keras")(images[..., :1].repeat(3, -1)))


def test_a_network_without_features_exception_raised(networks):
    with pytest.raises(UserError, match=r"gives \[2, 1, 5\] for 2 pictures; wanted pooled features"):
        inception.Extractor(networks / "wrong.keras")(np.zeros((2, 32, 32, 3), np.uint8))


def test_report_has_fid_and_kid_and_measures_them_once(evaluate, networks, monkeypatch):
    options = {"inception": str(networks / "pooled.keras"), "masks": "center,left", "metrics": "psnr"}
    folder = evaluate(**options)
    kept = (folder / "distances.jsonl").read_text()
    lines = [json.loads(line) for line in kept.splitlines()]
    assert len(lines) == 4 and all(line["fid"] > 0 for line in lines)
    text = (folder / "table.md").read_text()
    assert f"{lines[0]['fid']:.1f}" in text and "FID ↓ | KID × 1000 ↓" in text and "no Inception weights" not in text
    rows = (folder / "table.csv").read_text()
    assert rows.count(",fid,") == 4 and rows.count(",kid,") == 4
    monkeypatch.setattr(inception.Extractor, "__call__", lambda *_: pytest.fail("measured again"))
    evaluate(**options)
    assert (folder / "distances.jsonl").read_text() == kept
