"""The score by the rows that were learned from, each doubling as wide as the last, and what another should bring.

Rows on a log scale, as errors fall by their powers: Viering, Loog, "The shape of learning curves: a review", 2022.
"""

import json

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FixedLocator, NullLocator

from fromraw.decoders.base import Score
from fromraw.errors import Refused
from fromraw.evaluation.more_rows import Outlook
from fromraw.figures.base import Figure, Scene
from fromraw.figures.rows_wording import tell_outlook
from fromraw.figures.style import GREY, NET, SMALL, new_drawing, rule
from fromraw.figures.wording import in_words, score_named, write_score
from fromraw.parts import part


@part("learning_curve")
class LearningCurve(Figure):
    title = "What more rows would bring"
    rank = 2

    def draw(self, scene: Scene, output: str) -> Drawing:
        outlook, score, _ = _read(scene, output)
        drawing = new_drawing(2.9)
        axes = drawing.subplots()
        axes.set_xscale("log")
        if outlook.band:
            rows, low, middle, high = zip(*outlook.band, strict=True)
            axes.fill_between(rows, low, high, color=NET, alpha=0.13, linewidth=0)
            axes.plot(rows, middle, color=NET, linewidth=1, linestyle="--")
        for size in outlook.sizes:
            axes.vlines(size.rows, size.low, size.high, color=GREY, linewidth=2, alpha=0.45)
            axes.plot(size.rows, size.value, "o", markersize=6.5, mec=NET, mew=1.6, mfc=NET, zorder=3)
            _write(axes, size.rows, size.value, write_score(score, size.value))
        ticks = [size.rows for size in outlook.sizes]
        if outlook.next and outlook.band:
            axes.plot(
                outlook.next.rows, outlook.band[-1][2], "o", markersize=6.5, mec=NET, mew=1.6, mfc="white", zorder=3
            )
            ticks.append(outlook.next.rows)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.yaxis.set_major_formatter(lambda value, _: write_score(score, value).replace(".0%", "%"))
        axes.set_xlabel("rows that were learned from", color=GREY)
        axes.set_title(in_words(outlook.score), color=NET)
        axes.margins(x=0.08, y=0.12)
        rule(axes, "y")
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        outlook, score, tested = _read(scene, output)
        said = " ".join(line.removeprefix("! ").capitalize() if line.startswith("! ") else line
                        for line in tell_outlook(score, outlook, tested))  # fmt: skip
        band = " Band: where 95% of trainings should lie by the laws that fit; open dot: twice the rows."
        return (
            f"{said} Dots: means of trainings of the same plan on parts of the rows; lines: 95% intervals by the "
            f"{tested:,} tested rows.{band if outlook.band else ''}"
        )


def _read(scene: Scene, output: str) -> tuple[Outlook, Score, int]:
    """The curve, the score that it is of, and how many rows were tested."""
    path = scene.folder / "curve.json"
    curve = json.loads(path.read_text()) if path.exists() else {}
    if not curve.get("finished") or output not in curve["outputs"]:
        raise Refused("no learning curve was drawn (fromraw curve)")
    outlook = Outlook.read(curve["outputs"][output])
    score = score_named(scene, output, outlook.score)
    if score is None:
        raise Refused(f"no score {outlook.score} is known")
    return outlook, score, curve["tested"]


def _write(axes: Axes, rows: int, value: float, text: str) -> None:
    axes.annotate(text, (rows, value), (7, -3), textcoords="offset points", va="top", fontsize=SMALL, color=NET)
