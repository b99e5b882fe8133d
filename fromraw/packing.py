"""One file to hand on: what answers to new rows need, and nothing of the rows, the machine or the person.

Whatever goes in is named here, key by key, or by the column that knows its cells (`Column.handed_on`): what a later
version adds to a run does not leave the machine by itself.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor

from fromraw.errors import Refused, RunError, UsageError
from fromraw.evaluation.account import scores_of
from fromraw.evaluation.answering import decoder_of
from fromraw.keeping import FORMAT, columns_text, tensors_of_systems, tensors_of_unlike
from fromraw.learned import Learned
from fromraw.parts import parts
from fromraw.planning.plan import Plan, to_yaml
from fromraw.report.pack_card import card_of_pack
from fromraw.run_files import ENDING, write_pack

FEWEST = 5
"""A category that fewer training rows have may name a person, and is told of."""

_PLAN: dict[str, Any] = {
    "format": True,
    "inputs": {"__all__": {"columns", "encoder", "instance", "optimizer", "rate", "weight_decay"}},
    "outputs": {"__all__": {"columns", "decoder", "metric", "costs"}},
    "fusion": True,
    "views": True,
    "members": {"__all__": {"seed", "fold", "encoder", "decoder", "steps"}},
    "folds": True,
    "learning": {"batch", "piece", "warmup", "decay", "clip", "epochs", "steps", "precision", "seed"},
    "budget": {"minutes", "device"},
}
_FACTS = ("things", "tested_on", "version")
_VERSIONS = ("python", "torch", "numpy", "pyarrow", "scikit-learn")
_SIDES = ("train", "valid", "test")
_METRICS = ("rows", "tested_on", "stopped")
_DECISION = ("words", "category", "threshold", "rows")


@dataclass(frozen=True)
class Wanted:
    """unlike: keep what tells rows unlike anything trained on, which is some of the training rows, coarsely;
    hide_rare: leave out the names of categories of inputs that fewer than 5 training rows have."""

    unlike: bool = False
    hide_rare: bool = False


def pack(learned: Learned, place: str | Path, wanted: Wanted) -> Path:
    """Write a pack; the same run gives the same bytes."""
    place = Path(place)
    if place.suffix != ENDING:
        raise UsageError(f"a pack must end in {ENDING}, got {place}.")
    if place.is_dir():
        raise UsageError(f"{place} is a folder, and a pack is a file; choose another name.")
    if not learned.files.has_rows and place.exists() and place.samefile(learned.folder):
        raise UsageError(f"{place} would be written over itself; choose another name.")
    members = _members(learned, wanted)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_pack(place, members)
    return place


def rare_names(learned: Learned, wanted: Wanted) -> dict[str, list[str]]:
    """{column: names of categories that go in and that fewer than 5 training rows have}."""
    asked = {name for output in learned.plan.outputs.values() for name in output.columns}
    columns = {n: c for n, c in learned.columns.items() if n in asked or not wanted.hide_rare}
    return {name: rare for name, column in columns.items() if (rare := column.rare_names(FEWEST))}


def _members(learned: Learned, wanted: Wanted) -> dict[str, bytes]:
    plan, facts, metrics = _plan(learned.plan), _facts(learned), _metrics(learned)
    texts = {
        "format": f"{FORMAT}\n",
        "plan.yaml": to_yaml(plan, {}),
        "columns.json": _columns(learned, wanted),
        "metrics.json": json.dumps(metrics, indent=1),
        "data.json": json.dumps(facts, indent=1),
        "README.md": card_of_pack(plan, learned.columns, facts, metrics, scores_of(plan)),
    }
    tensors = {"system.safetensors": tensors_of_systems(learned.systems)}
    if wanted.unlike and learned.unlike:
        tensors["unlike.safetensors"] = tensors_of_unlike(learned.unlike)
    return {name: text.encode() for name, text in texts.items()} | {name: _bytes(of) for name, of in tensors.items()}


def _bytes(tensors: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})


def _plan(plan: Plan) -> Plan:
    """Without reasons, which quote the data, and without the machine's cores and memory."""
    return Plan.model_validate(plan.model_dump(mode="json", include=_PLAN))


def _columns(learned: Learned, wanted: Wanted) -> str:
    """An answer must have its name, so those of outputs are never hidden."""
    read = {name for item in learned.plan.inputs.values() for name in item.columns} if wanted.hide_rare else {}
    try:
        states = {n: c.handed_on(wanted.unlike, FEWEST if n in read else 0) for n, c in learned.columns.items()}
    except Refused as error:
        raise RunError(f"{learned.folder} cannot be packed: {error}.") from None
    return columns_text(learned.columns, states)


def _facts(learned: Learned) -> dict[str, Any]:
    """What predicting and scoring read of data.json: how tables are written, the name of the column of groups."""
    facts = learned.facts()
    asked = facts["asked"]
    read = _only(asked.get("read") or {}, parts("sources")["table"].settings)
    modules = dict.fromkeys(_only(asked.get("modules", {}), learned.plan.inputs), "")
    return {
        "format": FORMAT,
        **_only(facts, _FACTS),
        "splits": _only(facts.get("splits", {}), _SIDES),
        "versions": _only(facts.get("versions", {}), _VERSIONS),
        "asked": {"read": read, "group": asked.get("group"), "modules": modules},
    }


def _metrics(learned: Learned) -> dict[str, Any]:
    """Scores and their intervals, of outputs, metrics and baselines that are known by name; and where it answers what,
    as the decoder knows it."""
    metrics, methods = learned.metrics, parts("baselines")
    found: dict[str, Any] = {"format": FORMAT, **_only(metrics, _METRICS)}
    found |= {"outputs": {}, "baselines": {}, "advantage": {}, "decisions": {}}
    for output, scores in scores_of(learned.plan).items():
        of = _only(metrics["baselines"].get(output, {}), methods)
        found["outputs"][output] = _intervals(metrics["outputs"][output], scores)
        found["baselines"][output] = {name: _intervals(own, scores) for name, own in of.items()}
        found["advantage"][output] = _intervals(metrics.get("advantage", {}).get(output, {}), methods)
        restore = learned.columns[learned.plan.outputs[output].columns[0]].restore
        if decision := _only(decoder_of(learned.system, output).decision(restore), _DECISION):
            found["decisions"][output] = decision
    return found


def _intervals(found: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _only(interval, ("value", "low", "high")) for name, interval in _only(found, names).items()}


def _only(found: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """In the order in which they are found, as a run's first score is its headline."""
    names = set(names)
    return {name: value for name, value in found.items() if name in names}
