"""Detail ratio: counted by hand, and what it must and must not depend on."""

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.metrics import get, names
from holefill.metrics.detail import detail_ratio


def center(size=64):
    hole = np.zeros((1, size, size, 1), np.float32)
    hole[:, size // 4 : -size // 4, size // 4 : -size // 4] = 1
    return hole


def truth():
    return (data.astronaut()[20:84, 190:254] / 127.5 - 1)[None]


def test_detail_ratio_golden():
    row = np.array([0.0, 0.5, 0.1, 0.1]).reshape(1, 1, 4, 1)
    ours = np.array([0.0, 0.2, 0.1, 0.9]).reshape(1, 1, 4, 1)
    hole = np.array([0, 1, 1, 0.0]).reshape(1, 1, 4, 1)
    # pairs 0-1, 1-2, 2-3 count once, twice, once: truth 0.5 + 2 * 0.4 + 0, ours 0.2 + 2 * 0.1 + 0.8
    np.testing.assert_allclose(detail_ratio(ours, row, hole), [1.2 / 1.3])


def test_detail_ratio_is_one_for_the_truth_and_for_its_mirror():
    hole = center()
    np.testing.assert_allclose(detail_ratio(truth(), truth(), hole), [1])
    image = truth() * (1 - 0.5 * hole)
    flipped = detail_ratio(image[:, ::-1, ::-1], truth()[:, ::-1, ::-1], hole[:, ::-1, ::-1])
    np.testing.assert_allclose(flipped, detail_ratio(image, truth(), hole))


def test_detail_ratio_smooth_is_below_one_and_noise_above():
    hole = center()
    smooth = truth() * (1 - hole) + truth().mean() * hole
    noise = truth() * (1 - hole) + np.random.default_rng(0).uniform(-1, 1, truth().shape) * hole
    assert detail_ratio(smooth, truth(), hole) < 0.5
    assert detail_ratio(noise, truth(), hole) > 2


def test_detail_ratio_ignores_what_lies_away_from_the_hole():
    hole = center()
    image = truth()
    image[:, :10] = 0
    np.testing.assert_allclose(detail_ratio(image, truth(), hole), [1])


def test_detail_ratio_of_nothing_is_nan():
    assert np.isnan(detail_ratio(truth(), truth(), np.zeros((1, 64, 64, 1)))).all()


def test_detail_ratio_exception_raised():
    with pytest.raises(UserError, match="do not fit"):
        detail_ratio(truth(), truth(), center(32))


@pytest.mark.parametrize("name", names())
def test_metrics_by_name_give_one_value_an_example(name):
    metric, options = get(name)
    pictures = (data.astronaut()[20:196, 160:336] / 127.5 - 1)[None].astype(np.float32)
    pictures = np.concatenate([pictures, pictures[:, :, ::-1]])
    try:
        values = metric(pictures * 0.9, pictures, np.concatenate([center(176)] * 2), **options)
    except UserError as error:
        if "install" not in str(error):
            raise
        pytest.skip(str(error))
    assert values.shape == (2,) and np.isfinite(values).all()
