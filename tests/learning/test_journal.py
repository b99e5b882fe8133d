"""What was decided is on disk before it is acted on, and stands."""

import json
from pathlib import Path

from fromraw.learning.journal import Journal


def test_a_decision_is_on_disk_when_decide_returns_and_the_first_one_stands(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "decisions.jsonl")
    assert journal.decide("steps", 40, "the clock", step=3, member=0) == 40
    written = json.loads((tmp_path / "decisions.jsonl").read_text())
    assert written == {"decision": "steps", "step": 3, "member": 0, "value": 40, "why": "the clock"}
    assert journal.decide("steps", 99, "another", step=3, member=0) == 40
    assert journal.decide("steps", 99, "another", step=3, member=1) == 99
    assert [d["value"] for d in journal.all("steps")] == [40, 99]


def test_another_process_reads_what_was_decided(tmp_path: Path) -> None:
    Journal(tmp_path / "decisions.jsonl").decide("pace", [0.5, "bf16"], "measured", stage=0)
    again = Journal(tmp_path / "decisions.jsonl")
    assert again.decide("pace", [0.9, "float32"], "measured anew", stage=0) == [0.5, "bf16"]
    assert again.find("pace", stage=1) is None


def test_a_torn_last_line_never_was(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    Journal(path).decide("piece", 8, "memory", step=1)
    with path.open("ab") as file:
        file.write(b'{"decision": "piece", "value": 4, "st')
    journal = Journal(path)
    assert [d["value"] for d in journal.decisions] == [8]
    assert journal.decide("piece", 2, "memory", step=2) == 2
    assert [json.loads(line)["value"] for line in path.read_text().splitlines()] == [8, 2]
