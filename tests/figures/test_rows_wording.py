"""What a learning curve says: gains in words, no gain that is not sure, and when more rows would hardly help."""

from dataclasses import replace

import pytest

from fromraw.decoders.base import Score
from fromraw.evaluation.more_rows import Gain, Outlook, SizeScore
from fromraw.figures.rows_wording import size_lines, tell_outlook

ACCURACY = Score("accuracy", "", lambda records: 0.0, as_="share", bounds=(0.0, 1.0))
RMSE = Score("rmse", "", lambda records: 0.0, as_="root", higher_is_better=False, bounds=(0.0, float("inf")))
SIZES = [SizeScore(480, 2, 0.775, 0.69, 0.84), SizeScore(961, 1, 0.846, 0.77, 0.9)]
OUTLOOK = Outlook("accuracy", SIZES, 0.071, Gain(1922, 0.02, 0.04, 0.06), {}, (), 0.05, 0.04)


def test_sizes_are_lines() -> None:
    assert list(size_lines(ACCURACY, OUTLOOK)) == [
        "480   77.5%  (69.0 to 84.0)   2 trainings",
        "961   84.6%  (77.0 to 90.0)   1 training",
    ]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.02, 0.06, "twice as many rows should gain 2.0 to 6.0 points more."),
        (-0.01, 0.021, "twice as many rows should gain at most 2.1 points more, or nothing."),
        (-0.03, -0.01, "twice as many rows should gain nothing that shows over how trainings differ."),
    ],
)
def test_gains_of_a_share_are_points(low: float, high: float, said: str) -> None:
    told = tell_outlook(ACCURACY, replace(OUTLOOK, next=Gain(1922, low, 0.0, high)), 117)
    assert told == [f"From 480 to 961 rows accuracy gained 7.1 points; {said}"]


def test_errors_fall() -> None:
    outlook = replace(OUTLOOK, score="rmse", gained=1234.0, next=Gain(1922, 210.0, 0.0, 904.0))
    assert tell_outlook(RMSE, outlook, 117) == [
        "From 480 to 961 rows RMSE fell by 1,200; twice as many rows should lower it by 210 to 900 more."
    ]
    assert "RMSE rose by 12;" in tell_outlook(RMSE, replace(outlook, gained=-12.0), 117)[0]


def test_more_rows_would_hardly_help() -> None:
    said = tell_outlook(ACCURACY, replace(OUTLOOK, expected=0.012, seen=0.029), 117)
    assert said[1] == (
        "! more rows will hardly help: but for chance in training, twice as many bring at most 1.2 points, "
        "and 117 tested rows cannot show less than 2.9 points."
    )


def test_little_is_said_of_little() -> None:
    assert tell_outlook(ACCURACY, Outlook("accuracy", SIZES[:1]), 117) == []
    said = tell_outlook(ACCURACY, Outlook("accuracy", SIZES, 0.071), 117)
    assert said == ["From 480 to 961 rows accuracy gained 7.1 points; too few trainings to tell what more would bring."]
