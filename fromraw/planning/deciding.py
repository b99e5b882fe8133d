"""From what the data are and what the machine and the minutes allow, to a plan.

Rules are pure functions of types, sizes, rows, speed and budget. A part's own rules live in its file (`suggest`); here
parts are only chosen, their wishes put together, and what a person said put over them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fromraw.columns.base import Column, Stored
from fromraw.errors import UsageError, unknown
from fromraw.machine import Machine
from fromraw.parts import OF_DECODER, Budget, Description, Part, Suggestion, find, is_wish, suited
from fromraw.planning.aiming import Aim, aimed
from fromraw.planning.plan import Key, Plan, Reason, Reasons, addresses, get, parse, put, resolve
from fromraw.signals import ScalarsSpec, SignalSpec, join_specs
from fromraw.system import Stack, Step

EVERY = ""
"""Stands for every input that is not named, where a person says which encoder reads an input."""
FOLDS, FOLDS_OF_MANY, MANY = 5, 10, 10_000
"""Parts of the rows of which each of several nets leaves one out: smaller ones where rows are many."""
TRAINING_SHARE = 0.8
"""Of the minutes, what rules count on for training; baselines, evaluation and the report take the rest."""


@dataclass(frozen=True)
class Facts:
    """What the rules may read of the data. inputs, outputs: fitted columns; rows: for training; sample: some training
    rows as stored, by column; categories: rows of each category; own_valid: the data name their validation rows; folds:
    all rows are tested in so many parts, by a net each."""

    inputs: Mapping[str, Column]
    outputs: Mapping[str, Column]
    rows: int
    sample: Mapping[str, Stored]
    categories: Mapping[str, Sequence[int]]
    own_valid: bool = False
    folds: int = 0


@dataclass(frozen=True)
class Request:
    """What a person asked for. settings: `--set`, by address or last word; encoders: `--encoder photo=a>b`, EVERY for
    the others; file: a plan's plain data; modules: inputs that a net of the user's own reads; aim: what counts."""

    minutes: float | None = None
    epochs: float | None = None
    steps: int | None = None
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    encoders: Mapping[str, str] = field(default_factory=dict)
    file: Mapping[str, Any] | None = None
    modules: tuple[str, ...] = ()
    aim: Aim = field(default_factory=Aim)


_OPTIONS = {"learning.seed": "--seed", "budget.minutes": "--minutes"}
"""Settings by which more than the plan goes, so that they are said before it is made."""


def decide(facts: Facts, machine: Machine, request: Request) -> tuple[Plan, Reasons]:
    """The plan and the reason of every value in it. UsageError for settings that do not exist or do not fit."""
    if not facts.inputs:
        raise UsageError(f"nothing to predict {', '.join(facts.outputs)} from: no other column is read by a net.")
    draft = _Draft(facts, machine, request)
    for name, columns in group_inputs(facts.inputs).items():
        draft.add_input(name, columns)
    draft.add_fusion()
    for name, column in facts.outputs.items():
        draft.add_output(name, column)
    draft.add_views()
    draft.add_learning()
    draft.add_budget()
    try:
        draft.apply(request)
    except (AttributeError, KeyError, TypeError):
        raise UsageError("the plan's file is not whole; `fromraw plan DATA` prints one that is.") from None
    plan = parse(draft.data, "the plan")
    if facts.folds and {member.fold for member in plan.members} != set(range(facts.folds)):
        raise UsageError(f"--folds {facts.folds} needs a net for each fold, and the plan's members are others.")
    return aimed(_checked(plan), facts.outputs, request.aim, draft.reasons), draft.reasons


def group_inputs(columns: Mapping[str, Column]) -> dict[str, list[str]]:
    """{input: its columns}: single values are read together, as one input called `table`."""
    scalars = [name for name, column in columns.items() if column.scalar]
    alone = {name: [name] for name, column in columns.items() if not column.scalar}
    if len(scalars) == 1:
        return {name: [name] for name in columns}
    group = "table"
    while group in alone:
        group += "_"
    return {**alone, group: scalars} if scalars else alone


def spec_of(columns: Sequence[Column]) -> SignalSpec:
    """The spec of an input or output that is read from these columns."""
    specs = [column.spec for column in columns]
    if len(specs) == 1:
        return specs[0]
    return join_specs([spec for spec in specs if isinstance(spec, ScalarsSpec)])


class _Draft:
    """A plan in the making, as plain data."""

    def __init__(self, facts: Facts, machine: Machine, request: Request) -> None:
        self.facts, self.machine, self.request = facts, machine, request
        self.reasons: Reasons = {}
        self.wishes: list[Suggestion] = []
        self.data: dict[str, Any] = {"inputs": {}, "outputs": {}, "fusion": {"concatenate": {}}, "views": {}}
        self.data |= {"learning": {}, "members": [], "folds": 0}

    def say(self, address: str, why: str, who: str = "rule") -> None:
        self.reasons[address] = Reason(who=who, why=why)

    def budget(self) -> Budget:
        """For one of the inputs: the share of the minutes that rules count on, divided among them."""
        minutes = self._minutes()
        inputs = len(group_inputs(self.facts.inputs))
        seconds = None if minutes is None else 60 * minutes * TRAINING_SHARE / inputs
        m, r = self.machine, self.request
        return Budget(seconds, r.epochs, r.steps, m.threads, m.gigaflops, m.memory_bytes, m.device)

    def _minutes(self) -> float | None:
        return self.request.minutes or (None if self.request.epochs or self.request.steps else 5.0)

    def describe(self, columns: Sequence[Column]) -> Description:
        """What a part's rules may read, for an input or output of these columns."""
        counts = [c for output in self.facts.outputs for c in [self.facts.categories.get(output, [])] if c]
        numbers = sum(len(getattr(c.spec, "numbers", ())) for c in self.facts.outputs.values())
        found: dict[str, Any] = {}
        for column in columns:
            found |= column.facts()
        most = max(counts, key=len, default=[])
        return Description(self.facts.rows, len(most), numbers, min(most, default=0), found)

    # -------------------------------------------------------------------------------------------------- inputs, outputs

    def add_input(self, name: str, columns: list[str]) -> None:
        members = [self.facts.inputs[column] for column in columns]
        spec, description, budget = spec_of(members), self.describe(members), self.budget()
        chosen, who, why = self._encoder_names(name, spec, description, budget)
        steps: list[dict[str, Any]] = []
        kept: Suggestion = {}
        for number, wanted in enumerate(chosen):
            encoder, _, preset = wanted.partition(":")
            known = find("encoders", encoder)
            if known.reads and spec.kind not in known.reads:
                raise UsageError(f"--encoder {name}={'>'.join(chosen)}: {encoder} does not read {spec.kind.__name__}.")
            suggestion = known.cls.suggest(spec, description, budget)
            settings = self._settle(f"{name}.{encoder}", known.settings, suggestion | _preset(known, preset))
            steps.append({encoder: settings})
            kept |= {k: value for k, value in suggestion.items() if is_wish(k)}
            if number + 1 < len(chosen):
                spec = Stack(spec, (Step(encoder, settings),)).gives.as_grid()
        wished = {key: kept[key] for key in ("optimizer", "rate", "weight_decay") if key in kept}
        instance = f"{name}_{'_'.join(step.split(':')[0] for step in chosen)}".replace(".", "_")
        groups: dict[str, Any] = {key: value for key, (value, _) in wished.items()}
        self.data["inputs"][name] = {"columns": columns, "encoder": steps, "instance": instance, **groups}
        self.say(f"{name}.instance", why, who)
        for key, (_, reason) in wished.items():
            self.say(f"{name}.{key}", reason)
        self.wishes.append(kept)

    def _encoder_names(
        self, name: str, spec: SignalSpec, description: Description, budget: Budget
    ) -> tuple[list[str], str, str]:
        if name in self.request.modules:
            return ["module"], "you", "a net of your own"
        if wanted := self.request.encoders.get(name, self.request.encoders.get(EVERY)):
            return wanted.split(">"), "you", "as told"
        if self.request.file and name in self.request.file["inputs"]:
            return [next(iter(step)) for step in self.request.file["inputs"][name]["encoder"]], "you", "the plan's file"
        able = suited("encoders", spec)
        asked = {p.name: p.cls.preference(spec, description, budget) for p in able}
        if not asked:
            raise UsageError(
                f"{name}: no encoder reads {spec.kind.__name__} of {getattr(spec, 'dimensions', 0)} dimensions."
            )
        best = max(asked, key=lambda encoder: asked[encoder][0])
        return [best], "rule", asked[best][1]

    def add_fusion(self) -> None:
        """How several inputs become one; a single one passes through."""
        name = next(iter(self._file("fusion")), "concatenate")
        settings = self._settle(f"fusion.{name}", find("fusions", name).settings, {})
        self.data["fusion"] = {name: settings if len(self.data["inputs"]) > 1 else {}}

    def add_output(self, name: str, column: Column) -> None:
        if column.decoder is None:
            raise UsageError(f"--output {name}: {column.type} cannot be predicted.")
        wanted = next(iter(self._file("outputs", name, "decoder")), column.decoder)
        known = find("decoders", wanted)
        counts = self.facts.categories.get(name, [])
        numbers = len(getattr(column.spec, "numbers", ()))
        description = Description(self.facts.rows, len(counts), numbers, min(counts, default=0), column.facts())
        wished = {k.removeprefix(OF_DECODER): value for wishes in self.wishes for k, value in wishes.items()}
        suggestion = {k: value for k, value in wished.items() if k in known.settings}
        suggestion |= known.cls.suggest(column.spec, description, self.budget())
        settings = self._settle(f"{name}.{wanted}", known.settings, suggestion)
        self.data["outputs"][name] = {"columns": [name], "decoder": {wanted: settings}}
        self.wishes.append({key: value for key, value in suggestion.items() if is_wish(key)})

    def _file(self, *key: str) -> Any:
        found: Any = self.request.file or {}
        for step in key:
            found = found.get(step, {})
        return found

    def _settle(self, prefix: str, known: Mapping[str, Any], suggestion: Suggestion) -> dict[str, Any]:
        """Each setting's value: the part's own rule, else its default; and the reason."""
        settings = {}
        for name, setting in known.items():
            value, why = suggestion.get(name, (setting.default, setting.sentence))
            settings[name] = list(value) if isinstance(value, tuple) else value
            self.say(f"{prefix}.{name}", why, "rule" if name in suggestion else "default")
        return settings

    def add_views(self) -> None:
        for name, column in self.facts.inputs.items():
            changes = column.suggest_changes(self.facts.sample[name]) if name in self.facts.sample else {}
            if changes:
                self.data["views"][name] = {change: value for change, (value, _) in changes.items()}
                for change, (_, why) in changes.items():
                    self.say(f"views.{name}.{change}", why)

    # --------------------------------------------------------------------------------------------------------- learning

    def add_learning(self) -> None:
        learning = self.data["learning"]
        batch, why = self._wish("batch", min) or (
            _batch_for(self.facts.rows),
            "by rows: about 40 steps an epoch at least",
        )
        batch = max(2, min(batch, self.facts.rows))
        learning |= {"batch": batch, "piece": batch}
        self.say("learning.batch", why)
        self.say("learning.piece", "the whole step at once")
        for key in ("epochs", "warmup", "decay", "clip"):
            if wish := self._wish(key, max):
                learning[key] = wish[0]
                self.say(f"learning.{key}", wish[1])
        if self.request.epochs:
            learning["epochs"] = self.request.epochs
            self.say("learning.epochs", "--epochs", "you")
        if self.request.steps:
            learning |= {"steps": self.request.steps, "epochs": None}
            self.say("learning.steps", "--steps", "you")
        learning["seed"] = self.request.seed
        self.say("learning.seed", "--seed", "you" if self.request.seed else "default")
        self._add_members()

    def _add_members(self) -> None:
        count, why = self._wish("members", min) or (1, "one net; averaging several does not pay here")
        if self.facts.folds:
            count, why = self.facts.folds, "a net for each fold, which is tested on it"
        parts = self.facts.folds or max(count, FOLDS_OF_MANY if self.facts.rows > MANY else FOLDS)
        folds = parts if count > 1 and not self.facts.own_valid else 0
        nets = [{"seed": self.request.seed + n, "fold": n if folds else None} for n in range(count)]
        beside, words = self._beside(nets)
        self.data["members"], self.data["folds"] = [*beside, *nets], folds
        self.say("members", "; ".join(filter(None, [why, words])))
        why = "each net learns from all but one part of the training and validation rows"
        self.say("folds", why if folds else "the split's own validation rows serve all nets")

    def _beside(self, nets: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
        """A fixed encoder read in closed form beside every net, where the encoder of the only input wishes for one."""
        wish = self._wish("beside", max)
        decoders = {output: item["decoder"] for output, item in self.data["outputs"].items()}
        able = all("start" in settings for decoder in decoders.values() for settings in decoder.values())
        if not wish or not able or len(self.data["inputs"]) > 1:
            return [], ""
        encoder = {next(iter(self.data["inputs"])): [{wish[0]: find("encoders", wish[0]).defaults()}]}
        ridge = {o: {name: {**s, "start": "ridge"} for name, s in decoder.items()} for o, decoder in decoders.items()}
        return [{**net, "encoder": encoder, "decoder": ridge, "steps": 0} for net in nets], wish[1]

    def _wish(self, key: str, of_several: Any) -> tuple[Any, str] | None:
        found = [wishes[key] for wishes in self.wishes if key in wishes]
        return of_several(found, key=lambda wish: wish[0]) if found else None

    def add_budget(self) -> None:
        minutes, m = self._minutes(), self.machine
        self.data["budget"] = {
            "minutes": minutes,
            "threads": m.threads,
            "device": m.device,
            "memory_mib": max(64, m.memory_bytes >> 20),
        }
        told = self.request.minutes is not None
        self.say("budget.minutes", "--minutes" if told else "the default", "you" if told else "default")
        self.say("budget.threads", "cores that this process may use")
        self.say("budget.device", "the fastest that is there")
        self.say("budget.memory_mib", "most of what is free")

    # --------------------------------------------------------------------------------------------------- what was asked

    def apply(self, request: Request) -> None:
        """The plan file first, then single settings."""
        whole = parse({**self.data}, "the plan").model_dump(mode="json")
        known = addresses(whole)
        if request.file:
            self._apply_file(whole, known, request.file)
        for name, value in request.settings.items():
            address = resolve(name, known)
            if option := _OPTIONS.get(address):
                raise UsageError(f"--set {name}={value}: that is an option of its own: {option} {value}.")
            put(whole, known[address], _like(get(whole, known[address]), value))
            self.say(address, f"--set {name}", "you")
        if self._chose("learning.batch") and not self._chose("learning.piece"):
            whole["learning"]["piece"] = whole["learning"]["batch"]
        for name, encoders in request.encoders.items():
            if name == EVERY:
                continue
            if name not in whole["inputs"]:
                raise unknown("input", name, whole["inputs"])
            self.say(f"{name}.instance", f"--encoder {name}={encoders}", "you")
        self.data = whole

    def _chose(self, address: str) -> bool:
        """Whether a person did."""
        return self.reasons[address].who == "you"

    def _apply_file(self, whole: dict[str, Any], known: Mapping[str, Key], file: Mapping[str, Any]) -> None:
        asked = addresses({**whole, **file})
        for address, key in asked.items():
            if address not in known:
                raise unknown("setting", address, known, "the plan's file")
            value = get({**whole, **file}, key)
            if value != get(whole, known[address]):
                put(whole, known[address], value)
                self.say(address, "the plan's file", "you")


def _preset(known: Part, preset: str) -> Suggestion:
    """The settings of a named preset of an encoder's (`convnet:lenet`)."""
    presets: Mapping[str, Mapping[str, Any]] = getattr(known.cls, "presets", {})
    if preset and preset not in presets:
        raise unknown("preset", preset, presets, known.name)
    return {name: (value, f"the preset {preset}") for name, value in presets.get(preset, {}).items()}


def _batch_for(rows: int) -> int:
    """A power of two from 16 to 256."""
    return int(2 ** min(8, max(4, (rows // 40).bit_length() - 1)))


def _like(before: Any, value: Any) -> Any:
    """A single value where there was a list, as a list of one."""
    if isinstance(before, list) and not isinstance(value, list):
        return [value]
    return value


def _checked(plan: Plan) -> Plan:
    """Every part's settings fit their types."""
    for item in plan.inputs.values():
        for step in item.steps():
            find("encoders", step.part).check(step.settings)
    for output in plan.outputs.values():
        find("decoders", output.step().part).check(output.step().settings)
    for name in plan.fusion:
        find("fusions", name)
    return plan
