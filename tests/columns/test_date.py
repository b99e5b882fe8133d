"""Dates: how they are written, and what is made of them."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Sample
from fromraw.columns.calendar import CALENDAR, to_seconds
from fromraw.columns.date import Date
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


WAYS = [
    ("2019-01-31 14:05", "ymd"),
    ("2019/01/31 14:05:00", "ymd"),
    ("2019-01-31T16:05:00+02:00", "ymd"),
    ("2019-01-31T09:05:00-0500", "ymd"),
    ("31.1.2019 14:05", "dmy"),
    ("31.01.19 14:05", "dmy"),
    ("1/31/2019 2:05 PM", "mdy"),
    ("Thu, 31 Jan 2019 14:05:00 GMT", "dmy"),
    ("Thursday, January 31st, 2019 2:05pm", "mdy"),
    ("31-JAN-19 14:05", "dmy"),
    ("2019-01-31 14:05", "dmy"),
    ("201901311405", "packed"),
    ("20190131T140500Z", "packed"),
    ("1548943500", "seconds"),
    ("1548943500000", "milliseconds"),
]


@pytest.mark.parametrize(("text", "layout"), WAYS)
def test_one_moment_may_be_written_in_many_ways(text: str, layout: str) -> None:
    found, bad = to_seconds(pa.array([text]), layout)
    assert found.tolist() == [seconds(datetime(2019, 1, 31, 14, 5))]
    assert not bad.any()


@pytest.mark.parametrize(
    ("text", "layout", "day"),
    [("31.12.68", "dmy", datetime(2068, 12, 31)), ("1/1/69", "mdy", datetime(1969, 1, 1)),
     ("2019-03", "ym", datetime(2019, 3, 1)), ("Mar 2019", "my", datetime(2019, 3, 1)),
     ("1987", "y", datetime(1987, 1, 1)),
     ("00:00", "clock", datetime(1970, 1, 1)), ("12:30 AM", "clock", datetime(1970, 1, 1, 0, 30))],
)  # fmt: skip
def test_what_is_not_said_is_the_beginning(text: str, layout: str, day: datetime) -> None:
    assert to_seconds(pa.array([text]), layout)[0].tolist() == [seconds(day)]


@pytest.mark.parametrize("text", ["1.2.34", "1.5.19", "12.5", "2019.5", "10.0.0.1", "13/13/2019", "25:00", "7", "1-2"])
def test_versions_and_numbers_are_no_dates(text: str) -> None:
    for layout in CALENDAR:
        assert np.isnan(to_seconds(pa.array([text]), layout)[0]).all(), layout


def test_a_time_of_day_comes_round_again() -> None:
    column = Date("at", ["at"], layout="clock")
    batch = pa.record_batch({"at": pa.array(["23:59", "00:01", "12:00"])})
    column.fit([batch])
    night, morning, noon = column.prepare(batch, np.arange(3))[0]["values"][:, 1:3]
    assert np.linalg.norm(night - morning) < 0.02
    assert np.linalg.norm(night - noon) > 1.9
    assert column.restore(column.prepare(batch, np.arange(3))[0]["values"])[2] == "12:00:00"
    assert column.show() == "00:01:00 to 23:59:00"


def test_dates_that_do_not_exist_are_none() -> None:
    found, bad = to_seconds(pa.array(["2020-02-30", "2020-02-29", "2021-02-29", "2020-13-01", None, "n/a"]), "ymd")
    assert np.isnan(found).tolist() == [True, False, True, True, True, True]
    assert bad.tolist() == [True, False, True, True, False, False]


@pytest.mark.parametrize(
    ("texts", "layout", "words"),
    [
        (["31.12.2020", "01.02.2021"], "dmy", "DD.MM.YYYY in 2"),
        (["12/31/2020", "01/02/2021"], "mdy", "MM/DD/YYYY in 2"),
        (
            ["01/02/2021", "03/04/2021"],
            "dmy",
            "DD/MM/YYYY in 2; day or month first, no cell tells: overrule: --type day=date:mdy",
        ),
        (["01.02.2021", "03.04.2021"], "dmy", "DD.MM.YYYY in 2"),
        (
            ["2 Jan 2021", "Feb 3, 2021"] + ["3 March 2021"] * 40,
            "dmy",
            'DD Month YYYY in 40, DD Mon YYYY in 1; "Feb 3, 2021" in 1 (missing)',
        ),
        (["2021-01-02T10:00:00Z"], "ymd", "YYYY-MM-DDThh:mm:ssZ in 1 (zones are taken off: in UTC)"),
        (["20190131"] * 3, "packed", "YYYYMMDD in 3"),
        (["9:05 PM", "11:30 am"], "clock", "time of day, hh:mm AM in 2; --type day=number reads durations"),
        (["1548936000"] * 3, "seconds", "seconds since 1970, 2019-01-31 to 2019-01-31"),
        (["1548936000000"] * 3, "milliseconds", "milliseconds since 1970, 2019-01-31 to 2019-01-31"),
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
