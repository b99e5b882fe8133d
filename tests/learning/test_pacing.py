"""What is measured before training changes nothing, and what is kept for afterwards is what it will take."""

from pathlib import Path

import pytest
import torch

from fromraw.learning.journal import Journal
from fromraw.learning.pacing import Reserve, measure_pace, settle_statistics
from fromraw.signals import Batch, Grid, GridSpec, ScalarsSpec
from fromraw.system import Asking, Reading, Step, System
from tests.learning.conftest import Numbers, course_of, scalars, system


def test_timing_steps_leaves_the_net_and_the_stream_as_they_were(tmp_path: Path) -> None:
    net = system()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    streams = []

    def make(precision: str) -> object:
        course = course_of(5, net=net)
        streams.append(course.stream)
        return course

    pace = measure_pace(make, Journal(tmp_path / "decisions.jsonl"), "float32", 0.01)  # type: ignore[arg-type]
    assert pace.precision == "float32"
    assert pace.seconds_per_step > 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert streams[-1].step >= 1


def test_the_reserve_is_the_report_and_all_answers_at_their_last_pace() -> None:
    reserve = Reserve(looks=1000, report=6.0, margin=1.5)
    assert reserve() == 6
    reserve.measured(10, 0.2)
    assert reserve() == pytest.approx(6 + 1.5 * 1000 * 0.02)
    reserve.measured(0, 5.0)
    assert reserve() == pytest.approx(36)


def test_settled_statistics_are_the_mean_over_the_pieces() -> None:
    """One convolution of weight 1: the running mean is that of the numbers themselves."""
    torch.manual_seed(0)
    step = Step("convnet", {"widths": (1,), "depth": 1, "kernel": 1, "stem": "none"})
    net = System({"x": Reading(GridSpec(1, (4,)), (step,), "it")}, {"y": Asking(ScalarsSpec(("y",)), Step("regress"))})
    norm = next(m for m in net.modules() if hasattr(m, "running_mean"))
    with torch.no_grad():
        next(m for m in net.modules() if isinstance(m, torch.nn.Conv1d)).weight.fill_(1.0)
    norm.running_mean.fill_(99.0)
    there = torch.ones(6, dtype=torch.bool)
    batches = [torch.randn(6, 1, 4) + number for number in range(4)]

    def make(number: int) -> Batch:
        return Batch({"x": Grid(batches[number], there)}, {"y": scalars(torch.zeros(6, 1))}, there.numpy())

    settle_statistics(net, make, 4, "cpu")
    pooled = torch.stack([torch.nn.functional.max_pool1d(batch, 2).mean() for batch in batches])
    torch.testing.assert_close(norm.running_mean, pooled.mean()[None])
    assert norm.momentum == 0.1
    assert not net.training


def test_a_net_without_batch_statistics_is_let_be() -> None:
    settle_statistics(system(), lambda number: Numbers().next(lambda batch: {}), 3, "cpu")
