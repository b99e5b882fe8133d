"""A step is a sum over its rows: how it is cut into pieces, and who does which piece, changes nothing."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from fromraw.learning.course import Course
from fromraw.learning.loop import backward
from fromraw.learning.optimizers import Wish, build_optimizer
from fromraw.learning.schedule import Horizon
from fromraw.planning.plan import LearningPlan
from fromraw.signals import Batch, Grid, GridSpec, Scalars, ScalarsSpec, tree_map
from fromraw.system import Asking, Reading, Step, System

ROWS = 12
NUMBERS = ScalarsSpec(("a", "b"), ("c",), (4,))
SERIES = GridSpec(2, (9,), ragged=True)
CLASS = ScalarsSpec((), ("class",), (4,))
HEIGHTS = ScalarsSpec(("height", "width"))


def double(tree: Any) -> Any:
    return tree_map(lambda leaf: leaf.double() if leaf.is_floating_point() else leaf, tree)


def ragged_batch() -> Batch:
    """Twelve recordings of 1 to 9 steps beside numbers and a category; some inputs and some targets are missing."""
    random = np.random.default_rng(0)
    lengths = random.integers(1, 10, ROWS)
    mask = torch.from_numpy(np.arange(9)[None] < lengths[:, None])
    there = lambda share: torch.from_numpy(random.random(ROWS) < share)  # noqa: E731
    numbers = lambda width: torch.from_numpy(random.normal(size=(ROWS, width))).float()  # noqa: E731
    series = Grid(numbers(18).view(ROWS, 2, 9) * mask[:, None], there(0.8), mask)
    gaps = torch.from_numpy(random.random((ROWS, 2)) < 0.2)
    table = Scalars(numbers(2) * ~gaps, gaps, torch.from_numpy(random.integers(0, 4, (ROWS, 1))), there(0.9))
    known = there(0.7)
    category = torch.from_numpy(random.integers(1, 4, (ROWS, 1))) * known[:, None]
    none = torch.zeros(ROWS, 0)
    some = torch.from_numpy(random.random((ROWS, 2)) < 0.3)
    targets = {
        "class": Scalars(none, none.bool(), category, known),
        "sizes": Scalars(numbers(2) * ~some, some, none.long(), ~some.all(1)),
    }
    batch = Batch({"series": series, "table": table}, targets, np.arange(ROWS))
    return Batch(
        {name: double(signal) for name, signal in batch.inputs.items()},
        {name: double(signal) for name, signal in batch.targets.items()},
        batch.rows,
    )


def course_of(foreigners: ModuleType, piece: int, table: Step, series: Step) -> Course:
    torch.manual_seed(0)
    inputs = {"series": Reading(SERIES, (series,), "series"), "table": Reading(NUMBERS, (table,), "table")}
    outputs = {
        "class": Asking(CLASS, Step("classify", {"balance": 0.5, "smoothing": 0.1})),
        "sizes": Asking(HEIGHTS, Step("regress")),
    }
    system = System(inputs, outputs)
    system.begin(Batch(*(tree_map(lambda x: x.float() if x.is_floating_point() else x, t) for t in
                         (ragged_batch().inputs, ragged_batch().targets)), np.arange(ROWS)))  # fmt: skip
    plan = LearningPlan(batch=ROWS, piece=piece)
    optimizer = build_optimizer([Wish([system])])
    return Course(system.double(), foreigners.Pairs(ROWS), optimizer, plan, 0, Horizon(1), ROWS, {})


def gradients(course: Course, batch: Batch, mine: Any = lambda number: True) -> dict[str, torch.Tensor]:
    """What one process adds up that does the pieces which are `mine`."""
    course.system.train()
    course.system.zero_grad(set_to_none=True)
    weights = course.system.weigh(batch)
    for number, piece in enumerate(batch.pieces(course.piece)):
        if mine(number):
            backward(course, number, piece, weights)
    return {name: p.grad.clone() for name, p in course.system.named_parameters() if p.grad is not None}


def assert_equal(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    assert found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-9, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


NORMALIZED = Step("convnet", {"widths": (6,), "stem": "none", "dropout": 0.2})
PLAIN = Step("convnet", {"widths": (6,), "stem": "none", "normalize": False})
LOOKS = Step("table", {"nets": 3, "width": 8, "bins": 4, "waves": 2, "embedding": 4, "dropout": 0.3})
QUIET = Step("table", {"nets": 3, "width": 8, "bins": 4, "waves": 2, "embedding": 4, "dropout": 0.0})
PENALTY = Step("toy_dense", {"cost": 0.1})


@pytest.mark.parametrize("table", [LOOKS, PENALTY], ids=["looks", "penalty"])
def test_pieces_dealt_to_two_processes_give_the_gradients_of_one(foreigners: ModuleType, table: Step) -> None:
    batch = ragged_batch()
    alone = gradients(course_of(foreigners, 5, table, NORMALIZED), batch)
    even = gradients(course_of(foreigners, 5, table, NORMALIZED), batch, lambda number: number % 2 == 0)
    odd = gradients(course_of(foreigners, 5, table, NORMALIZED), batch, lambda number: number % 2 == 1)
    assert_equal({name: even[name] + odd[name] for name in even}, alone)
    assert all(gradient.dtype == torch.float64 for gradient in alone.values())
    assert not torch.equal(even["encoders._series.steps.0.groups.0.convolutions.0.conv.weight"],
                           alone["encoders._series.steps.0.groups.0.convolutions.0.conv.weight"])  # fmt: skip


@pytest.mark.parametrize("table", [QUIET, PENALTY], ids=["looks", "penalty"])
@pytest.mark.parametrize("piece", [1, 5, 7])
def test_without_batch_statistics_any_cut_gives_the_same_gradients(
    foreigners: ModuleType, table: Step, piece: int
) -> None:
    whole = gradients(course_of(foreigners, ROWS, table, PLAIN), ragged_batch())
    assert_equal(gradients(course_of(foreigners, piece, table, PLAIN), ragged_batch()), whole)


def test_a_penalty_is_weighed_like_the_loss_that_it_is_added_to(foreigners: ModuleType) -> None:
    """Worked out by hand: the mean over the rows whose target is there, missing inputs at no penalty."""
    course, batch = course_of(foreigners, 4, Step("toy_dense", {"cost": 1.0}), PLAIN), ragged_batch()
    losses, _ = course.system(batch)
    free, _ = course_of(foreigners, 4, Step("toy_dense", {"cost": 0.0}), PLAIN).system(batch)
    encoder = course.system.encoders["table"].steps[0]
    hidden = encoder(batch.inputs["table"]).summary.square().sum(1) * batch.inputs["table"].present
    weight = course.system.decoders["class"].weight(batch.targets["class"])
    torch.testing.assert_close(losses["class"]["penalty"], hidden * weight)
    torch.testing.assert_close(losses["class"]["loss"], free["class"]["loss"])
