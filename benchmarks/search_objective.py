"""Ours against the paper's recipe: the objective both minimise, on the same faces, and the time each takes.

Both report context + λ · prior (λ 0.003, window 7, log(1 − D)) from a float32 pass. The paper's recipe takes minutes a
face, so each face's record is on the disk before the next begins, and a run that was broken off goes on where it was.
"""

import dataclasses
import hashlib
import statistics
import time

import numpy as np

from holefill import datasets
from holefill.benchmarks import machine, records
from holefill.datasets import images as pixels
from holefill.datasets import masks


def rows(model, faces: int, restarts: int, steps: int, data_dir=None, output=None) -> list[dict]:
    """A dict for each recipe, and one that compares them; none where `faces` is 0."""
    if not faces:
        return []
    found = compare(model, faces, restarts, steps, data_dir, output)
    ours, paper = ([face[name] for face in found] for name in ("semantic", "semantic@paper"))
    times = [statistics.mean(face[f"{name} s"] for face in found) for name in ("semantic", "semantic@paper")]
    wins = sum(mine <= theirs for mine, theirs in zip(ours, paper, strict=True))
    of = f"{faces} faces, one by one"
    return [
        {"what": f"semantic, {of}", "s/image": times[0], "objective": statistics.mean(ours)},
        {
            "what": f"semantic@paper, {restarts} restarts × {steps} steps, {of}",
            "s/image": times[1],
            "objective": statistics.mean(paper),
        },
        {
            "what": "semantic no higher than semantic@paper",
            "% of faces": 100 * wins / faces,
            "times faster": times[1] / times[0],
        },
    ]


def compare(model, faces: int, restarts: int, steps: int, data_dir=None, output=None) -> list[dict]:
    """A record for each face: both objectives and seconds; those already in `output` are not computed again."""
    loader, options = datasets.get("celeba")
    found = loader("test", data_dir=data_dir, image_size=model.image_size, limit=faces, **options)
    holes = masks.make("center", model.image_size, model.image_size)[None]
    recipes = {"semantic": {}, "semantic@paper": {"restarts": restarts, "steps": steps}}
    key = {"model": _fingerprint(model), "recipes": _recipes(recipes), "machine": machine.processor()}
    kept = {r["face"]: r for r in (records.read(output) if output else []) if key.items() <= r.items()}
    _search("semantic", model, pixels.to_float(found.images[:1]), holes, {})  # builds the graph, which is not timed
    for name, image in zip(found.names, found.images, strict=True):
        if name not in kept:
            known = pixels.to_float(image[None]) * (1 - holes)
            kept[name] = {"face": name, **key}
            for recipe, changes in recipes.items():
                kept[name] |= _search(recipe, model, known, holes, changes)
            if output:
                records.append(output, [kept[name]])
    return [kept[name] for name in found.names]


def _search(recipe, model, image, hole, changes):
    from holefill import methods

    fill, options = methods.get(recipe)
    began = time.perf_counter()
    objective = fill(image, hole, model=model, **options, **changes).objective[0, 0]
    return {recipe: float(objective), f"{recipe} s": time.perf_counter() - began}


def _recipes(recipes):
    from holefill.methods import latent_search

    options = {"semantic": latent_search.OURS, "semantic@paper": latent_search.PAPER}
    return {name: dataclasses.asdict(latent_search.change(options[name], changes)) for name, changes in recipes.items()}


def _fingerprint(model):
    digest = hashlib.sha256()
    for network in model.networks().values():
        for variable in network.variables:
            digest.update(np.asarray(variable).tobytes())
    return digest.hexdigest()[:16]
