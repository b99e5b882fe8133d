"""The names that stand behind the numbers in an output's records."""

import numpy as np

from fromraw.figures.base import Scene


def names_of(scene: Scene, output: str) -> list[str]:
    """The categories of an output in the order of its records' probabilities."""
    column = scene.columns[scene.plan.outputs[output].columns[0]]
    count = scene.account.outputs[output].records["probabilities"].shape[1]
    return [str(name) for name in column.restore(np.arange(1, count + 1))]
