"""The rows whose given category is most doubtful, as what they are, with what is given and what is likely."""

import csv
import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Drawing

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.categories import names_of
from fromraw.figures.cells import curves_of, pictures_of, readable_input, texts_of
from fromraw.figures.panels import draw_curves, draw_pictures
from fromraw.figures.style import GREY, HAIR, INK, SMALL, WRONG, new_drawing, strip
from fromraw.figures.wording import shorten, shorten_apart
from fromraw.parts import part

FILE = "suspects.csv"
MOST = {2: 24, 1: 12, 0: 24}
"""How many are shown, by the dimensions of what they are: pictures, curves, rows."""
ACROSS = {2: 6, 1: 4}
"""Panels side by side."""
FITS = 11
"""Characters over a picture where so many stand side by side; else fewer do."""
CELLS = 4
"""Columns of a row that are shown."""


@dataclass(frozen=True)
class Suspect:
    """row: of the examples; number: in the data, from 1; given, likely: categories' names; doubt: as in the file."""

    row: int
    number: int
    given: str
    likely: str
    doubt: str

    @property
    def change(self) -> str:
        return f"{self.given} > {self.likely}"


@part("suspects")
class Suspects(Figure):
    title = "Is what is given right?"
    rank = 3

    def draw(self, scene: Scene, output: str) -> Drawing:
        found = _shown(scene, output)
        rows, heads = [s.row for s in found], [(s.change, f"{s.number} · {s.doubt}") for s in found]
        name, dimensions = readable_input(scene)
        if dimensions == 2:
            across = ACROSS[2] if max(len(s.change) for s in found) <= FITS else ACROSS[1]
            return draw_pictures(pictures_of(scene, name, rows), heads, across)
        if dimensions == 1:
            return draw_curves(curves_of(scene, name, rows), heads, ACROSS[1])
        return _draw_rows(texts_of(scene, rows, CELLS), found)

    def caption(self, scene: Scene, output: str) -> str:
        count, shown = len(_suspects(scene, output)), len(_shown(scene, output))
        which = f"The {shown} most doubtful of {count:,} rows" if count > shown else f"All {count:,} rows"
        doubted = any(finding.kind == "suspicious_labels" and finding.column == output for finding in scene.found)
        trust = "" if doubted else " Little is known of them or categories overlap: most of these may be right."
        return (
            f"{which} of {FILE}: given > likely; row number, and the share of rows that are less doubtful.{trust} "
            f"Look at them, and mend what is wrong. --drop {shlex.quote(str(scene.folder / FILE))} trains without "
            "those that are not tested."
        )

    def rows_shown(self, scene: Scene, output: str) -> int:
        return len(_shown(scene, output))


def _shown(scene: Scene, output: str) -> list[Suspect]:
    return _suspects(scene, output)[: MOST[readable_input(scene)[1]]]


def _suspects(scene: Scene, output: str) -> list[Suspect]:
    """What the file lists of this output, the most doubtful first."""
    path = scene.folder / FILE
    if not path.exists() or "probabilities" not in scene.account.outputs[output].records:
        raise Refused("no given category is doubtful")
    if scene.numbers is None:
        raise Refused("the rows are not at hand")
    names = names_of(scene, output)
    short = dict(zip(names, shorten_apart(names, 7), strict=True))
    with path.open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["likely"] in short]
    numbers = np.array([int(line["row"]) for line in lines], np.int64)
    rows = np.searchsorted(scene.numbers, numbers - 1)
    if not lines:
        raise Refused("no given category is doubtful")
    return [
        Suspect(
            int(row),
            int(number),
            short.get(line["given"], shorten(line["given"], 7)),
            short[line["likely"]],
            f"{int(1000 * float(line['doubt'])) / 1000:.3f}",
        )
        for row, number, line in zip(rows, numbers, lines, strict=True)
    ]


def _draw_rows(texts: dict[str, list[str]], found: list[Suspect]) -> Drawing:
    """A line a row: what is given and likely, then its first cells."""
    names = ["given > likely", "row", "doubt", *shorten_apart(list(texts), 11)]
    columns = [[s.change for s in found], [f"{s.number:,}" for s in found], [s.doubt for s in found], *texts.values()]
    drawing = new_drawing(0.22 * (len(found) + 1) + 0.15, arranged=False)
    axes = drawing.add_axes((0, 0, 1, 1))
    strip(axes)
    axes.set(xlim=(0, 1), ylim=(len(found) + 0.6, -0.6))
    places = [0.0, 0.24, 0.32, *np.linspace(0.47, 1.0, CELLS + 1)]
    for place, name, cells in zip(places, names, columns, strict=False):
        axes.text(place, 0, name, color=GREY, fontsize=SMALL, va="center")
        style: dict[str, Any] = {"color": WRONG, "fontweight": "bold"} if place == 0 else {"color": INK}
        for line, cell in enumerate(cells, 1):
            axes.text(place, line, shorten(cell, 22 if place == 0 else 13), fontsize=SMALL, va="center", **style)
    for line in range(len(found)):
        axes.axhline(line + 0.5, color=GREY if line == 0 else HAIR, linewidth=0.8)
    return drawing
