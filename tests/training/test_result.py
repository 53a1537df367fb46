"""What a model's card says of its training."""

import pytest

from holefill.training import result
from holefill.training.filling import FillOptions
from holefill.training.options import TrainOptions


def card(crop=0, **options):
    return result.card(TrainOptions(batch_size=8, steps=30, **options), FillOptions(crop=crop), 120, 30)


def test_what_was_trained_on_how_long_and_from_what():
    told = card(dataset="celeba", seed=3, start="runs/earlier")
    assert told == {
        "dataset": "celeba", "training_pictures": 120, "steps": 30, "epochs": 2.0, "batch_size": 8, "seed": 3,
        "start": "earlier",
    }  # fmt: skip
    assert "start" not in card()


@pytest.mark.parametrize("dataset, share", [("celeba", None), ("celeba(share_of_width=1)", 1), ("shapes", None)])
def test_how_wide_faces_were_cut(dataset, share):
    assert card(dataset=dataset).get("share_of_width") == share


def test_pieces_of_pictures_are_of_any_size():
    assert card(crop=32)["any_size"] and "any_size" not in card()
