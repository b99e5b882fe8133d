"""Which rows were answered worst, and in which words that is said."""

from dataclasses import dataclass

import numpy as np

from fromraw.decoders.scores_of_categories import guess_of
from fromraw.errors import Refused
from fromraw.figures.base import Scene
from fromraw.figures.categories import names_of
from fromraw.figures.wording import shorten_apart, write_number


@dataclass(frozen=True)
class Mistake:
    """row: of the examples; said: the answer; truth: what it should have been; sure: how sure it was, '' where it does
    not say."""

    row: int
    said: str
    truth: str
    sure: str = ""


def worst_rows(scene: Scene, output: str, most: int) -> list[Mistake]:
    """The most confident mistakes, or the largest errors; the worst first."""
    account = scene.account.outputs[output]
    if "probabilities" in account.records:
        return _most_confident(scene, output, account.rows, most)
    if "numbers" in account.records:
        return _largest_errors(account.records, account.rows, most)
    raise Refused("the answers are neither categories nor numbers")


def _most_confident(scene: Scene, output: str, rows: np.ndarray, most: int) -> list[Mistake]:
    records, names = scene.account.outputs[output].records, names_of(scene, output)
    probabilities, truth = records["probabilities"], records["truth"]
    said = guess_of(records)
    sure = probabilities[np.arange(len(said)), said]
    wrong = np.flatnonzero(said != truth)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    answers, truths = shorten_apart(names, 10), [*shorten_apart(names, 12), "never seen"]  # of a truth of -1: the last
    return [Mistake(int(rows[i]), answers[said[i]], truths[truth[i]], _percent(sure[i])) for i in worst]


def _percent(share: float) -> str:
    """Never 100%: nothing is that sure."""
    return f"{min(99, round(100 * share))}%" if share < 0.995 else ">99%"


def _largest_errors(records: dict[str, np.ndarray], rows: np.ndarray, most: int) -> list[Mistake]:
    errors = np.nanmean(np.abs(records["numbers"] - records["truth"]), axis=1)
    worst = np.argsort(-errors, kind="stable")[:most]
    tell = lambda numbers: ", ".join(write_number(float(x)) for x in numbers[:2])  # noqa: E731
    return [Mistake(int(rows[i]), tell(records["numbers"][i]), tell(records["truth"][i])) for i in worst]
