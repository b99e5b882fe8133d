"""Encoders, a fusion and decoders as one `nn.Module`.

`forward` is the only door: a batch goes in, losses, answers or a representation come out. Nobody else calls a part.
The system knows nothing of pictures or words; it carries what every task needs: rows looked at several times, missing
inputs and targets, carried state, penalties and choices that were drawn.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from fromraw.decoders.base import Answer, Decoder
from fromraw.encoders.base import Encoder, start_of
from fromraw.errors import UsageError
from fromraw.named import Named, key_of
from fromraw.parts import find
from fromraw.signals import (
    Batch,
    Representation,
    RepresentationSpec,
    SignalSpec,
    Tree,
    in_full,
    repeat,
    rows_of,
    tree_map,
)


@dataclass(frozen=True)
class Step:
    """One part with its settings."""

    part: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How an input is read: its signal's spec, the encoders in order, and the instance's name (equal names share)."""

    spec: SignalSpec
    encoder: tuple[Step, ...]
    instance: str


@dataclass(frozen=True)
class Asking:
    """What an output is: its target's spec and its decoder."""

    spec: SignalSpec
    decoder: Step


def _made(room: str, step: Step, *given: Any) -> Any:
    """The part that a step names, with its settings as their types want them: a plan's lists become tuples."""
    known = find(room, step.part)
    return known.cls(*given, **known.check(step.settings))


class Stack(nn.Module):
    """Encoders one after another; each reads the positions that the one before gave."""

    gives: RepresentationSpec

    def __init__(self, spec: SignalSpec, steps: tuple[Step, ...], module: nn.Module | None = None) -> None:
        super().__init__()
        self.steps = nn.ModuleList()
        for step in steps:
            own = (module,) if step.part == "module" else ()
            encoder = _made("encoders", step, spec, *own)
            self.steps.append(encoder)
            self.gives = encoder.gives
            spec = self.gives.as_grid() if len(self.steps) < len(steps) else spec

    def begin(self, signal: Any) -> None:
        for encoder in self.steps:
            if isinstance(encoder, Encoder):
                encoder.begin(signal)
            if encoder is not self.steps[-1]:
                state = start_of(encoder, rows_of(signal))
                representation = encoder(signal) if state is None else encoder(signal, state)[0]
                signal = representation.as_grid()

    def start(self, batch_size: int) -> Tree:
        states = [start_of(encoder, batch_size) for encoder in self.steps]
        return states if any(state is not None for state in states) else None

    def forward(self, signal: Any, states: Tree = None) -> tuple[Representation, Tree]:
        after: list[Tree] = []
        representation: Representation | None = None
        for encoder, state in zip(self.steps, states or [None] * len(self.steps), strict=True):
            signal = signal if representation is None else representation.as_grid()
            representation, state = encoder(signal, state) if state is not None else (encoder(signal), None)
            after.append(state)
        assert representation is not None, "a stack has at least one encoder"
        return representation, after if states is not None else None


Losses = dict[str, dict[str, Tensor]]
"""{output: {term: (B,)}}: each row's sum, 0 where the target is missing."""


class System(nn.Module):
    """One net: what every input becomes, how inputs become one, and what is read out.

    modules: nets of a user's own, by instance name, in place of a registered encoder. encoders: stacks by instance
    name; decoders: by output.
    """

    encoders: Any
    decoders: Any

    def __init__(
        self,
        inputs: Mapping[str, Reading],
        outputs: Mapping[str, Asking],
        fusion: Step | None = None,
        modules: Mapping[str, nn.Module] | None = None,
    ) -> None:
        super().__init__()
        self.instances = {name: reading.instance for name, reading in inputs.items()}
        self.encoders = Named()
        for name, reading in inputs.items():
            if reading.instance not in self.encoders:
                module = (modules or {}).get(reading.instance)
                self.encoders[reading.instance] = Stack(reading.spec, reading.encoder, module)
            elif reading.spec != inputs[next(n for n in inputs if inputs[n].instance == reading.instance)].spec:
                raise UsageError(
                    f'input "{name}" cannot share the encoder "{reading.instance}": it is of another form.'
                )
        gives: dict[str, RepresentationSpec] = {n: self.encoders[i].gives for n, i in self.instances.items()}
        self.looks = math.lcm(*(spec.looks for spec in gives.values()))
        self.fusion = _made("fusions", fusion or Step("concatenate"), gives)
        self.absent = nn.ParameterDict({key_of(n): torch.zeros(spec.summary) for n, spec in gives.items()})
        self.decoders = Named(
            {
                name: _made("decoders", asking.decoder, self.fusion.gives, asking.spec)
                for name, asking in outputs.items()
            }
        )

    @property
    def across(self) -> bool:
        """Whether some loss looks at other rows, so that a step must stay whole."""
        return any(decoder.across for decoder in self.decoders.values())

    @property
    def telling(self) -> list[str]:
        """The outputs whose decoders tell by how much the given answer is ahead."""
        deaf = Decoder.loss_and_evidence
        return [name for name, decoder in self.decoders.items() if type(decoder).loss_and_evidence is not deaf]

    def start(self, batch_size: int) -> Tree:
        """The state before the first batch; None where no encoder carries one."""
        states = {name: encoder.start(batch_size) for name, encoder in self.encoders.items()}
        return states if any(state is not None for state in states.values()) else None

    @torch.no_grad()
    def begin(self, batch: Batch) -> None:
        """Let every part look at training rows once, before the first step."""
        was = self.training
        self.eval()
        for name, instance in self.instances.items():
            self.encoders[instance].begin(batch.inputs[name])
        representation, _ = self._represent(batch, self.start(len(batch)))
        for name, target in batch.targets.items():
            self.decoders[name].begin(representation, repeat(target, self.looks))
        self.train(was)

    def weigh(self, batch: Batch) -> dict[str, Tensor]:
        """Of how many units each output's loss is a sum, over these rows; from the targets alone."""
        return {name: self.decoders[name].weight(target).sum() for name, target in batch.targets.items()}

    def forward(
        self,
        batch: Batch,
        want: Literal["losses", "losses and evidence", "answers", "summary", "answers and summary"] = "losses",
        state: Tree = None,
        **how: Any,
    ) -> tuple[Losses | dict[str, Answer] | Tensor | tuple[Any, Any], Tree]:
        """A batch in, and (losses of its targets | the same and evidence | answers | the fused summary (B, D) | both)
        and the carried state out."""
        representation, state = self._represent(batch, state)
        if want.startswith("losses"):
            tells = self.telling if want == "losses and evidence" else []
            both = {n: self._losses(n, representation, target, n in tells) for n, target in batch.targets.items()}
            losses = {name: terms for name, (terms, _) in both.items()}
            return losses if want == "losses" else (losses, {n: both[n][1] for n in tells if n in both}), state
        summary = representation.summary.unflatten(0, (-1, self.looks)).mean(1)
        if want == "summary":
            return summary, state
        answers = {name: self._answer(name, representation, how) for name in self.decoders}
        return (answers, summary) if want == "answers and summary" else answers, state

    def _represent(self, batch: Batch, state: Tree) -> tuple[Representation, Tree]:
        found, after = {}, dict(state or {})
        for name, instance in self.instances.items():
            signal = batch.inputs[name]
            before = None if state is None else state[instance]
            found[name], after[instance] = self.encoders[instance](signal, before)
            found[name] = self._fill_absent(name, found[name], signal.present)
        return self.fusion(found), after if state is not None else None

    def _fill_absent(self, name: str, found: Representation, present: Tensor) -> Representation:
        """The learned vector where the input is missing, at no penalty; as many looks as all inputs together have."""
        whole, looked = bool(present.all()), repeat(present, found.looks)
        there = lambda values: values if values is None or whole else blank(values, looked)  # noqa: E731
        more = self.looks // found.looks
        filled = Representation(
            torch.where(looked[:, None], found.summary, self.absent[key_of(name)].to(found.summary.dtype)),
            there(found.positions),
            found.mask,
            there(found.penalty),
            there(found.log_probability),
            found.grid,
            found.looks * more,
        )
        return repeat(filled, more)

    def _losses(
        self, name: str, representation: Representation, target: Any, tells: bool
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        """Each term, and by how much the given answer is ahead where that is to be told: (B,), means over looks."""
        decoder: Decoder = self.decoders[name]
        looked = repeat(target, self.looks)
        weight = decoder.weight(looked)
        ask = decoder.loss_and_evidence if tells else lambda *given: (decoder.loss(*given), None)
        found, ahead = ask(representation, looked)
        terms = dict(found) if isinstance(found, dict) else {"loss": found}
        if representation.log_probability is not None:
            total = sum(term.detach() for term in terms.values())
            terms["choices"] = total * representation.log_probability
        if representation.penalty is not None:
            terms["penalty"] = representation.penalty * weight
        masked = {term: blank(in_full(value), weight > 0) for term, value in terms.items()}
        over_looks = lambda value: value.unflatten(0, (-1, self.looks)).mean(1)  # noqa: E731
        return {term: over_looks(value) for term, value in masked.items()}, None if ahead is None else over_looks(ahead)

    def _answer(self, name: str, representation: Representation, how: Mapping[str, Any]) -> Answer:
        decoder: Decoder = self.decoders[name]
        answer = decoder.answer(representation, **how)
        if self.looks == 1:
            return answer
        return decoder.merge({key: value.unflatten(0, (-1, self.looks)) for key, value in answer.items()})


def objective(losses: Losses, weights: Mapping[str, Tensor]) -> Tensor:
    """The number that a step makes smaller: each output's sum divided by the weight of the whole step."""
    parts = [sum(t.sum() for t in terms.values()) / weights[name].clamp_min(1e-12) for name, terms in losses.items()]
    return torch.stack(parts).sum()


def blank(values: Tensor, rows: Tensor) -> Tensor:
    """(B, ...) with zeros where rows (B,) is False, whatever stood there."""
    return torch.where(rows.view(-1, *[1] * (values.dim() - 1)), values, 0.0)


def detach(state: Tree) -> Tree:
    """The carried state without its history: gradients stop between steps."""
    return tree_map(Tensor.detach, state)
