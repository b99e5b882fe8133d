"""Dates: how they are written, and what is made of them."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Sample
from fromraw.columns.date import Date, to_seconds
from fromraw.errors import DataError
from fromraw.sources.base import Field


def seconds(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)) / timedelta(seconds=1)


@given(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)))
def test_all_layouts_say_the_same_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for layout, text in [("ymd", "%Y-%m-%d %H:%M:%S"), ("dmy", "%d.%m.%Y %H:%M:%S"), ("mdy", "%m/%d/%Y %H:%M:%S")]:
        written = f"{moment:{text}}".replace(f"{moment:%Y}", f"{moment.year:04}")
        assert to_seconds(pa.array([written]), layout)[0].tolist() == [seconds(moment)]
    assert to_seconds(pa.array([moment], pa.timestamp("us")), "ymd")[0].tolist() == [seconds(moment)]


def test_dates_that_do_not_exist_are_none() -> None:
    found, bad = to_seconds(pa.array(["2020-02-30", "2020-02-29", "2021-02-29", "2020-13-01", None, "n/a"]), "ymd")
    assert np.isnan(found).tolist() == [True, False, True, True, True, True]
    assert bad.tolist() == [True, False, True, True, False, False]


@pytest.mark.parametrize(
    ("texts", "layout", "words"),
    [
        (["31.12.2020", "01.02.2021"], "dmy", "DD.MM.YYYY in 2"),
        (["12/31/2020", "01/02/2021"], "mdy", "MM/DD/YYYY in 2"),
        (["01/02/2021", "03/04/2021"], "dmy", "DD.MM.YYYY (or MM/DD: the cells do not tell) in 2"),
        (["2021-01-02T10:00:00Z"], "ymd", "YYYY-MM-DD in 1"),
    ],
)
def test_the_order_of_day_and_month_is_decided_over_all_cells_and_said(
    texts: list[str], layout: str, words: str
) -> None:
    (claim,) = Date.recognize(Sample([Field("day", pa.string())], pa.table({"day": texts})))
    assert (claim.settings, claim.reason) == ({"layout": layout}, words)


def test_cycles_are_read_where_rows_differ_in_them() -> None:
    def cycles(start: datetime, step: timedelta, count: int) -> list[str]:
        cells = pa.array([start + number * step for number in range(count)], pa.timestamp("s"))
        column = Date("day", ["day"])
        column.fit([pa.record_batch({"day": cells})])
        return column.cycles

    start = datetime(2020, 1, 6)
    assert cycles(start, timedelta(days=1), 1000) == ["year", "week"]
    assert cycles(start, timedelta(hours=1), 200) == ["day"]
    assert cycles(start, timedelta(days=7), 20) == []


def test_december_lies_beside_january() -> None:
    column = Date("day", ["day"])
    batch = pa.record_batch(
        {"day": pa.array([date(2019, 1, 1), date(2020, 7, 1), date(2021, 12, 31), date(2022, 1, 1)])}
    )
    column.fit([batch])
    stored, _ = column.prepare(batch, np.arange(4))
    year = stored["values"][:, 1:3]
    assert np.linalg.norm(year[2] - year[3]) < 0.05
    assert np.linalg.norm(year[1] - year[3]) > 1.9
    restored = np.array(column.restore(stored["values"]), "datetime64[s]")
    assert abs(restored[0] - np.datetime64("2019-01-01")) < np.timedelta64(60, "s")


def test_a_named_type_makes_odd_cells_an_error() -> None:
    batch = pa.record_batch({"day": pa.array(["2020-01-01", "soon", None])})
    column = Date("day", ["day"])
    column.fit([batch])
    _, problems = column.prepare(batch, np.arange(3))
    assert [problem.text for problem in problems] == ['day is "soon", not a date']
    column.strict = True
    with pytest.raises(DataError, match="row 2: day is"):
        column.prepare(batch, np.arange(3))
