"""From a plan to the net that it describes."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from fromraw.columns.base import Column
from fromraw.planning.deciding import spec_of
from fromraw.planning.plan import MemberPlan, Plan, steps_of
from fromraw.randomness import torch_seed
from fromraw.system import Asking, Reading, Step, System


def build_system(
    plan: Plan, columns: Mapping[str, Column], member: MemberPlan, modules: Mapping[str, nn.Module] | None = None
) -> System:
    """A member's fresh net, its first weights drawn from its seed. columns: fitted, by name; modules:
    nets of a user's own, by input, of which the member gets a copy."""
    items: dict[str, Any] = {**plan.inputs, **plan.outputs}
    specs = {name: spec_of([columns[column] for column in item.columns]) for name, item in items.items()}
    torch.manual_seed(torch_seed(member.seed, "weights"))
    modules = {plan.inputs[name].instance: copy.deepcopy(module) for name, module in (modules or {}).items()}
    inputs = {
        name: Reading(specs[name], steps_of(member.encoder.get(name, item.encoder)), item.instance)
        for name, item in plan.inputs.items()
    }
    outputs = {
        name: Asking(specs[name], Step(*next(iter(member.decoder.get(name, item.decoder).items()))))
        for name, item in plan.outputs.items()
    }
    fusion = Step(*next(iter(plan.fusion.items())))
    system = System(inputs, outputs, fusion, modules)
    for name, item in plan.outputs.items():
        decoder, restore = system.decoders[name], columns[item.columns[0]].restore
        priced = decoder.price(specs[name], item.costs, restore) if item.costs else None
        decoder.aim(item.metric, item.costs, priced)
    for module in system.modules():
        if isinstance(module, nn.Conv2d):  # faster than channels first (recipes/LOG.md)
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return system.to(plan.budget.device)
