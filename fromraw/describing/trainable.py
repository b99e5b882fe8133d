"""Whether anything can be learned from a data set: what `train` refuses at once, and `describe` does not propose."""

import numpy as np

from fromraw.describing.counting import count_categories
from fromraw.describing.dataset import DataSet
from fromraw.errors import DataError, FromrawError, UsageError
from fromraw.how_many import how_many
from fromraw.splits import TRAIN


def check_trainable(dataset: DataSet) -> None:
    """UsageError where no column is left to predict from; DataError where the training rows have no two answers, or
    the tested ones none."""
    if not dataset.inputs:
        outputs = ", ".join(dataset.outputs)
        raise UsageError(f"nothing to predict {outputs} from: no other column is read by a net.")
    for name in dataset.outputs:
        _check_answers(dataset, name)


def why_untrainable(dataset: DataSet) -> str:
    """In a sentence what is needed before anything can be trained; "" where nothing is."""
    if not dataset.outputs:
        few = len(dataset.inputs) < 2
        return "a column to predict and one to predict it from are needed, of types that a net reads" if few else ""
    try:
        check_trainable(dataset)
    except FromrawError as error:
        return str(error)
    return ""


def _check_answers(dataset: DataSet, name: str) -> None:
    column, stored = dataset.outputs[name], dataset.cells[name]
    ids, split = column.strata(stored), dataset.split
    there = np.asarray(stored["present"]) if ids is None else ids > 0
    learned = there & (split.side == TRAIN)
    if not learned.any():
        raise DataError(f"{name} is missing in all {how_many(int((split.side == TRAIN).sum()), 'training rows')}.")
    if ids is not None and len(kinds := np.unique(ids[learned])) < 2:
        kind = list(count_categories(dataset)[name])[int(kinds[0]) - 1]
        rows = how_many(int(learned.sum()), "training rows")
        need = "at least one of another category is needed among them"
        raise DataError(f'{name} is "{kind}" in all {rows}, so there is nothing to learn; {need}.')
