"""Training steps by model family: which step function trains which model."""

from holefill.registry import parse_spec, resolve

TABLE = {
    "fill": "holefill.training.filling:FillStep",
    "fill@sharp": "holefill.training.sharpening:SharpStep",
    "contextual_attention": "holefill.training.attending:CompactStep",
    "contextual_attention@sharp": "holefill.training.sharpening:SharpStep",
    "contextual_attention@paper": "holefill.training.attending:PaperStep",
    "contextual_attention@code": "holefill.training.attending:CodeStep",
    "parallel_attention": "holefill.training.parallel:CompactStep",
    "parallel_attention@sharp": "holefill.training.sharpening:SharpStep",
    "parallel_attention@paper": "holefill.training.parallel:PaperStep",
    "context_encoder": "holefill.training.context_encoding:OurContextStep",
    "context_encoder@sharp": "holefill.training.sharpening:SharpStep",
    "context_encoder@paper": "holefill.training.context_encoding:ContextStep",
    "context_encoder@code": "holefill.training.context_encoding:ContextStep",
    "face_completion": "holefill.training.face_completing:CompletionStep",
    "face_completion@sharp": "holefill.training.sharpening:SharpStep",
    "face_completion@paper": "holefill.training.face_completing:PaperStep",
    "face_completion@code": "holefill.training.face_completing:CodeStep",
    "glcic": "holefill.training.completing:CompactStep",
    "glcic@sharp": "holefill.training.sharpening:SharpStep",
    "glcic@paper": "holefill.training.completing:PaperStep",
    "dcgan": "holefill.training.autoencoding:AutoencodingStep",
    "dcgan@paper": "holefill.training.adversarial:AdversarialStep",
    "vae": "holefill.training.variational:VariationalStep",
    "vae@paper": "holefill.training.variational:PlainVariationalStep",
}


def names() -> list[str]:
    """Models that can be trained."""
    return list(TABLE)


def get(model_spec: str):
    """The step class for a model's spec (the spec's options are the model's, not the step's)."""
    return resolve(TABLE, parse_spec(model_spec)[0], "model")[0]
