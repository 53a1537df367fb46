"""The scores of a report's lines as arrays to average and compare: a row for each hole, in one order for all methods.

PSNR of an exact picture is infinite, and a line then holds None. Left out, it would count for nothing, and the method
that is never exact would win; so it counts as the PSNR of half a grey level of error in one of the values that are
judged, 3 dB and more above what any other picture of 8 bits can have.
"""

import math

import numpy as np

OF_PICTURE, OF_HOLE = "psnr", "hole_psnr"  # the metrics that an exact picture has no finite score of
HALF_A_LEVEL = 0.5
PEAK = 255.0


def is_exact(line: dict, metric: str) -> bool:
    """Whether a line's picture has no finite score since it equals the truth."""
    return metric in (OF_PICTURE, OF_HOLE) and line["scores"][metric] is None


def of_exact(metric: str, missing: float, values: int) -> float:
    """PSNR in dB that an exact picture of so many values (pixels × channels) counts as, a share of them missing."""
    judged = values if metric == OF_PICTURE else max(1, round(missing * values))
    return 10 * math.log10(PEAK**2 * judged / HALF_A_LEVEL**2)


def align(by_method: dict[str, list[dict]], metrics: list[str], values: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """Each method's scores [N, K] float64, NaN where it has none, and the picture's name of each of the N holes.

    Parameters
    ----------
    by_method : label → lines; a picture may be there under several masks
    values : pixels × channels of a picture
    """
    lines = {label: {(line["mask"], line["name"]): line for line in found} for label, found in by_method.items()}
    holes = list(dict.fromkeys(hole for found in lines.values() for hole in found))
    tables = {
        label: np.array([[_score(found.get(hole), name, values) for name in metrics] for hole in holes], np.float64)
        for label, found in lines.items()
    }
    return tables, [name for _, name in holes]


def _score(line: dict | None, metric: str, values: int) -> float:
    if line is None:
        return math.nan
    if is_exact(line, metric):
        return of_exact(metric, line["missing"], values)
    score = line["scores"][metric]
    return math.nan if score is None else score


def by_picture(table: np.ndarray, names: list[str]) -> np.ndarray:
    """Means [P, K] over the holes of each picture, in the order in which the names appear; NaN where it has no score.

    Holes of one picture are no independent draws: errors and intervals are over pictures.
    """
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    of_hole = [places[name] for name in names]
    total, count = np.zeros((2, len(places), table.shape[1]))
    np.add.at(total, of_hole, np.nan_to_num(table))
    np.add.at(count, of_hole, np.isfinite(table))
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def shared(tables: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tables with only the holes of which every method has the score; a method without any does not count."""
    found = np.stack([np.isfinite(table) for table in tables.values()])  # [methods, N, K]
    competes = found.any(axis=1, keepdims=True)
    common = (found | ~competes).all(axis=0)
    return {label: np.where(common, table, np.nan) for label, table in tables.items()}
