"""Files that are no pictures, broken ones, bombs, and places that cannot be written: one line, nothing left behind."""

import io
import os
import resource
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from holefill.datasets import images
from holefill.errors import UserError

GIF_BOMB = (
    b"GIF89a" + struct.pack("<HHBBB", 32767, 32767, 0x80, 0, 0) + bytes(6)
    + b"," + struct.pack("<HHHHB", 0, 0, 32767, 32767, 0) + b"\x02\x00;"
)[:35]  # fmt: skip


def png_claiming(width, height):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff_claiming(width, height):
    tags = ((256, width), (257, height), (258, 16), (259, 1), (262, 1), (273, 200), (277, 1), (278, height), (279, 9))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(300)


def webp_claiming(width, height):
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    buffer = io.BytesIO()
    Image.new("RGBA", (4, 4)).save(buffer, "WEBP", lossless=True, icc_profile=b"x")
    content = bytearray(buffer.getvalue())
    content[24:30] = size
    return bytes(content)


BOMBS = {
    "in.gif": GIF_BOMB,
    "in.png": png_claiming(30000, 29952),
    "wide.png": png_claiming(65535, 1000),
    "in.tif": tiff_claiming(40000, 40000),
    "in.bmp": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 50000, 50000, 1, 24, 0, 0, 0, 0, 0, 0),
    "in.ppm": b"P6 65000 65000 255\n" + bytes(100),
    "in.webp": webp_claiming(16000, 16000),
}


def one_line(caught, *words):
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    return True


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_its_header(tmp_path, name):
    (tmp_path / name).write_bytes(BOMBS[name])
    with pytest.raises(UserError):
        images.read(tmp_path / name)  # the first time imports the decoder
    start = time.perf_counter()
    with pytest.raises(UserError) as caught:
        images.read(tmp_path / name)
    assert time.perf_counter() - start < 0.1
    assert one_line(caught, name)


def test_bombs_take_little_memory(tmp_path):
    for name, content in BOMBS.items():
        (tmp_path / name).write_bytes(content)
    program = """
import resource, sys, pathlib
from holefill.datasets import images
from holefill.errors import UserError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        images.read(path)
    except UserError:
        continue
    raise SystemExit(f"{path} was read")
raise SystemExit(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > 50_000)
"""
    assert subprocess.run([sys.executable, "-P", "-c", program, tmp_path]).returncode == 0


def test_the_cap_is_exact(tmp_path):
    Image.new("L", (10, 10)).save(tmp_path / "in.png")
    assert images.read(tmp_path / "in.png", max_pixels=100).pixels.shape == (10, 10, 1)
    with pytest.raises(UserError, match="10 x 10 pixels") as caught:
        images.read(tmp_path / "in.png", max_pixels=99)
    assert one_line(caught, "in.png")


def test_animations_and_pages_give_their_first_and_say_so(tmp_path, caplog):
    frames = [Image.new("RGB", (9, 9), (200 * n, 10, 10)) for n in range(3)]
    for name in ("in.gif", "in.png", "in.tif", "in.webp"):
        caplog.clear()
        options = {"lossless": True} if name == "in.webp" else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        with caplog.at_level("WARNING"):
            assert images.read(tmp_path / name).pixels[4, 4].tolist() == [0, 10, 10]
        assert "only the first" in caplog.text


def test_text_that_unpacks_to_much_is_refused(tmp_path):
    text = b"Comment\0\0" + zlib.compress(bytes(70_000_000))
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    whole = png_claiming(4, 4)
    (tmp_path / "in.png").write_bytes(whole[:33] + chunk + whole[33:])
    with pytest.raises(UserError) as caught:
        images.read(tmp_path / "in.png")
    assert one_line(caught, "in.png")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.png", None, "no such file"),
        ("empty.png", b"", "no picture of a known format"),
        ("text.png", b"hello\n" * 100, "no picture of a known format"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture of a known format"),
        ("program.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture of a known format"),
    ],
)
def test_what_is_no_picture_is_said_in_one_line(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        images.read(tmp_path / name)
    assert one_line(caught, name, words)


def test_folders_pipes_and_odd_names(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "pipe.png", "no regular file"), ("a\0b.png", "null"),
                        (tmp_path / "two\nlines.png", "no such file")):  # fmt: skip
        with pytest.raises(UserError) as caught:
            images.read(path)
        assert one_line(caught, words)


def samples_of_formats():
    rng = np.random.default_rng(0)
    noise = np.kron(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[271] = 6, "maker"
    for format in ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM"):
        buffer = io.BytesIO()
        options = {"exif": exif.tobytes()} if format in ("PNG", "JPEG", "TIFF", "WEBP") else {}
        Image.fromarray(noise).save(buffer, format, **options)
        yield format, buffer.getvalue()


@pytest.mark.parametrize(("format", "content"), list(samples_of_formats()))
def test_a_truncated_file_is_said_to_be_broken(tmp_path, format, content):
    (tmp_path / "in").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError) as caught:
        images.read(tmp_path / "in")
    assert one_line(caught)


def mutants(content, count, seed=0):
    """Bits flipped, bytes set to extremes, parts cut out, doubled, or off the end."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        broken = bytearray(content)
        at, length = int(rng.integers(len(broken))), int(rng.integers(1, 20))
        if n % 5 == 0:
            broken[at] ^= 1 << int(rng.integers(8))
        elif n % 5 == 1:
            at = int(rng.integers(min(64, len(broken))))
            broken[at : at + 4] = bytes([(0, 0x7F, 0x80, 0xFF)[int(rng.integers(4))]]) * 4
        elif n % 5 == 2:
            del broken[at : at + length]
        elif n % 5 == 3:
            broken[at:at] = broken[at : at + length]
        else:
            del broken[at:]
        yield bytes(broken)


@pytest.mark.parametrize(("format", "content"), list(samples_of_formats()))
def test_mutants_give_a_picture_or_one_line(tmp_path, format, content):
    path = tmp_path / "in"
    for n, mutant in enumerate(mutants(content, int(os.environ.get("HOLEFILL_MUTANTS", "45")))):
        path.write_bytes(mutant)
        start = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                picture = images.read(path, max_pixels=1_000_000)
        except UserError as error:
            assert "\n" not in str(error) and str(path) in str(error)
        else:
            assert picture.pixels.ndim == 3 and picture.pixels.shape[-1] in (1, 3), f"{format} mutant {n}"
            images.write(tmp_path / f"out{images.suffix_for(picture)}", picture)
        assert time.perf_counter() - start < 1, f"{format} mutant {n}"


def test_threads_read_together_and_leave_the_warnings_as_they_were(tmp_path):
    (tmp_path / "bomb.gif").write_bytes(GIF_BOMB)
    Image.new("RGB", (64, 64), (1, 2, 3)).save(tmp_path / "in.png")
    filters, failed = list(warnings.filters), []

    def reader():
        for _ in range(30):
            if images.read(tmp_path / "in.png").pixels[0, 0].tolist() != [1, 2, 3]:
                failed.append("pixels")
            try:
                images.read(tmp_path / "bomb.gif")
                failed.append("bomb")
            except UserError:
                pass

    threads = [threading.Thread(target=reader) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and warnings.filters == filters


def picture(side=256):
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return images.Picture(noise)


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "out.png").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # as a full disk: the write stops in the middle
    try:
        with pytest.raises(UserError) as caught:
            images.write(tmp_path / "out.png", picture())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert one_line(caught, "cannot write", "out.png", "too large")
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
    assert (tmp_path / "out.png").read_bytes() == b"old"


def test_outputs_that_cannot_be(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_bytes(b"")
    places = {"none/out.png": "no folder", "folder.png": "is a folder", "file/out.png": "no folder", "out": "suffix",
              "out.psd": "suffix"}  # fmt: skip
    for place, words in places.items():
        with pytest.raises(UserError) as caught:
            images.write(tmp_path / place, picture(8))
        assert one_line(caught, place, words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_new_file_has_the_usual_rights(tmp_path):
    images.write(tmp_path / "out.png", picture(8))
    (tmp_path / "usual").write_bytes(b"")
    assert (tmp_path / "out.png").stat().st_mode == (tmp_path / "usual").stat().st_mode
