"""OpenCV's xphoto: repeated texture and waves continued, a crash and a hang told in one line, the process's memory."""

import sys

import cv2
import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.methods import xphoto
from holefill.methods.xphoto_process import Worker

MISSING = np.eye(8, dtype=bool)


def tiles(height, width):
    """Tiles of 12 pixels, each with a dark corner: shifted by 24 the picture is itself."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.where((rows % 12 < 5) & (columns % 12 < 7), -0.6, 0.5) + 0.1 * (columns % 12 > 9)
    return pixels[..., None].astype(np.float32)


def waves(height, width):
    rows, columns = np.mgrid[:height, :width]
    return (0.4 * np.sin(2 * np.pi * columns / 8) + 0.4 * np.cos(2 * np.pi * rows / 16))[..., None].astype(np.float32)


def filled(method, image, hole, **options):
    return method(image[None], hole[None, ..., None].astype(np.float32), **options).images[0, 0]


def test_shiftmap_continues_what_repeats():
    image, hole = tiles(150, 140), np.zeros((150, 140), bool)
    hole[60:90, 50:85] = 1
    painted = filled(xphoto.shiftmap, np.where(hole[..., None], 1, image), hole)
    assert np.abs(painted - image)[hole].mean() < 0.02
    np.testing.assert_array_equal(painted[~hole], image[~hole])


def test_shiftmap_copies_colours_exactly():
    image, hole = (data.coffee()[100:230, 200:340] / 127.5 - 1).astype(np.float32), np.zeros((130, 140), bool)
    hole[50:70, 60:85] = 1
    painted = filled(xphoto.shiftmap, image, hole)
    known = {tuple(pixel) for pixel in np.rint((image[~hole] + 1) * 127.5).astype(int)}
    copied = [tuple(pixel) in known for pixel in np.rint((painted[hole] + 1) * 127.5).astype(int)]
    assert np.mean(copied) > 0.99


@pytest.mark.parametrize("shape", [(1, 30), (9, 11)])
@pytest.mark.parametrize("method", [xphoto.shiftmap, xphoto.fsr])
def test_a_tiny_picture_is_filled_from_its_mirror_image(method, shape):
    image, hole = np.linspace(-1, 1, np.prod(shape), dtype=np.float32).reshape(*shape, 1), np.zeros(shape, bool)
    hole[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] = 1
    painted = filled(method, image, hole)
    assert np.abs(painted - image).max() < 1 and np.all(painted[hole] != 0)
    np.testing.assert_array_equal(painted[~hole], image[~hole])


@pytest.mark.parametrize("quality", ["fast", pytest.param("best", marks=pytest.mark.slow)])
def test_fsr_continues_waves_to_the_last_row(quality):
    """45 and 51 are no multiples of a block: OpenCV itself leaves the last rows and columns black."""
    image, hole = waves(45, 51), np.random.default_rng(0).random((45, 51)) < 0.5
    hole[:, -1] = hole[-1] = 1
    error = (filled(xphoto.fsr, np.where(hole[..., None], 1, image), hole, quality=quality) - image)[hole]
    assert np.sqrt((error**2).mean()) < 0.1


def test_fsr_quality_on_a_photograph():
    image = (data.chelsea()[80:144, 130:194] / 127.5 - 1).astype(np.float32)
    hole = np.random.default_rng(0).random((64, 64)) < 0.6
    error = (filled(xphoto.fsr, image, hole) - image)[hole]
    assert -10 * np.log10((error**2).mean() / 4) > 26.5


def test_shiftmap_in_a_large_picture_sees_a_window(monkeypatch):
    monkeypatch.setattr(xphoto, "LARGEST", 130)
    monkeypatch.setattr(xphoto, "CONTEXT", 30)
    image, hole = tiles(200, 260), np.zeros((200, 260), bool)
    hole[60:80, 50:75] = hole[150:160, 200:215] = 1
    image[:, 240:] = np.random.default_rng(0).uniform(-1, 1, (200, 20, 1))
    painted = filled(xphoto.shiftmap, np.where(hole[..., None], 1, image), hole)
    assert np.abs(painted - image)[hole].mean() < 0.05
    np.testing.assert_array_equal(painted[~hole], image[~hole])


def test_shiftmap_a_hole_larger_than_opencv_takes_is_filled_small_and_enlarged(monkeypatch):
    monkeypatch.setattr(xphoto, "LARGEST", 130)
    rows, columns = np.mgrid[:260, :260]
    image, hole = np.float32(np.sin(rows / 40) * np.cos(columns / 50))[..., None] * 0.8, np.zeros((260, 260), bool)
    hole[80:180, 80:180] = 1
    painted = filled(xphoto.shiftmap, np.where(hole[..., None], 1, image), hole)
    assert np.abs(painted[hole]).max() < 0.9 and np.std(painted[hole]) > 0.05
    np.testing.assert_array_equal(painted[~hole], image[~hole])


@pytest.mark.parametrize(
    ("code", "seconds", "told"),
    [
        ("import os; os.abort()", 60, "crashed in OpenCV"),
        ("import time; time.sleep(60)", 1, "took more than 1 s"),
    ],
)
def test_a_crash_or_a_hang_exception_raised(code, seconds, told):
    with Worker("fsr", "telea", command=(sys.executable, "-c", code)) as worker:
        with pytest.raises(UserError, match=rf"^fsr {told}\w* on this picture of 8×8 pixels; use --method telea$"):
            worker.paint("INPAINT_FSR_FAST", 0, np.zeros((8, 8, 3), np.uint8), MISSING, seconds)


def test_what_opencv_refuses_exception_raised():
    with Worker("fsr", "telea") as worker:
        with pytest.raises(UserError, match="^fsr: OpenCV refuses .* use --method telea$") as raised:
            worker.paint("INPAINT_FSR_FAST", 0, np.zeros((9, 8, 3), np.uint8), MISSING, 60)
        assert "\n" not in str(raised.value)
        painted = worker.paint("INPAINT_FSR_FAST", 0, np.full((8, 8), 77, np.uint8), MISSING, 60)  # it works on
    assert abs(int(painted[3, 3]) - 77) < 3


def test_a_quality_that_is_none_exception_raised():
    with pytest.raises(UserError, match="quality is 'good'; it must be 'fast' or 'best'"):
        filled(xphoto.fsr, np.zeros((8, 8, 1), np.float32), MISSING, quality="good")


def test_the_parent_keeps_opencv_to_itself():
    """The seed and the number of threads are set in the other process alone."""
    threads = cv2.getNumThreads()
    filled(xphoto.fsr, np.zeros((8, 8, 1), np.float32), MISSING)
    assert cv2.getNumThreads() == threads


def test_shiftmap_fills_scattered_pixels_of_a_picture_that_is_shrunk(monkeypatch):
    monkeypatch.setattr(xphoto, "LARGEST", 60)
    image = (data.coffee()[100:190, 200:300] / 127.5 - 1).astype(np.float32)
    hole = np.random.default_rng(0).random((90, 100)) < 0.9
    painted = filled(xphoto.shiftmap, np.where(hole[..., None], 1, image), hole)
    np.testing.assert_array_equal(painted[~hole], image[~hole])
    assert np.sqrt(np.square(painted - image)[hole].mean()) < 0.35
