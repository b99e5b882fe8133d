"""A training inside somebody's own program: what it sets is put back, it may be repeated, and it may be in a thread."""

import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import fromraw
from fromraw.run import Run


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fromraw.writing.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)


def teach(folder: Path, threads: int = 1) -> Run:
    a = np.random.default_rng(0).normal(size=60)
    data = {"a": a, "b": a**2, "y": np.where(a > 0, "up", "down")}
    return fromraw.train(data, "y", steps=5, encoder={"table": "linear"}, run=folder, threads=threads, quiet=True)


def test_afterwards_threads_and_signals_are_as_they_were_and_it_may_be_repeated(tmp_path: Path) -> None:
    before: Any = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), torch.get_num_threads())
    first = teach(tmp_path / "first", threads=3)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), torch.get_num_threads()) == before
    torch.manual_seed(7)
    second = teach(tmp_path / "second", threads=3)
    files = [(run.folder / "system.safetensors").read_bytes() for run in (first, second)]
    assert files[0] == files[1]


def test_in_a_thread_which_hears_no_signals_it_comes_to_the_same(tmp_path: Path) -> None:
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(teach(tmp_path / "thread")))
    thread.start()
    thread.join()
    here = teach(tmp_path / "here")
    files = [(run.folder / "system.safetensors").read_bytes() for run in (runs[0], here)]
    assert files[0] == files[1]
