"""Networks by name; weights by name are in `presets`."""

from holefill.registry import resolve

TABLE = {
    "fill": "holefill.models.fill:small",
    "fill@sharp": "holefill.models.fill:sharp",
    "dcgan": "holefill.models.dcgan:small_data",
    "dcgan@paper": "holefill.models.dcgan:paper",
    "vae": "holefill.models.vae:small_data",
    "vae@paper": "holefill.models.vae:paper",
}


def names() -> list[str]:
    """Names of the model families and their presets."""
    return list(TABLE)


def get(spec: str):
    """`(build, options)` for a spec; `build(precision="float32", **options)` → LatentModel or OnePassModel."""
    return resolve(TABLE, spec, "model", taken=("precision",))
