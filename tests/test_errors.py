"""A name that does not exist is answered with those that do."""

from fromraw.errors import unknown


def test_each_name_that_exists_is_said_once() -> None:
    error = unknown("column", "zzz", ["age", "plan", "age"], "churn.csv")
    assert str(error) == 'no column "zzz" in churn.csv; there are: age, plan.'
