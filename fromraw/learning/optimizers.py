"""How gradients become steps: SGD with Nesterov momentum, AdamW, Muon; each group of parameters by its own rule.

Robbins, Monro, "A stochastic approximation method", 1951; Nesterov, 1983, as in Sutskever, Martens, Dahl, Hinton, "On
the importance of initialization and momentum in deep learning", ICML 2013. Kingma, Ba, "Adam", ICLR 2015; Loshchilov,
Hutter, "Decoupled weight decay regularization", ICLR 2019. Jordan, "Muon: an optimizer for hidden layers in neural
networks", 2024; the norm kept, and the rate a share of it: Jordan's airbench94_muon, 2024.

The arithmetic of SGD and AdamW is torch's. The classes around it are not: torch's own import its compiler when the
first of them is made, which takes about two seconds.
"""

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from fromraw.parts import Role

ByRole = Mapping[Role, list[nn.Parameter]]
Name = Literal["muon", "adamw", "sgd"]
MOMENTUM = 0.6
"""Muon's. Steps are few where minutes are, and orthogonal steps need less averaging than raw gradients."""
ADAMW_BESIDE_MUON = 0.05
"""The rate of what is no matrix, as a share of Muon's (recipes/LOG.md)."""


class Optimizer(ABC):
    """Parameters in groups (`params`, `lr`, and what their rule reads), and what a rule remembers of each."""

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        self.param_groups = list(groups)
        self.state: dict[Tensor, dict[str, Tensor]] = defaultdict(dict)

    def zero_grad(self) -> None:
        """Let go of all gradients."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    @abstractmethod
    def step(self) -> None:
        """Change the parameters that have a gradient."""

    def trained(self) -> Iterator[tuple[dict[str, Any], list[Tensor], list[Tensor]]]:
        """Each group, with those of its parameters that have a gradient, and the gradients."""
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if params:
                yield group, params, [p.grad for p in params]


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


def build_optimizer(wishes: Iterable[Wish]) -> Optimizer:
    """One optimizer whose groups keep their own rules; a parameter shared by two wishes follows the first."""
    taken: set[nn.Parameter] = set()
    made: list[Optimizer] = []
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


def _sgd(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[Optimizer]:
    groups = _groups(by_role, rate, weight_decay)
    return [SGD(groups)] if groups else []


def _adamw(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[Optimizer]:
    groups = _groups(by_role, rate, weight_decay)
    return [AdamW(groups)] if groups else []


def _muon(by_role: ByRole, rate: float, weight_decay: float) -> Sequence[Optimizer]:
    """Muon for those that a part marked as matrix, whose norm it keeps instead of decaying it; AdamW for the rest.

    A matrix that nobody marked may have no normalization after it: its norm has something to learn.
    """
    marked = [p for p in by_role.get("matrix", []) if hasattr(p, "role")]
    left = [p for p in by_role.get("matrix", []) if not hasattr(p, "role")]
    beside = _adamw({**by_role, "matrix": left}, rate * ADAMW_BESIDE_MUON, weight_decay)
    group = {"params": marked, "lr": rate, "rate": rate}
    return [Muon([group]), *beside] if marked else beside


Rule = Callable[[ByRole, float, float], Sequence[Optimizer]]
RULES: dict[str, Rule] = {"sgd": _sgd, "adamw": _adamw, "muon": _muon}


class SGD(Optimizer):
    """Stochastic gradient descent with Nesterov momentum."""

    @torch.no_grad()
    def step(self) -> None:
        for group, params, grads in self.trained():
            momenta = [self.state[p].get("momentum_buffer") for p in params]
            sgd(
                params, grads, momenta, foreach=True, lr=group["lr"], weight_decay=group["weight_decay"],
                momentum=0.9, dampening=0.0, nesterov=True, maximize=False,
            )  # fmt: skip
            for p, momentum in zip(params, momenta, strict=True):
                self.state[p]["momentum_buffer"] = momentum  # type: ignore[assignment] # made by the first step


class AdamW(Optimizer):
    """Adam with a decay that goes by the rate alone, not by the gradient's size."""

    @torch.no_grad()
    def step(self) -> None:
        for group, params, grads in self.trained():
            for p in params:
                if not self.state[p]:
                    step = torch.zeros((), device=p.device)
                    self.state[p].update(step=step, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
            means, squares, steps = ([self.state[p][k] for p in params] for k in ("exp_avg", "exp_avg_sq", "step"))
            adamw(
                params, grads, means, squares, [], steps, fused=True, lr=group["lr"],
                weight_decay=group["weight_decay"], beta1=0.9, beta2=0.95, eps=1e-8, amsgrad=False, maximize=False,
            )  # fmt: skip


class Muon(Optimizer):
    """Momentum whose every step has all its singular values near one, so that no direction of a matrix is starved.

    Kernels of convolutions are read as outputs x (inputs * places), which torch's own refuses. A rate of 0.1 turns a
    matrix by a tenth of its norm, and the norm stays what it was at first: meant for matrices whose scale is set by a
    normalization after them.
    """

    @torch.no_grad()
    def step(self) -> None:
        for group, params, grads in self.trained():
            for p, grad in zip(params, grads, strict=True):
                if not self.state[p]:
                    self.state[p].update(momentum=torch.zeros_like(p), norm=p.norm())
                momentum = self.state[p]["momentum"].lerp_(grad, 1 - MOMENTUM)
                ahead = torch.lerp(grad, momentum, MOMENTUM)  # Nesterov: where momentum is about to be
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


class Together(Optimizer):
    """Several optimizers as one: their groups side by side, one state."""

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self.optimizers = list(optimizers)
        super().__init__(group for o in self.optimizers for group in o.param_groups)
        for optimizer in self.optimizers:
            optimizer.state = self.state

    def step(self) -> None:
        for optimizer in self.optimizers:
            optimizer.step()
