"""What goes wrong while training is skipped, halved or undone, written down, and read back by who goes on."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fromraw.errors import MachineError
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import learn
from fromraw.learning.recovering import PATIENCE
from fromraw.signals import tree_map
from tests.learning.conftest import ROWS, Killed, Numbers, around, course_of


def same_bits(one: Course, other: Course) -> bool:
    pairs = zip(one.system.state_dict().values(), other.system.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_loss_falls_and_the_rate_follows_the_schedule(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    tell = lambda course, loss: told.append((loss, course.optimizer.param_groups[0]["lr"]))  # noqa: E731
    learn(course_of(200, warmup=0.1), around(tmp_path, tell))
    losses, rates = zip(*told, strict=True)
    assert sum(losses[-20:]) < 0.2 * sum(losses[:20])
    assert max(rates) == pytest.approx(0.01, rel=0.1)
    assert rates[0] < 0.001
    assert rates[-1] < 0.0001


def test_a_step_without_a_finite_loss_is_skipped_and_counted(tmp_path: Path) -> None:
    steps: list[int] = []
    course = course_of(20, Numbers({4, 9}))
    learn(course, around(tmp_path, lambda course, loss: steps.append(course.step)))
    assert course.skipped == 2
    assert course.step == 20
    assert steps == [step for step in range(1, 21) if step not in (5, 10)]
    assert all(torch.isfinite(p).all() for p in course.system.parameters())
    assert course.slower == 1


def test_a_skipped_step_changes_nothing_at_all(tmp_path: Path) -> None:
    before: dict[str, torch.Tensor] = {}

    def tell(course: Course, loss: float) -> None:
        before.update({name: t.clone() for name, t in course.system.state_dict().items()})

    course = course_of(5, Numbers({4}))
    learn(course, around(tmp_path, tell))
    assert all(torch.equal(before[name], t) for name, t in course.system.state_dict().items())


def fragile(course: Course, steps: set[int]) -> Course:
    """At full rate, the loss of these steps is not a number."""
    forward = course.system.forward

    def breaking(*given: object, **more: object) -> object:
        losses, state = forward(*given, **more)  # type: ignore[arg-type]
        worth = math.nan if course.step in steps and course.slower == 1 else 1.0
        return tree_map(lambda loss: worth * loss, losses), state

    course.system.forward = breaking  # type: ignore[method-assign, assignment]
    return course


LOST = set(range(12, 12 + PATIENCE))


def test_a_gradient_that_is_not_finite_is_left_out_though_the_loss_is(tmp_path: Path) -> None:
    course, losses = course_of(20), []
    next(course.system.parameters()).register_hook(lambda grad: grad / 0 if course.step == 4 else grad)
    learn(course, around(tmp_path, lambda course, loss: losses.append(loss)))
    assert (course.skipped, course.step, len(losses)) == (1, 20, 19)
    assert all(torch.isfinite(p).all() for p in course.system.parameters())


def test_missed_again_and_again_it_goes_back_and_on_at_half_the_rate(tmp_path: Path) -> None:
    rates: dict[str, dict[int, float]] = {"whole": {}, "lost": {}}

    def told(name: str) -> Callable[[Course, float], None]:
        return lambda course, loss: rates[name].update({course.step: course.optimizer.param_groups[0]["lr"]})

    learn(course_of(20), around(tmp_path / "whole", told("whole")))
    course = fragile(course_of(20), LOST)
    learn(course, around(tmp_path / "lost", told("lost")))
    assert (course.slower, course.step, course.skipped) == (0.5, 20, PATIENCE)
    (decision,) = Journal(tmp_path / "lost" / "decisions.jsonl").all("slower")
    assert (decision["value"], decision["step"], decision["slower"]) == (0.5, 12 + PATIENCE, 1.0)
    assert 0 < decision["back_to"] <= 12
    assert rates["lost"].keys() == rates["whole"].keys()
    assert {step: rate / rates["whole"][step] for step, rate in rates["lost"].items()} == {
        step: 1.0 if step <= decision["back_to"] else 0.5 for step in range(1, 21)
    }


def test_it_does_not_go_back_to_a_net_that_was_lost_already(tmp_path: Path) -> None:
    def tell(course: Course, loss: float) -> None:
        if course.step == 9 and course.slower == 1:
            with torch.no_grad():
                next(course.system.parameters()).mul_(1e4)

    course = fragile(course_of(20), LOST)
    learn(course, around(tmp_path, tell))
    assert Journal(tmp_path / "decisions.jsonl").all("slower")[0]["back_to"] == 8
    assert course.slower == 0.5


@pytest.mark.parametrize("save_every", [0.0, math.inf])
@pytest.mark.parametrize("step", [1, 11, 12, 17])
def test_where_it_goes_back_to_hangs_on_no_clock_and_on_no_interruption(
    tmp_path: Path, step: int, save_every: float
) -> None:
    def kill(course: Course, loss: float) -> None:
        if course.step == step:
            raise Killed

    whole = fragile(course_of(20), LOST)
    learn(whole, around(tmp_path / "whole"))
    with pytest.raises(Killed):
        learn(fragile(course_of(20), LOST), around(tmp_path / "killed", kill, save_every=save_every))
    again = fragile(course_of(20), LOST)
    learn(again, around(tmp_path / "killed", save_every=save_every))
    assert same_bits(again, whole)
    assert again.skipped == whole.skipped == PATIENCE
    journals = [(tmp_path / name / "decisions.jsonl").read_text() for name in ("whole", "killed")]
    assert journals[0] == journals[1]


def test_running_statistics_of_a_step_that_is_left_out_are_mended(tmp_path: Path) -> None:
    course = course_of(8, Numbers({4}))
    course.system.register_buffer("mean", torch.ones(2))

    def spoil(*_: object) -> None:
        if course.step == 4:
            course.system.get_buffer("mean")[0] = math.nan

    course.system.register_forward_pre_hook(spoil)
    learn(course, around(tmp_path))
    assert course.system.get_buffer("mean").tolist() == [1.0, 1.0]


def test_without_any_finite_loss_it_ends_with_words_and_not_never(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="not finite, also at a 64th of the rate"):
        learn(course_of(200, Numbers(set(range(10, 200)))), around(tmp_path))
    values = [d["value"] for d in Journal(tmp_path / "decisions.jsonl").all("slower")]
    assert values == [2.0**-n for n in range(1, 7)]


# -------------------------------------------------------------------------------------------------------- out of memory


def too_small(course: Course, most: int) -> Course:
    """A machine on which only so many rows fit."""
    forward = course.system.forward

    def limited(batch: object, *given: object, **more: object) -> object:
        if len(batch) > most:  # type: ignore[arg-type]
            raise torch.OutOfMemoryError("out of memory")
        return forward(batch, *given, **more)  # type: ignore[arg-type]

    course.system.forward = limited  # type: ignore[method-assign, assignment]
    return course


def test_out_of_memory_halves_the_piece_never_the_step(tmp_path: Path) -> None:
    course = too_small(course_of(6), 3)
    rows: list[int] = []
    learn(course, around(tmp_path, lambda course, loss: rows.append(course.plan.batch)))
    assert course.piece == 2
    assert rows == [ROWS] * 6
    assert [d["value"] for d in Journal(tmp_path / "decisions.jsonl").all("piece")] == [4, 2]
    plain = course_of(6)
    learn(plain, around(tmp_path / "plain"))
    for one, other in zip(course.system.parameters(), plain.system.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_halved_piece_is_read_back_on_a_machine_with_more_memory(tmp_path: Path) -> None:
    whole = too_small(course_of(10), 4)
    learn(whole, around(tmp_path / "run"))
    for file in (tmp_path / "run" / "checkpoint").iterdir():
        file.unlink()
    again = course_of(10)
    learn(again, around(tmp_path / "run"))
    assert again.piece == 4
    assert same_bits(again, whole)


def test_where_one_row_does_not_fit_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="out of memory with 1 row at once; --set width"):
        learn(too_small(course_of(5), 0), around(tmp_path))


def test_other_errors_are_not_taken_for_want_of_memory(tmp_path: Path) -> None:
    class Broken(Numbers):
        def next(self, act: object) -> object:  # type: ignore[override]
            raise RuntimeError("the shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        learn(course_of(5, Broken()), around(tmp_path))


# ------------------------------------------------------------------------------------------------------------- stopping


def test_asked_to_stop_it_ends_between_steps_and_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = course_of(12)
    learn(whole, around(tmp_path / "whole"))
    outside = around(tmp_path / "stopped")

    def tell(course: Course, loss: float) -> None:
        outside.stop.asked = course.step == 7

    outside.tell = tell
    stopped = course_of(12)
    learn(stopped, outside)
    assert stopped.step == 7
    again = course_of(12)
    learn(again, around(tmp_path / "stopped"))
    assert same_bits(again, whole)


@pytest.mark.parametrize("missed", [{6}, {6, 7}])
def test_killed_among_skipped_steps_it_goes_on_to_the_same_bits(tmp_path: Path, missed: set[int]) -> None:
    def kill(course: Course, loss: float) -> None:
        if course.step == 6:
            raise Killed

    whole = course_of(12, Numbers(set(missed)))
    learn(whole, around(tmp_path / "whole", save_every=0.0))
    with pytest.raises(Killed):
        learn(course_of(12, Numbers(set(missed))), around(tmp_path / "killed", kill, save_every=0.0))
    again = course_of(12, Numbers(set(missed)))
    learn(again, around(tmp_path / "killed", save_every=0.0))
    assert same_bits(again, whole)
    assert again.skipped == whole.skipped == len(missed)


def test_the_gradient_is_clipped_where_the_plan_says_so(tmp_path: Path) -> None:
    course = course_of(1)
    course.plan = course.plan.model_copy(update={"clip": 1e-3})
    learn(course, around(tmp_path))
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in course.system.parameters() if p.grad is not None))
    assert norm == pytest.approx(1e-3, rel=1e-3)
