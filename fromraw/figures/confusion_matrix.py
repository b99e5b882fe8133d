"""Which categories are taken for which: a row for each truth, a column for each answer."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from fromraw.decoders.base import Records
from fromraw.decoders.scores_of_categories import guess_of
from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.categories import names_of
from fromraw.figures.style import BLUES, GREY, HAIR, INK, ORANGES, WIDTH, new_drawing
from fromraw.figures.wording import shorten_apart
from fromraw.parts import part

MOST = 20
"""Categories that can be read in one figure."""


@part("confusion_matrix")
class ConfusionMatrix(Figure):
    title = "What is taken for what"
    rank = 3

    def draw(self, scene: Scene, output: str) -> Drawing:
        counts = _counts(scene.account.outputs[output].records)
        shown = _most_confused(counts)
        names = shorten_apart(names_of(scene, output), 16)
        longest = 0.075 * max(len(names[c]) for c in shown)
        side = min(WIDTH - longest - 0.4, 0.62 * len(shown) + 0.3)
        drawing = new_drawing(side + (longest if len(shown) > 4 else 0.2) + 0.45)
        axes = drawing.subplots()
        _draw_cells(axes, counts, shown)
        axes.set_xticks(range(len(shown)), [names[c] for c in shown])
        axes.tick_params(axis="x", labelrotation=90 if len(shown) > 4 else 0)
        axes.set_yticks(range(len(shown)), [names[c] for c in shown])
        _frame(axes, len(shown))
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        counts = _counts(scene.account.outputs[output].records)
        names, wrong = names_of(scene, output), counts - np.diag(np.diag(counts))
        part = f" The {MOST} most confused of {len(counts)} categories." if len(counts) > MOST else ""
        if not wrong.any():
            return f"Every row was answered right.{part}"
        truth, answer = np.unravel_index(wrong.argmax(), wrong.shape)
        times = "once" if wrong.max() == 1 else f"{wrong.max():,} times"
        most = f"Most often: {names[truth]} taken for {names[answer]}, {times} of {counts[truth].sum():,}."
        return f"Numbers are rows; the darker, the larger the share of its line. {most}{part}"


def _counts(records: Records) -> np.ndarray:
    """(K, K): rows of each truth (down) that were given each answer (across)."""
    if "probabilities" not in records:
        raise Refused("the answers are no categories")
    probabilities, truth = records["probabilities"], records["truth"]
    size, known = probabilities.shape[1], truth >= 0
    cell = truth[known] * size + guess_of(records)[known]
    return np.bincount(cell, minlength=size * size).reshape(size, size)


def _most_confused(counts: np.ndarray) -> np.ndarray:
    """All categories where they can be shown, else those with the most mistakes, in their own order."""
    wrong = counts.sum(0) + counts.sum(1) - 2 * np.diag(counts)
    return np.sort(np.argsort(-wrong, kind="stable")[:MOST])


def _draw_cells(axes: Axes, counts: np.ndarray, shown: np.ndarray) -> None:
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    counts, shares = counts[np.ix_(shown, shown)], shares[np.ix_(shown, shown)]
    right = np.eye(len(shown), dtype=bool)
    depth = 0.85 * np.sqrt(shares)  # the root, so that a few mistakes can be seen
    axes.imshow(np.where(right[..., None], BLUES(depth), ORANGES(depth)))
    size = 9.5 if len(shown) <= 8 else 8 if len(shown) <= 12 else 5.5
    for truth, answer in np.argwhere(counts > 0):
        color = "white" if depth[truth, answer] > 0.5 else INK
        axes.text(answer, truth, f"{counts[truth, answer]:,}", ha="center", va="center", fontsize=size, color=color)


def _frame(axes: Axes, size: int) -> None:
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(True, which="minor", color=HAIR, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.set_anchor("W")
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("answered", color=GREY)
    axes.set_ylabel("in truth", color=GREY)
    for spine in axes.spines.values():
        spine.set_visible(False)
