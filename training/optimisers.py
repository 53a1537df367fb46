"""The optimisers of trainings, by name.

`adam` (Kingma and Ba 2015, arXiv:1412.6980), `muon` (see `training.muon`), `adadelta` (Zeiler 2012, arXiv:1212.5701),
`sgd` with momentum.
"""

import keras

from holefill.training.muon import Muon

BY_NAME = {
    "adam": lambda rate, o: keras.optimizers.Adam(rate, beta_1=o.beta_1, beta_2=o.beta_2),
    "muon": lambda rate, o: Muon(rate, beta_1=o.beta_1, beta_2=o.beta_2),
    "adadelta": lambda rate, o: keras.optimizers.Adadelta(rate, rho=0.9, epsilon=1e-6),
    "sgd": lambda rate, o: keras.optimizers.SGD(rate, momentum=o.beta_1),
}


def make(name: str, rate, options, variables, precision: str):
    """One of them, built for `variables`; with loss scaling under float16. `rate`: a number or a schedule."""
    optimizer = BY_NAME[name](rate, options)
    if precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(variables)
    return optimizer
