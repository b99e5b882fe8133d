"""The mistakes that it was surest of, or its largest errors, as what they are: pictures, curves or rows.

Looking at them is the quickest way to find wrong labels, odd rows, and what the net has not understood.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from fromraw.decoders.scores_of_categories import guess_of
from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.cells import curves_of, pictures_of, readable_input, texts_of
from fromraw.figures.panels import Head, draw_curves, draw_pictures
from fromraw.figures.style import GREY, HAIR, INK, SMALL, WRONG, new_drawing, strip
from fromraw.figures.wording import shorten, shorten_apart
from fromraw.figures.worst import Mistake, worst_rows
from fromraw.parts import part

MOST = {2: 12, 1: 9, 0: 4}
"""How many are shown, by the dimensions of what they are: pictures, curves, rows."""
LINES = 12
"""Columns of a row that are shown."""


@part("mistakes")
class Mistakes(Figure):
    title = "What it gets most wrong"
    rank = 1

    def draw(self, scene: Scene, output: str) -> Drawing:
        found = _mistakes(scene, output)
        rows = [mistake.row for mistake in found]
        name, dimensions = readable_input(scene)
        if dimensions == 2:
            return draw_pictures(pictures_of(scene, name, rows), _heads(found))
        if dimensions == 1:
            return draw_curves(curves_of(scene, name, rows), _heads(found))
        return _draw_rows(texts_of(scene, rows, LINES), found)

    def caption(self, scene: Scene, output: str) -> str:
        found = _mistakes(scene, output)
        if "probabilities" in scene.account.outputs[output].records:
            records = scene.account.outputs[output].records
            wrong = int((guess_of(records) != records["truth"]).sum())
            which = f"The {len(found)} of {wrong:,} mistakes that it was surest of"
            if len(found) == wrong:
                which = "Its only mistake" if wrong == 1 else f"All {wrong} mistakes, the surest first"
            return f"{which}: its answer and how sure it was, then the truth. Is every truth right?"
        return f"The {len(found)} rows with the largest errors: its answer, then the truth. Is every truth right?"

    def rows_shown(self, scene: Scene, output: str) -> int:
        return len(_mistakes(scene, output))


def _mistakes(scene: Scene, output: str) -> list[Mistake]:
    _, dimensions = readable_input(scene)
    if found := worst_rows(scene, output, MOST[dimensions]):
        return found
    raise Refused("there are no mistakes")


def _heads(found: list[Mistake]) -> list[Head]:
    """Its answer, and how sure it was, over the truth."""
    return [(f"{mistake.said} {mistake.sure}".rstrip(), f"is {mistake.truth}") for mistake in found]


def _draw_rows(texts: dict[str, list[str]], found: list[Mistake]) -> Drawing:
    """A table turned on its side: a line for each column, the rows beside one another."""
    sure = [("how sure", [m.sure for m in found])] if found[0].sure else []
    answers = [("its answer", [m.said for m in found]), *sure, ("truth", [m.truth for m in found])]
    lines = [*answers, *zip(shorten_apart(list(texts), 20), texts.values(), strict=True)]
    drawing = new_drawing(0.24 * len(lines) + 0.15, arranged=False)
    axes = drawing.add_axes((0, 0, 1, 1))
    strip(axes)
    axes.set(xlim=(0, 1), ylim=(len(lines) + 0.1, -0.4))
    places = np.linspace(0.30, 1.0, 1 + max(3, len(found)))
    for line, (name, cells) in enumerate(lines):
        axes.text(0, line + 0.2, name, color=GREY, fontsize=SMALL, va="center")
        style: dict[str, Any] = {"color": WRONG, "fontweight": "bold"} if line < len(answers) - 1 else {"color": INK}
        for place, cell in zip(places, cells, strict=False):
            axes.text(place, line + 0.2, shorten(cell, 12), fontsize=SMALL, va="center", **style)
        edge, is_last = line + 0.72, line == len(answers) - 1
        axes.add_line(Line2D([0, 1], [edge, edge], color=GREY if is_last else HAIR, linewidth=0.8))
    return drawing
