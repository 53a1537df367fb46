"""Things by name."""

import dataclasses
import sys

import pytest

from holefill import blending, datasets, methods, models
from holefill.errors import UserError
from holefill.registry import check_options, parse_spec, resolve, spell, unknown


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


@pytest.mark.parametrize("spec", ["telea", "a(b='x(y)', c=[1, 2.5], d=None, e=-3)", "f(g='it\\'s')"])
def test_spell_is_what_parse_spec_reads(spec):
    name, options = parse_spec(spec)
    assert parse_spec(spell(name, options)) == (name, options)


def test_spell_is_one_spelling():
    assert spell("a", {"c": "x", "b": 1}) == spell("a", {"b": 1, "c": "x"}) == "a(b=1, c='x')"
    assert spell("a", {}) == "a"
    assert methods.with_options("semantic(steps=3, restarts=2)", snapshots=4, steps=9) == (
        "semantic(restarts=2, snapshots=4, steps=3)"
    )


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


@dataclasses.dataclass
class Kinds:
    """An option of each type."""

    whole: int = 1
    number: float = 1.0
    word: str = "a"
    switch: bool = False
    either: float | None = None
    pair: tuple[int, int] = (1, 2)


def annotated(x, *, whole: int = 1, number: float = 1.0, word: str = "a", switch: bool = False, seed: int = 0):
    """Options are the parameters that have a default."""


def bare(x, whole=1, number=1.0, word="a", switch=False):
    """Options without annotations are of their default's type."""


@pytest.mark.parametrize("target", [Kinds, annotated, bare])
@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("whole", 2.5, "a whole number"),
        ("whole", True, "a whole number"),
        ("whole", None, "a whole number"),
        ("number", "x", "a number"),
        ("number", float("inf"), "a number"),
        ("word", 3, "a text in quotes"),
        ("switch", 1, "True or False"),
    ],
)
def test_option_of_another_type(target, option, value, wanted):
    with pytest.raises(UserError) as raised:
        check_options(target, {option: value}, "thing(...)")
    assert str(raised.value) == f"'thing': option {option} is {value!r}; wanted {wanted}"


def test_options_of_their_types_are_taken():
    options = {"whole": 3, "number": 2, "word": "b", "switch": True, "either": None, "pair": (3, 4)}
    assert check_options(Kinds, options, "thing") == options
    assert check_options(Kinds, {"either": 2}, "thing") == {"either": 2}
    with pytest.raises(UserError, match="wanted a number or None"):
        check_options(Kinds, {"either": "x"}, "thing")


def test_unknown_option_names_the_nearest_and_all():
    with pytest.raises(UserError) as raised:
        check_options(annotated, {"wordy": "a"}, "thing", taken=("seed",))
    line = "'thing' has no option 'wordy': did you mean 'word'? it has word, number, switch, whole"
    assert str(raised.value) == line
    with pytest.raises(UserError, match="no option 'seed'"):
        check_options(annotated, {"seed": 1}, "thing", taken=("seed",))


@pytest.mark.parametrize(
    ("folder", "spec", "words"),
    [
        (datasets, "shapes(foo=1)", "no option 'foo'"),
        (datasets, "shapes(train='x')", "option train is 'x'; wanted a whole number"),
        (datasets, "shapes(image_size=8)", "no option 'image_size'"),
        (methods, "telea(radius='x')", "option radius is 'x'; wanted a number"),
        (methods, "telea(model='celeba64')", "no option 'model'"),
        (models, "dcgan(width='x')", "option width is 'x'; wanted a whole number"),
        (models, "dcgan@paper(depth=3)", "no option 'depth'"),
        (blending, "poisson(solver=1)", "option solver is 1; wanted a text in quotes"),
    ],
)
def test_options_are_checked_wherever_there_are_names(folder, spec, words):
    with pytest.raises(UserError, match=words) as raised:
        folder.get(spec)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("telea(radius=abc)", "radius=abc is no number; text is in quotes: radius='abc'"),
        ("fill(width=8, model=runs/fill)", "model=runs/fill is no number; text is in quotes: model='runs/fill'"),
        ("fill(mirror=false)", "write mirror=False"),
        ("fill(width=)", "wanted name(option=value, ...)"),
    ],
)
def test_a_bare_word_is_told_how_it_is_written(spec, words):
    with pytest.raises(UserError) as told:
        parse_spec(spec)
    assert str(told.value).startswith(f"cannot read the options of {spec!r}: {words}")
