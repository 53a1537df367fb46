"""The sheet of removed objects: what is known stays, what is outlined goes."""

import numpy as np

from holefill.benchmarks import removal


def test_nothing_is_copied_from_what_is_kept():
    """Red on the left and blue on the right: with the left kept, the hole between them becomes blue."""
    photo = np.random.default_rng(0).integers(150, 200, (60, 60, 3), dtype=np.uint8)
    photo[:, :30, 1:], photo[:, 30:, :2] = 0, 0
    missing = removal.hole(photo, [[(22, 20), (38, 20), (38, 40), (22, 40)]])
    left = [(0, 0), (29, 0), (29, 59), (0, 59)]
    filled = removal._completed(photo, missing, "patch_match", [left])[30, 32:36]
    assert (filled[..., 2] > filled[..., 0] + 50).all()
    assert (removal._completed(photo, missing, "patch_match", [])[missing == 0] == photo[missing == 0]).all()


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
