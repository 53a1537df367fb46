"""Published PSNR of latent search, to print beside ours; on other data and by another protocol, so never a yardstick.

center, pattern (25 %), random (80 %) and half: Yeh et al., "Semantic Image Inpainting with Deep Generative Models",
CVPR 2017, arXiv:1607.07539, table 1. left and right: a later study's runs of the same method on CelebA at 64×64 pixels.
"""

PSNR = {
    ("celeba", "center"): 19.4,
    ("celeba", "left"): 17.9,
    ("celeba", "right"): 18.9,
    ("celeba", "half"): 13.7,
    ("celeba", "random"): 22.8,
    ("celeba", "pattern"): 17.4,
}
NOTE = (
    "published: PSNR of semantic completion as printed by its authors (Yeh et al. 2017, table 1; left and right from a"
    " later study of it). Their pictures, crops and training data are others than these, so compare methods with each"
    " other and not with it."
)


def psnr(dataset: str, mask: str, image_size: int) -> float | None:
    """The published figure for a dataset and a mask with default options at 64 pixels; None where there is none."""
    return PSNR.get((dataset, mask)) if image_size == 64 else None
