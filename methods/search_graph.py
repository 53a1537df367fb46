"""The whole latent search as one graph: first guesses → descent, screened on the way → float32 objective, best first.

What is minimised is in `objective`. The search moves z itself, clipped to the cube, or a Gaussian g with
z = erf(g / √2), which needs no clipping and meets the encoder's posterior in its own coordinates. There a term
½‖(g − g₀) / σ‖² may hold it to where it began, σ being the encoder's: from the encoder's mean that is the most probable
completion given encoder and rim, from samples of its posterior it is other probable ones (randomise, then optimise:
Bardsley et al. 2014, doi:10.1137/140964023).

Every image starts from the same random numbers, so what an image gets depends on it and the seed, not on what else is
in the batch. Pairs (image, latent) of all images are pooled and worked through in pieces of `options.batch`; networks
run in `precision`, latents, losses and updates in float32, and the objective that is reported and sorted by comes
from a float32 pass. Images [B, S, S, C] in [-1, 1], holes [B, S, S, 1], latents [., L].
"""

import functools
import math

import tensorflow as tf

from holefill import processor
from holefill.losses.variational import posterior
from holefill.methods import descent, folded
from holefill.methods.objective import Objective


@functools.lru_cache(maxsize=16)
def build_search(networks: tuple, options, precision: str = "float32"):
    """A `tf.function` (weights, images, holes, seen, seed, steps, rate) → dict, traced once for all batch sizes.

    Parameters
    ----------
    networks : pairs (name, `folded.Folded`): "generator", and "discriminator", "encoder", "landmarks" if there are.
        Only their layers matter; the weights are an argument of the function.
    options : `search_options.Options`; its `steps` and `learning_rate` are arguments of the function instead.
    precision : "float32" or "bfloat16", of the networks during screening and descent.

    Returns
    -------
    tf.function
        weights: network name → folded weights; seen [B, S, S, C + 1]: what the encoder looks at, `models.pixels.look`
        of the pictures, or of a guess of them, without a hole; seed, steps int32, rate float32 scalars. Gives images
        [B, K, S, S, C], objective [B, K], latents [B, K, L], losses [B, K, steps], K = options.keep, best first; and
        snapshots [B, K, T, S, S, C], T = options.snapshots, where that is not 0.
    """
    layers = {name: network.layers for name, network in networks}
    weights = {name: tf.nest.map_structure(tf.TensorSpec.from_tensor, network.weights) for name, network in networks}
    size, channels = 2 * layers["generator"][-1].side, layers["generator"][-1].outputs
    images, holes = tf.TensorSpec([None, size, size, channels]), tf.TensorSpec([None, size, size, 1])
    seen = tf.TensorSpec([None, size, size, channels + 1])
    whole, real = tf.TensorSpec([], tf.int32), tf.TensorSpec([])

    @tf.function(input_signature=[weights, images, holes, seen, whole, whole, real], autograph=False)
    def search(weights, images, holes, seen, seed, steps, rate):
        fast = Objective(layers, {name: folded.cast(values, precision) for name, values in weights.items()}, options)
        points, log_sigma = first_guesses(layers, fast.weights, seen, seed, options)
        about = Objective(layers, weights, options).about(images, holes, log_sigma)
        led_by = about if fast.looks_at_fills else fast.in_phases(about)
        points, anchors, way = _descend(fast.leading, points, led_by, steps, rate, options)
        if "points" in way:
            every = tf.concat([way.pop("points"), points[:, :, None]], 2)
            way["snapshots"] = _snapshots(fast, every, steps)
        return _best_first(Objective(layers, weights, options), points, anchors, way, about)

    return search


def first_guesses(layers, weights, seen, seed, options):
    """Points [B, options.restarts, L] to start from, and the log sigma [B, L] of what is believed of them.

    "random": from the prior, the same for each image; sigma 1. "encoder": its mean (seed 0 only), then samples of its
    posterior; the second half random, unless they are anchored, since an anchor at random believes nothing.
    """
    latent_size, count, batch = layers["generator"][0].inputs, options.restarts, tf.shape(seen)[0]
    seeds = tf.random.split(tf.stack([seed, 0]), 2)
    points = tf.tile(_random(options, (count, latent_size), seeds[0])[None], (batch, 1, 1))
    if options.start == "random":
        return points, tf.zeros((batch, latent_size))
    mean, log_sigma = posterior(folded.run(layers["encoder"], weights["encoder"], seen))
    informed = count if options.anchor else (count + 1) // 2
    noise = options.spread * tf.random.stateless_normal((informed, latent_size), seeds[1])
    noise *= tf.cast((tf.range(informed) > 0) | (seed != 0), tf.float32)[:, None]
    encoded = mean[:, None] + tf.exp(log_sigma)[:, None] * noise
    encoded = encoded if options.coordinates == "gaussian" else tf.math.erf(encoded / math.sqrt(2))
    return tf.concat([encoded, points[:, informed:]], axis=1), log_sigma


def _random(options, shape, seed):
    """Points of the prior, in the coordinates of the search."""
    if options.coordinates == "gaussian" or options.latent == "normal":
        return tf.random.stateless_normal(shape, seed)
    return tf.random.stateless_uniform(shape, seed, -1, 1)


def _descend(score, points, about, steps, rate, options):
    """The points [B, keep, L] where the descent ends, their anchors, and their losses [B, keep, steps] on the way.

    Each image's restarts are halved, the lowest going on, until `keep` are left after `screen_at` of the steps
    (successive halving: Jamieson & Talwalkar, AISTATS 2016, arXiv:1502.07943).
    """
    anchors, slots = points, tf.nest.map_structure(functools.partial(_by_image, points), _slots(points, options))
    descend = functools.partial(_part, score, about=about, steps=steps, rate=rate, options=options)
    first, ways = 0, []
    counts = halvings(options.restarts, options.keep)
    for i, count in enumerate(counts):
        end = tf.cast(tf.cast(steps, tf.float32) * (options.screen_at * (i + 1) / len(counts)), tf.int32)
        points, slots, way = descend(points, anchors, slots, (first, end))
        (loss,) = _in_pieces(lambda *pairs: [score(*pairs)], [()], (points, anchors), about, options)
        _, chosen = tf.math.top_k(-_finite(loss), count)
        points, anchors, slots, ways = tf.nest.map_structure(
            functools.partial(tf.gather, indices=chosen, batch_dims=1), (points, anchors, slots, [*ways, way])
        )
        first = end
    points, _, way = descend(points, anchors, slots, (first, steps))
    return points, anchors, {name: tf.concat([part[name] for part in [*ways, way]], 2) for name in way}


def halvings(restarts: int, keep: int) -> list[int]:
    """How many go on after each halving: 11 restarts of which 2 are kept are 6, 3, 2."""
    counts = []
    while restarts > keep:
        restarts = max(keep, (restarts + 1) // 2)
        counts.append(restarts)
    return counts


def _part(score, points, anchors, slots, between, *, about, steps, rate, options):
    """Some of the steps: points [B, K, L], the optimiser's state and what there was on the way, all [B, K, …]."""
    count = len(slots)
    names = ["losses"] + ["points"] * bool(options.snapshots)

    def piece(points, anchors, *rest):
        slots, own = rest[:count], rest[count]
        found = descent.minimize(
            lambda points: score(points, anchors, own),
            points,
            steps,
            rate,
            optimiser=options.minimiser(),
            schedule=options.schedule,
            box=options.clip,
            record_points=bool(options.snapshots),
            slots=slots,
            between=between,
        )
        way = [tf.transpose(found.losses)] + ([tf.transpose(found.points, (1, 0, 2))] if options.snapshots else [])
        return found.final, *found.slots, *way

    size = points.shape[2]
    shapes = [(size,), *(slot.shape[2:] for slot in slots), [None], [None, size]][: 1 + count + len(names)]
    found = _in_pieces(piece, shapes, (points, anchors, *slots), about, options)
    return found[0], tuple(found[1 : 1 + count]), dict(zip(names, found[1 + count :], strict=True))


def _slots(points, options):
    return options.minimiser().slots(tf.reshape(points, (-1, points.shape[2])))


def _by_image(points, x):
    """[B · K, …] as [B, K, …], as the points are."""
    return tf.reshape(x, tf.concat([tf.shape(points)[:2], x.shape[1:]], 0))


def _snapshots(objective, way, steps):
    """Fills [B, K, T, S, S, C] at T evenly spaced ones of the points [B, K, steps + 1, L] on the way."""
    options, shape = objective.options, tf.shape(way)
    chosen = tf.range(options.snapshots) * steps // max(options.snapshots - 1, 1)
    way = tf.gather(way, chosen, axis=2)
    flat = tf.reshape(way, (-1, shape[1] * options.snapshots, way.shape[-1]))
    last = objective.layers["generator"][-1]
    size = (2 * last.side, 2 * last.side, last.outputs)
    (fills,) = _in_pieces(lambda points, _: [objective.fills(points)], [size], (flat,), {}, options)
    return tf.reshape(fills, tf.concat([shape[:2], [options.snapshots], size], 0))


def _best_first(objective, points, anchors, way, about):
    shapes = [(), about["images"].shape[1:]]
    values, fills = _in_pieces(objective.whole, shapes, (points, anchors), about, objective.options)
    order = tf.argsort(_finite(values), axis=1, stable=True)
    found = {"images": fills, "objective": values, "latents": objective.latents(points), **way}
    return {name: tf.gather(value, order, batch_dims=1) for name, value in found.items()}


def _finite(loss):
    return tf.where(tf.math.is_finite(loss), loss, math.inf)


def _in_pieces(function, shapes, pairs, about, options):
    """Apply `function(*pairs [N, …], about)` to pieces of at most `options.batch` pairs (image, guess).

    As many pieces run beside each other as the processor has cores: small operations share a core badly.
    `pairs` are tensors [B, K, …], a value for each guess of each image; `about` holds tensors [B, …], what belongs to
    each image, and comes as [N, …]. The outputs are float32, [N, *shape] for each of `shapes`; they come back as
    [B, K, *shape].
    """
    strands = processor.strands()
    each = tf.shape(pairs[0])[1]
    flat = [tf.reshape(x, tf.concat([[-1], x.shape[2:]], 0)) for x in pairs]
    total = tf.shape(flat[0])[0]
    rounds = (total + options.batch * strands - 1) // (options.batch * strands)
    pieces = tf.minimum(rounds * strands, total)

    def body(i, arrays):
        chosen = tf.range(i * total // pieces, (i + 1) * total // pieces)
        own = [tf.gather(x, chosen) for x in flat]
        outputs = function(*own, {name: tf.gather(x, chosen // each) for name, x in about.items()})
        return i + 1, [array.write(i, output) for array, output in zip(arrays, outputs, strict=True)]

    arrays = [tf.TensorArray(tf.float32, pieces, infer_shape=False, element_shape=[None, *shape]) for shape in shapes]
    _, arrays = tf.while_loop(lambda i, _: i < pieces, body, [0, arrays], parallel_iterations=strands)
    found = [array.concat() for array in arrays]
    return [tf.reshape(x, tf.concat([tf.shape(pairs[0])[:2], tf.shape(x)[1:]], 0)) for x in found]
