"""Whether it is right as often as it says: confidence against hits, or predicted against true numbers with the band.

DeGroot, Fienberg, "The comparison and evaluation of forecasters", The Statistician 1983.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from fromraw.decoders.base import Records
from fromraw.errors import Refused
from fromraw.evaluation.account import OutputAccount
from fromraw.evaluation.intervals import share_interval
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import BLUES, FAINT, GREY, NET, WRONG, new_drawing, rule
from fromraw.parts import part

FEWEST = 20
"""Rows below which there is nothing to see; also of each point, at least."""
MOST_DOTS = 1500
"""Beyond these many rows, dots would cover each other: cells colored by how many there are."""


@part("calibration")
class Calibration(Figure):
    title = "Can its confidence be trusted?"
    rank = 4

    def draw(self, scene: Scene, output: str) -> Drawing:
        account = scene.account.outputs[output]
        if len(account.rows) < FEWEST:
            raise Refused(f"{len(account.rows)} rows are too few (under {FEWEST})")
        if "probabilities" in account.records:
            return _draw_reliability(account)
        if "numbers" in account.records:
            return _draw_numbers(account.records)
        raise Refused("the answers are neither categories nor numbers")

    def caption(self, scene: Scene, output: str) -> str:
        account = scene.account.outputs[output]
        if "probabilities" in account.records:
            return (
                "Each dot is a group of rows in which it was about equally sure: across how sure it was, up how often "
                "it was right, with 95% intervals. On the dashed line the two agree; below it, it is too sure."
            )
        several = account.records["numbers"].shape[1]
        first = f" The first of {several} numbers." if several > 1 else ""
        if not np.isfinite(account.records["low"]).all():
            return f"On the dashed line predicted and true number are the same.{first}"
        return (
            "On the dashed line predicted and true number are the same; between the blue lines lies what it "
            f"allows for.{first}"
        )


def _draw_reliability(account: OutputAccount) -> Drawing:
    probabilities = account.records["probabilities"]
    sure, hits = probabilities.max(1), probabilities.argmax(1) == account.records["truth"]
    bins = np.array_split(np.argsort(sure, kind="stable"), max(1, min(10, len(sure) // FEWEST)))
    drawing = new_drawing(4.6)
    above, below = drawing.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    low = min(1.0 / probabilities.shape[1], float(sure.min()))
    above.plot([low, 1], [low, 1], "--", color=FAINT, linewidth=1.2, zorder=1)
    for rows in bins:
        groups = None if account.groups is None else account.groups[rows]
        found = share_interval(hits[rows], groups)
        x = float(sure[rows].mean())
        above.vlines(x, found.low, found.high, color=NET, alpha=0.4, linewidth=2.4)
        above.plot(x, found.value, "o", color=NET, markersize=6.5, mec="white", mew=0.8)
    _draw_rows(below, sure, low)
    above.set_ylim(top=1.02)
    above.set_ylabel("was right", color=GREY)
    below.set_xlabel("said it was sure", color=GREY)
    for axis in (above.yaxis, below.xaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    rule(above, "y")
    return drawing


def _draw_rows(axes: Axes, sure: np.ndarray, low: float) -> None:
    counts, edges = np.histogram(sure, np.linspace(low, 1, 21))
    axes.bar(edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=FAINT)
    axes.set_ylabel("rows", color=GREY)
    axes.locator_params(axis="y", nbins=3, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    rule(axes, "y")


def _draw_numbers(records: Records) -> Drawing:
    guess, truth = records["numbers"][:, 0], records["truth"][:, 0]
    drawing = new_drawing(4.4)
    axes = drawing.subplots()
    ends = float(min(guess.min(), truth.min())), float(max(guess.max(), truth.max()))
    if len(guess) > MOST_DOTS:
        axes.hexbin(guess, truth, gridsize=45, bins="log", cmap=BLUES, mincnt=1, linewidths=0, extent=(*ends, *ends))
    else:
        axes.plot(guess, truth, "o", color=NET, markersize=3.2, alpha=0.45, mew=0)
    axes.plot(ends, ends, "--", color=GREY, linewidth=1.2)
    if np.isfinite(records["low"]).all():
        _draw_band(axes, records)
    axes.set_xlabel("predicted", color=GREY)
    axes.set_ylabel("true", color=GREY)
    axes.locator_params(nbins=5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}")
    rule(axes, "both")
    return drawing


def _draw_band(axes: Axes, records: Records) -> None:
    """The interval's ends over the prediction; the share of rows within it, above the axes."""
    guess, truth, low, high = (records[name][:, 0] for name in ("numbers", "truth", "low", "high"))
    order = np.argsort(guess)
    for side in (low, high):
        axes.plot(guess[order], side[order], color=NET, linewidth=1.1)
    outside = (truth < low) | (truth > high)
    if len(guess) <= MOST_DOTS:
        axes.plot(guess[outside], truth[outside], "x", color=WRONG, markersize=4.5, mew=1.1)
    axes.set_title(f"{1 - outside.mean():.0%} of {len(guess):,} rows lie between the blue lines", color=NET)
