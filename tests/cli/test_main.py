"""What every command promises: codes, one line for an error, instant help."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fromraw
from fromraw.cli import main
from fromraw.cli.app import _COMMANDS
from fromraw.errors import DataError

HEAVY = ("torch", "numpy", "pyarrow", "sklearn", "matplotlib", "PIL", "rich", "yaml", "pydantic")
HELPS = """
import contextlib, io, sys
from fromraw.cli import main
for command in {commands}:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([*command.split(), "--help"]) == 0
    assert "Usage: fromraw" in out.getvalue() and "--help" in out.getvalue()
print([name for name in {heavy} if name in sys.modules])
"""


def test_help_imports_nothing_heavy() -> None:
    script = HELPS.format(commands=["", *_COMMANDS], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_commands_are_these() -> None:
    assert (
        " ".join(_COMMANDS)
        == "describe plan train evaluate predict report pack runs compare curve parts cache doctor demo"
    )


def test_the_version_is_printed(typed: Callable[..., Any]) -> None:
    assert typed("--version").out == f"fromraw {fromraw.__version__}\n"


def test_nothing_typed_shows_help(typed: Callable[..., Any]) -> None:
    assert "Commands:" in typed().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train x --minutes -3", "--minutes must be above 0, got -3."),
        ("train x --minutes soon", "--minutes must be a number, got soon."),
        ("train x --minutes nan", "--minutes must be above 0, got nan."),
        ("train x --steps 1.5", "--steps must be a whole number, got 1.5."),
        ("train x --threads 0", "--threads must be at least 1, got 0."),
        ("train x --memory 4", "--memory must be like 4GB or 500MB, got 4."),
        ("train x --device gpu", "--device must be auto, cpu, cuda or mps, got gpu."),
        ("train x --type zip", "--type must be COLUMN=TYPE, got zip."),
        ("train x --set width", "--set must be PATH=VALUE, got width."),
        ("train x --encoder =convnet", "--encoder must be INPUT=ENCODER, got =convnet."),
        ("train x --type zip=catgory", 'no type "catgory"; did you mean "category"?'),
        ("train x --epochs 1 --steps 2", "epochs and steps exclude each other; minutes may cap either."),
        ("train x --minuts 3", "no option --minuts of fromraw train; did you mean --minutes?"),
        ("trian x", "no command trian; did you mean train?"),
        ("train", "missing argument 'DATA'; fromraw train --help shows how it is used."),
        ("describe chrun.csv", 'no such file or folder "chrun.csv"; did you mean "churn.csv"?'),
        ("describe churn.csv --output chruned", 'no column "chruned" in churn.csv; did you mean "churned"?'),
        ("predict run x --out answers.xls", "--out must end in .csv, .parquet or .jsonl, got answers.xls."),
        ("parts convnt", 'no part "convnt"; did you mean "convnet"?'),
    ],
)
def test_what_is_typed_wrongly_ends_with_2_and_one_sentence(
    words: str, sentence: str, typed: Callable[..., Any], churn: Path
) -> None:
    ended = typed(*words.split())
    assert (ended.code, ended.out, ended.err) == (2, "", f"fromraw: {sentence}\n")


def test_what_is_no_run_ends_with_1(typed: Callable[..., Any], work_folder: Path) -> None:
    ended = typed("predict", "nowhere", "x.csv")
    assert ended.code == 1
    assert ended.err == "fromraw: nowhere: not a run folder (no file `format` in it).\n"


def _raise(error: BaseException) -> Callable[..., Any]:
    def body(*_: Any, **__: Any) -> Any:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("churn.csv: empty."), 1, "churn.csv: empty."),
        (OSError(28, "No space left on device", "x"), 1, "No space left on device: x."),
        (KeyError("age"), 1, "KeyError: 'age'; this is a fault of fromraw; --debug shows where."),
        (
            KeyboardInterrupt(),
            130,
            "interrupted. Nothing was written that could be used; the same command begins again.",
        ),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_every_end_is_one_line(
    error: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    work_folder: Path,
) -> None:
    monkeypatch.setattr("fromraw.cli.app.invoke", _raise(error))
    monkeypatch.setattr("os.dup2", lambda *_: 0)
    assert main(["train", "x"]) == code
    assert capsys.readouterr().err == (f"fromraw: {line}\n" if line else "")


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("fromraw.cli.app.invoke", _raise(KeyError("age")))
    main(["train", "x", "--debug"])
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_says_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], work_folder: Path
) -> None:
    def stop(*_: Any) -> None:
        (work_folder / "runs" / "x-1" / "checkpoint").mkdir(parents=True)
        (work_folder / "runs" / "x-1" / "checkpoint" / "tensors-0.safetensors").write_bytes(b"")
        raise KeyboardInterrupt

    monkeypatch.setattr("fromraw.cli.app.invoke", stop)
    assert main(["train", "x"]) == 130
    assert "What was reached is kept in runs/x-1; the same command goes on there." in capsys.readouterr().err
