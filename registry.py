"""Things by name: `patch_match(patch=7)` → the object it names and its options.

A table maps a name to `"module:object"`, imported only when asked for, so that optional and heavy
dependencies stay out of the way. Options are Python literals, read with `ast.literal_eval`: a spec
never runs code.
"""

import ast
import dataclasses
import difflib
import importlib
import inspect
import math
import numbers
import re
import types
import typing

from holefill.errors import UserError

_KINDS = {
    bool: (bool, "True or False"),
    int: (numbers.Integral, "a whole number"),
    float: (numbers.Real, "a number"),
    str: (str, "a text in quotes"),
    type(None): (type(None), "None"),
}
_WANTED = "wanted name(option=value, ...), text in quotes: name(option='text')"
_BARE = re.compile(r"(\w+)\s*=\s*(?!(?:True|False|None)\b)([A-Za-z_./][^\s,()'\"]*)\s*(?:,|$)")
_SPEC = re.compile(r"\s*([A-Za-z_][\w@.-]*)\s*(?:\((.*)\))?\s*", re.DOTALL)


def parse_spec(spec: str) -> tuple[str, dict]:
    """Split `"name(option=literal, …)"` into the name and its options.

    Raises
    ------
    UserError
        Where the text is no such spec, or an option is not a Python literal.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise UserError(f"cannot read {spec!r}: wanted a name, or name(option=value, ...)")
    name, arguments = match.groups()
    try:
        call = ast.parse(f"f({arguments or ''})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
            raise ValueError
        return name, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (ValueError, SyntaxError) as error:
        bare = _BARE.search(arguments or "")
        wanted = _as_meant(*bare.groups()) if bare else _WANTED
        raise UserError(f"cannot read the options of {spec!r}: {wanted}") from error


def _as_meant(option: str, value: str) -> str:
    """How a bare word of a spec is to be written."""
    if value.capitalize() in ("True", "False", "None"):
        return f"write {option}={value.capitalize()}"
    return f"{option}={value} is no number; text is in quotes: {option}='{value}'"


def spell(name: str, options: dict) -> str:
    """The one spelling of a spec, which `parse_spec` reads: `"telea(radius=5)"`, options sorted, no empty brackets."""
    said = ", ".join(f"{key}={value!r}" for key, value in sorted(options.items()))
    return f"{name}({said})" if said else name


def resolve(table: dict, spec: str, kind: str, taken=()) -> tuple[object, dict]:
    """The object that `spec` names in `table`, and the spec's options, which it has and which are of its types.

    `kind` ("method", "model", …) is for the error, which lists the nearest names first; `taken` are parameters that
    the caller gives and a spec does not.

    Raises
    ------
    UserError
        Where the spec cannot be read, the table has no such name, or the object no such option.
    """
    name, options = parse_spec(spec)
    if name not in table:
        raise UserError(unknown(name, table, kind))
    module, _, attribute = table[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    return found, check_options(found, options, name, taken)


def check_options(target, options: dict, spec: str, taken=()) -> dict:
    """The options as they are, once `target` is known to have each of them and each value to be of its type.

    Parameters
    ----------
    target : a dataclass, whose fields are the options; or a function, whose options are its parameters with a default
        (where it takes `**more`, what its attribute `options`, a dataclass, names; without that, anything)
    options : option → value; None is a value like others: leave out what is not given
    spec : "name" or "name(option=value, …)", for the error
    taken : parameters of the function that are no options

    Types are the annotations', or that of the default where there is none: a whole number is a number, True and False
    are none, and a number is finite.

    Raises
    ------
    UserError
        One line naming the option, and the known ones, or what was given and what is wanted.
    """
    name = spec.split("(")[0].strip()
    known, more = _options_of(target, taken)
    for option, value in options.items():
        if option in taken or option not in known and not more:
            raise UserError(f"{name!r} has no option {option!r}{_near(option, known, 'it has')}")
        wanted = known.get(option)
        if wanted is not None and not any(_is(value, kind) for kind in _alternatives(wanted)):
            told = " or ".join(_told(kind) for kind in _alternatives(wanted))
            raise UserError(f"{name!r}: option {option} is {value!r}; wanted {told}")
    return options


def _options_of(target, taken) -> tuple[dict, bool]:
    """Type of each option (None: any), and whether there may be more."""
    if isinstance(target, type) and dataclasses.is_dataclass(target):
        hints = typing.get_type_hints(target)
        return {field.name: hints[field.name] for field in dataclasses.fields(target)}, False
    try:
        parameters = inspect.signature(target, eval_str=True).parameters.values()
    except (ValueError, TypeError, NameError):  # of C code
        return {}, True
    known = {p.name: _type_of(p) for p in parameters if p.default is not p.empty and p.name not in taken}
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        return known, False
    if hasattr(target, "options"):
        return _options_of(target.options, ())
    return known, True


def _type_of(parameter):
    if parameter.annotation is not parameter.empty:
        return parameter.annotation
    return None if parameter.default is None else type(parameter.default)


def _alternatives(kind) -> tuple:
    """The types of a union, or the one."""
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return typing.get_args(kind)
    return (kind,)


def _is(value, kind) -> bool:
    kind = typing.get_origin(kind) or kind
    if not isinstance(kind, type):
        return True
    if isinstance(value, bool) and kind is not bool:
        return kind is object
    if isinstance(value, float) and kind is float and not math.isfinite(value):
        return False
    return isinstance(value, _KINDS.get(kind, (kind,))[0])


def _told(kind) -> str:
    kind = typing.get_origin(kind) or kind
    return _KINDS[kind][1] if kind in _KINDS else f"a {getattr(kind, '__name__', kind)}"


def unknown(name: str, known, kind: str) -> str:
    """One line: what was asked for, the nearest known names, all known names."""
    return f"unknown {kind} {name!r}{_near(name, known, 'known:')}"


def _near(name: str, known, lead: str) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f": did you mean {' or '.join(repr(n) for n in near)}?" if near else ":"
    others = [n for n in sorted(known) if n not in near]
    return f"{hint} {lead} {', '.join(near + others) or 'none'}"
