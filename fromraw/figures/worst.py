"""Which rows were answered worst, and in which words that is said."""

from dataclasses import dataclass

import numpy as np

from fromraw.baselines.reading import NUMBERS
from fromraw.decoders.scores_of_categories import guess_of
from fromraw.errors import Refused
from fromraw.figures.base import Scene
from fromraw.figures.categories import names_of
from fromraw.figures.wording import shorten_apart, write_number


@dataclass(frozen=True)
class Mistake:
    """row: of the examples; said: the answer; truth: what it should have been; sure: how sure it was, '' where it does
    not say; is_right: whether it is none, where a right answer stands among mistakes."""

    row: int
    said: str
    truth: str
    sure: str = ""
    is_right: bool = False


def worst_rows(scene: Scene, output: str, most: int) -> list[Mistake]:
    """The most confident mistakes, or the largest errors; the worst first."""
    records = scene.account.outputs[output].records
    if "probabilities" in records:
        said = guess_of(records)
        wrong = np.flatnonzero(said != records["truth"])
        sure = records["probabilities"][wrong, said[wrong]]
        return answers_at(scene, output, wrong[np.argsort(-sure, kind="stable")][:most])
    if NUMBERS in records:
        errors = np.nanmean(np.abs(records[NUMBERS] - records["truth"]), axis=1)
        return answers_at(scene, output, np.argsort(-errors, kind="stable")[:most])
    raise Refused("the answers are neither categories nor numbers")


def answers_at(scene: Scene, output: str, places: np.ndarray) -> list[Mistake]:
    """What was answered, and the truth, of the tested rows at these places of the account."""
    records, rows = scene.account.outputs[output].records, scene.account.outputs[output].rows
    if "probabilities" not in records:
        tell = lambda numbers: ", ".join(write_number(float(x)) for x in numbers[:2])  # noqa: E731
        return [Mistake(int(rows[i]), tell(records[NUMBERS][i]), tell(records["truth"][i])) for i in places]
    said, names = guess_of(records), names_of(scene, output)
    sure = records["probabilities"][np.arange(len(said)), said]
    answers, truths = shorten_apart(names, 10), [*shorten_apart(names, 12), "never seen"]  # of a truth of -1: the last
    truth = records["truth"]
    return [
        Mistake(int(rows[i]), answers[said[i]], truths[truth[i]], _percent(float(sure[i])), bool(said[i] == truth[i]))
        for i in places
    ]


def _percent(share: float) -> str:
    """Never 100%: nothing is that sure."""
    return f"{min(99, round(100 * share))}%" if share < 0.995 else ">99%"
