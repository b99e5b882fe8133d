"""Progress goes from 0 to 1 whatever the clock does to the number of steps, and the rate ends at zero with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.learning.schedule import Horizon, factor

moves = st.lists(st.tuples(st.integers(1, 99), st.integers(0, 300)), max_size=5)


@given(end=st.integers(1, 200), moves=moves)
def test_progress_never_falls_nor_jumps_and_ends_at_one(end: int, moves: list[tuple[int, int]]) -> None:
    horizon, step, come = Horizon(end), 0, [0.0]
    for wait, more in moves:
        for step in range(step + 1, min(step + wait, horizon.end) + 1):  # noqa: B020
            come.append(horizon.progress(step))
        horizon = horizon.moved(step, step + more)
        assert horizon.progress(step) == come[-1]
    come += [horizon.progress(rest) for rest in range(step + 1, horizon.end + 1)]
    assert come == sorted(come)
    assert horizon.end == step or come[-1] == pytest.approx(1)


def test_an_end_that_was_moved_is_reached_in_a_straight_line() -> None:
    """Halfway through 100 steps there is time for 25 more: each is now worth two."""
    horizon = Horizon(100)
    assert horizon.progress(25) == 0.25
    assert [horizon.moved(50, 75).progress(step) for step in (50, 60, 75)] == pytest.approx([0.5, 0.7, 1.0])


@pytest.mark.parametrize("decay", ["linear", "cosine"])
@pytest.mark.parametrize("warmup", [0.0, 0.2])
def test_the_rate_rises_in_the_warm_up_and_falls_to_zero(decay: str, warmup: float) -> None:
    values = [factor(step / 100, warmup, decay) for step in range(101)]
    top = round(100 * warmup)
    assert values[top] == pytest.approx(1)
    assert values[-1] == pytest.approx(0)
    assert values[:top] == sorted(values[:top])
    assert values[top:] == sorted(values[top:], reverse=True)


def test_halfway_down_both_decays_are_at_half() -> None:
    assert factor(0.5, 0.0, "linear") == factor(0.5, 0.0, "cosine") == pytest.approx(0.5)
    assert factor(0.1, 0.2, "linear") == pytest.approx(0.5)
