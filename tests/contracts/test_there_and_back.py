"""What is looked at through a view is answered in raw coordinates; all that lies on one picture moves together."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fromraw.parts
from fromraw.columns.base import Column
from fromraw.columns.image import Image
from fromraw.columns.series import Series
from fromraw.evaluation.answering import in_raw
from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.planning.deciding import Request
from fromraw.randomness import Draw
from fromraw.signals import GridSpec, ScalarsSpec, View
from fromraw.streams.examples import Examples
from fromraw.system import Asking, Reading, Step, System
from fromraw.training import train

POINTS = '''
"""Points on a picture: one a cell, written "y x" in raw pixels. It comes from another package."""
import numpy as np
import pyarrow as pa
import torch
from fromraw.columns.base import Claim, Column
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec

@part("points")
class Points(Column):
    type = "points"
    decoder = "regress"

    def __init__(self, name, fields, *, on: str = "image"):
        super().__init__(name, fields, on=on)
        self.lies_on = on

    @classmethod
    def recognize(cls, sample):
        texts = {f.name: sample.column(f.name).drop_null().to_pylist() for f in sample.fields if f.type == pa.string()}
        found = [n for n, cells in texts.items() if cells and all(len(str(cell).split()) == 2 for cell in cells)]
        return [Claim((name,), name, 1.0, "points on a picture") for name in found]

    @classmethod
    def example(cls, rows, seed):
        return pa.record_batch({"points": pa.array([f"{row % 3}.5 {row % 5}.5" for row in range(rows)])})

    def fit(self, batches):
        for batch in batches:
            pass

    def state(self):
        return {}

    def load(self, state):
        pass

    @property
    def spec(self):
        return ScalarsSpec(numbers=("y", "x"))

    def prepare(self, batch, rows):
        known = self.fields[0] in batch.schema.names
        cells = batch.column(self.fields[0]).to_pylist() if known else [None] * batch.num_rows
        there = np.array([cell is not None for cell in cells], bool)
        points = [[float(n) for n in cell.split()] if cell else [0.0, 0.0] for cell in cells]
        return {"points": np.array(points).reshape(-1, 2), "present": there}, []

    def collate(self, stored, view):
        points = stored["points"][:, None]
        seen = points if view is None else view.to_grid(points) / view.size[:, None]
        there = torch.tensor(np.array(stored["present"]))
        none = torch.zeros(len(there), 0, dtype=torch.long)
        return Scalars(torch.tensor(seen[:, 0]).float(), ~there[:, None].repeat(1, 2), none, there)

    def restore(self, values, view=None):
        points = np.asarray(values, np.float64)[:, None]
        return (points if view is None else view.to_raw(points * view.size[:, None]))[:, 0]
'''


@pytest.fixture
def points(registry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Column]:
    """The class, from a package that is installed beside: found by its entry point."""
    place = tmp_path / "site"
    (place / "toypoints-1.0.dist-info").mkdir(parents=True)
    (place / "toypoints.py").write_text(POINTS)
    (place / "toypoints-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: toypoints\nVersion: 1.0\n"
    )
    entry = "[fromraw.columns]\npoints = toypoints:Points\n"
    (place / "toypoints-1.0.dist-info" / "entry_points.txt").write_text(entry)
    monkeypatch.delitem(sys.modules, "toypoints", raising=False)
    monkeypatch.syspath_prepend(place)
    fromraw.parts._load.cache_clear()
    return fromraw.parts.find("columns", "points").cls


def picture_column(height: int, width: int) -> Image:
    column = Image("image", ["image"])
    state = {"size": [height, width], "channels": 1, "deep": False, "factor": 1.0, "median": [height, width]}
    column.load(state | {"one_size": False, "mean": [0.0], "deviation": [1.0], "border": [0.0], "photographs": False})
    return column


CHANGES = {"mirror": True, "shift": 3.5, "scale": 0.3, "turn": 40.0, "brightness": 0.3, "contrast": 0.3}
sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000)) | st.sampled_from(
    [(1, 1), (1, 900), (4000, 3), (3, 4000)]
)


@given(raw=st.lists(sizes, min_size=1, max_size=5), grid=st.tuples(st.integers(1, 96), st.integers(1, 96)),
       seed=st.integers(0, 2**40), varied=st.booleans())  # fmt: skip
def test_raw_points_come_back_through_any_view(
    raw: list[tuple[int, int]], grid: tuple[int, int], seed: int, varied: bool
) -> None:
    column, size = picture_column(*grid), np.array(raw)
    stored = {"size": size, "present": np.ones(len(raw), bool)}
    places = np.arange(len(raw))
    draw = Draw(seed, "view", places, places * 0) if varied else None
    view = column.look(stored, draw, CHANGES)
    inside = np.random.default_rng(seed).random((len(raw), 7, 2)) * size[:, None]
    seen = view.to_grid(inside).astype(np.float32)  # a net answers in float32
    assert np.abs(column.restore(seen, view) - inside).max() < 0.5
    if not varied:
        assert (seen >= -1e-3).all()
        assert (seen <= np.array(grid) + 1e-3).all()


@pytest.mark.parametrize("varied", [False, True])
def test_an_oracle_on_the_grid_is_right_to_half_a_raw_pixel(
    points: Callable[..., Column], foreigners: object, varied: bool
) -> None:
    raw = np.array([(1, 900), (4000, 3), (1, 1), (480, 640), (64, 64)])
    truth = np.random.default_rng(0).random((5, 2)) * raw
    columns = {"image": picture_column(48, 64), "spot": points("spot", ["spot"], on="image")}
    there = np.ones(5, bool)
    stored = {
        "image": {"pixels": np.zeros((5, 48, 64, 1), np.uint8), "size": raw, "present": there},
        "spot": {"points": truth, "present": there},
    }
    examples = Examples(columns, stored, {"image": ["image"]}, {"spot": ["spot"]}, {"image": CHANGES})
    places = np.arange(5)
    batch = examples.batch(places, Draw(4, "view", places, places * 0) if varied else None)
    system = System({"image": Reading(GridSpec(1, (48, 64)), (Step("toy_glimpse"),), "eye")},
                    {"spot": Asking(ScalarsSpec(("y", "x")), Step("regress"))})  # fmt: skip
    oracle = {"numbers": batch.targets["spot"].numbers}
    answer = in_raw(system, examples, "spot", oracle, batch.views)
    assert np.abs(answer["numbers"] - truth).max() < 0.5
    if varied:
        assert batch.views["image"].appearance
        unmoved = examples.batch(places).targets["spot"].numbers
        assert (oracle["numbers"] - unmoved).abs().max() > 0.05


@pytest.mark.parametrize("change", ["mirror", "shift", "scale", "turn", "all"])
def test_augmentation_keeps_picture_and_points_together(points: Callable[..., Column], change: str) -> None:
    """The middle of a bright disc, found on the varied picture, is where the point says that it is."""
    rows, side = 24, 48
    middle = np.random.default_rng(1).integers(18, 31, (rows, 2)) + 0.5
    y, x = np.mgrid[:side, :side] + 0.5
    pixels = 200 * (((y - middle[:, :1, None]) ** 2 + (x - middle[:, 1:, None]) ** 2) < 25)
    stored = {"pixels": pixels[..., None].astype(np.uint8), "size": np.tile([96, 48], (rows, 1))}
    columns = {"image": picture_column(side, side), "spot": points("spot", ["spot"], on="image")}
    there = {"present": np.ones(rows, bool)}
    changes = {name: value for name, value in CHANGES.items() if change in (name, "all")} | {"brightness": 0.0}
    raw = middle * [2, 1]  # the raw pictures are twice as high as they are stored
    examples = Examples(columns, {"image": stored | there, "spot": {"points": raw} | there}, {"image": ["image"]},
                        {"spot": ["spot"]}, {"image": changes | {"contrast": 0.0}})  # fmt: skip
    places = np.arange(rows)
    batch = examples.batch(places, Draw(0, "view", places, places * 0))
    seen = batch.inputs["image"].values[:, 0].double().numpy()
    found = np.stack([(seen * axis).sum((1, 2)) / seen.sum((1, 2)) for axis in (y, x)], 1)
    said = batch.targets["spot"].numbers.double().numpy() * side
    assert np.abs(found - said).max() < 0.5
    assert np.abs(said - middle).max() > 1


def test_a_moment_of_a_recording_moves_with_it() -> None:
    rows, steps = 12, 60
    column = Series("wave", ["wave"])
    column.load({"mean": [0.0], "deviation": [1.0], "empty_steps": 0.0, "channels": 1, "longest": steps,
                 "median": steps, "ragged": False})  # fmt: skip
    moment = np.random.default_rng(0).integers(22, 38, rows) + 0.5
    bump = np.exp(-(((np.arange(steps) + 0.5 - moment[:, None]) / 2) ** 2)).astype(np.float32)
    stored = {"values": bump[:, :, None], "length": np.full(rows, steps), "present": np.ones(rows, bool)}
    places = np.arange(rows)
    view = column.look(stored, Draw(0, "view", places, places * 0), {"tempo": 0.3, "shift": 4})
    assert isinstance(view, View)
    seen = column.collate(stored, view).values[:, 0].double().numpy()
    found = (seen * (np.arange(steps) + 0.5)).sum(1) / seen.sum(1)
    assert np.abs(found - view.to_grid(moment[:, None, None])[:, 0, 0]).max() < 0.5
    assert np.abs(view.to_raw(found[:, None, None])[:, 0, 0] - moment).max() < 0.5


def test_a_column_from_elsewhere_is_recognized_trained_and_answered(
    points: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    lines = ["image,spot"]
    for row in range(60):
        height, width = random.integers(16, 40, 2)
        y, x = random.integers(4, (height - 4, width - 4))
        pixels = random.integers(0, 60, (height, width), np.uint8)
        pixels[y - 2 : y + 2, x - 2 : x + 2] = 255
        PIL.Image.fromarray(pixels).save(tmp_path / f"{row}.png")
        lines.append(f"{row}.png,{y}.0 {x}.0")
    (tmp_path / "spots.csv").write_text("\n".join(lines) + "\n")
    options = Options(tmp_path / "spots.csv", request=Request(steps=3), run=tmp_path / "run", threads=1)
    run = train(options, Voice(quiet=True))
    assert run.columns["spot"].type == "points"
    assert run.columns["spot"].lies_on == "image"
    assert run.metrics["outputs"]["spot"]["rmse"]["value"] < 40
