"""The plan: everything that training will do, in plain values, with a separate map from path to reason.

The plan is data: it is printed as YAML, taken back from YAML, and kept in the run. Every value has an address, such as
`photo.convnet.width` or `learning.rate`, by which `--set` changes it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fromraw.errors import UsageError, unknown
from fromraw.system import Step


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def steps_of(encoder: list[dict[str, dict[str, Any]]]) -> tuple[Step, ...]:
    """The encoders of a plan, in order."""
    return tuple(Step(*next(iter(step.items()))) for step in encoder)


class InputPlan(_Part):
    """How an input is read: its columns, encoders in order, and the name of the instance (equal names share weights).

    optimizer, rate, weight_decay: of this instance's parameter group.
    """

    columns: list[str]
    encoder: list[dict[str, dict[str, Any]]]
    instance: str
    optimizer: Literal["muon", "adamw", "sgd"] = "adamw"
    rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)

    def steps(self) -> tuple[Step, ...]:
        return steps_of(self.encoder)


class OutputPlan(_Part):
    """How an output is answered: its columns and decoder. metric: the score that counts (None: the decoder's first);
    costs: of an answer, {"truth:answer": cost}."""

    columns: list[str]
    decoder: dict[str, dict[str, Any]]
    metric: str | None = None
    costs: dict[str, float] = {}

    def step(self) -> Step:
        return Step(*next(iter(self.decoder.items())))


class StagePlan(_Part):
    """One stage: which instances and decoders are trained (`all`, or names), towards which outputs, and for which
    share of the steps."""

    name: str = "train"
    trains: list[str] | Literal["all"] = "all"
    outputs: list[str] | Literal["all"] = "all"
    share: float = Field(1.0, gt=0, le=1)


class MemberPlan(_Part):
    """One net of those whose answers are averaged: its seed, and the fold of train and valid rows that it does not
    learn from (None: the split's valid rows).

    encoder, decoder: its own, by input and output, in place of the plan's; steps: exactly so many (0: as it began).
    """

    seed: int = 0
    fold: int | None = None
    encoder: dict[str, list[dict[str, dict[str, Any]]]] = {}
    decoder: dict[str, dict[str, dict[str, Any]]] = {}
    steps: int | None = Field(None, ge=0)


class LearningPlan(_Part):
    """The loop: rows of a step and of a piece, the schedule, and how long.

    warmup: share of the steps in which the rate rises; clip: the largest norm of a gradient (0: any); epochs: the most
    that pays, minutes may allow fewer; steps: exactly so many.
    """

    batch: int = Field(128, gt=0)
    piece: int = Field(128, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    decay: Literal["linear", "cosine"] = "linear"
    clip: float = Field(0.0, ge=0)
    epochs: float | None = Field(None, gt=0)
    steps: int | None = Field(None, gt=0)
    precision: Literal["auto", "float32", "bf16"] = "auto"
    seed: int = 0


class BudgetPlan(_Part):
    """minutes of the whole command, None where epochs or steps were asked for; threads, device and memory."""

    minutes: float | None = Field(5.0, gt=0)
    threads: int = Field(1, gt=0)
    device: str = "cpu"
    memory_mib: int = Field(2048, gt=0)


class Plan(_Part):
    """See the module. views: how each column is varied in training; folds: into how many train and valid rows are cut
    for the members (0: not)."""

    format: int = 1
    inputs: dict[str, InputPlan]
    outputs: dict[str, OutputPlan]
    fusion: dict[str, dict[str, Any]] = {"concatenate": {}}
    views: dict[str, dict[str, Any]] = {}
    stages: list[StagePlan] = [StagePlan()]
    members: list[MemberPlan] = [MemberPlan()]
    folds: int = Field(0, ge=0)
    learning: LearningPlan = LearningPlan()
    budget: BudgetPlan = BudgetPlan()


class Reason(_Part):
    """who: `rule`, `default` or `you`; why: in words."""

    who: str
    why: str


Reasons = dict[str, Reason]
"""Address -> who chose the value there, and why."""

Key = tuple[str | int, ...]


def addresses(plan: Mapping[str, Any]) -> dict[str, Key]:
    """Where each value of a plan (as plain data) lies, by its address."""
    found: dict[str, Key] = {}
    for name, item in plan["inputs"].items():
        for number, step in enumerate(item["encoder"]):
            found |= _under(("inputs", name, "encoder", number), step, name)
        rest = {key: value for key, value in item.items() if key != "encoder"}
        found |= {f"{name}.{key}": ("inputs", name, key) for key in rest}
    for name, item in plan["outputs"].items():
        found |= _under(("outputs", name, "decoder"), item["decoder"], name)
        rest = {key: value for key, value in item.items() if key != "decoder"}
        found |= {f"{name}.{key}": ("outputs", name, key) for key in rest}
    found |= _under(("fusion",), plan["fusion"], "fusion")
    found |= _under(("views",), plan["views"], "views")
    for room in ("learning", "budget"):
        found |= {f"{room}.{key}": (room, key) for key in plan[room]}
    return found | {key: (key,) for key in ("stages", "members", "folds")}


def _under(at: Key, tree: Mapping[str, Mapping[str, Any]], prefix: str) -> dict[str, Key]:
    return {f"{prefix}.{a}.{b}": (*at, a, b) for a, settings in tree.items() for b in settings}


def resolve(name: str, known: Mapping[str, Key]) -> str:
    """The address that a person means: whole, or the last word where only one address ends so."""
    if name in known:
        return name
    ends = [address for address in known if address.split(".")[-1] == name]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageError(f"--set {name}: several parts have it: {', '.join(ends)}.")
    raise unknown("setting", name, {*known, *(address.split(".")[-1] for address in known)})


def get(plan: Any, key: Key) -> Any:
    """The value at a place of plain data."""
    for step in key:
        plan = plan[step]
    return plan


def put(plan: Any, key: Key, value: Any) -> None:
    """Change the value at a place of plain data."""
    get(plan, key[:-1])[key[-1]] = value


def parse(data: Any, where: str) -> Plan:
    """Plain data as a plan; UsageError that names what does not fit."""
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise UsageError(f"{where}: {place}: {first['msg']}, got {first.get('input')!r}.") from None


def read(path: str | Path) -> dict[str, Any]:
    """A plan file's contents; UsageError where it is not one."""
    try:
        data = yaml.safe_load(Path(path).read_text())
    except OSError as error:
        raise UsageError(f"--plan {path}: {(error.strerror or 'cannot be read').lower()}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--plan {path}: {str(error).splitlines()[0]}.") from None
    if not isinstance(data, dict) or "inputs" not in data:
        raise UsageError(f"--plan {path}: not a plan; `fromraw plan DATA` prints one.")
    return data


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented under their key; lists of plain values in one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    plain = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


_Dumper.add_representer(list, _represent_list)


def to_yaml(plan: Plan, reasons: Reasons) -> str:
    """The plan as YAML, each value with who chose it and why beside it."""
    data = plan.model_dump(mode="json")
    data["members"] = [{"seed": m.seed, "fold": m.fold, **m.model_dump(exclude_defaults=True)} for m in plan.members]
    comments = {key: reasons[address] for address, key in addresses(data).items() if address in reasons}
    lines = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True).splitlines()
    return "\n".join(_commented(lines, comments)) + "\n"


def reasons_in(text: str, plan: Plan) -> Reasons:
    """The reasons that `to_yaml` wrote beside the values."""
    data = plan.model_dump(mode="json")
    places = {key: address for address, key in addresses(data).items()}
    found: Reasons = {}
    for key, line in _places(text.splitlines()):
        who, colon, why = line.rpartition(" # ")[2].partition(": ")
        if colon and key in places and who in ("rule", "default", "you"):
            found[places[key]] = Reason(who=who, why=why)
    return found


def _commented(lines: list[str], comments: Mapping[Key, Reason]) -> list[str]:
    """Reasons beside the lines of the block style that `_Dumper` writes."""
    found = ((line, comments.get(key)) for key, line in _places(lines))
    return [f"{line:<44} # {reason.who}: {reason.why}" if reason else line for line, reason in found]


def _places(lines: list[str]) -> Iterator[tuple[Key, str]]:
    """Each line with the path of keys that its indentation tells."""
    path: list[tuple[int, str | int]] = []
    for line in lines:
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.startswith("- "):
            number = next((k + 1 for i, k in path if i == indent and isinstance(k, int)), 0)
            path = [*((i, k) for i, k in path if i < indent), (indent, number)]
            text, indent = text[2:], indent + 2
        path = [*((i, k) for i, k in path if i < indent), (indent, text.split(":")[0].strip("'\""))]
        yield tuple(key for _, key in path), line
