"""Minutes win: on a machine that turns out slower, training is shortened in time for the decay to end at zero."""

import shutil
from pathlib import Path

import pytest

from fromraw.learning.clock import Clock, in_words
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import learn
from tests.learning.conftest import FakeTime, Killed, around, course_of


def test_time_before_an_interruption_counts() -> None:
    seconds = 100.0
    clock = Clock(60.0, spent=20.0, now=lambda: seconds)
    assert clock.spent() == 20
    seconds = 110.0
    assert clock.spent() == 30
    assert clock.left() == 30
    assert clock.left(reserve=12.0) == 18
    assert clock.share(0.5, 99.0) == 30
    assert clock.share(0.25, 99.0) == 15
    assert clock.share(0.5, 10.0) == 10
    assert Clock(None).left() == float("inf")
    assert Clock(None).share(0.5, 10.0) == 10


def test_time_in_words() -> None:
    assert [in_words(s) for s in (0.0, 59.9, 125.0, 3725.0)] == ["0:00", "0:59", "2:05", "1:02:05"]


def run(folder: Path, pace: "list[float]", limit: float, steps: int, **more: object) -> tuple[Course, FakeTime, list]:
    """Steps that take so many seconds each, the last pace lasting; the rate of each step."""
    time, rates = FakeTime(limit), []

    def tell(course: Course, loss: float) -> None:
        time.seconds += pace[min(course.step - 1, len(pace) - 1)]
        rates.append(course.optimizer.param_groups[0]["lr"])

    course = course_of(steps, seconds_left=time.clock.left, **more)
    learn(course, around(folder, tell, spent=time.clock.spent))
    return course, time, rates


@pytest.mark.parametrize("pace", [[2.0], [1.0] * 30 + [4.0], [1.0] * 60 + [1.5]], ids=["at once", "late", "a little"])
def test_where_steps_are_slower_the_decay_still_ends_at_zero_in_time(tmp_path: Path, pace: list[float]) -> None:
    course, time, rates = run(tmp_path, pace, limit=100.0, steps=100)
    assert course.step < 100
    assert time.seconds <= 100 + max(pace)
    assert time.seconds > 90
    assert rates[-1] < 0.06 * max(rates)
    assert len(rates) == course.step


def test_where_steps_are_as_fast_as_planned_nothing_is_moved(tmp_path: Path) -> None:
    course, _, rates = run(tmp_path, [1.0], limit=101.0, steps=100)
    assert course.step == 100
    assert course.horizon.since == 0
    assert rates[-1] < 0.01 * max(rates)


def test_where_steps_are_faster_more_are_done_but_never_more_than_pay(tmp_path: Path) -> None:
    course, time, rates = run(tmp_path / "free", [0.5], limit=100.0, steps=100)
    assert course.step > 180
    assert time.seconds <= 100.5
    assert rates[-1] < 0.02 * max(rates)
    course, _, _ = run(tmp_path / "bounded", [0.5], limit=100.0, steps=100, most_steps=130.0)
    assert course.step == 130


def test_out_of_time_altogether_it_ends_after_the_step(tmp_path: Path) -> None:
    course, time, _ = run(tmp_path, [1.0, 1.0, 500.0], limit=100.0, steps=100)
    assert course.step == 3
    assert time.seconds == 502


def test_what_the_clock_decided_is_read_back_where_no_clock_runs(tmp_path: Path) -> None:
    whole, _, _ = run(tmp_path, [3.0], limit=60.0, steps=60)
    decided = [d["value"] for d in Journal(tmp_path / "decisions.jsonl").all("steps")]
    assert decided
    shutil.rmtree(tmp_path / "checkpoint")
    again = course_of(60)
    learn(again, around(tmp_path))
    assert again.step == whole.step == decided[-1]
    assert all((a == b).all() for a, b in zip(again.system.parameters(), whole.system.parameters(), strict=True))


def test_killed_after_the_clock_moved_the_end_it_goes_on_to_that_end(tmp_path: Path) -> None:
    time = FakeTime(60.0)

    def tell(course: Course, loss: float) -> None:
        time.seconds += 3.0
        if course.step == 12:
            raise Killed

    with pytest.raises(Killed):
        learn(course_of(60, seconds_left=time.clock.left), around(tmp_path, tell, spent=time.clock.spent))
    decided = [d["value"] for d in Journal(tmp_path / "decisions.jsonl").all("steps")]
    again = course_of(60)
    learn(again, around(tmp_path))
    assert again.step == decided[-1] < 60
