"""A checkpoint is there whole or not at all, whatever happens while it is written."""

from pathlib import Path

import pytest
import torch

from fromraw.learning import checkpoint


def tensors(value: float) -> dict[str, torch.Tensor]:
    return {
        "a/b": torch.full((3, 2), value),
        "half": torch.full((2,), value, dtype=torch.bfloat16),
        "whole": torch.tensor(int(value)),
        "turned": torch.arange(6.0).view(2, 3).T * value,
    }


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "checkpoint", tensors(2.0), {"step": 5, "spent": 1.5})
    found, facts = checkpoint.load(tmp_path / "checkpoint") or ({}, {})
    assert facts["step"] == 5
    assert found.keys() == tensors(2.0).keys()
    for name, tensor in tensors(2.0).items():
        assert torch.equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
    assert checkpoint.load(tmp_path / "nowhere") is None


def test_only_the_last_one_is_kept(tmp_path: Path) -> None:
    for step in range(5):
        checkpoint.save(tmp_path, tensors(float(step)), {"step": step})
    assert (checkpoint.read_facts(tmp_path) or {})["step"] == 4
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("moment", ["fsync", "replace", "unlink"])
@pytest.mark.parametrize("call", [1, 2])
def test_killed_at_any_moment_the_old_one_or_the_new_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, call: int
) -> None:
    checkpoint.save(tmp_path, tensors(1.0), {"step": 1})
    home = checkpoint.os if moment != "unlink" else Path
    real, calls = getattr(home, moment), []

    def failing(*given: object, **more: object) -> object:
        calls.append(given)
        if len(calls) == call:
            raise KeyboardInterrupt
        return real(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(home, moment, failing)
        try:
            checkpoint.save(tmp_path, tensors(2.0), {"step": 2})
        except KeyboardInterrupt:
            assert len(calls) == call
    found, facts = checkpoint.load(tmp_path) or ({}, {})
    assert torch.equal(found["a/b"], tensors(float(facts["step"]))["a/b"])
    checkpoint.save(tmp_path, tensors(3.0), {"step": 3})
    found, facts = checkpoint.load(tmp_path) or ({}, {})
    assert facts["step"] == 3
    assert torch.equal(found["a/b"], tensors(3.0)["a/b"])


def test_rubbish_left_by_a_kill_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "tensors-0.safetensors.partial").write_bytes(b"half")
    (tmp_path / "state.json.partial").write_text('{"step":')
    assert checkpoint.load(tmp_path) is None
    checkpoint.save(tmp_path, tensors(1.0), {"step": 1})
    assert checkpoint.load(tmp_path) is not None


def test_loaded_tensors_have_memory_of_their_own(tmp_path: Path) -> None:
    """The bits of small products depend on how operands lie: a map of the file would put them anywhere."""
    odd = {f"t{n}": torch.arange(float(n + 1)) for n in range(9)}
    checkpoint.write_tensors(tmp_path / "odd.safetensors", odd)
    assert all(tensor.data_ptr() % 16 == 0 for tensor in checkpoint.read_tensors(tmp_path / "odd.safetensors").values())
