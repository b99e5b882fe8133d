"""The first layer's filters: the small patterns that a convolutional net looks for before anything else."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from torch import nn

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import HAIR, NET, TINTS, WIDTH, new_drawing, strip
from fromraw.parts import part

ACROSS, MOST = 8, 40


@part("first_layer_filters")
class FirstLayerFilters(Figure):
    title = "What it looks for first"
    rank = 5

    def draw(self, scene: Scene, output: str) -> Drawing:
        if output != next(iter(scene.account.outputs)):
            raise Refused("the same net answers every output; shown once")
        filters = _unlike(_first_convolution(scene).weight.detach().cpu().float().numpy())
        shown = filters[np.argsort([_roughness(f) for f in filters], kind="stable")][:MOST]
        down = -(-len(shown) // ACROSS)
        drawing = new_drawing(WIDTH / ACROSS * down + 0.05)
        panels = drawing.subplots(down, ACROSS, squeeze=False).ravel()
        for panel in panels:
            strip(panel)
        for panel, weights in zip(panels, shown, strict=False):
            (_draw_picture if weights.ndim == 3 else _draw_curves)(panel, weights)
        return drawing

    def caption(self, scene: Scene, output: str) -> str:
        layer = _first_convolution(scene)
        made = "adjusted by training"
        if not layer.weight.requires_grad:
            made = "taken from the data before training, and kept"
        return f"Filters of the first layer, {made}, the smoothest first. Clear edges and spots are a good sign."


def _first_convolution(scene: Scene) -> nn.Conv1d | nn.Conv2d:
    """Of the first input that begins with one."""
    for encoder in scene.systems[0].encoders.values():
        for module in encoder.modules():
            if isinstance(module, nn.Conv1d | nn.Conv2d) and max(module.kernel_size) > 1:
                return module
    raise Refused("no convolution in this net")


def _unlike(filters: np.ndarray) -> np.ndarray:
    """Without those that are another's opposite."""
    flat = filters.reshape(len(filters), -1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    opposite = np.tril(flat @ flat.T < -0.999, -1).any(1)
    return filters[~opposite]


def _roughness(weights: np.ndarray) -> float:
    """How much neighbors differ, for filters of equal strength."""
    steps = sum(float((np.diff(weights, axis=axis) ** 2).sum()) for axis in range(1, weights.ndim))
    return steps / max(float((weights**2).sum()), 1e-12)


def _draw_picture(axes: Axes, weights: np.ndarray) -> None:
    """(channels, h, w): in color where there are three channels or more, else in grey; middle grey is 0."""
    scaled = 0.5 + 0.5 * weights / max(float(np.abs(weights).max()), 1e-12)
    if len(weights) >= 3:
        axes.imshow(scaled[:3].transpose(1, 2, 0))
    else:
        axes.imshow(scaled[0], cmap="gray", vmin=0, vmax=1)


def _draw_curves(axes: Axes, weights: np.ndarray) -> None:
    """(channels, steps): a line for each of a few channels; of many, the strongest."""
    strongest = np.argsort(-(weights**2).sum(1), kind="stable")[:3]
    axes.axhline(0, color=HAIR, linewidth=1)
    for place, channel in enumerate(strongest):
        axes.plot(weights[channel], color=NET if len(weights) == 1 else TINTS[place], linewidth=1.4)
    reach = 1.15 * max(float(np.abs(weights).max()), 1e-12)
    axes.set_ylim(-reach, reach)
    axes.set_box_aspect(1)
