"""Each rule does what its paper says, and its state is enough to go on with the same bits."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from fromraw.learning.checkpoint import (
    load_optimizer,
    optimizer_tensors,
    parameter_names,
    read_tensors,
    write_tensors,
)
from fromraw.learning.optimizers import Muon, Optimizer, Wish, build_optimizer, orthogonalize, roles_of
from fromraw.parts import mark


def net(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    system = nn.Sequential(nn.Conv2d(2, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 16, 3))
    mark(system[0].weight, "matrix")
    return system


def train(system: nn.Module, optimizer: Optimizer, steps: range) -> None:
    for step in steps:
        torch.manual_seed(step)
        x = torch.randn(12, 2, 6, 6)
        optimizer.zero_grad()
        nn.functional.cross_entropy(system(x), x.mean((1, 2, 3)).mul(20).long() % 3).backward()
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * (1 - step / 10)
        optimizer.step()


def test_roles_are_as_marked_or_by_module_and_dimensions() -> None:
    system = nn.ModuleDict({"words": nn.Embedding(5, 2), "layer": nn.Linear(2, 3), "conv": nn.Conv1d(1, 2, 3)})
    mark(system["conv"].weight, "vector")
    found = {name: roles_of(system)[p] for name, p in system.named_parameters()}
    assert found == {
        "words.weight": "table", "layer.weight": "matrix", "layer.bias": "vector",
        "conv.weight": "vector", "conv.bias": "vector",
    }  # fmt: skip


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (16, 16), (1, 9)])
def test_orthogonalize_keeps_directions_and_brings_singular_values_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    found = u.mT @ orthogonalize(matrix) @ v.mT
    assert found.diagonal().min() > 0.5
    assert found.diagonal().max() < 1.3
    torch.testing.assert_close(found, torch.diag(found.diagonal()), rtol=0, atol=1e-4)


def test_muon_turns_a_matrix_by_the_rate_and_keeps_its_norm() -> None:
    layer = nn.Conv2d(4, 8, 3, bias=False)
    before = layer.weight.detach().clone()
    optimizer = Muon([{"params": [layer.weight], "lr": 0.01}])
    layer(torch.randn(5, 4, 6, 6)).square().mean().backward()
    optimizer.step()
    moved = (layer.weight.detach() - before).norm() / before.norm()
    assert 0.006 < float(moved) < 0.013
    layer.weight.data.mul_(3)
    optimizer.step()
    torch.testing.assert_close(layer.weight.detach().norm(), before.norm(), rtol=0.02, atol=0)


def test_muon_leaves_what_is_no_matrix_or_was_not_marked_to_adamw() -> None:
    system = net()
    muon, adamw, vectors = build_optimizer([Wish([system], "muon", 0.2)]).param_groups
    assert [p.shape for p in muon["params"]] == [system[0].weight.shape]
    assert [p.shape for p in adamw["params"]] == [system[3].weight.shape]
    assert [g["rate"] for g in (muon, adamw, vectors)] == pytest.approx([0.2, 0.01, 0.01])


def test_parameters_that_are_fixed_or_shared_are_trained_by_no_rule_or_by_the_first() -> None:
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    first.bias.requires_grad_(False)
    optimizer = build_optimizer([Wish([first], "sgd", 0.1), Wish([second], "adamw", 0.01, 0.1)])
    assert [(len(g["params"]), g["rate"], g["weight_decay"]) for g in optimizer.param_groups] == [
        (1, 0.1, 0),
        (1, 0.01, 0),
    ]


@pytest.mark.parametrize("rule", ["sgd", "adamw", "muon"])
def test_going_on_from_saved_state_gives_the_same_bits(rule: str, tmp_path: Path) -> None:
    def fresh() -> tuple[nn.Module, Optimizer]:
        system = net().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return system, build_optimizer([Wish([system[0], system[1]], rule, 0.05), Wish([system[3]], "adamw", 0.01)])  # type: ignore[arg-type]

    whole, optimizer = fresh()
    train(whole, optimizer, range(10))
    half, optimizer = fresh()
    train(half, optimizer, range(5))
    weights = copy.deepcopy(half.state_dict())
    write_tensors(tmp_path / "state", optimizer_tensors(optimizer, parameter_names(half)))
    again, optimizer = fresh()
    again.load_state_dict(weights)
    load_optimizer(optimizer, parameter_names(again), read_tensors(tmp_path / "state"))
    train(again, optimizer, range(5, 10))
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


@pytest.mark.parametrize("rule", ["sgd", "adamw"])
def test_steps_are_those_of_torch(rule: str) -> None:
    """The same bits as torch's own optimizer of that name, with its own options."""
    ours, theirs = net(), net()
    groups = [{"params": [p for p in theirs.parameters() if (p.dim() > 1) == decayed], "rate": 0.02,
               "weight_decay": 0.1 * decayed} for decayed in (True, False)]  # fmt: skip
    torchs = {
        "sgd": lambda: torch.optim.SGD(groups, lr=1.0, momentum=0.9, nesterov=True, foreach=True),
        "adamw": lambda: torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.95), fused=True),
    }
    train(ours, build_optimizer([Wish([ours], rule, 0.02, 0.1)]), range(9))  # type: ignore[arg-type]
    train(theirs, torchs[rule](), range(9))  # type: ignore[arg-type]
    for name, tensor in ours.state_dict().items():
        assert torch.equal(tensor, theirs.state_dict()[name]), name


def test_the_first_step_does_not_import_a_compiler() -> None:
    """torch's own optimizers do, which takes seconds."""
    script = """
import sys, torch
from fromraw.learning.optimizers import Wish, build_optimizer
net = torch.nn.Linear(3, 3)
for rule in ("sgd", "adamw", "muon"):
    optimizer = build_optimizer([Wish([net], rule, 0.1)])
    optimizer.zero_grad()
    net(torch.ones(2, 3)).sum().backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
print("torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("rule", "rate"), [("sgd", 0.1), ("adamw", 0.01), ("muon", 0.05)])
def test_every_rule_learns(rule: str, rate: float) -> None:
    system = net(1)
    optimizer = build_optimizer([Wish([system], rule, rate)])  # type: ignore[arg-type]
    x, y = torch.randn(12, 2, 6, 6), torch.arange(12) % 3
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(system(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
