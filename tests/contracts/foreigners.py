"""Toy parts and streams of about twenty lines each, as people from elsewhere would write them.

They are what the design keeps for later: text with carried state, contrast across rows, choices that are drawn, data
that follow answers, an input as its own target. None of them needs a line of fromraw changed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fromraw.decoders.base import Answer, Decoder, Records
from fromraw.encoders.base import Encoder
from fromraw.parts import part
from fromraw.randomness import Draw
from fromraw.signals import (
    Batch,
    Grid,
    GridSpec,
    Representation,
    RepresentationSpec,
    Scalars,
    ScalarsSpec,
    Tokens,
    TokensSpec,
)
from fromraw.streams.base import Act, Stream


class Unjudged(Decoder):
    """A decoder that is only trained here: nobody asks for its scores."""

    def answer(self, representation: Representation, **how: Any) -> Answer:
        return {"summary": representation.summary}

    def truth(self, target: Any) -> Answer:
        raise NotImplementedError

    def tally(self, answer: Answer, truth: Answer) -> Records:
        raise NotImplementedError

    def write(self, answer: Answer, name: str, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        raise NotImplementedError

    def read_back(
        self, written: Mapping[str, Any], truths: Sequence[Any], name: str, restore: Callable[[Any], Sequence[Any]]
    ) -> Records:
        raise NotImplementedError


# ------------------------------------------------------------------------------- running text, with carried state


@part("toy_recurrent", reads=Tokens)
class Recurrent(Encoder):
    """Elman, "Finding structure in time", 1990; the state goes on from batch to batch."""

    def __init__(self, spec: TokensSpec, *, width: Annotated[int, "units of the state"] = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(spec.vocabulary, width)
        self.cell = nn.GRU(width, width, batch_first=True)
        self.gives = RepresentationSpec(width, width)

    def start(self, batch_size: int) -> Tensor:
        return torch.zeros(batch_size, self.cell.hidden_size)

    def forward(self, signal: Tokens, state: Tensor) -> tuple[Representation, Tensor]:  # type: ignore[override]
        out, last = self.cell(self.embedding(signal.ids), state[None].contiguous())
        return Representation(last[0], out, signal.mask), last[0]


@part("toy_next", reads=Tokens)
class Next(Unjudged):
    """Each place tells the symbol that follows."""

    def __init__(self, gives: RepresentationSpec, target: TokensSpec) -> None:
        super().__init__()
        assert gives.positions
        self.linear = nn.Linear(gives.positions, target.vocabulary)

    def weight(self, target: Tokens) -> Tensor:
        return target.mask.sum(1) * target.present.float()

    def loss(self, representation: Representation, target: Tokens) -> Tensor:
        logits = self.linear(representation.positions).transpose(1, 2)
        return (functional.cross_entropy(logits, target.ids, reduction="none") * target.mask).sum(1)


class RunningText(Stream):
    """`rows` readers of one text, each from its own place on, `length` symbols a step."""

    def __init__(self, text: np.ndarray, rows: int, length: int) -> None:
        self.text, self.rows, self.length, self.step = text, rows, length, 0

    def next(self, act: Act) -> Batch:
        starts = np.arange(self.rows) * (len(self.text) // self.rows) + self.step * self.length
        at = (starts[:, None] + np.arange(self.length + 1)) % len(self.text)
        ids, there = torch.from_numpy(self.text[at]), torch.ones(self.rows, dtype=torch.bool)
        mask = torch.ones(self.rows, self.length, dtype=torch.bool)
        self.step += 1
        return Batch(
            {"text": Tokens(ids[:, :-1], mask, there)}, {"next": Tokens(ids[:, 1:], mask, there)}, np.arange(self.rows)
        )

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step = state["step"]


# ------------------------------------------------------------------------------------------ contrast across rows


@part("toy_contrast", reads=Scalars)
class Contrast(Unjudged):
    """Which row's numbers are mine, of all rows of the step (van den Oord, Li, Vinyals, 2018)."""

    across = True

    def __init__(self, gives: RepresentationSpec, target: ScalarsSpec) -> None:
        super().__init__()
        self.mine = nn.Linear(gives.summary, 8)
        self.theirs = nn.Linear(len(target.numbers), 8)

    def loss(self, representation: Representation, target: Scalars) -> Tensor:
        alike = self.mine(representation.summary) @ self.theirs(target.numbers).T
        return functional.cross_entropy(alike, torch.arange(len(alike)), reduction="none")


class Pairs(Stream):
    """Numbers, and the same numbers turned: who belongs to whom?"""

    def __init__(self, rows: int, seed: int = 0) -> None:
        self.rows, self.seed, self.step = rows, seed, 0

    def next(self, act: Act) -> Batch:
        places = np.arange(self.step * self.rows, (self.step + 1) * self.rows)
        draw = Draw(self.seed, "pairs", places, np.zeros(self.rows, np.int64))
        x = torch.tensor(draw.normal("x", 4), dtype=torch.float32)
        self.step += 1
        return Batch({"x": scalars(x)}, {"turned": scalars(x.flip(1))}, places)

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step = state["step"]


def scalars(numbers: Tensor, categories: Tensor | None = None) -> Scalars:
    """All of them there."""
    rows = len(numbers)
    none = torch.zeros(rows, 0, dtype=torch.long)
    missing = torch.zeros(numbers.shape, dtype=torch.bool)
    return Scalars(numbers, missing, none if categories is None else categories, torch.ones(rows, dtype=torch.bool))


@part("toy_dense", reads=Scalars)
class Dense(Encoder):
    """One hidden layer; a penalty on its activity."""

    def __init__(self, spec: ScalarsSpec, *, cost: Annotated[float, "of each unit's square"] = 0.0) -> None:
        super().__init__()
        self.cost = cost
        self.layer = nn.Linear(len(spec.numbers) + sum(spec.cardinalities), 16)
        self.cardinalities = spec.cardinalities
        self.gives = RepresentationSpec(16)

    def forward(self, signal: Scalars) -> Representation:
        ids = [functional.one_hot(signal.categories[:, i], n) for i, n in enumerate(self.cardinalities)]
        hidden = torch.tanh(self.layer(torch.cat([signal.numbers, *(i.to(signal.numbers.dtype) for i in ids)], 1)))
        return Representation(hidden, penalty=self.cost * hidden.square().sum(1))


# ------------------------------------------------------------------------------------------- choices that are drawn


@part("toy_glimpse", reads=Grid, dimensions=2)
class Glimpse(Encoder):
    """One quarter of the picture is looked at, drawn while training and the likeliest afterwards.

    Mnih, Heess, Graves, Kavukcuoglu, "Recurrent models of visual attention", NIPS 2014.
    """

    def __init__(self, spec: GridSpec) -> None:
        super().__init__()
        self.half = [size // 2 for size in spec.sizes]
        self.where = nn.Parameter(torch.zeros(4))
        self.what = nn.Linear(spec.channels * self.half[0] * self.half[1], 8)
        self.gives = RepresentationSpec(8)

    def forward(self, signal: Grid) -> Representation:
        rows, (h, w) = len(signal.values), self.half
        log_p = self.where.log_softmax(0)
        drawn = torch.multinomial(log_p.exp(), rows, replacement=True) if self.training else log_p.argmax().repeat(rows)
        quarters = torch.stack([signal.values[:, :, y : y + h, x : x + w] for y in (0, h) for x in (0, w)], 1)
        seen = quarters[torch.arange(rows), drawn].flatten(1)
        return Representation(torch.tanh(self.what(seen)), log_probability=log_p[drawn])


class Pictures(Stream):
    """8 x 8 noise; the lower left quarter is bright in the second category."""

    def __init__(self, rows: int, seed: int = 0) -> None:
        self.rows, self.seed, self.step = rows, seed, 0

    def next(self, act: Act) -> Batch:
        places = np.arange(self.step * self.rows, (self.step + 1) * self.rows)
        draw = Draw(self.seed, "pictures", places, np.zeros(self.rows, np.int64))
        values = torch.tensor(draw.normal("pixels", 64), dtype=torch.float32).view(-1, 1, 8, 8)
        category = torch.tensor(draw.integers("category", 1, 2))
        values[:, :, 4:, :4] += 3.0 * (category - 1).view(-1, 1, 1, 1)
        self.step += 1
        there = torch.ones(self.rows, dtype=torch.bool)
        return Batch({"image": Grid(values, there)}, {"class": scalars(torch.zeros(self.rows, 0), category)}, places)

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step = state["step"]


# ------------------------------------------------------------------------------------------ data that follow answers


@part("toy_act", reads=Scalars)
class Choose(Unjudged):
    """An action, made likelier by its reward (Williams, 1992). Target: the reward, and the action taken."""

    def __init__(self, gives: RepresentationSpec, target: ScalarsSpec) -> None:
        super().__init__()
        self.linear = nn.Linear(gives.summary, target.cardinalities[0])

    def answer(self, representation: Representation, **how: Any) -> Answer:
        return {"probabilities": self.linear(representation.summary).softmax(1)}

    def loss(self, representation: Representation, target: Scalars) -> Tensor:
        surprise = functional.cross_entropy(
            self.linear(representation.summary), target.categories[:, 0], reduction="none"
        )
        return surprise * (target.numbers[:, 0] - 0.5)


class Bandit(Stream):
    """Three levers; the one that pays is told by a number. Which number comes next depends on what was pulled."""

    def __init__(self, rows: int, seed: int = 0) -> None:
        self.seed, self.step, self.paid = seed, 0, 0.0
        self.told = [row % 3 for row in range(rows)]

    def next(self, act: Act) -> Batch:
        rows, told = len(self.told), torch.tensor(self.told)
        inputs = {"lights": scalars(functional.one_hot(told, 3).float())}
        answer = act(Batch(inputs, {}, np.arange(rows)))["levers"]["probabilities"]
        chance = Draw(self.seed, "pull", np.arange(rows) + rows * self.step, np.zeros(rows, np.int64)).uniform("lever")
        pulled = (answer.double().cumsum(1) < torch.from_numpy(chance)).sum(1).clamp_max(2)
        reward = (pulled == told).float()
        self.step, self.paid = self.step + 1, float(reward.mean())
        self.told = ((told + pulled + 1) % 3).tolist()
        return Batch(inputs, {"levers": scalars(reward[:, None], pulled[:, None])}, np.arange(rows))

    def state(self) -> dict[str, Any]:
        return {"step": self.step, "told": self.told}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step, self.told = state["step"], list(state["told"])


# ---------------------------------------------------------------------------------------- an input as its own target


@part("toy_reconstruct", reads=Grid)
class Reconstruct(Unjudged):
    """The input again, from its summary (Hinton, Salakhutdinov, Science 2006)."""

    def __init__(self, gives: RepresentationSpec, target: GridSpec) -> None:
        super().__init__()
        self.shape = (target.channels, *target.sizes)
        self.linear = nn.Linear(gives.summary, int(np.prod(self.shape)))

    def weight(self, target: Grid) -> Tensor:
        return target.present.float() * target.values[0].numel()

    def loss(self, representation: Representation, target: Grid) -> Tensor:
        made = self.linear(representation.summary).view(-1, *self.shape)
        return (made - target.values).square().flatten(1).sum(1)
