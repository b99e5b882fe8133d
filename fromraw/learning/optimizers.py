"""How gradients become steps: SGD with Nesterov momentum, AdamW, Muon; each group of parameters by its own rule.

Robbins, Monro, "A stochastic approximation method", 1951; Nesterov, 1983, as in Sutskever, Martens, Dahl, Hinton, "On
the importance of initialization and momentum in deep learning", ICML 2013. Kingma, Ba, "Adam", ICLR 2015; Loshchilov,
Hutter, "Decoupled weight decay regularization", ICLR 2019. Jordan, "Muon: an optimizer for hidden layers in neural
networks", 2024; the norm kept, and the rate a share of it: Jordan's airbench94_muon, 2024.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fromraw.parts import Role

ByRole = Mapping[Role, list[nn.Parameter]]
Rule = Callable[[ByRole, float, float], Sequence[torch.optim.Optimizer]]
Name = Literal["muon", "adamw", "sgd"]
MOMENTUM = 0.6
"""Muon's. Steps are few where minutes are, and orthogonal steps need less averaging than raw gradients."""
ADAMW_BESIDE_MUON = 0.05
"""The rate of what is no matrix, as a share of Muon's (recipes/LOG.md)."""


@dataclass(frozen=True)
class Wish:
    """By which rule the parameters of some modules are trained, at which rate, and with which decay."""

    modules: Sequence[nn.Module]
    optimizer: Name = "adamw"
    rate: float = 1e-3
    weight_decay: float = 0.0


def roles_of(module: nn.Module) -> dict[nn.Parameter, Role]:
    """Each trained parameter's role: as marked; else by its module and number of dimensions."""
    return {
        p: getattr(p, "role", None)
        or ("table" if isinstance(m, nn.Embedding) else "matrix" if p.dim() > 1 else "vector")
        for m in module.modules()
        for p in m.parameters(recurse=False)
        if p.requires_grad
    }


def build_optimizer(wishes: Iterable[Wish]) -> torch.optim.Optimizer:
    """One optimizer whose groups keep their own rules; a parameter shared by two wishes follows the first."""
    taken: set[nn.Parameter] = set()
    made: list[torch.optim.Optimizer] = []
    for wish in wishes:
        by_role: dict[Role, list[nn.Parameter]] = defaultdict(list)
        for module in wish.modules:
            for parameter, role in roles_of(module).items():
                if parameter not in taken:
                    taken.add(parameter)
                    by_role[role].append(parameter)
        made += RULES[wish.optimizer](by_role, wish.rate, wish.weight_decay)
    return Together(made)


def _groups(by_role: ByRole, rate: float, weight_decay: float) -> list[dict[str, Any]]:
    """Parameters as groups; `rate` is the peak that a schedule multiplies into `lr`. Vectors are never decayed."""
    decayed = [p for role in ("matrix", "table") for p in by_role.get(role, [])]
    groups = [(decayed, weight_decay), (by_role.get("vector", []), 0.0)]
    return [{"params": ps, "lr": rate, "rate": rate, "weight_decay": decay} for ps, decay in groups if ps]


def _sgd(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[torch.optim.Optimizer]:
    groups = _groups(by_role, rate, weight_decay)
    return [torch.optim.SGD(groups, momentum=0.9, nesterov=True, foreach=True)] if groups else []


def _adamw(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[torch.optim.Optimizer]:
    groups = _groups(by_role, rate, weight_decay)
    fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda", "mps") for g in groups for p in g["params"])
    return [torch.optim.AdamW(groups, betas=(0.9, 0.95), fused=fused)] if groups else []


def _muon(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[torch.optim.Optimizer]:
    """Muon for those that a part marked as matrix, whose norm it keeps instead of decaying it; AdamW for the rest.

    A matrix that nobody marked may have no normalization after it: its norm has something to learn.
    """
    marked = [p for p in by_role.get("matrix", []) if hasattr(p, "role")]
    left = [p for p in by_role.get("matrix", []) if not hasattr(p, "role")]
    beside = _adamw({**by_role, "matrix": left}, rate * ADAMW_BESIDE_MUON, weight_decay)
    group = {"params": marked, "lr": rate, "rate": rate, "momentum": MOMENTUM}
    return [Muon([group]), *beside] if marked else beside


RULES: dict[str, Rule] = {"sgd": _sgd, "adamw": _adamw, "muon": _muon}


class Muon(torch.optim.Optimizer):
    """Momentum whose every step has all its singular values near one, so that no direction of a matrix is starved.

    Kernels of convolutions are read as outputs x (inputs * places), which torch's own refuses. A rate of 0.1 turns a
    matrix by a tenth of its norm, and the norm stays what it was at first: meant for matrices whose scale is set by a
    normalization after them.
    """

    def __init__(self, params: Any, lr: float = 0.1, momentum: float = MOMENTUM) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            trained = [p for p in group["params"] if p.grad is not None]
            for p in trained:
                if not self.state[p]:
                    self.state[p].update(momentum=torch.zeros_like(p), norm=p.norm())
            momenta = [self.state[p]["momentum"] for p in trained]
            for p, momentum in zip(trained, momenta, strict=True):
                momentum.lerp_(p.grad, 1 - group["momentum"])
                ahead = torch.lerp(p.grad, momentum, group["momentum"])  # Nesterov: where momentum is about to be
                turn(p, orthogonalize(ahead.flatten(1)), group["lr"], self.state[p]["norm"])


def turn(p: Tensor, direction: Float[Tensor, "rows columns"], share: float, norm: Tensor) -> None:
    """Move a matrix by a share of its norm towards minus a direction of singular values near one."""
    p.mul_(norm / p.norm().clamp_min(1e-12))
    length = math.sqrt(min(direction.shape))
    p.sub_(direction.view_as(p) * (norm * (share / length)))


def orthogonalize(matrix: Float[Tensor, "rows columns"], rounds: int = 5) -> Float[Tensor, "rows columns"]:
    """The matrix with its singular values brought near one (0.7 to 1.2) by Newton-Schulz rounds: products alone."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.mT if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.mT if tall else x


class Together(torch.optim.Optimizer):
    """Several optimizers as one: their groups side by side, one state."""

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        self.optimizers = list(optimizers)
        super().__init__([group for o in self.optimizers for group in o.param_groups], {})
        for optimizer in self.optimizers:
            optimizer.state = self.state

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for optimizer in self.optimizers:
            optimizer.step()
