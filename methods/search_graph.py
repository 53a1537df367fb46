"""The whole latent search as one graph: first guesses → screening → descent → float32 objective, best first.

objective(z) = ‖W ⊙ (G(z) − y)‖₁ + λ · prior(D(G(z)))  (Yeh et al., CVPR 2017, arXiv:1607.07539, eq. 2–5)

Every image starts from the same random numbers, so what an image gets depends on it and the seed, not on what else is
in the batch. Pairs (image, latent) of all images are pooled and worked through in pieces of `options.batch`; networks
run in `precision`, latents, losses and updates in float32, and the objective that is reported and sorted by comes
from a float32 pass. Images [B, S, S, C] in [-1, 1], holes [B, S, S, 1], latents [., L].
"""

import functools
import math

import tensorflow as tf

from holefill.losses import context, prior
from holefill.methods import descent, folded


@functools.lru_cache(maxsize=16)
def build_search(networks: tuple, options, precision: str = "float32"):
    """A `tf.function` (weights, images, holes, seed, steps, rate) → dict, traced once for all batch sizes.

    Parameters
    ----------
    networks : pairs (name, `folded.Folded`): "generator", and "discriminator" and "encoder" if there are.
        Only their layers matter; the weights are an argument of the function.
    options : `latent_search.Options`; its `steps` and `learning_rate` are arguments of the function instead.
    precision : "float32" or "bfloat16", of the networks during screening and descent.

    Returns
    -------
    tf.function
        weights: network name → folded weights; seed, steps int32, rate float32 scalars. Gives images
        [B, K, S, S, C], objective [B, K], latents [B, K, L], losses [B, K, steps], K = options.keep, best first.
    """
    layers = {name: network.layers for name, network in networks}
    weights = {name: tf.nest.map_structure(tf.TensorSpec.from_tensor, network.weights) for name, network in networks}
    size, channels = 2 * layers["generator"][-1].side, layers["generator"][-1].outputs
    images, holes = tf.TensorSpec([None, size, size, channels]), tf.TensorSpec([None, size, size, 1])
    whole, real = tf.TensorSpec([], tf.int32), tf.TensorSpec([])

    @tf.function(input_signature=[weights, images, holes, whole, whole, real], autograph=False)
    def search(weights, images, holes, seed, steps, rate):
        fast = {name: folded.cast(values, precision) for name, values in weights.items()}
        region = context.importance_weights(holes, options.window) if options.weighted else 1 - holes
        z = first_guesses(layers, fast, images, holes, seed, options)
        score = functools.partial(_objective, layers, fast, options)
        if options.keep < options.restarts:
            z = _screen(score, z, images, region, options)
        z, losses = _descend(score, z, images, region, steps, rate, options)
        exact = functools.partial(_objective, layers, weights, options)
        return _best_first(exact, z, losses, images, region, options)

    return search


def first_guesses(layers, weights, images, holes, seed, options):
    """Latents [B, options.restarts, L] to start from.

    "random": U(-1, 1) or N(0, 1), the same for each image. "encoder": its mean, then samples of its posterior, in all
    half of them; the others random.
    """
    latent_size, count = layers["generator"][0].inputs, options.restarts
    seeds = tf.random.split(tf.stack([seed, 0]), 2)
    shape = (count, latent_size)
    if options.latent == "normal":
        z = tf.random.stateless_normal(shape, seeds[0])
    else:
        z = tf.random.stateless_uniform(shape, seeds[0], -1, 1)
    z = tf.tile(z[None], (tf.shape(images)[0], 1, 1))
    if options.start == "random":
        return z
    seen = tf.concat([images * (1 - holes), holes], axis=-1)
    mean, log_sigma = tf.split(folded.run(layers["encoder"], weights["encoder"], seen)[:, None], 2, axis=-1)
    half = (count + 1) // 2
    noise = tf.random.stateless_normal((half, latent_size), seeds[1])
    noise *= tf.cast(tf.range(half) > 0, tf.float32)[:, None]
    encoded = tf.math.erf((mean + tf.exp(log_sigma) * noise) / math.sqrt(2))
    return tf.concat([encoded, z[:, half:]], axis=1)


def _objective(layers, weights, options, z, images, region):
    """(objective [N], fills [N, S, S, C]) of latents z [N, L], each with its image and region."""
    fills = folded.run(layers["generator"], weights["generator"], z)
    loss = context.context_loss(fills, images, region)
    if options.prior and "discriminator" in layers:
        logits = folded.run(layers["discriminator"], weights["discriminator"], fills)
        loss += options.prior * (prior.saturating if options.saturating else prior.non_saturating)(logits)
    elif options.prior:
        loss += options.prior * prior.latent_norm(z)
    return loss, fills


def _screen(score, z, images, region, options):
    """The options.keep first guesses of each image whose objective is lowest, [B, keep, L]."""
    (loss,) = _in_pieces(lambda *pairs: score(*pairs)[:1], [()], z, images, region, options.batch)
    _, chosen = tf.math.top_k(-_finite(loss), options.keep)
    return tf.gather(z, chosen, batch_dims=1)


def _descend(score, z, images, region, steps, rate, options):
    """Latents [B, K, L] after the descent and their losses on the way, [B, K, steps]."""

    def piece(z, images, region):
        optimiser, schedule = options.minimiser(), options.schedule
        loss_fn = lambda z: score(z, images, region)[0]  # noqa: E731
        found = descent.minimize(loss_fn, z, steps, rate, optimiser=optimiser, schedule=schedule, box=options.clip)
        return found.final, tf.transpose(found.losses)

    return _in_pieces(piece, [z.shape[2:], [None]], z, images, region, options.batch)


def _best_first(exact, z, losses, images, region, options):
    objective, fills = _in_pieces(exact, [(), images.shape[1:]], z, images, region, options.batch)
    order = tf.argsort(_finite(objective), axis=1, stable=True)
    found = {"images": fills, "objective": objective, "latents": z, "losses": losses}
    return {name: tf.gather(values, order, batch_dims=1) for name, values in found.items()}


def _finite(loss):
    return tf.where(tf.math.is_finite(loss), loss, math.inf)


def _in_pieces(function, shapes, z, images, region, batch):
    """Apply `function(z, images, region)` on pairs [N, …] to latents z [B, K, L], at most `batch` pairs at a time.

    Its outputs are float32, [N, *shape] for each of `shapes`; they come back as [B, K, *shape].
    """
    each = tf.shape(z)[1]
    latents = tf.reshape(z, (-1, z.shape[-1]))
    total = tf.shape(latents)[0]
    pieces = (total + batch - 1) // batch

    def body(i, arrays):
        pairs = tf.range(i * total // pieces, (i + 1) * total // pieces)
        owner = pairs // each
        outputs = function(tf.gather(latents, pairs), tf.gather(images, owner), tf.gather(region, owner))
        return i + 1, [array.write(i, output) for array, output in zip(arrays, outputs, strict=True)]

    arrays = [tf.TensorArray(tf.float32, pieces, infer_shape=False, element_shape=[None, *shape]) for shape in shapes]
    _, arrays = tf.while_loop(lambda i, _: i < pieces, body, [0, arrays])
    found = [array.concat() for array in arrays]
    return [tf.reshape(x, tf.concat([tf.shape(z)[:2], tf.shape(x)[1:]], 0)) for x in found]
