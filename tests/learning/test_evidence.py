"""Evidence on each row is what the net thought of it at every look, whatever interrupts or undoes a step."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fromraw.learning.course import Course
from fromraw.learning.evidence import Gathered, gather_for
from fromraw.learning.loop import learn
from fromraw.signals import Batch, RepresentationSpec, Scalars, ScalarsSpec
from fromraw.system import Asking, Reading, Step, System
from tests.learning.conftest import ROWS, Numbers, around, course_of, scalars


class Kinds(Numbers):
    """Eight rows, seen again at every step, of two kinds; the last one's is not known."""

    def next(self, act: object) -> Batch:
        x = super().next(act).inputs["x"].numbers  # type: ignore[arg-type]
        x = x if self.step - 1 not in self.spoiled else x * torch.nan
        ids = torch.tensor([1, 2] * 3 + [1, 0])[:, None]
        target = Scalars(torch.zeros(ROWS, 0), torch.zeros(ROWS, 0).bool(), ids, ids[:, 0] > 0)
        return Batch({"x": scalars(x)}, {"kind": target}, np.arange(ROWS))


def course(steps: int, stream: Kinds, **more: int) -> Course:
    torch.manual_seed(0)
    inputs = {"x": Reading(ScalarsSpec(("a", "b", "c")), (Step("dense", {"width": 8, "depth": 1}),), "it")}
    net = System(inputs, {"kind": Asking(ScalarsSpec((), ("kind",), (3,)), Step("classify"))})
    return course_of(steps, stream, net=net, gathered=gather_for(net, ROWS), **more)


def test_the_mean_is_of_margins_at_every_look(tmp_path: Path) -> None:
    given, margins = course(4, Kinds()), []
    decoder = given.system.decoders["kind"]
    decoder.linear.register_forward_hook(lambda module, read, logits: margins.append(logits.detach().clone()))
    learn(given, around(tmp_path))
    first, second = np.stack([m.numpy() for m in margins]).transpose(2, 0, 1)
    wanted = np.where(np.arange(ROWS) % 2 == 0, first - second, second - first).sum(0)[:-1]
    assert given.gathered is not None
    np.testing.assert_allclose(given.gathered.sums["kind"][:-1], wanted, rtol=1e-5)
    assert given.gathered.counts["kind"].tolist() == [4] * 7 + [0]


@pytest.mark.parametrize("piece", [8, 3])
def test_a_step_counts_once_in_any_pieces_and_not_where_it_is_left_out(tmp_path: Path, piece: int) -> None:
    given = course(10, Kinds({4, 6}), piece=piece)
    learn(given, around(tmp_path))
    assert given.gathered is not None
    assert given.skipped == 2
    assert given.gathered.counts["kind"].tolist() == [8] * 7 + [0]


def test_a_row_twice_in_a_batch_counts_twice() -> None:
    gathered = Gathered(["kind"], 4)
    gathered.add(np.array([2, 0, 2]), {"kind": torch.tensor([1.0, torch.nan, -4.0])})
    assert gathered.sums["kind"].tolist() == [0, 0, -3, 0]
    assert gathered.counts["kind"].tolist() == [0, 0, 2, 0]


def test_nothing_is_gathered_of_numbers() -> None:
    inputs = {"x": Reading(ScalarsSpec(("a",)), (Step("linear"),), "it")}
    assert gather_for(System(inputs, {"y": Asking(ScalarsSpec(("y",)), Step("regress"))}), 10) is None


def test_the_margin_is_to_the_largest_other_category() -> None:
    from fromraw.decoders.classify import Classify
    from fromraw.signals import Representation

    decoder = Classify(RepresentationSpec(3), ScalarsSpec((), ("kind",), (4,)))
    with torch.no_grad():
        decoder.linear.weight.copy_(torch.eye(3))
        decoder.linear.bias.zero_()
    ids = torch.tensor([1, 2, 3, 0])[:, None]
    target = Scalars(torch.zeros(4, 0), torch.zeros(4, 0).bool(), ids, ids[:, 0] > 0)
    logits = torch.tensor([[5.0, 2.0, 1.0], [5.0, 2.0, 1.0], [0.0, 7.0, 3.5], [1.0, 2.0, 3.0]])
    loss, ahead = decoder.loss_and_evidence(Representation(logits), target)
    assert ahead[:3].tolist() == [3.0, -3.0, -3.5]
    assert ahead[3].isnan()
    torch.testing.assert_close(loss, decoder.loss(Representation(logits), target))
