"""Where it fails: rows that have something in common, as dots with intervals, beside all tested rows."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure as Drawing

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import FAINT, GREY, SMALL, WRONG, new_drawing, rule
from fromraw.figures.wording import in_words, shorten
from fromraw.parts import part

MOST = 12
"""Of those that were tested, the likeliest to be weak."""
LONGEST = 62
"""Characters of what rows have in common."""


@part("weak_subgroups")
class WeakSubgroups(Figure):
    title = "Where it fails"
    rank = 1

    def draw(self, scene: Scene, output: str) -> Drawing:
        evidence = weak_of(scene, output)
        shown = evidence["subgroups"][:MOST]
        scale = 100 if evidence["share"] else 1
        drawing = new_drawing(0.8 + 0.42 * len(shown))
        axes = drawing.subplots()
        axes.axvline(scale * evidence["overall"], color=FAINT, linewidth=1.2)
        for place, found in enumerate(shown):
            low, value, high = (scale * found[key] for key in ("low", "value", "high"))
            color, face = (WRONG, WRONG) if found["weak"] else (GREY, "white")
            axes.hlines(place, low, high, color=color, linewidth=3, alpha=0.45)
            axes.plot(value, place, "o", markersize=6.5, mec=color, mew=1.6, mfc=face, zorder=3)
            words = f"{shorten(found['where'], LONGEST)} ({found['rows']:,})"
            axes.annotate(words, (0, place), (0, 6), xycoords=("axes fraction", "data"), textcoords="offset points",
                          fontsize=SMALL, color=color)  # fmt: skip
        axes.set_yticks([])
        axes.set_ylim(len(shown) - 0.5, -0.9)
        axes.spines["left"].set_visible(False)
        rule(axes, "x")
        unit = " (%)" if evidence["share"] else ""
        axes.set_xlabel(f"{in_words(evidence['score'])}{unit}", color=GREY)
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        evidence = weak_of(scene, output)
        weak = sum(found["weak"] for found in evidence["subgroups"])
        return (
            f"Filled: worse than the other tested rows, though {evidence['looked_at']:,} subgroups were looked at "
            f"({weak} of the {len(evidence['subgroups'])} that were tested). In brackets: tested rows; lines: 95% "
            f"intervals; upright: all {evidence['rows']:,} rows."
        )


def weak_of(scene: Scene, output: str) -> Mapping[str, Any]:
    """What was found of an output; Refused where nothing was."""
    for finding in scene.found:
        if finding.kind == "weak_subgroups" and finding.evidence.get("output") == output:
            return finding.evidence
    raise Refused("no subgroup was found to be weak")
