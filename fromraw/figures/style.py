"""The house's one style: few colors, which also differ in grey and to people who confuse red and green; plain axes.

Blue and vermilion: Okabe, Ito, "Color universal design", 2008. Blue is the net and what is right, vermilion what is
wrong, grey whatever they are compared with; shape or position always says the same as color does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Drawing

INK, GREY, FAINT, HAIR, PAPER = "#1b1f24", "#5f6770", "#a9b0b8", "#e3e6ea", "#ffffff"
NET, WRONG = "#0b62a4", "#c8500a"
TINTS = ("#0b62a4", "#c8500a", "#5f6770", "#2c9a8c", "#8a5ea8", "#b58a00")
"""For lines side by side: channels, members."""
BLUES = LinearSegmentedColormap.from_list("fromraw blues", ["#ffffff", "#cfe1f0", "#6fa8d3", "#0b62a4", "#063a63"])
ORANGES = LinearSegmentedColormap.from_list("fromraw oranges", ["#ffffff", "#fbe0cd", "#f0a877", "#c8500a", "#7a2f04"])

WIDTH = 4.8
"""Inches; shown at most 605 px wide, where a text of 9 points is about 16 px high; 9 px on a telephone."""
SMALL, TEXT = 8.0, 9.0

_FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei",
          "Arial Unicode MS", "Noto Sans Arabic", "Noto Sans Devanagari")  # fmt: skip


def _fonts() -> list[str]:
    """Those of them that are installed: the later ones for names in other scripts."""
    there = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in _FONTS if name in there]


def _settings() -> Any:
    ink = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK)
    lines = dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), FAINT)
    sizes = dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize", "legend.fontsize"), TEXT)
    return {
        **ink,
        **lines,
        **sizes,
        "font.family": _fonts(),
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.titlelocation": "left",
        "axes.formatter.useoffset": False,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "lines.linewidth": 1.6,
        "legend.frameon": False,
        "backend": "agg",
        "text.parse_math": False,  # a category may be called "$5 to $10"
        "svg.hashsalt": "fromraw",
        "svg.fonttype": "path",
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
    }


@contextmanager
def in_house_style() -> Iterator[None]:
    """Everything drawn and saved inside looks alike, whatever the person's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_settings())
        yield


def new_drawing(height: float, arranged: bool = True) -> Drawing:
    """An empty figure; arranged: laid out so that nothing overlaps."""
    return Drawing(figsize=(WIDTH, height), layout="constrained" if arranged else None)


def strip(axes: Axes) -> None:
    """No frame and no ticks: for pictures and small curves."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def rule(axes: Axes, axis: Literal["x", "y", "both"]) -> None:
    """Hairlines behind the data, across one axis."""
    axes.grid(True, axis=axis, color=HAIR, linewidth=0.8)
    axes.set_axisbelow(True)
