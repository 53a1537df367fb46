"""Losses by name: functions of a batch that return one value per example, [B]."""

from holefill.registry import resolve

TABLE = {
    "context": "holefill.losses.context:context_loss",
    "prior_saturating": "holefill.losses.prior:saturating",
    "prior_non_saturating": "holefill.losses.prior:non_saturating",
    "prior_latent": "holefill.losses.prior:latent_norm",
    "adversarial_discriminator": "holefill.losses.adversarial:discriminator_loss",
    "adversarial_generator": "holefill.losses.adversarial:generator_loss",
    "minimax_generator": "holefill.losses.adversarial:minimax_generator_loss",
    "hinge_discriminator": "holefill.losses.adversarial:hinge_discriminator_loss",
    "hinge_generator": "holefill.losses.adversarial:hinge_generator_loss",
    "wasserstein_critic": "holefill.losses.adversarial:wasserstein_critic_loss",
    "wasserstein_generator": "holefill.losses.adversarial:wasserstein_generator_loss",
    "hole_l1": "holefill.losses.masked:l1",
    "hole_l2": "holefill.losses.masked:l2",
    "weighted_l2": "holefill.losses.masked:weighted_l2",
    "hole_log_l2": "holefill.losses.masked:log_l2",
    "overlap_l1": "holefill.losses.overlap:overlap_l1",
    "overlap_l2": "holefill.losses.overlap:overlap_l2",
    "patch_discriminator": "holefill.losses.patches:discriminator_loss",
    "patch_generator": "holefill.losses.patches:generator_loss",
    "patch_features": "holefill.losses.patches:feature_distance",
    "reconstruction": "holefill.losses.variational:reconstruction",
    "kl": "holefill.losses.variational:kl",
    "discounted_l1": "holefill.losses.discounted:discounted_l1",
    "symmetry": "holefill.losses.symmetry:symmetry_loss",
    "landmark_step": "holefill.losses.landmarks:step",
    "landmark_smooth": "holefill.losses.landmarks:smooth",
    "parsing": "holefill.losses.parsing:parsing_loss",
    "texture": "holefill.losses.texture:texture_loss",
    "total_variation": "holefill.losses.texture:total_variation",
}


def names() -> list[str]:
    """Names of the losses."""
    return list(TABLE)


def get(spec: str):
    """`(loss, options)` for a spec such as `"context"`."""
    return resolve(TABLE, spec, "loss")
