"""`--method auto`: which method completes a picture, by a rule over what is missing and what can be seen around it.

1. A model, a data set, steps or a log of the search, or aligned faces are asked for: the method that takes them.
2. The hole is thin everywhere and less than half of the picture, as scratches and small text are, and one completion is
   wanted: `telea`.
3. The hole damages a face: `semantic@encoder`, with the model that ships for faces. In a picture so small that it is
   taken for a crop of a face (see `placements.is_crop`), where too much is missing to see whether it is one, it is one.
4. Less than three quarters are missing, and not pixel by pixel, or several completions are wanted: `patch_match`, which
   copies from what is known.
5. Else `telea`: where so much is missing, hardly a patch is whole.

Pictures uint8 or uint16 [H, W, C], holes [H, W, 1], 1 = missing.
"""

import dataclasses
import functools
import inspect

import numpy as np
from absl import logging
from scipy import ndimage

from holefill import methods, models
from holefill.datasets import images
from holefill.errors import UserError
from holefill.faces import detect, under_hole
from holefill.job import Job
from holefill.models import presets
from holefill.placements import is_crop
from holefill.recipe import Recipe, recipe
from holefill.registry import parse_spec, unknown

NAME = "auto"
ASKED = ("model", "data", "steps", "logdir", "align")  # what of a recipe may tell the method
SEARCH, PATCHES, THIN = "semantic@encoder", "patch_match", "telea"
THIN_PIXELS, THIN_SHARE = 5, 0.01  # widest place of a thin hole: pixels, or share of the picture's shorter side
MOST, COPIED = 0.5, 0.75  # shares of the picture from which a hole is no scratch, and leaves too little to copy
UNSEEN = 0.3  # missing share of a crop from which a face may be there and not be seen


@dataclasses.dataclass(frozen=True)
class Choice:
    """A method's name, and one clause that says why it is taken."""

    method: str
    why: str


class Recipes:
    """The recipe of each picture: one for all, or, of method "auto", one for each method that is chosen."""

    def __init__(self, method: str = NAME, model=None, candidates: int = 1, *given, **more):
        """Arguments as of `holefill.recipe.recipe`, and its errors, as far as no picture is needed for them."""
        self.candidates, self.landmarks, self.align = candidates, more.get("landmarks"), more.get("align", "auto")
        self._made, self._make = {}, functools.partial(self._recipe, model, candidates, *given, **more)
        method = _known(method)
        self.chosen = None if method == NAME else Choice(method, "it is asked for")
        if self.chosen is None:
            asked = inspect.signature(recipe).bind(None, model, candidates, *given, **more)
            asked.apply_defaults()
            self.chosen = asked_for(**{name: asked.arguments[name] for name in ASKED})
            if self.chosen:
                logging.info("method %s: %s", self.chosen.method, self.chosen.why)
        if self.landmarks is not None and self.chosen and not methods.needs_model(self.chosen.method):
            named = self.chosen.method
            raise UserError(
                f"method {named!r} looks for no face, but landmarks {str(self.landmarks)!r} is given: leave it out"
            )
        made = self._make(method=self.chosen.method if self.chosen else PATCHES)
        if self.landmarks is not None and self.chosen and made.align == "off":
            raise UserError(
                "no face is looked for (its model paints none, or align is 'off'), but landmarks"
                f" {str(self.landmarks)!r} is given: leave it out"
            )

    def __call__(self, job: Job) -> Recipe:
        """The recipe for a picture; of method "auto" a line says which method it is, and why."""
        if self.chosen:
            return self._make(method=self.chosen.method)
        found = choose(job, self.candidates, self.landmarks, self.align)
        logging.info("%s: method %s: %s", job.name, found.method, found.why)
        return self._make(method=found.method)

    def _recipe(self, model, candidates, *given, method, **more) -> Recipe:
        if method not in self._made:
            self._made[method] = recipe(method, model, candidates, *given, **more)
        return self._made[method]


def searches(method: str) -> bool:
    """Whether a method searches a latent space, as "auto" may; UserError where there is no such method."""
    method = _known(method)
    return method == NAME or methods.searches(method)


def _known(method: str) -> str:
    """The method as it is named, or "auto"; UserError where there is none of its name."""
    name, options = parse_spec(method)
    if name == NAME and options:
        raise UserError(f"method {method!r}: {NAME} takes no options; name the method that is to have them")
    if name == NAME:
        return NAME
    if name not in methods.names():
        raise UserError(unknown(name, [NAME, *methods.names()], "method"))
    return method


def asked_for(model=None, data=None, steps=None, logdir=None, align="auto") -> Choice | None:
    """The method that goes with what else is asked for; None where only the picture can tell."""
    if data is not None:
        return Choice("nearest", "a data set is named")
    if model is not None:
        at_once = models.paints_at_once(presets.family(model))
        return Choice("one_pass" if at_once else SEARCH, "it is what paints with such a model")
    for name, value in (("steps", steps), ("logdir", logdir)):
        if value is not None:
            return Choice(SEARCH, f"{name} is of a search")
    return Choice(SEARCH, "a face is to be aligned") if align == "face" else None


def choose(job: Job, candidates: int = 1, landmarks=None, align: str = "auto") -> Choice:
    """The method for a picture and its hole; `landmarks` and `align` as in `holefill.pipeline.complete`."""
    hole = job.hole
    width, share = widest(hole), float(hole.mean())
    thin = width <= max(THIN_PIXELS, THIN_SHARE * min(hole.shape[:2]))
    if thin and share < MOST and candidates == 1:
        return Choice(THIN, f"the hole is thin, {width:.0f} pixels at its widest")
    face = _face(job, share, landmarks, align)
    if face:
        return Choice(SEARCH, face)
    if share < COPIED and not thin or candidates > 1:
        return Choice(PATCHES, "no face is seen at the hole (--align face looks harder)")
    return Choice(THIN, f"{share:.0%} is missing, too much to copy from the rest, and no face is seen")


def widest(hole: np.ndarray) -> float:
    """The hole's width where it is widest, in pixels: the side of the largest square that lies in it."""
    missing = np.pad(np.asarray(hole)[..., 0] > 0, 1)
    return max(0.0, 2 * float(ndimage.distance_transform_cdt(missing, "chessboard").max()) - 1)


def _face(job: Job, share: float, landmarks, align: str) -> str | None:
    """Why a face is taken to be at the hole; None where none is, or one in a photograph is not to be aligned."""
    crop = is_crop(*job.hole.shape[:2])
    if align == "off" and not crop:
        return None
    photo = images.from_float(images.to_float(job.picture.pixels), np.uint8)
    try:
        detect.require(landmarks)
        if under_hole.is_face(photo, job.hole, landmarks) if crop else _at_hole(photo, job.hole, landmarks):
            return "the hole damages a face"
    except detect.Missing as error:
        if not crop:
            logging.info("%s: no face is looked for: %s", job.name, error)
            return None
        return "a picture as small and square is taken for a crop of a face (--method patch_match if it is none)"
    if crop and share >= UNSEEN:
        return "too much of a small square picture is missing to see a face (--method patch_match if there is none)"
    return None


def _at_hole(photo, hole, landmarks) -> bool:
    """Whether a face of which the detector is sure lies at the hole; what it doubts is believed in a crop alone."""
    try:
        return any(face.score >= 0 for face in under_hole.find(photo, hole, landmarks))
    except detect.Missing:
        raise
    except UserError:
        return False
