"""Things by name."""

import sys

import pytest

from holefill import blending, methods
from holefill.errors import UserError
from holefill.registry import parse_spec, resolve, unknown


@pytest.mark.parametrize(
    ("spec", "name", "options"),
    [
        ("telea", "telea", {}),
        ("semantic@paper", "semantic@paper", {}),
        (" patch_match ( patch = 7 ) ", "patch_match", {"patch": 7}),
        ("a(b='x(y)', c=[1, 2.5], d=None, e=-3)", "a", {"b": "x(y)", "c": [1, 2.5], "d": None, "e": -3}),
        ("a()", "a", {}),
    ],
)
def test_spec_is_a_name_and_its_options(spec, name, options):
    assert parse_spec(spec) == (name, options)


@pytest.mark.parametrize(
    "spec", ["", "a(", "a(1)", "a(b)", "a(b=c)", "a(**{})", "a(b=__import__('os'))", "a) + f(", "1a", "a(b=1)c", "a b"]
)
def test_what_is_no_spec_raises_one_line(spec):
    with pytest.raises(UserError) as raised:
        parse_spec(spec)
    assert "\n" not in str(raised.value) and repr(spec) in str(raised.value)


def test_resolve_imports_only_what_is_asked_for():
    table = {"ordered": "collections:OrderedDict", "absent": "no_such_module:x"}
    assert resolve(table, "ordered(last=True)", "thing")[1] == {"last": True}
    assert "no_such_module" not in sys.modules


def test_unknown_names_tell_the_nearest_first():
    line = unknown("telae", ["membrane", "telea", "semantic"], "method")
    assert line == "unknown method 'telae': did you mean 'telea'? known: telea, membrane, semantic"
    assert unknown("zzz", ["b", "a"], "method") == "unknown method 'zzz': known: a, b"


@pytest.mark.parametrize("name", methods.names())
def test_every_method_resolves(name):
    fill, options = methods.get(name)
    assert callable(fill) and options == {}


@pytest.mark.parametrize("name", blending.names())
def test_every_blend_resolves(name):
    assert callable(blending.get(name)[0])


def test_methods_without_model_are_methods():
    assert methods.WITHOUT_MODEL <= set(methods.names())
    assert not methods.needs_model("telea(radius=5)") and methods.needs_model("semantic@paper")
