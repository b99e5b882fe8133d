"""What ends a training early, and that the same command goes on to the bits that it would have reached anyhow."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import fromraw
from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.planning.deciding import Request
from fromraw.run import Run
from fromraw.training import train

STEPS = 60
SCRIPT = """
import sys
from fromraw.learning.progress import Voice
from fromraw.planning.deciding import Request
from fromraw.options import Options
from fromraw.training import train
request = Request(steps=int(sys.argv[3]), settings=eval(sys.argv[4]))
try:
    train(Options(sys.argv[1], request=request, run=sys.argv[2], threads=1, save_every=0.0), Voice(quiet=True))
except KeyboardInterrupt:
    sys.exit(130)
"""
SETTINGS = {"batch": 8}
Wholes = Callable[[str], tuple[Path, Run]]


def write_table(folder: Path) -> Path:
    random = np.random.default_rng(0)
    folder.mkdir()
    lines = ["weight,color,size,label"]
    for row in range(80):
        weight = "" if row % 11 == 0 else f"{random.normal(50 + 20 * (row % 2), 5):.2f}"
        lines.append(
            f"{weight},{random.choice(['red', 'green', 'blue'])},{random.normal():.3f},{['no', 'yes'][row % 2]}"
        )
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return folder / "table.csv"


def write_pictures(folder: Path) -> Path:
    random = np.random.default_rng(0)
    for row in range(60):
        place = folder / ["dark", "light"][row % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 150, (10, 10), np.uint8) + np.uint8(90 * (row % 2))
        PIL.Image.fromarray(pixels).save(place / f"p{random.integers(10**9)}.png")
    return folder


KINDS = {"table": write_table, "pictures": write_pictures}


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Run]]:
    """The data of a kind, and its training that nothing interrupted; done when first asked for."""
    folder = tmp_path_factory.mktemp("resume")

    @cache
    def whole(kind: str) -> tuple[Path, Run]:
        data = KINDS[kind](folder / kind)
        return data, finish(data, folder / f"{kind}-run")

    return whole


def start(data: Path, run: Path) -> "subprocess.Popen[bytes]":
    """The same training as `finish`, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(Path(fromraw.__file__).parents[1])}
    command = [sys.executable, "-c", SCRIPT, str(data), str(run), str(STEPS), repr(SETTINGS)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(data: Path, run: Path) -> Run:
    request = Request(steps=STEPS, settings=SETTINGS)
    return train(Options(str(data), request=request, run=str(run), threads=1, save_every=0.0), Voice(quiet=True))


def wait_for_step(run: Path, step: int, process: "subprocess.Popen[bytes]") -> int:
    """Until the checkpoint is of this step at least; where it then is."""
    path, until = run / "checkpoint" / "state.json", time.monotonic() + 300
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(process.stderr.read().decode() if process.stderr else "it ended too soon")
        reached = json.loads(path.read_text())["step"] if path.exists() else -1
        if reached >= step:
            return int(reached)
        time.sleep(0.001)
    raise AssertionError("it never came so far")


def bits(run: Path) -> bytes:
    return (run / "system.safetensors").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_killed_twice_it_ends_with_the_same_bits(tmp_path: Path, wholes: Wholes, kind: str) -> None:
    (data, whole), run = wholes(kind), tmp_path / "killed"
    random = np.random.default_rng()
    for low, high in ((0, STEPS // 2), (STEPS // 2, STEPS - 10)):
        process = start(data, run)
        reached = wait_for_step(run, int(random.integers(low, high)), process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not (run / "metrics.json").exists(), reached
        assert process.stderr is not None
        process.stderr.close()
    again = finish(data, run)
    assert bits(again.folder) == bits(whole.folder)
    assert not (run / "checkpoint").exists()
    assert again.metrics["outputs"] == whole.metrics["outputs"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_asked_to_stop_it_leaves_a_usable_run_and_goes_on_to_the_same_bits(
    tmp_path: Path, wholes: Wholes, number: signal.Signals
) -> None:
    (data, whole), run = wholes("table"), tmp_path / "stopped"
    process = start(data, run)
    reached = wait_for_step(run, 5, process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors.decode()
    assert reached < STEPS
    stopped = Run(run)
    assert stopped.metrics["stopped"] is True
    assert len(stopped.systems) == 1
    assert (run / "report.html").exists()
    assert json.loads((run / "checkpoint" / "state.json").read_text())["step"] < STEPS
    assert bits(run) != bits(whole.folder)
    again = finish(data, run)
    assert again.metrics["stopped"] is False
    assert bits(run) == bits(whole.folder)


def test_asked_to_stop_before_there_is_anything_to_keep_it_ends_at_once(tmp_path: Path, wholes: Wholes) -> None:
    (data, _), run = wholes("table"), tmp_path / "early"
    process = start(data, run)
    until = time.monotonic() + 300
    while not (run / "format").exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 130
    assert not (run / "metrics.json").exists()


def test_a_finished_training_is_not_repeated(wholes: Wholes) -> None:
    data, first = wholes("table")
    stamp = (first.folder / "system.safetensors").stat().st_mtime_ns
    assert finish(data, first.folder).folder == first.folder
    assert (first.folder / "system.safetensors").stat().st_mtime_ns == stamp
