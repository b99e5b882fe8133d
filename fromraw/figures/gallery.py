"""Rows as what they are, side by side: pictures, curves or cells, each below its answer and its truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from fromraw.figures.base import Scene
from fromraw.figures.cells import curves_of, pictures_of, readable_input, texts_of
from fromraw.figures.panels import Head, draw_curves, draw_pictures
from fromraw.figures.style import GREY, HAIR, INK, NET, SMALL, WRONG, new_drawing, strip
from fromraw.figures.wording import shorten, shorten_apart
from fromraw.figures.worst import Mistake

MOST = {2: 12, 1: 9, 0: 4}
"""How many are shown, by the dimensions of what they are: pictures, curves, rows."""
LINES = 12
"""Columns of a row that are shown."""


def most_shown(scene: Scene) -> int:
    """How many rows are shown at most; Refused where none is at hand."""
    return MOST[readable_input(scene)[1]]


def show_rows(scene: Scene, found: Sequence[Mistake]) -> Drawing:
    """By the input that tells a person most."""
    rows = [mistake.row for mistake in found]
    name, dimensions = readable_input(scene)
    if dimensions == 2:
        return draw_pictures(pictures_of(scene, name, rows), _heads(found))
    if dimensions == 1:
        return draw_curves(curves_of(scene, name, rows), _heads(found))
    return _draw_rows(texts_of(scene, rows, LINES), found)


def _heads(found: Sequence[Mistake]) -> list[Head]:
    """Its answer, and how sure it was, over the truth."""
    return [(f"{m.said} {m.sure}".rstrip(), f"is {m.truth}", m.is_right) for m in found]


def _draw_rows(texts: dict[str, list[str]], found: Sequence[Mistake]) -> Drawing:
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
        for place, cell, mistake in zip(places, cells, found, strict=False):
            bold: dict[str, Any] = {"color": NET if mistake.is_right else WRONG, "fontweight": "bold"}
            style = bold if line < len(answers) - 1 else {"color": INK}
            axes.text(place, line + 0.2, shorten(cell, 12), fontsize=SMALL, va="center", **style)
        edge, is_last = line + 0.72, line == len(answers) - 1
        axes.add_line(Line2D([0, 1], [edge, edge], color=GREY if is_last else HAIR, linewidth=0.8))
    return drawing
