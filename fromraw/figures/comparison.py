"""The net and the baselines as dots with their intervals on one axis, the best on top: did depth pay?

Dots rather than bars, since bars hide an interval's lower half: Cleveland, "The elements of graphing data", 1985.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from fromraw.evaluation.intervals import Interval
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import FAINT, GREY, NET, TEXT, new_drawing, rule
from fromraw.figures.wording import headline, in_words, shorten, write_score
from fromraw.parts import part

NET_NAME = "this net"


@part("comparison")
class Comparison(Figure):
    title = "The net beside simple methods"
    rank = 0

    def draw(self, scene: Scene, output: str) -> Drawing:
        account = scene.account.outputs[output]
        found = {n: b.scores[account.headline] for n, b in account.baselines.items() if account.headline in b.scores}
        found[NET_NAME] = account.scores[account.headline]
        ranked = sorted(found, key=lambda name: found[name].value, reverse=not account.higher_is_better)
        drawing = new_drawing(0.75 + 0.31 * len(ranked))
        axes = drawing.subplots()
        score = headline(scene, output)
        for place, name in enumerate(ranked):
            _draw_one(axes, place, found[name], name == NET_NAME, write_score(score, found[name].value))
        axes.set_yticks(range(len(ranked)), [shorten(in_words(name), 24) for name in ranked], fontsize=TEXT)
        next(t for t in axes.get_yticklabels() if t.get_text() == NET_NAME).set(fontweight="bold", color=NET)
        _frame(axes, len(ranked), score is not None and score.as_ == "share")
        better = "higher is better" if account.higher_is_better else "lower is better"
        axes.set_xlabel(f"{in_words(account.headline)} ({better})", color=GREY)
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        rows = len(scene.account.outputs[output].rows)
        return f"All scored on the same {rows:,} rows. Dots: scores; lines: 95% intervals; shorter is surer."


def _draw_one(axes: Axes, place: int, interval: Interval, is_net: bool, text: str) -> None:
    color = NET if is_net else GREY
    axes.hlines(place, interval.low, interval.high, color=color, linewidth=3.2 if is_net else 2, alpha=0.45)
    face = color if is_net else "white"
    axes.plot(interval.value, place, "o", markersize=8 if is_net else 6.5, mec=color, mew=1.6, mfc=face, zorder=3)
    axes.annotate(
        text,
        (1.02, place),
        xycoords=("axes fraction", "data"),
        va="center",
        color=color,
        fontweight="bold" if is_net else "normal",
    )


def _frame(axes: Axes, lines: int, is_share: bool) -> None:
    axes.set_ylim(-0.6, lines - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.locator_params(axis="x", nbins=5)
    rule(axes, "x")
    if is_share:
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, -0.02), min(high, 1.02))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
    else:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}")
