"""What every test finds: one thread, its own cache, the same examples from Hypothesis each time."""

import os

# Before anything imports torch or numpy: two workers share two cores, and more threads would only be in the way.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "agg"

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import torch

torch.set_num_threads(1)
hypothesis.settings.register_profile("fromraw", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("fromraw")


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where prepared columns go while tests run, subprocesses included: never the person's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FROMRAW_CACHE", str(folder))
        yield folder


@pytest.fixture
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a test that asks for it: `runs/` and all that is named relatively land in its tmp_path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
