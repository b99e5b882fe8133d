"""How the loss fell while training, and the score on validation rows along the way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import FAINT, GREY, NET, TINTS, new_drawing, rule
from fromraw.figures.wording import headline, in_words, write_number, write_score
from fromraw.parts import part

Line = Mapping[str, Any]


@part("learning_curves")
class LearningCurves(Figure):
    title = "How it learned"
    rank = 2

    def draw(self, scene: Scene, output: str) -> Drawing:
        nets = _by_net(scene.log)
        if sum(len(lines) for lines in nets.values()) < 2:
            raise Refused("fewer than two lines in the log")
        metric = scene.account.outputs[output].headline
        scored = {net: points for net, lines in nets.items() if (points := _scored(lines, output, metric))}
        drawing = new_drawing(3.7 if scored else 2.3)
        panels = drawing.subplots(2 if scored else 1, 1, sharex=True, squeeze=False)[:, 0]
        _draw_losses(panels[0], nets)
        if scored:
            _draw_scores(panels[1], scored, in_words(metric))
            score = headline(scene, output)
            panels[1].yaxis.set_major_formatter(lambda value, _: write_score(score, value).replace(".0%", "%"))
        panels[-1].set_xlabel("epoch (passes through the training rows)", color=GREY)
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        several = " A line for each net whose answers are averaged." if len(_by_net(scene.log)) > 1 else ""
        return (
            f"Above: what training made smaller, step by step; below: the score on rows it did not learn from.{several}"
        )


def _by_net(log: Sequence[Line]) -> dict[int, list[Line]]:
    """The lines of each member with a finite loss, in order; a later stage goes on where the one before ended."""
    nets: dict[int, list[Line]] = {}
    for line in log:
        if "epoch" in line and np.isfinite(line.get("loss", np.nan)):
            nets.setdefault(int(line.get("member", 0)), []).append(line)
    return {net: _end_to_end(lines) for net, lines in nets.items()}


def _end_to_end(lines: list[Line]) -> list[Line]:
    start, last = 0.0, lines[0]
    out: list[Line] = []
    for line in lines:
        if line.get("stage", 0) != last.get("stage", 0):
            start += last["epoch"]
        out.append({**line, "epoch": start + line["epoch"]})
        last = line
    return out


def _scored(lines: list[Line], output: str, metric: str) -> list[tuple[float, float]]:
    found = [(line["epoch"], line.get("valid", {}).get(output, {}).get(metric)) for line in lines]
    return [(epoch, value) for epoch, value in found if value is not None and np.isfinite(value)]


def _smooth(values: np.ndarray) -> np.ndarray:
    """A running mean over a twentieth of the lines, shorter at both ends."""
    reach = max(1, len(values) // 40)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _draw_losses(axes: Axes, nets: Mapping[int, list[Line]]) -> None:
    lowest, highest = np.inf, -np.inf
    for place, lines in enumerate(nets.values()):
        epochs, losses = (np.array([line[key] for line in lines], float) for key in ("epoch", "loss"))
        smooth, color = _smooth(losses), TINTS[place % len(TINTS)]
        if len(nets) == 1:
            axes.plot(epochs, losses, color=FAINT, linewidth=0.7)
        axes.plot(epochs, smooth, color=color, linewidth=1.8 if len(nets) == 1 else 1.1)
        lowest, highest = min(lowest, smooth.min()), max(highest, smooth.max())
    if lowest > 0 and highest > 20 * lowest:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.yaxis.set_major_formatter(lambda value, _: write_number(value))
    axes.set_title("loss on training rows", color=NET if len(nets) == 1 else GREY)
    axes.set_xlim(left=0)
    rule(axes, "y")


def _draw_scores(axes: Axes, scored: Mapping[int, list[tuple[float, float]]], title: str) -> None:
    for place, points in enumerate(scored.values()):
        axes.plot(*zip(*points, strict=True), "o-", color=TINTS[place % len(TINTS)], markersize=5, mec="white", mew=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_title(f"{title} on validation rows", color=NET if len(scored) == 1 else GREY)
    axes.margins(y=0.15)
    rule(axes, "y")
