"""`fromraw doctor`: what it tells of a machine, what it keeps to itself, and its end where no training could run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import fromraw
from fromraw import diagnosis
from fromraw.diagnosis import Check, diagnose, without_home
from fromraw.machine import check_computing

TOPICS = ["fromraw", "packages", "processor", "cores", "memory", "devices", "threads", "computing", "cache", "runs"]


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Check]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        patch.setattr("fromraw.machine.cores", lambda: 1)
        yield diagnose()


def test_every_topic_is_looked_at_and_a_fit_machine_passes(checks: list[Check]) -> None:
    assert [check.topic for check in checks] == TOPICS
    assert [check for check in checks if check.stops] == []


def test_it_tells_what_torch_and_the_system_tell(checks: list[Check]) -> None:
    facts = {check.topic: check.facts for check in checks}
    assert facts["fromraw"]["fromraw"] == fromraw.__version__
    assert facts["packages"]["torch"] == torch.__version__
    assert facts["cores"]["all"] == os.cpu_count()
    assert facts["computing"]["wrong"] == []
    assert facts["computing"]["gigaflops"] > 0


@pytest.fixture
def few_looks(monkeypatch: pytest.MonkeyPatch, work_folder: Path) -> Path:
    """The checks of a test that is about one of them: those without measurement."""
    for name in ("_processor", "_computing"):
        monkeypatch.setattr(diagnosis, name, lambda: iter(()))
    return work_folder


def test_what_is_printed_ends_with_one_line_of_verdict(few_looks: Path, typed: Callable[..., Any]) -> None:
    ended = typed("doctor")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "Nothing stands in the way of a training."
    assert typed("doctor", "--json").json["fine"] is True


def test_a_home_folder_is_not_told(few_looks: Path, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    home = few_looks / "jane_doe"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("FROMRAW_CACHE", str(home / "cache"))
    for words in (["doctor"], ["doctor", "--json"]):
        out = typed(*words).out
        assert "jane_doe" not in out
        assert "~/cache/columns" in out
    assert without_home(f"no such file: {home}/x; {home}y") == f"no such file: ~/x; {home}y"


def test_a_folder_that_cannot_be_written_ends_with_1_and_what_to_do(
    few_looks: Path, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(dir: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    ended = typed("doctor")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[-2].startswith("! runs")
    assert lines[-2].endswith("cannot be written (Permission denied).  --run DIR writes elsewhere")
    assert lines[-1] == "A training would be stopped by: cache, runs."


def test_a_package_that_cannot_be_imported_is_told_and_nothing_else_is_tried(
    few_looks: Path, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(diagnosis.PACKAGES, "torch", "no_such_torch")
    ended = typed("doctor")
    assert ended.code == 1
    assert "torch cannot be imported: ModuleNotFoundError" in ended.out
    assert "pip install --force-reinstall torch" in ended.out
    assert ended.out.splitlines()[-1] == "A training would be stopped by: packages."


def test_a_look_that_fails_costs_none_of_the_others(few_looks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def _cores() -> Iterator[Check]:
        raise RuntimeError("no such file: /proc")

    monkeypatch.setattr(diagnosis, "_cores", _cores)
    found = {check.topic: check for check in diagnose()}
    assert found["cores"].text == "failed: RuntimeError: no such file: /proc"
    assert found["cores"].stops
    assert not found["runs"].stops


def test_arithmetic_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_computing("cpu") == []
    right = torch.nn.functional.conv2d
    monkeypatch.setattr(torch.nn.functional, "conv2d", lambda *given: right(*given) + 1)
    assert check_computing("cpu") == ["convolution"]
