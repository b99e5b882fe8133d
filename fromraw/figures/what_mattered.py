"""How much each column mattered: by how much the score falls when its cells are shuffled, with intervals."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure as Drawing

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import FAINT, GREY, NET, TEXT, new_drawing, rule
from fromraw.figures.wording import in_words, shorten_apart
from fromraw.parts import part

MOST = 20
"""Columns that are drawn."""


@part("what_mattered")
class WhatMattered(Figure):
    title = "What mattered"
    rank = 2

    def draw(self, scene: Scene, output: str) -> Drawing:
        evidence = _evidence(scene, output)
        shown = dict(list(evidence["columns"].items())[:MOST])
        scale = 100 if evidence["share"] else 1
        drawing = new_drawing(0.75 + 0.27 * len(shown))
        axes = drawing.subplots()
        for place, (name, found) in enumerate(shown.items()):
            low, value, high = (scale * found[key] for key in ("low", "value", "high"))
            is_sure = name in evidence["sure"]
            color = NET if is_sure else GREY
            axes.hlines(place, low, high, color=color, linewidth=3, alpha=0.45)
            axes.plot(
                value, place, "o", markersize=6.5, mec=color, mew=1.6, mfc=color if is_sure else "white", zorder=3
            )
        axes.axvline(0, color=FAINT, linewidth=1)
        axes.set_yticks(range(len(shown)), shorten_apart(list(shown), 24), fontsize=TEXT)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        rule(axes, "x")
        unit = " (points)" if evidence["share"] else ""
        axes.set_xlabel(f"loss of {in_words(evidence['score'])} when shuffled{unit}", color=GREY)
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        evidence = _evidence(scene, output)
        count = len(evidence["columns"])
        most = f"The first {MOST} of {count} columns. " if count > MOST else ""
        return (
            f"{most}Each column's cells were shuffled among {evidence['rows']:,} tested rows; lines: 95% intervals, "
            "open dots: no loss that shows. Of columns that say the same, each can seem of little use."
        )


def _evidence(scene: Scene, output: str) -> Mapping[str, Any]:
    for finding in scene.found:
        if finding.kind == "what_mattered" and finding.evidence.get("output") == output:
            return finding.evidence
    raise Refused("what mattered was not looked for")
