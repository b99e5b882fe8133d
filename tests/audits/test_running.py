"""Audits are asked after training; what they find is said first, kept, and shown."""

import json
from pathlib import Path

import pytest

import fromraw
from fromraw.audits.base import Audit, Trained
from fromraw.findings.base import Finding
from fromraw.findings.wording import look_first
from fromraw.parts import _registry, part, parts
from tests.findings.clean import clean_table


@pytest.fixture
def toy() -> object:
    parts("audits")  # loaded, so that the toy is all that is taken out again

    @part("toy_weak")
    class Weak(Audit):
        def find(self, trained: Trained) -> list[Finding]:
            rows, answer = trained.judgment.held_out["label"]
            evidence = {"held_out": len(rows), "answers": len(answer["probabilities"])}
            return [Finding("toy_weak", "warning", None, "it is weak on Mondays", "--group day keeps days", evidence)]

    @part("toy_broken")
    class Broken(Audit):
        def find(self, trained: Trained) -> list[Finding]:
            raise ValueError("no luck")

    yield
    del _registry["audits", "toy_weak"], _registry["audits", "toy_broken"]


def test_what_an_audit_finds_is_said_kept_and_shown(
    toy: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = fromraw.train(clean_table(1), epochs=1, seed=1, run=tmp_path / "run")
    kinds = {finding.kind: finding for finding in run.findings()}
    assert kinds["toy_weak"].evidence["held_out"] == kinds["toy_weak"].evidence["answers"] > 0
    assert kinds["toy_broken"].text == "toy_broken was not looked for, as that failed (ValueError: no luck)"
    said = capsys.readouterr()
    words = said.out + said.err
    assert "Look at these first\n  ! it is weak on Mondays.  --group day keeps days\n" in words
    assert "it is weak on mondays" in run.report.read_text().lower()
    assert json.loads((Path(run.folder) / "findings.json").read_text())["format"] == 1


def test_the_gravest_come_first() -> None:
    found = [Finding(kind, "warning", None, kind) for kind in ("unreadable", "too_few", "leak", "copies", "rare")]
    assert [f.kind for f in look_first([*found, Finding("leak", "note", None, "a note")])] == [
        "leak",
        "copies",
        "unreadable",
    ]
