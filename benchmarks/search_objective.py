"""Ours against the paper's recipe: the objective both minimise, on the same faces, and the time each takes.

Both report context + λ · prior (λ 0.003, window 7, log(1 − D)) from a float32 pass. The paper's recipe takes minutes a
face, so each record is on the disk before the next begins, and a run that was broken off goes on where it was. A record
is that of one picture, model and recipe on one machine with its software; the rows say of which commits and days.
"""

import dataclasses
import hashlib
import statistics
import time

import numpy as np

from holefill import datasets
from holefill.benchmarks import origin
from holefill.datasets import images as pixels
from holefill.datasets import masks
from holefill.evaluation import machine, records


def rows(model, faces: int, restarts: int, steps: int, precision="float32", data_dir=None, output=None) -> list[dict]:
    """A dict for each recipe, and one that compares them; none where `faces` is 0.

    `restarts`, `steps` and `precision` are the paper's recipe's.
    """
    if not faces:
        return []
    recipes = {"semantic": {}, "semantic@paper": {"restarts": restarts, "steps": steps, "precision": precision}}
    ours, paper = compare(model, recipes, faces, data_dir, output).values()
    wins = sum(a["objective"] <= b["objective"] for a, b in zip(ours, paper, strict=True))
    means = [
        {key: statistics.mean(r[key] for r in found) for key in ("seconds", "objective")} for found in (ours, paper)
    ]
    named = f"semantic@paper, {restarts} restarts × {steps} steps in {precision}"
    return [
        *(
            {"what": f"{what}, {faces} faces, one by one", **mean, **origin.columns(found)}
            for what, mean, found in zip(("semantic", named), means, (ours, paper), strict=True)
        ),
        {
            "what": "semantic no higher than semantic@paper",
            "% of faces": 100 * wins / faces,
            "times faster": means[1]["seconds"] / means[0]["seconds"],
            **origin.columns([*ours, *paper]),
        },
    ]


def compare(model, recipes: dict, faces: int, data_dir=None, output=None) -> dict[str, list[dict]]:
    """For each recipe a record a face: objective and seconds; those already in `output` are not computed again."""
    loader, options = datasets.get("celeba")
    found = loader("test", data_dir=data_dir, image_size=model.image_size, limit=faces, **options)
    holes = masks.make("center", model.image_size, model.image_size)[None]
    now = machine.describe()
    about = {"model": _fingerprint(model), **{name: now[name] for name in ("machine", "software")}}
    keys = {name: {"recipe": name, "options": _options(name, changes), **about} for name, changes in recipes.items()}
    before = records.read(output) if output else []
    known = pixels.to_float(found.images) * (1 - holes)
    _search("semantic", model, known[:1], holes, recipes["semantic"])  # builds the graph, which is not timed
    results = {name: [] for name in recipes}
    for face, image in zip(found.names, known, strict=True):
        picture = hashlib.sha256(image.tobytes() + holes.tobytes()).hexdigest()[:16]
        for name, key in keys.items():
            key = {"face": face, "picture": picture, **key}
            kept = next((r for r in before if key.items() <= r.items()), None)
            if kept is None:
                kept = {**now, **key, **_search(name, model, image[None], holes, recipes[name])}
                if output:
                    records.append(output, [kept])
            results[name].append(kept)
    return results


def _search(recipe, model, image, hole, changes):
    from holefill import methods

    fill, options = methods.get(recipe)
    began = time.perf_counter()
    objective = fill(image, hole, model=model, **options, **changes).objective[0, 0]
    return {"objective": float(objective), "seconds": time.perf_counter() - began}


def _options(recipe, changes):
    from holefill.methods import search_options

    presets = {"semantic": search_options.OURS, "semantic@paper": search_options.PAPER}
    return dataclasses.asdict(search_options.change(presets[recipe], changes))


def _fingerprint(model):
    digest = hashlib.sha256()
    for network in model.networks().values():
        for variable in network.variables:
            digest.update(np.asarray(variable).tobytes())
    return digest.hexdigest()[:16]
