"""Networks by name; weights by name are in `presets`."""

from holefill.registry import parse_spec, resolve

TABLE = {
    "fill": "holefill.models.fill:small",
    "fill@sharp": "holefill.models.fill:sharp",
    "contextual_attention": "holefill.models.contextual_attention:compact",
    "contextual_attention@sharp": "holefill.models.contextual_attention:sharp",
    "contextual_attention@paper": "holefill.models.contextual_attention:paper",
    "contextual_attention@code": "holefill.models.contextual_attention:code",
    "parallel_attention": "holefill.models.parallel_attention:compact",
    "parallel_attention@sharp": "holefill.models.parallel_attention:sharp",
    "parallel_attention@paper": "holefill.models.parallel_attention:paper",
    "context_encoder": "holefill.models.context_encoder:small",
    "context_encoder@sharp": "holefill.models.context_encoder:sharp",
    "context_encoder@paper": "holefill.models.context_encoder:paper",
    "context_encoder@code": "holefill.models.context_encoder:code",
    "face_completion": "holefill.models.face_completion:small",
    "face_completion@sharp": "holefill.models.face_completion:sharp",
    "face_completion@paper": "holefill.models.face_completion:paper",
    "face_completion@code": "holefill.models.face_completion:code",
    "glcic": "holefill.models.glcic:compact",
    "glcic@sharp": "holefill.models.glcic:sharp",
    "glcic@paper": "holefill.models.glcic:paper",
    "dcgan": "holefill.models.dcgan:small_data",
    "dcgan@paper": "holefill.models.dcgan:paper",
    "vae": "holefill.models.vae:small_data",
    "vae@paper": "holefill.models.vae:paper",
}

# families of `models.one_pass`; the others are latent models
ONE_PASS = frozenset(
    {
        "fill",
        "face_completion",
        "context_encoder",
        "glcic",
        "contextual_attention",
        "parallel_attention",
    }
)


def parse_family(spec: str) -> str:
    """The family that a spec or preset belongs to: "fill@sharp(width=32)" → "fill"."""
    return parse_spec(spec)[0].partition("@")[0]


def paints_at_once(family: str | None) -> bool:
    """Whether a family or preset is a one-pass network; None, one that is not known, is not."""
    return family is not None and parse_family(family) in ONE_PASS


def usual_size(spec: str) -> int:
    """The side of the pictures that a model is meant for, in pixels: what the spec says, or its preset does."""
    make, options = get(spec)
    return options.get("image_size") or getattr(make, "image_size", make.options.image_size)


def names() -> list[str]:
    """Names of the model families and their presets."""
    return list(TABLE)


def get(spec: str):
    """`(build, options)` for a spec; `build(precision="float32", **options)` → LatentModel or OnePassModel."""
    return resolve(TABLE, spec, "model", taken=("precision",))
