"""Things by name: `patch_match(patch=7)` → the object it names and its options.

A table maps a name to `"module:object"`, imported only when asked for, so that optional and heavy
dependencies stay out of the way. Options are Python literals, read with `ast.literal_eval`: a spec
never runs code.
"""

import ast
import difflib
import importlib
import re

from holefill.errors import UserError

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
        raise UserError(
            f"cannot read the options of {spec!r}: wanted name(option=value, ...) with plain values"
        ) from error


def resolve(table: dict, spec: str, kind: str) -> tuple[object, dict]:
    """The object that `spec` names in `table`, and the spec's options.

    `kind` ("method", "model", …) is for the error, which lists the nearest names first.
    """
    name, options = parse_spec(spec)
    if name not in table:
        raise UserError(unknown(name, table, kind))
    module, _, attribute = table[name].partition(":")
    return getattr(importlib.import_module(module), attribute), options


def unknown(name: str, known, kind: str) -> str:
    """One line: what was asked for, the nearest known names, all known names."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f": did you mean {' or '.join(repr(n) for n in near)}?" if near else ":"
    others = [n for n in sorted(known) if n not in near]
    return f"unknown {kind} {name!r}{hint} known: {', '.join(near + others)}"
