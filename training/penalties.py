"""Penalties on a discriminator's gradient, of what it says of pictures: one scalar each, the mean over examples.

A `judge` is a function of images [B, H, W, C] alone that gives logits, one or several an example; whoever calls it
binds the rest (`lambda x: judge(x, training=True)`, or the windows that a second input takes from x). An example's
gradient is that of the sum of its logits, so none may depend on another example's picture.
"""

import tensorflow as tf

LEAST = 1e-12  # of a squared norm, so that its root's gradient is finite where no pixel counts


def _gradients(judge, images):
    """∂ Σ logits / ∂ images, float32 [B, H, W, C]."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(tf.cast(judge(images), tf.float32))
    return tf.cast(tape.gradient(total, images), tf.float32)


def r1(judge, images):
    """R1 without its γ / 2: the mean of ‖∂ logits / ∂ x‖² at real pictures (Mescheder et al., arXiv:1801.04406)."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(_gradients(judge, images)), axis=(1, 2, 3)))


def lazy_r1(judge, images, options):
    """γ/2 · R1, as many times as strong as it is rare: for the steps at which it is `due` (`options`: r1, r1_every)."""
    return 0.5 * options.r1 * options.r1_every * r1(judge, images)


def due(step: int, options) -> bool:
    """Whether a step has the penalty."""
    return bool(options.r1) and step % options.r1_every == 0


def wgan_gp(judge, real, fake, holes, seed):
    """WGAN-GP without its λ, on gradients where pixels are missing: the mean of (√Σ(g² · hole) − 1)².

    Taken at one random point on the line between each real picture and its completion (Gulrajani et al. 2017,
    arXiv:1704.00028; the weighting by holes: Yu et al. 2018, arXiv:1801.07892). `seed`: an int32 pair. An example
    where nothing is missing counts 1, and moves no weight.
    """
    share = tf.random.stateless_uniform((tf.shape(real)[0], 1, 1, 1), seed)
    between = real + share * (fake - real)
    squared = tf.reduce_sum(tf.square(_gradients(judge, between)) * holes, axis=(1, 2, 3))
    return tf.reduce_mean(tf.square(tf.sqrt(tf.maximum(squared, LEAST)) - 1))
