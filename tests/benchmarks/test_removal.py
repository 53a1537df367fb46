"""The sheet of removed objects: what is known stays, what is outlined goes."""

import numpy as np

from holefill.benchmarks import removal


def test_each_photograph_keeps_what_is_not_outlined():
    picture, told = removal.sheet(["telea"])
    sheet, top = np.asarray(picture), 0
    assert len(told) == 3 and all(" s" in line for line in told)
    for photo, outlines, _ in removal.photographs().values():
        height, width = photo.shape[:2]
        missing = removal.hole(photo, outlines) > 0
        assert 0.005 < missing.mean() < 0.2
        shown, filled = (sheet[top + 2 :, left:][:height, :width] for left in (2, width + 6))
        assert (shown[missing] == 128).all()
        np.testing.assert_array_equal(shown[~missing], photo[~missing])
        np.testing.assert_array_equal(filled[~missing], photo[~missing])
        assert np.abs(filled[missing].astype(float) - photo[missing]).mean() > 5
        top += height + 4
