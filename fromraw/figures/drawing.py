"""All figures that apply, the most telling first, within the seconds that there are; as small, crisp files."""

import io
import math
import time
import warnings
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure as Drawing
from PIL import Image

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.style import in_house_style
from fromraw.parts import parts

LARGEST = 200_000
"""Bytes of one figure; a larger one loses colors first, then sharpness."""
SMALL = 60_000
"""Bytes of an SVG that is taken without trying whether a PNG would be smaller."""
SHARP = 240
"""Dots per inch, of which a page shows 126: about two for each pixel of a plain screen."""


@dataclass(frozen=True)
class Drawn:
    """A figure as a file, or why there is none. width: inches; rows: how many of the user's own can be seen in it."""

    name: str
    output: str
    title: str
    caption: str = ""
    content: bytes = b""
    kind: str = ""
    width: float = 0.0
    rows: int = 0
    refused: str = ""
    shed: bool = False

    @property
    def uri(self) -> str:
        """The file itself, as an address that a page can hold."""
        media = {"svg": "image/svg+xml", "png": "image/png"}[self.kind]
        return f"data:{media};base64,{b64encode(self.content).decode()}"


def draw_all(scene: Scene, seconds: float = math.inf, now: Callable[[], float] = time.monotonic) -> list[Drawn]:
    """Every figure for every output, by rank. Those that refuse, and those for which there was no time, are told."""
    start, drawn, longest = now(), [], 0.0
    ranked = sorted(parts("figures").values(), key=lambda p: p.cls.rank)
    for part in ranked:
        for output in scene.account.outputs:
            began = now()
            if began - start + longest > seconds:
                drawn.append(Drawn(part.name, output, part.cls.title, shed=True))
                continue
            drawn.append(draw_one(part.name, part.cls(), scene, output))
            longest = max(longest, now() - began)
    return drawn


def draw_one(name: str, figure: Figure, scene: Scene, output: str) -> Drawn:
    """One figure as a file. One that fails costs the report a figure, not its life."""
    try:
        with in_house_style(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # of a script for which no font is installed
            drawing = figure.draw(scene, output)
            content, kind = to_file(drawing)
        caption, rows = figure.caption(scene, output), figure.rows_shown(scene, output)
    except Refused as refusal:
        return Drawn(name, output, figure.title, refused=str(refusal))
    except Exception as error:
        return Drawn(name, output, figure.title, refused=f"could not be drawn: {type(error).__name__}: {error}")
    return Drawn(name, output, figure.title, caption, content, kind, float(drawing.get_figwidth()), rows)


def to_file(drawing: Drawing) -> tuple[bytes, str]:
    """As SVG where that is small, else as SVG or PNG, whichever is smaller."""
    drawing.savefig(buffer := io.BytesIO(), format="svg", metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue()
    if len(drawn) <= SMALL:
        return drawn, "svg"
    drawing.set_layout_engine("none")  # laid out already
    bitmap = _to_png(drawing)
    return (drawn, "svg") if len(drawn) <= len(bitmap) else (bitmap, "png")


def _to_png(drawing: Drawing) -> bytes:
    content = b""
    for sharpness, colors in ((SHARP, 0), (SHARP, 256), (160, 256), (110, 128), (72, 64)):
        drawing.savefig(buffer := io.BytesIO(), format="png", dpi=sharpness, metadata={"Software": None})
        image = Image.open(buffer).convert("RGB")
        image = image.quantize(colors) if colors else image
        image.save(smaller := io.BytesIO(), "PNG", optimize=True)
        content = smaller.getvalue()
        if len(content) <= LARGEST:
            break
    return content
