"""Lists of specs, their one spelling, and what is known of a request before anything is loaded."""

import pytest

from holefill.errors import UserError
from holefill.evaluation import request


def test_split():
    text = "telea, semantic(steps=1,clip=(2)),membrane ,x(model='a,b')"
    assert request.split(text, "methods") == ["telea", "semantic(steps=1,clip=(2))", "membrane", "x(model='a,b')"]


@pytest.mark.parametrize("wrong", ["telea,,membrane", "telea(", "", "telea,telea", "a(b=1, c=2),a(c=2,b=1)", "a(b='x)"])
def test_split_exception_raised(wrong):
    with pytest.raises(UserError, match="--methods"):
        request.split(wrong, "methods")


def test_canonical():
    assert request.canonical(" telea( radius = 5 )") == "telea(radius=5)"
    assert request.canonical("a(c='x', b=(1,2))") == "a(b=(1, 2), c='x')"
    assert request.canonical("telea()") == request.canonical("telea") == "telea"


def test_check_loads_nothing_and_makes_nothing(tmp_path):
    found = request.check(request.Options(output=str(tmp_path / "report"), masks="center,left"))
    assert (found.image_size, found.channels, found.masks) == (64, 3, ("center", "left"))
    assert [method.model and method.model.name for method in found.methods] == ["celeba64", None, None]
    assert len(found.methods[0].model_hash) == 16
    assert not list(tmp_path.iterdir())


def test_size_without_a_model_is_what_is_asked_for_or_64(tmp_path):
    options = {"output": str(tmp_path / "report"), "methods": "telea"}
    assert request.check(request.Options(**options)).image_size == 64
    assert request.check(request.Options(**options, image_size=100)).image_size == 100
