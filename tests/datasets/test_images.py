"""Pictures: every mode and format keeps its known pixels to the bit, its mode, depth, profile and EXIF."""

import dataclasses
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from skimage import data

from holefill.datasets import deep_colour, images, picture_output, pixel_modes
from holefill.errors import UserError

HEIGHT, WIDTH = 21, 34
HOLE = np.zeros((HEIGHT, WIDTH), bool)
HOLE[5:12, 9:20] = True
HOLE[0, 0] = HOLE[-1, -1] = True
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CASES = [
    ("PNG", "1"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16"),
    ("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
    ("TIFF", "1"), ("TIFF", "L"), ("TIFF", "LA"), ("TIFF", "P"), ("TIFF", "RGB"), ("TIFF", "RGBA"), ("TIFF", "CMYK"),
    ("TIFF", "YCbCr"), ("TIFF", "I;16"), ("TIFF", "I;16B"), ("TIFF", "I"), ("TIFF", "F"),
    ("WEBP", "RGB"), ("WEBP", "RGBA"), ("BMP", "1"), ("BMP", "L"), ("BMP", "P"), ("BMP", "RGB"),
    ("GIF", "P"), ("GIF", "L"), ("PPM", "1"), ("PPM", "L"), ("PPM", "RGB"), ("PPM", "I"), ("PPM", "F"),
]  # fmt: skip


def image_of(mode, entries=256, seed=0):
    """A Pillow picture of noise in any mode; a palette's first 64 entries are in use."""
    rng = np.random.default_rng(seed)
    shape = (HEIGHT, WIDTH, len(Image.new(mode, (1, 1)).getbands()))
    if mode == "1":
        return Image.fromarray(rng.random(shape[:2]) < 0.5)
    if mode == "F":
        return Image.fromarray(rng.normal(3, 50, shape[:2]).astype(np.float32))
    if mode == "I":
        return Image.fromarray(rng.integers(0, 65536, shape[:2], dtype=np.int32))
    if mode.startswith("I;16"):
        order = ">u2" if mode.endswith("B") else "<u2"
        return Image.frombytes(mode, (WIDTH, HEIGHT), rng.integers(0, 65536, shape[:2]).astype(order).tobytes())
    top = 64 if mode == "P" else 256
    image = Image.frombytes(mode, (WIDTH, HEIGHT), rng.integers(0, top, shape, dtype=np.uint8).tobytes())
    if mode == "P":
        image.putpalette(rng.permutation(256).repeat(3).astype(np.uint8)[: entries * 3].tobytes())
    return image


def png16(path, samples):
    """A 16 bit PNG without filters, chunk by chunk; [H, W, 1 … 4] uint16."""
    height, width, channels = samples.shape

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def filled(picture, seed=1):
    """The picture with other pixels in HOLE."""
    rng = np.random.default_rng(seed)
    noise = images.from_float(rng.uniform(-1, 1, picture.pixels.shape), picture.pixels.dtype)
    return images.replace_pixels(picture, np.where(HOLE[..., None], noise, picture.pixels))


@pytest.mark.parametrize(("format", "mode"), CASES)
def test_known_samples_survive_in_the_file_s_own_mode(tmp_path, format, mode):
    source = tmp_path / f"in.{format.lower()}"
    image_of(mode).save(source, format)
    picture = images.read(source)
    target = tmp_path / f"out{images.suffix_for(filled(picture))}"
    images.write(target, filled(picture))
    with Image.open(source) as before, Image.open(target) as after:
        if before.mode == "P":  # of these a GIF has 64 entries and room for the new colours; the others are full
            assert after.mode == ("P" if (format, mode) == ("GIF", "P") else "RGB")
            before, after = before.convert("RGB"), after.convert("RGB")
        wanted = "I;16" if format == "PPM" and mode == "I" or mode == "I;16B" else before.mode
        assert (after.mode, after.size) == (wanted, before.size)
        np.testing.assert_array_equal(np.asarray(after)[~HOLE], np.asarray(before)[~HOLE])
        assert (np.asarray(after)[HOLE] != np.asarray(before)[HOLE]).any()


@pytest.mark.parametrize(("format", "mode"), CASES)
def test_an_untouched_picture_is_written_as_it_was(tmp_path, format, mode):
    source = tmp_path / f"in.{format.lower()}"
    image_of(mode).save(source, format)
    picture = images.read(source)
    target = tmp_path / f"out{images.suffix_for(picture)}"
    images.write(target, picture)
    with Image.open(source) as before, Image.open(target) as after:
        np.testing.assert_array_equal(np.asarray(after), np.asarray(before))


@pytest.mark.parametrize(("suffix", "modes"), [(".webp", ("RGB", "RGBA", "L")), (".bmp", ("1", "L", "RGB")),
                                              (".tif", ("1", "L", "LA", "RGB", "RGBA", "CMYK", "I", "F", "I;16")),
                                              (".ppm", ("1", "L", "RGB", "I;16"))])  # fmt: skip
def test_other_lossless_formats_on_request(tmp_path, suffix, modes):
    for mode in modes:
        image_of(mode).save(tmp_path / "in.tif")
        picture = filled(images.read(tmp_path / "in.tif"))
        images.write(tmp_path / f"out{suffix}", picture)
        with Image.open(tmp_path / "in.tif") as before, Image.open(tmp_path / f"out{suffix}") as after:
            known = np.asarray(before.convert(after.mode) if suffix == ".webp" else before)[~HOLE]
            np.testing.assert_array_equal(np.asarray(after)[~HOLE], known)


@pytest.mark.parametrize(("suffix", "mode"), [(".png", "CMYK"), (".png", "F"), (".bmp", "RGBA"), (".gif", "RGB"),
                                              (".jpg", "RGBA"), (".jpg", "I;16"), (".webp", "I;16"), (".ppm", "LA"),
                                              (".bmp", "I;16"), (".gif", "RGBA")])  # fmt: skip
def test_a_format_that_would_change_pixels_is_refused(tmp_path, suffix, mode):
    image_of(mode).save(tmp_path / "in.tif")
    picture = images.read(tmp_path / "in.tif")
    with pytest.raises(UserError, match=r"name the output .*out\.(png|tif)") as caught:
        images.write(tmp_path / f"out{suffix}", picture)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / f"out{suffix}").exists()


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_deep_colour_of_png_is_read_and_written_whole(tmp_path, channels):
    samples = np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH, channels), dtype=np.uint16)
    png16(tmp_path / "in.png", samples)
    picture = images.read(tmp_path / "in.png")
    colours = channels - 1 + channels % 2
    np.testing.assert_array_equal(picture.pixels, samples[..., :colours])
    assert picture.alpha is None if channels == 3 else (picture.alpha == samples[..., -1]).all()
    images.write(tmp_path / "out.png", dataclasses.replace(filled(picture), stored=_with_metadata(picture.stored)))
    with Image.open(tmp_path / "out.png") as again:
        assert again.info["icc_profile"] == ICC and again.getexif()[271] == "maker"
        assert again.info["dpi"] == pytest.approx((300, 150), abs=0.1)
    if channels > 2:  # OpenCV is another decoder; it has no grey with alpha of 16 bits
        by_opencv = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(by_opencv[..., 2::-1][~HOLE], samples[..., :3][~HOLE])
    np.testing.assert_array_equal(images.read(tmp_path / "out.png").pixels, filled(picture).pixels)


@pytest.mark.parametrize("compression", [1, 5, 32946])
def test_deep_colour_of_tiff_is_read_whole(tmp_path, compression):
    samples = np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH, 3), dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "in.tif"), samples[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, compression])
    picture = images.read(tmp_path / "in.tif")
    np.testing.assert_array_equal(picture.pixels, samples)
    with pytest.raises(UserError, match=r"name the output .*out\.png"):
        images.write(tmp_path / "out.tif", picture)


def test_deep_colour_that_cannot_be_read_whole_is_refused(tmp_path):
    (tmp_path / "in.ppm").write_bytes(b"P6 2 1 65535\n" + bytes(12))
    with pytest.raises(UserError, match="16 bits a channel"):
        images.read(tmp_path / "in.ppm")


def _with_metadata(stored):
    exif = Image.Exif()
    exif[271] = "maker"
    return dataclasses.replace(stored, icc=ICC, exif=exif.tobytes(), dpi=(300, 150))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(tmp_path, format, orientation):
    source, target = tmp_path / f"in.{format.lower()}", tmp_path / "out.png"
    exif = Image.Exif()
    exif[0x0112], exif[271], exif.get_ifd(0x8769)[0x9003] = orientation, "maker", "2001:01:01 00:00:00"
    options = {"lossless": True} if format == "WEBP" else {}
    image_of("RGB").save(source, format, exif=exif.tobytes(), icc_profile=ICC, **options)
    images.write(target, images.read(source))
    with Image.open(source) as before, Image.open(target) as after:
        before.load()
        assert after.getexif().get(0x0112, 1) == 1
        np.testing.assert_array_equal(np.asarray(after), np.asarray(ImageOps.exif_transpose(before)))
        assert after.getexif()[271] == "maker"
        assert after.getexif().get_ifd(0x8769)[0x9003] == "2001:01:01 00:00:00"
        assert after.info["icc_profile"] == ICC


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_profile_and_exif_are_kept_in_every_format_that_has_room(tmp_path, suffix):
    exif = Image.Exif()
    exif[271] = "maker"
    image_of("RGB").save(tmp_path / "in.png", exif=exif, icc_profile=ICC)
    images.write(tmp_path / f"out{suffix}", images.read(tmp_path / "in.png"))
    with Image.open(tmp_path / f"out{suffix}") as after:
        assert after.info["icc_profile"] == ICC and after.getexif()[271] == "maker"


def test_the_thumbnail_of_what_was_there_goes(tmp_path):
    thumbnail = io.BytesIO()
    image_of("RGB").resize((8, 8)).save(thumbnail, "JPEG")
    secret = thumbnail.getvalue()
    first = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 26)
    second = struct.pack("<HHHIIHHII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(secret))
    tiff = b"II*\0" + struct.pack("<I", 8) + first + second + bytes(4) + secret
    image_of("RGB").save(tmp_path / "in.jpg", exif=b"Exif\0\0" + tiff)
    assert secret in (tmp_path / "in.jpg").read_bytes()
    picture = images.read(tmp_path / "in.jpg")
    images.write(tmp_path / "out.png", picture)
    assert picture.pixels.shape == (WIDTH, HEIGHT, 3)
    assert secret[20:60] not in (tmp_path / "out.png").read_bytes()


def test_a_palette_with_room_stays_a_palette(tmp_path):
    image_of("P", entries=64).save(tmp_path / "in.png")
    picture = images.read(tmp_path / "in.png")
    red = np.where(HOLE[..., None], np.array([255, 0, 7], np.uint8), picture.pixels)
    for suffix in (".png", ".gif", ".bmp", ".tif"):
        images.write(tmp_path / f"out{suffix}", images.replace_pixels(picture, red))
        with Image.open(tmp_path / f"out{suffix}") as after:
            assert after.mode == "P"
            np.testing.assert_array_equal(np.asarray(after.convert("RGB")), red)


def test_samples_beyond_a_short_palette_look_as_elsewhere(tmp_path):
    image = image_of("P")
    image.putpalette([9, 8, 7, 200, 3, 3])
    image.save(tmp_path / "in.png", bits=8)
    content = (tmp_path / "in.png").read_bytes()
    at = content.index(b"PLTE") - 4
    (length,) = struct.unpack_from(">I", content, at)
    entry = b"PLTE" + content[at + 8 : at + 14]
    short = struct.pack(">I", 6) + entry + struct.pack(">I", zlib.crc32(entry))
    (tmp_path / "in.png").write_bytes(content[:at] + short + content[at + 12 + length :])
    picture = images.read(tmp_path / "in.png")
    with Image.open(tmp_path / "in.png") as before:
        np.testing.assert_array_equal(picture.pixels, np.asarray(before.convert("RGB")))
    images.write(tmp_path / "out.png", filled(picture))
    np.testing.assert_array_equal(images.read(tmp_path / "out.png").pixels, filled(picture).pixels)


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_a_transparent_palette_shows_and_keeps_its_alpha(tmp_path, format):
    image = image_of("P")
    transparency = 5 if format == "GIF" else bytes(range(0, 256, 4))
    image.save(tmp_path / f"in.{format.lower()}", transparency=transparency)
    picture = images.read(tmp_path / f"in.{format.lower()}")
    with Image.open(tmp_path / f"in.{format.lower()}") as before:
        rgba = np.asarray(before.convert("RGBA"))
    np.testing.assert_array_equal(picture.alpha, rgba[..., 3])
    images.write(tmp_path / "out.png", filled(picture))
    with Image.open(tmp_path / "out.png") as after:
        np.testing.assert_array_equal(np.asarray(after.convert("RGBA"))[~HOLE], rgba[~HOLE])
        np.testing.assert_array_equal(np.asarray(after.convert("RGBA"))[..., 3], rgba[..., 3])


@pytest.mark.parametrize(("mode", "key", "wanted"), [("RGB", (1, 2, 3), "RGBA"), ("L", 9, "LA"), ("1", 255, "LA")])
def test_a_transparent_colour_becomes_alpha(tmp_path, mode, key, wanted):
    image = image_of(mode)
    image.putpixel((3, 2), key)
    image.save(tmp_path / "in.png", transparency=key)
    picture = images.read(tmp_path / "in.png")
    with Image.open(tmp_path / "in.png") as before:
        rgba = np.asarray(before.convert("RGBA"))
    assert picture.alpha[2, 3] == 0 and (picture.alpha == rgba[..., 3]).all()
    images.write(tmp_path / "out.png", picture)
    with Image.open(tmp_path / "out.png") as after:
        assert after.mode == wanted
        np.testing.assert_array_equal(np.asarray(after.convert("RGBA")), rgba)


def test_alpha_can_be_made_opaque_where_it_was_the_hole(tmp_path):
    rgba = np.asarray(image_of("RGBA")).copy()
    rgba[..., 3] = np.where(HOLE, 0, 200)
    Image.fromarray(rgba).save(tmp_path / "in.png")
    picture = filled(images.read(tmp_path / "in.png"))
    revealed = dataclasses.replace(picture, alpha=np.where(HOLE, 255, picture.alpha).astype(np.uint8))
    images.write(tmp_path / "out.png", revealed)
    with Image.open(tmp_path / "out.png") as after:
        np.testing.assert_array_equal(np.asarray(after)[~HOLE], rgba[~HOLE])
        assert (np.asarray(after)[HOLE][:, 3] == 255).all()


@pytest.mark.parametrize("black", [0.0, 0.5, 1.0])
def test_cmyk_fills_show_the_wanted_colour_with_the_picture_s_use_of_black(tmp_path, black):
    grey = 255 - np.arange(HEIGHT * WIDTH, dtype=np.float64).reshape(HEIGHT, WIDTH) % 200
    k = np.rint(black * (255 - grey))
    ink = np.rint(255 - grey * 255 / (255 - k))
    cmyk = np.stack([ink, ink, ink, k], -1).astype(np.uint8)
    Image.frombytes("CMYK", (WIDTH, HEIGHT), cmyk.tobytes()).save(tmp_path / "in.tif")
    picture = filled(images.read(tmp_path / "in.tif"))
    images.write(tmp_path / "out.tif", picture)
    again = images.read(tmp_path / "out.tif")
    assert np.abs(again.pixels.astype(int) - picture.pixels)[HOLE].max() <= 1
    share = again.stored.samples[HOLE][:, 3] / (255 - picture.pixels[HOLE].max(-1) + 1e-9)
    assert np.median(share) == pytest.approx(black, abs=0.05)


def test_wide_floats_keep_their_range_and_their_gaps(tmp_path):
    x = np.random.default_rng(0).normal(1000, 400, (HEIGHT, WIDTH)).astype(np.float32)
    x[20, 3], x[19, 3] = np.nan, np.inf
    Image.fromarray(x).save(tmp_path / "in.tif")
    picture = images.read(tmp_path / "in.tif")
    assert picture.pixels.min() == 0 and picture.pixels.max() == 1
    new = np.where(HOLE[..., None], np.float32(0.5), picture.pixels)
    images.write(tmp_path / "out.tif", images.replace_pixels(picture, new))
    with Image.open(tmp_path / "out.tif") as after:
        np.testing.assert_array_equal(np.asarray(after)[~HOLE], x[~HOLE])
        middle = (x[np.isfinite(x)].min() + x[np.isfinite(x)].max()) / 2
        np.testing.assert_allclose(np.asarray(after)[HOLE], middle, rtol=1e-6)


def test_jpeg_is_close_and_says_so(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(picture_output.logging, "log_first_n", lambda level, text, *arguments: said.append(text))
    Image.fromarray(data.astronaut()).save(tmp_path / "in.png")
    images.write(tmp_path / "out.jpg", images.read(tmp_path / "in.png"))
    error = images.read(tmp_path / "out.jpg").pixels.astype(int) - data.astronaut()
    assert 0 < np.abs(error).mean() < 3
    assert len(said) == 1 and "JPEG changes every pixel" in said[0]


def test_pixels_without_a_file_are_written(tmp_path):
    pixels = data.camera()[::8, ::8, None]
    images.write(tmp_path / "out.png", images.Picture(pixels))
    np.testing.assert_array_equal(images.read(tmp_path / "out.png").pixels, pixels)
    with pytest.raises(UserError, match="no kind of picture holds int64"):
        images.write(tmp_path / "out.png", images.Picture(pixels.astype(np.int64)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_value_survives_the_way_to_float_and_back(dtype):
    values = np.arange(np.iinfo(dtype).max + 1).astype(dtype)
    floats = images.to_float(values)
    assert floats.dtype == np.float32 and floats[0] == -1 and floats[-1] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(images.from_float(floats, dtype), values)


def test_from_float_rounds_clips_and_refuses_nan():
    np.testing.assert_array_equal(images.from_float([-9, -1, 0, 0.9999, 3], np.uint8), [0, 0, 128, 255, 255])
    np.testing.assert_allclose(images.from_float([-9, 0, 1], np.float32), [0, 0.5, 1])
    with pytest.raises(ValueError, match="not numbers"):
        images.from_float([np.nan], np.uint8)


def test_fit_keeps_constants_and_averages_detail_away():
    assert (images.fit(np.full((10, 14, 3), 0.25), (5, 9)) == 0.25).all()
    checks = np.indices((64, 64)).sum(0)[..., None] % 2 * 2.0 - 1
    small = images.fit(checks, 16)
    assert small.shape == (16, 16, 1) and small.dtype == np.float32
    assert np.abs(small[2:-2, 2:-2]).max() < 0.02  # plain subsampling would give ±1
    step = np.repeat([-1.0, 1.0], 8)[None, :, None].repeat(16, 0)
    assert images.fit(step, 64).min() == -1 and images.fit(step, 64).max() == 1


def test_replace_pixels_wants_the_same_shape_and_type():
    picture = images.Picture(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(UserError, match=r"float64 \[2, 2, 3\].*uint8 \[2, 2, 3\]"):
        images.replace_pixels(picture, np.zeros((2, 2, 3)))


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "gif", "ppm", "jpg", "webp"])
@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "RGB;16", "I;16", "F"])
def test_a_format_that_is_refused_after_the_work_is_refused_before_it(tmp_path, kind, suffix):
    rgb = data.astronaut()[:40, :48]
    if kind == "RGB;16":
        picture = images.Picture(rgb.astype(np.uint16) * 257)
    elif kind == "F":
        picture = images.Picture((rgb[..., :1] / 255).astype(np.float32))
    elif kind == "I;16":
        picture = images.Picture(rgb[..., :1].astype(np.uint16) * 257)
    else:
        made = Image.fromarray(rgb).convert(kind)
        if kind in ("LA", "RGBA"):
            made.putalpha(Image.fromarray(np.uint8(np.arange(1920) // 8).reshape(40, 48)[::-1].copy()))
        made.save(tmp_path / f"a.{'tif' if kind == 'CMYK' else 'png'}")
        picture = images.read(tmp_path / f"a.{'tif' if kind == 'CMYK' else 'png'}")

    def refused(work):
        try:
            return work(tmp_path / f"b.{suffix}", picture) and ""
        except UserError as error:
            return str(error)

    assert refused(images.check_format) == refused(images.write)


@pytest.mark.parametrize(("suffix", "told"), [("bmp", True), ("png", False)])
def test_formats_without_a_place_for_a_profile_say_so(tmp_path, caplog, suffix, told):
    Image.fromarray(data.astronaut()[:8, :8]).save(tmp_path / "a.png", icc_profile=b"a profile")
    images.write(tmp_path / f"b.{suffix}", images.read(tmp_path / "a.png"))
    assert ("no place for ICC profile" in caplog.text) == told


def test_what_is_encoded_is_checked(tmp_path, monkeypatch):
    """An encoder that changes one known sample is caught before the file has a name."""
    honest = picture_output._by_pillow

    def careless(format, stored):
        samples = stored.samples.copy()
        samples[-1, -1] ^= 1
        return honest(format, dataclasses.replace(stored, samples=samples))

    monkeypatch.setattr(picture_output, "_by_pillow", careless)
    with pytest.raises(UserError, match="does not hold"):
        images.write(tmp_path / "out.png", images.Picture(np.zeros((2, 2, 3), np.uint8)))
    assert not list(tmp_path.iterdir())


def test_deep_png_has_the_filter_it_claims():
    samples = np.array([[[1, 2, 3], [0x0102, 2, 0]]], np.uint16)
    content = deep_colour.encode(pixel_modes.Stored("RGB;16", samples))
    start = content.index(b"IDAT") + 4
    row = zlib.decompress(content[start:])
    assert row == bytes([1, 0, 1, 0, 2, 0, 3, 1, 1, 0, 0, 0, 253])


def test_a_picture_above_pillow_s_limit_is_written_and_the_limit_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # twice this is an error to Pillow
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    images.write(tmp_path / "a.png", images.Picture(pixels))
    assert Image.MAX_IMAGE_PIXELS == 100
    monkeypatch.undo()
    assert (np.asarray(Image.open(tmp_path / "a.png")) == pixels).all()
