"""Precision: float32, or bf16 where it is measured faster; and the generators' seeds."""

from contextlib import AbstractContextManager, nullcontext

import torch


def computing_in(precision: str, device: str) -> AbstractContextManager[object]:
    """The context of a forward: products in bf16 where asked for, the rest as torch thinks best."""
    if precision == "bf16":
        return torch.autocast(device.split(":")[0], torch.bfloat16)
    return nullcontext()


def seed_torch(seed: int) -> None:
    """All of torch's generators, before each forward: nothing depends on what was drawn before."""
    torch.manual_seed(seed)
