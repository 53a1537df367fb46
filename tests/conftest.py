"""Networks of a test begin with the same weights each time."""

import random

import pytest


@pytest.fixture(autouse=True)
def drawn():
    """Keras draws the seeds of weights that have none from here."""
    random.seed(0)


LONGEST = ("tests/training/", "tests/test_conformance_one_pass.py", "tests/test_commands.py")


def pytest_collection_modifyitems(items):
    """Files that take longest come first, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
