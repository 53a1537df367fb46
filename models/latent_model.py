"""A latent model: generator, discriminator and encoder that belong together.

Latents are [B, latent_size], drawn from U(-1, 1); images [B, S, S, C] float32 in [-1, 1].
"""

import dataclasses

import keras


@dataclasses.dataclass
class LatentModel:
    """The networks of one latent model; `discriminator` and `encoder` may be None."""

    family: str
    options: object
    generator: keras.Model
    discriminator: keras.Model | None = None
    encoder: keras.Model | None = None
    card: dict = dataclasses.field(default_factory=dict)

    @property
    def latent_size(self) -> int:
        return self.options.latent_size

    @property
    def image_size(self) -> int:
        return self.options.image_size

    @property
    def channels(self) -> int:
        return self.options.channels

    def networks(self) -> dict[str, keras.Model]:
        """The networks that exist, by name."""
        parts = {"generator": self.generator, "discriminator": self.discriminator, "encoder": self.encoder}
        return {name: network for name, network in parts.items() if network is not None}
