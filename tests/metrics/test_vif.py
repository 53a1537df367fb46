"""VIF: golden values of sewar 0.4.10 (`sewar.vifp(truth, image)` of the same 8-bit pictures), and the hole."""

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.metrics.vif import hole_vif, vif


def face():
    return data.astronaut()[20:148, 160:288]


def noise():
    return np.clip(face() + np.random.default_rng(0).normal(0, 15, face().shape), 0, 255).astype(np.uint8)


def with_grey_hole():
    image = face().copy()
    image[40:90, 30:101] = 128
    return image


def of_8_bits(metric, image, truth, *more):
    return metric(image[None] / 127.5 - 1, truth[None] / 127.5 - 1, *more)[0]


@pytest.mark.parametrize(
    "image, truth, wanted",
    [
        (noise, face, 0.35549007088092294),
        (lambda: (0.7 * face()).astype(np.uint8), face, 0.8670195088585718),
        (with_grey_hole, face, 0.5800388557788762),
        (lambda: data.chelsea()[101:142, 201:244], lambda: data.chelsea()[100:141, 200:243], 0.29461381699057304),
    ],
)
def test_vif_golden_of_sewar(image, truth, wanted):
    np.testing.assert_allclose(of_8_bits(vif, image(), truth()), wanted, atol=1e-7)


def test_hole_vif_sees_the_hole_alone():
    hole = np.zeros((1, 128, 128, 1))
    hole[:, 40:90, 30:101] = 1
    assert of_8_bits(hole_vif, with_grey_hole(), face(), hole) < 0.1  # the rim's windows see a little
    far = np.zeros((1, 128, 128, 1))
    far[:, :20, :20] = 1
    np.testing.assert_allclose(of_8_bits(hole_vif, with_grey_hole(), face(), far), 1, atol=1e-3)


def test_hole_vif_of_everything_is_near_vif():
    image, truth = noise(), face()
    everything = np.ones((1, 128, 128, 1))
    np.testing.assert_allclose(of_8_bits(hole_vif, image, truth, everything), of_8_bits(vif, image, truth), atol=0.03)


def test_vif_rises_with_contrast_above_one():
    truth = face()[None] / 510 - 0.25  # half the contrast, so that nothing is clipped
    assert 1.05 < vif(1.5 * truth, truth)[0] < 2


def test_vif_is_nan_for_a_flat_truth_or_no_hole_and_each_example_counts_alone():
    truth = np.stack([face(), np.full_like(face(), 90)]) / 127.5 - 1
    image = np.stack([noise(), noise()]) / 127.5 - 1
    values = vif(image, truth)
    np.testing.assert_allclose(values[0], vif(image[:1], truth[:1])[0])
    assert np.isnan(values[1])
    assert np.isnan(hole_vif(image, truth, np.zeros((2, 128, 128, 1)))).all()


@pytest.mark.parametrize("metric", [vif, hole_vif])
def test_vif_exception_raised(metric):
    with pytest.raises(UserError, match="41x41.*40x64"):
        metric(np.zeros((1, 40, 64, 3)), np.zeros((1, 40, 64, 3)), np.ones((1, 40, 64, 1)))
