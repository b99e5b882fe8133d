"""A part from another installed package is found by its entry point, with nothing else touched."""

import sys
from pathlib import Path

import pytest
import torch
import yaml

import fromraw
import fromraw.parts
from fromraw.cli import main

MODULE = '''"""Sums: a row's numbers added up and bent, as the smallest encoder of another package.

Somebody, "Adding up", Journal of Toys, 2001.
"""

from typing import Annotated

import torch
from torch import nn

from fromraw.encoders.base import Encoder
from fromraw.parts import part
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec


@part("toy_sums", reads=Scalars)
class Sums(Encoder):
    def __init__(self, spec: ScalarsSpec, *, width: Annotated[int, "sums of a row"] = 3) -> None:
        super().__init__()
        self.linear = nn.Linear(len(spec.numbers), width)
        self.gives = RepresentationSpec(width)

    def forward(self, signal: Scalars) -> Representation:
        return Representation(torch.tanh(self.linear(signal.numbers)))
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip leaves it: its module, and metadata that name its part. Forgotten after the test."""
    for room in fromraw.parts.ROOMS:
        fromraw.parts.parts(room)
    monkeypatch.setattr(fromraw.parts, "_registry", dict(fromraw.parts._registry))
    site = tmp_path / "site"
    metadata = site / "toy_sums_package-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "toy_sums_package.py").write_text(MODULE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-sums-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[fromraw.encoders]\ntoy_sums = toy_sums_package\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setitem(sys.modules, "toy_sums_package", None)
    monkeypatch.delitem(sys.modules, "toy_sums_package")
    fromraw.parts._load.cache_clear()
    return site / "toy_sums_package.py"


@pytest.fixture
def table(work_folder: Path) -> Path:
    lines = [f"{n % 17},{n % 5},{'yes' if n % 17 > 8 else 'no'}" for n in range(60)]
    (work_folder / "table.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    return work_folder / "table.csv"


def test_an_encoder_of_another_package_is_among_the_parts(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = fromraw.parts.parts("encoders")["toy_sums"]
    assert found.path == installed
    assert found.defaults() == {"width": 3}
    assert main(["parts", "toy_sums"]) == 0
    page = capsys.readouterr().out
    assert "Journal of Toys" in page
    assert "width = 3" in page
    assert str(installed) in page


def test_it_is_planned_trained_and_loaded_like_our_own(
    installed: Path, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fromraw.writing.draw_all", lambda *_: [])
    words = f"{table.name} --encoder table=toy_sums --set table.toy_sums.width=5 --steps 3 --threads 1"
    asked = words.split()
    assert main(["plan", *asked]) == 0
    plan = yaml.safe_load(capsys.readouterr().out)
    assert plan["inputs"]["table"]["encoder"] == [{"toy_sums": {"width": 5}}]
    assert main(["train", *asked, "--run", "run", "--quiet"]) == 0
    run = fromraw.load("run")
    assert run.system.encoders["table_toy_sums"].steps[0].linear.weight.shape == torch.Size([5, 2])
    assert run.predict(table).num_rows == 60
