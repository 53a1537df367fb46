"""Training batches: restartable at any step, every picture once an epoch, fair flips, [-1, 1]."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from holefill.datasets.stream import stream
from holefill.errors import UserError


@pytest.fixture(scope="module")
def images():
    """23 pictures whose first pixel is their number, with a left half unlike the right."""
    pictures = np.random.default_rng(0).integers(0, 256, [23, 6, 4, 3]).astype(np.uint8)
    pictures[:, 0, 0, 0] = pictures[:, 0, -1, 0] = np.arange(23)
    return pictures


def _take(dataset, count):
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


def _numbers(batch):
    return np.rint((batch[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


@pytest.mark.parametrize("start", [1, 4, 5, 6, 13, 20])
def test_restarted_anywhere_goes_on_bit_for_bit(images, start):
    whole = _take(stream(images, 4, seed=7), 24)
    again = _take(stream(images, 4, seed=7, start_step=start), 24 - start)
    assert all(np.array_equal(a, b) for a, b in zip(whole[start:], again, strict=True))


def test_batches_are_float32_in_range_and_exact(images):
    batch = _take(stream(images, 4, seed=7, flip=False), 1)[0]
    assert batch.shape == (4, 6, 4, 3) and batch.dtype == np.float32
    assert batch.min() >= -1 and batch.max() <= 1
    assert np.array_equal(np.rint((batch + 1) * 127.5).astype(np.uint8), images[_numbers(batch)])


def test_range_is_that_of_the_library():
    from holefill.datasets.images import to_float

    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    assert np.array_equal(_take(stream(ramp, 1, seed=0, flip=False), 1)[0], to_float(ramp))


def test_static_shape_is_known(images):
    assert stream(images, 4, seed=0).element_spec.shape == (4, 6, 4, 3)


def test_an_epoch_shows_no_picture_twice_and_the_next_is_another_order(images):
    batches = _take(stream(images, 4, seed=7), 50)
    epochs = [sum(map(_numbers, batches[i : i + 5]), []) for i in range(0, 50, 5)]
    assert all(len(set(epoch)) == 20 for epoch in epochs)
    assert len(set(map(tuple, epochs))) == 10
    assert set().union(*epochs) == set(range(23))


def test_a_batch_of_all_pictures(images):
    assert sorted(_numbers(_take(stream(images, 23, seed=1), 2)[1])) == list(range(23))


def test_another_seed_is_another_order(images):
    assert _numbers(_take(stream(images, 8, seed=1), 1)[0]) != _numbers(_take(stream(images, 8, seed=2), 1)[0])


def test_flips_mirror_about_half_and_change_nothing_else(images):
    plain, flipped = (_take(stream(images, 4, seed=3, flip=flip), 100) for flip in (False, True))
    mirrored = 0
    for a, b in zip(np.concatenate(plain), np.concatenate(flipped), strict=True):
        assert np.array_equal(a, b) or np.array_equal(a[:, ::-1], b)
        mirrored += not np.array_equal(a, b)
    assert 160 < mirrored < 240


@pytest.mark.parametrize("mode", ["r", "c"])
def test_memory_map_gives_the_same_batches(images, tmp_path, mode):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode=mode)
    for a, b in zip(_take(stream(images, 4, seed=5), 8), _take(stream(mapped, 4, seed=5), 8), strict=True):
        assert np.array_equal(a, b)


def test_slice_of_a_memory_map_is_that_slice(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="c")[3:20]
    assert sorted(_numbers(_take(stream(mapped, 17, seed=0), 1)[0])) == list(range(3, 20))


def test_large_memory_map_is_not_read_whole(tmp_path):
    """In a process of its own, whose memory nothing else asks for."""
    program = f"""
import resource
import numpy as np
from holefill.datasets.stream import stream
path = {str(tmp_path / "images.npy")!r}
np.lib.format.open_memmap(path, "w+", np.uint8, (200_000, 64, 64, 3))  # 2.4 GB, of holes
next(stream(np.zeros((32, 64, 64, 3), np.uint8), 16, seed=0).as_numpy_iterator())  # what TensorFlow itself takes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
batches = stream(np.load(path, mmap_mode="c"), 16, seed=0).take(3).as_numpy_iterator()
assert next(batches).shape == (16, 64, 64, 3)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert grown < 400_000, f"{{grown}} KiB more"
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], timeout=400, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_program_ends_while_a_stream_is_running():
    program = """
import numpy as np
from holefill.datasets.stream import stream
batches = stream(np.zeros((64, 1, 1, 1), np.uint8), 1, seed=0).as_numpy_iterator()
for _ in range(500):
    next(batches)
"""
    subprocess.run([sys.executable, "-P", "-c", program], check=True, timeout=400, capture_output=True)


@pytest.mark.parametrize("size", [0, 24])
def test_fewer_pictures_than_a_batch(images, size):
    with pytest.raises(UserError, match=f"batch of {size} .*23 pictures"):
        stream(images, size, seed=0)


def test_only_uint8_pictures(images):
    with pytest.raises(ValueError, match="float32"):
        stream(images.astype(np.float32), 4, seed=0)
