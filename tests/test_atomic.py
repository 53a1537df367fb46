"""Files that are whole or absent."""

import pytest

from holefill import atomic


def test_content_is_bytes_text_or_a_function(tmp_path):
    atomic.write(tmp_path / "a", b"\x00\xff")
    atomic.write(str(tmp_path / "b"), "é")
    atomic.write(tmp_path / "c", lambda file: file.write(b"c"))
    assert [(tmp_path / name).read_bytes() for name in "abc"] == [b"\x00\xff", "é".encode(), b"c"]
    assert len(list(tmp_path.iterdir())) == 3


def test_what_was_there_stays_where_writing_fails(tmp_path):
    def fails(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    atomic.write(tmp_path / "a", "before")
    with pytest.raises(OSError, match="No space"):
        atomic.write(tmp_path / "a", fails)
    assert (tmp_path / "a").read_text() == "before" and len(list(tmp_path.iterdir())) == 1


def test_of_several_none_is_there_where_the_last_fails(tmp_path):
    def fails(file):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        atomic.write_all({tmp_path / "a": "a", tmp_path / "b": "b", tmp_path / "c": fails})
    assert not list(tmp_path.iterdir())


def test_the_longest_name_can_be_written(tmp_path):
    atomic.write(tmp_path / ("é" * 127), "a")
    assert len(list(tmp_path.iterdir())) == 1
