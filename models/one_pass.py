"""A one-pass model: a painter that completes a picture in one forward pass, and what only its training needs.

The painter is a Keras network with two inputs, `images` [B, H, W, C] float32 in [-1, 1], whose missing pixels hold
whatever they hold (the painter looks at images × known), and `holes` [B, H, W, 1] float32, 1 = missing. It returns
images [B, H, W, C] in [-1, 1], one a stage, the completion last; known pixels in it are its own business.

What only training needs (discriminators, a parsing network) is made by `companions`, by name: each a function of a
Keras dtype policy. They are trained and checkpointed with the painter, and are not part of what is kept.
"""

import dataclasses
from collections.abc import Callable

import keras


@dataclasses.dataclass(eq=False)
class OnePassModel:
    """One painter.

    options: as its family's; has image_size and channels. multiple: the painter takes pictures of any size whose sides
    are multiples of this; None: only image_size × image_size. middle: it paints the middle half of its height and width
    alone. companions: see above. adapt: makes weights of a painter that was built a little otherwise into this one's,
    for a training that starts from them, by the options of that one; None: they must fit as they are.
    """

    family: str
    options: object
    painter: keras.Model
    multiple: int | None = None
    middle: bool = False
    companions: dict[str, Callable[[str], keras.Model]] = dataclasses.field(default_factory=dict)
    card: dict = dataclasses.field(default_factory=dict)
    adapt: Callable[[list, object], list] | None = None

    @property
    def image_size(self) -> int:
        return self.options.image_size

    @property
    def channels(self) -> int:
        return self.options.channels

    @property
    def any_size(self) -> bool:
        """Whether it is meant for pictures as they come, and not for such as are cut as its training pictures were."""
        return self.multiple is not None and bool(self.card.get("any_size"))

    def stages(self, images, holes, training: bool = False) -> list:
        """What the painter gives of pictures with holes, stage by stage, the completion last: each [B, H, W, C]."""
        painted = self.painter([images, holes], training=training)
        return list(painted) if isinstance(painted, (list, tuple)) else [painted]

    def networks(self) -> dict[str, keras.Model]:
        """What is kept, by name."""
        return {"painter": self.painter}
