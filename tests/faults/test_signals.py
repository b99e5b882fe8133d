"""Ctrl-C and SIGTERM in every stage of a typed command: what it says, how it ends, and that the same one goes on."""

import json
import os
import re
import signal
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fromraw.cli import main
from fromraw.learning.clock import read_seconds

NOTHING = "interrupted. Nothing was written that could be used; the same command begins again."
KEPT = "interrupted. What was reached is kept in run; the same command goes on there."
DONE = "interrupted. The training was done, and all of it is in run."
STAGES = {
    "describe": ("fromraw.training.open_data", 1, NOTHING),
    "prepare": ("fromraw.store.preparing.Writer.append", 1, NOTHING),
    "baselines": ("fromraw.comparing.Kept.keep", 1, KEPT),
    "training": ("fromraw.learning.telling.Teller.__call__", 9, KEPT),
    "evaluation": ("fromraw.training.judge", 1, DONE),
    "report": ("fromraw.writing.write_report", 1, DONE),
}
"""What is going on when the signal comes, at which of its calls, and what is said of it."""
both = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])


def write_table(path: Path) -> None:
    random = np.random.default_rng(0)
    cells = zip(random.normal(size=60).round(3), random.normal(size=60).round(3), strict=True)
    path.write_text("\n".join(["a,b,y", *(f"{a},{b},{'up' if a > 0 else 'down'}" for a, b in cells)]) + "\n")


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """No figures, and only the trivial baseline."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        patch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)
        yield


@pytest.fixture(scope="module")
def whole(small: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_table(Path("table.csv"))
        assert command() == 0
    return folder / "run"


@pytest.fixture(autouse=True)
def elsewhere(whole: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a folder of its own, with nothing in the cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FROMRAW_CACHE", str(tmp_path / "cache"))
    write_table(Path("table.csv"))


def command() -> int:
    budget = ["--steps", "30", "--threads", "1", "--set", "learning.batch=8"]
    return main(["train", "table.csv", "--encoder", "table=linear", "--run", "run", *budget])


def press(monkeypatch: pytest.MonkeyPatch, target: str, numbers: list[signal.Signals], at_call: int = 1) -> None:
    """The signals come while that function is at work."""
    home, name = target.rsplit(".", 1)
    calls: list[int] = []

    def work(*given: Any, **more: Any) -> Any:
        result = real(*given, **more)
        calls.append(1)
        if len(calls) == at_call:
            for number in numbers:
                os.kill(os.getpid(), number)
        return result

    owner = _found(home)
    real = getattr(owner, name)
    monkeypatch.setattr(owner, name, work)


def _found(home: str) -> Any:
    """A module, or a class in one."""
    module, _, name = home.rpartition(".")
    return getattr(import_module(module), name) if name[0].isupper() else import_module(home)


def account(run: str) -> dict[str, Any]:
    """All that a run says, but for how long it took."""
    metrics = json.loads(Path(run, "metrics.json").read_text())
    return {key: metrics[key] for key in metrics if key != "seconds"}


def same_end(one: str, other: str) -> bool:
    files = ("system.safetensors", "predictions.parquet", "decisions.jsonl")
    alike = [_without_seconds(Path(one, file)) == _without_seconds(Path(other, file)) for file in files]
    return all(alike) and account(one) == account(other)


def _without_seconds(path: Path) -> Any:
    return re.sub(rb'"seconds": [0-9.e-]+', b"", path.read_bytes()) if path.suffix == ".jsonl" else path.read_bytes()


@both
@pytest.mark.parametrize("stage", STAGES)
def test_in_any_stage_it_ends_with_130_and_the_same_command_goes_on(
    stage: str,
    number: signal.Signals,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target, call, words = STAGES[stage]
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patch:
        press(patch, target, [number], call)
        assert command() == 130
    assert capsys.readouterr().err == f"fromraw: {words}\n"
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    if stage == "training":
        assert account("run")["stopped"] is True
        assert "topped early" in Path("run/report.html").read_text()
    else:
        assert Path("run/metrics.json").exists() == (words == DONE)
    assert command() == 0
    said = capsys.readouterr().out
    assert ("run is finished" in said) == (words == DONE)
    assert not Path("run/checkpoint").exists()
    assert same_end("run", str(whole))


@both
@pytest.mark.parametrize("stage", ["training", "evaluation", "report"])
def test_the_second_ends_at_once_and_nothing_is_trained_twice(
    stage: str,
    number: signal.Signals,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target, call, _ = STAGES[stage]
    with monkeypatch.context() as patch:
        press(patch, target, [number, number], call)
        assert command() == 130
    assert capsys.readouterr().err == f"fromraw: {KEPT}\n"
    assert not Path("run/report.html").exists() or stage == "report"
    steps: list[int] = []
    if stage != "training":
        monkeypatch.setattr("fromraw.learning.telling.Teller.__call__", lambda *_: steps.append(1))
    assert command() == 0
    assert steps == []
    assert Path("run/system.safetensors").read_bytes() == (whole / "system.safetensors").read_bytes()


def test_the_time_before_an_interruption_counts_however_early_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        press(patch, STAGES["prepare"][0], [signal.SIGTERM])
        assert command() == 130
    assert 0 < read_seconds(Path("run/checkpoint/spent")) < 3600
    Path("run/checkpoint/spent").write_text("3600\n")
    assert command() == 0
    assert " 1:00:" in capsys.readouterr().out.partition("prepared")[0][-10:]
