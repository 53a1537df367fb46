"""How the faces of a data set are cut, beside what the models that complete them paint."""

from absl import logging

from holefill import registry
from holefill.models import presets

TOLD = "the model in %s paints faces cut at %s of the width, the data set's are cut at %s: see --dataset '%s'"


def tell_others(folders, dataset: str) -> None:
    """A line for each folder of a model of faces that were cut in another way than those of the data set, a spec."""
    name, options = registry.parse_spec(dataset)
    wanted = options.pop("share_of_width", None)
    for folder in dict.fromkeys(folders if name == "celeba" else ()):
        own = presets.described(folder).get("card", {}).get("share_of_width")
        if own != wanted:
            other = registry.spell(name, options if own is None else {**options, "share_of_width": own})
            logging.warning(TOLD, folder, _told(own), _told(wanted), other)


def _told(share) -> str:
    return "the usual share" if share is None else f"{share:.0%}" if isinstance(share, (int, float)) else repr(share)
