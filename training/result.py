"""What a finished run leaves: `model/` (float16 weights and a card) and `saved_model/`."""

from pathlib import Path

from holefill.models import stored
from holefill.registry import parse_spec


def write_result(folder, options, step_function, pictures: int, step: int) -> dict:
    """Write both and return what `result.json` should say of them."""
    from holefill.methods import saved_model

    model = step_function.result()
    model.card = {
        "dataset": options.dataset,
        "training_pictures": pictures,
        "steps": step,
        "epochs": round(step * options.batch_size / pictures, 2),
        "batch_size": options.batch_size,
        "seed": options.seed,
        **({"start": Path(options.start).name} if options.start else {}),
    }
    if getattr(step_function.options, "crop", 0):
        model.card["any_size"] = True  # it has learnt on pieces of pictures, wherever they were
    if "share_of_width" in (extra := parse_spec(options.dataset)[1]):
        model.card["share_of_width"] = extra["share_of_width"]  # a wider or narrower crop of the face than usual
    stored.save(model, folder / "model")
    saved_model.export(model, folder / "saved_model")
    return {"model": "model", "saved_model": "saved_model", **model.card}
