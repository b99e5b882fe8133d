"""A typed command in this process, and one small trained run for all tests here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fromraw.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def typed(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*words: Any) -> Ended:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Ended(code, *capfd.readouterr())

    return run


def write_churn(path: Path, rows: int = 60) -> Path:
    """age decides; plan does not; id names the row."""
    lines = [f"c{n:03},{n * 7 % 50},basic{n % 2},{'yes' if n * 7 % 50 > 25 else 'no'}" for n in range(rows)]
    path.write_text("\n".join(["id,age,plan,churned", *lines]) + "\n")
    return path


@pytest.fixture
def churn(work_folder: Path) -> Path:
    return write_churn(work_folder / "churn.csv").relative_to(work_folder)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    table = write_churn(folder / "churn.csv")
    assert main(["train", str(table), "--steps", "5", "--threads", "1", "--run", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"
