"""Rows as what they are, side by side: pictures or curves in a grid, two lines of words over each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from fromraw.figures.style import GREY, HAIR, INK, NET, SMALL, TINTS, WIDTH, WRONG, new_drawing, strip

Head = tuple[str, str] | tuple[str, str, bool]
"""What stands over a row: what is wrong with it, and a line in grey; and whether nothing is wrong."""


def draw_pictures(pictures: Sequence[np.ndarray | None], heads: Sequence[Head], across: int = 4) -> Drawing:
    ratio = float(np.clip(np.median([p.shape[0] / p.shape[1] for p in pictures if p is not None] or [1]), 0.5, 1.6))
    drawing, panels = _panels(len(heads), across, ratio)
    for panel, picture, head in zip(panels, pictures, heads, strict=False):
        if picture is not None:
            small = max(picture.shape[:2]) < 100
            panel.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest" if small else "antialiased")
        _write_head(panel, head)
    return drawing


def draw_curves(curves: Sequence[np.ndarray], heads: Sequence[Head], across: int = 3) -> Drawing:
    """Each (channels, steps), all on one scale."""
    drawing, panels = _panels(len(heads), across, 0.6)
    low, high = min(float(c.min()) for c in curves), max(float(c.max()) for c in curves)
    for panel, curve, head in zip(panels, curves, heads, strict=False):
        for channel, color in zip(curve, [INK, *TINTS[:5], *[HAIR] * len(curve)], strict=False):
            panel.plot(channel, color=color, linewidth=1.1)
        panel.set_ylim(low, high)
        panel.axhline(low, color=HAIR, linewidth=1.2)
        _write_head(panel, head)
    return drawing


def _panels(count: int, across: int, ratio: float) -> tuple[Drawing, list[Axes]]:
    """Panels in a grid, each with room for two lines above; ratio: of height to width."""
    down = -(-count // across)
    drawing = new_drawing(down * (WIDTH / across * ratio + 0.36))
    panels = list(drawing.subplots(down, across, squeeze=False).ravel())
    for panel in panels:
        strip(panel)
    return drawing, panels


def _write_head(axes: Axes, head: Head) -> None:
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    color = NET if len(head) > 2 and head[2] else WRONG
    bold: dict[str, Any] = {"fontsize": SMALL, "color": color, "fontweight": "bold"}
    axes.set_title(" \n ", fontsize=SMALL)  # keeps the room
    first = axes.annotate(head[0], (0, 1), (0, 13), **place, **bold)
    second = axes.annotate(head[1], (0, 1), (0, 3), **place, fontsize=SMALL, color=GREY)
    for text in (first, second):
        text.set_in_layout(False)
