"""What a finished run leaves: `model/` (float16 weights and a card) and `saved_model/`."""

from pathlib import Path

from holefill.models import stored
from holefill.registry import parse_spec


def write_result(folder, options, step_function, pictures: int, step: int) -> dict:
    """Write both and return what `result.json` should say of them."""
    from holefill.methods import saved_model

    model = step_function.result()
    model.card = card(options, step_function.options, pictures, step)
    stored.save(model, folder / "model")
    saved_model.export(model, folder / "saved_model")
    return {"model": "model", "saved_model": "saved_model", **model.card}


def card(options, recipe, pictures: int, step: int) -> dict:
    """What a model says of its training: on what, how long, and how its pictures were cut."""
    told = {
        "dataset": options.dataset,
        "training_pictures": pictures,
        "steps": step,
        "epochs": round(step * options.batch_size / pictures, 2),
        "batch_size": options.batch_size,
        "seed": options.seed,
        **({"start": Path(options.start).name} if options.start else {}),
    }
    if getattr(recipe, "crop", 0):
        told["any_size"] = True  # it has learnt on pieces of pictures, wherever they were
    if "share_of_width" in (extra := parse_spec(options.dataset)[1]):
        told["share_of_width"] = extra["share_of_width"]  # a wider or narrower crop of the face than usual
    return told
