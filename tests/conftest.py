"""Networks of a test begin with the same weights each time."""

import random

import pytest


@pytest.fixture(autouse=True)
def drawn():
    """Keras draws the seeds of weights that have none from here."""
    random.seed(0)


def pytest_collection_modifyitems(items):
    """Trainings take longest: they come first, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/training/"))
