"""Single steps of a one-pass network's training, to be timed."""


def stepper(spec: str, image_size: int, batch_size: int, holes: str, steps: int):
    """The phase of each step of a schedule of `steps`, and a function that does one: `run(number, phase)`.

    On random pictures, with the same holes each time a number comes; `run` traces a phase when it first comes, and
    waits for the step's end.
    """
    import tensorflow as tf

    from holefill.training import plan
    from holefill.training.options import TrainOptions

    asked = {"image_size": image_size, "batch_size": batch_size, "steps": steps, "recipe": {"holes": holes}}
    step = plan.build(plan.make_plan(TrainOptions(model=spec, **asked)))
    images = tf.random.stateless_uniform((batch_size, image_size, image_size, 3), (0, 0), -1, 1)

    @tf.function(reduce_retracing=True)
    def update(number, *phase):
        scalars = step(images, number, tf.stack([0, number]), *phase)
        step.after(tf.distribute.get_strategy(), number)
        return scalars

    def run(number: int, phase) -> dict:
        given = [] if phase is None else [phase]
        return {name: float(value) for name, value in update(tf.constant(number), *given).items()}

    return [step.phase(number) for number in range(steps)], run
