"""Networks of a test begin with the same weights each time."""

import random

import pytest


@pytest.fixture(autouse=True)
def drawn():
    """Keras draws the seeds of weights that have none from here."""
    random.seed(0)
