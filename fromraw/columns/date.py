"""Dates and points in time: how late it is, and where in the year, the week and the day, as far as rows differ there.

A cycle is read as a sine and a cosine, so that December lies beside January. How dates may be written: calendar.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from fromraw.columns.base import Claim, Column, Sample, Stored, Trait, tensor
from fromraw.columns.calendar import CALENDAR, DAY, Layout, read_dates, settles_order, to_seconds, written
from fromraw.columns.cells import cells_of, is_number, is_text, plain, value_type
from fromraw.columns.epochs import EPOCHS, epoch_of
from fromraw.columns.look import NEARLY, Look, looks
from fromraw.columns.moments import Moments
from fromraw.columns.names import names_times
from fromraw.errors import DataError, Refused
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec, View
from fromraw.sources.base import Field, Problem

_CYCLES = {"year": 365.2425 * DAY, "week": 7 * DAY, "day": DAY}


@part("date")
class Date(Column):
    """A date or a point in time a row."""

    type = "date"
    tells_time = True
    scalar = True

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        layout: Annotated[
            Layout, "order of year, month and day, or what is counted, where dates are texts or numbers"
        ] = "ymd",
    ) -> None:
        super().__init__(name, fields, layout=layout)
        self.layout = layout
        self.moments = Moments()
        self.cycles: list[str] = []

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        known = {look.field.name: look for look in looks(sample)}
        claims = [_of_arrow(f) if f.name not in known else _claim(known[f.name], sample) for f in sample.fields]
        return [replace(claim, sure=1.0) if sample.named else claim for claim in claims if claim]

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random = np.random.default_rng(seed)
        days = np.datetime64("2019-01-01") + random.integers(0, 1500, rows)
        return pa.record_batch({"date": pa.array([str(d) if random.random() > 0.1 else "unknown" for d in days])})

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.moments = Moments()
        weekdays: set[int] = set()
        times: set[float] = set()
        for batch in batches:
            seconds, _ = to_seconds(cells_of(batch, self.fields[0]), self.layout)
            self.moments.add(seconds)
            there = seconds[~np.isnan(seconds)]
            weekdays |= set(np.unique(there // DAY % 7).astype(int).tolist())
            times = times if len(times) > 1 else times | set(np.unique(there % DAY)[:2].tolist())
        span = self.moments.high - self.moments.low if self.moments.count else 0
        vary = {"year": span > 1.5 * _CYCLES["year"], "week": len(weekdays) > 1 and span > 14 * DAY, "day": False}
        vary["day"] = len(times) > 1 and (span > 2 * DAY or self.layout == "clock")
        self.cycles = [cycle for cycle in _CYCLES if vary[cycle]]

    def state(self) -> dict[str, Any]:
        return {"moments": self.moments.state(), "cycles": self.cycles}

    def load(self, state: Mapping[str, Any]) -> None:
        self.moments, self.cycles = Moments.of(state["moments"]), list(state["cycles"])

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        return {"moments": self.moments.handed_on(ranges), "cycles": self.cycles}

    @property
    def spec(self) -> ScalarsSpec:
        waves = [f"{self.name} {wave} of {cycle}" for cycle in self.cycles for wave in ("sine", "cosine")]
        return ScalarsSpec(numbers=(self.name, *waves))

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        cells = cells_of(batch, self.fields[0])
        seconds, bad = to_seconds(cells, self.layout)
        present = ~np.isnan(seconds)
        seconds = np.where(present, seconds, self.moments.mean)
        angles = [2 * np.pi * (seconds % _CYCLES[cycle]) / _CYCLES[cycle] for cycle in self.cycles]
        waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
        values = np.stack([(seconds - self.moments.mean) / self.moments.scale, *waves], 1)
        values[~present] = 0
        words = [f'{self.name} is "{text}", not a date' for text in plain(cells).filter(pa.array(bad)).to_pylist()]
        if words and self.strict:
            more = f"; {len(words) - 1:,} more like it" if len(words) > 1 else ""
            remedy = f"Mend it, or train with --type {self.name}=category, which takes it as it is"
            raise DataError(f"row {rows[bad][0] + 1:,}: {words[0]}{more}. {remedy}.")
        problems = [Problem.of_row(row, text) for row, text in zip(rows[bad], words, strict=True)]
        return {"values": values.astype(np.float32), "present": present}, problems

    def collate(self, stored: Stored, view: View | None) -> Scalars:
        values, present = tensor(stored["values"]), tensor(stored["present"])
        missing = ~present[:, None].expand_as(values)
        return Scalars(values, missing.clone(), torch.zeros(len(values), 0, dtype=torch.long), present)

    def restore(self, values: Any, view: View | None = None) -> list[str]:
        """Standardized times, (n,) or (n, numbers), as YYYY-MM-DDTHH:MM:SS; of the day, as HH:MM:SS."""
        times = np.asarray(values, np.float64)
        times = times[:, 0] if times.ndim == 2 else times
        seconds = np.rint(times * self.moments.scale + self.moments.mean)
        return [self._shown(moment) for moment in seconds.astype("datetime64[s]")]

    def _shown(self, moment: np.datetime64) -> str:
        return str(moment)[11:] if self.layout == "clock" else str(moment)

    def flat(self, stored: Stored) -> np.ndarray:
        values = np.asarray(stored["values"], np.float64)
        return np.where(np.asarray(stored["present"])[:, None], values, np.nan)

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        seconds = np.asarray(stored["values"], np.float64)[:, 0] * self.moments.scale + self.moments.mean
        seconds = np.where(np.asarray(stored["present"]), np.rint(seconds), np.nan)
        cut = 8 if self.layout == "clock" else 10
        return [Trait(self.name, seconds, lambda second: self._shown(np.datetime64(round(second), "s"))[:cut])]

    def unlike(self, batch: pa.RecordBatch, stored: Stored) -> dict[int, str]:
        times = np.where(np.asarray(stored["present"]), np.asarray(stored["values"])[:, 0], np.float32(0))
        moment = lambda place: f"{self.name} {self.restore(times[place : place + 1])[0]}"  # noqa: E731
        ways = {"above": "after", "below": "before"}
        return {place: f"{moment(place)} is {ways[way]} {self.show()}" for place, way in self.moments.outside(times)}

    def show(self) -> str:
        if not self.moments.count:
            return "no date at all"
        ends = [self._shown(np.datetime64(int(t), "s")) for t in (self.moments.low, self.moments.high)]
        return " to ".join(end[:10] for end in ends)


# ------------------------------------------------------------------------------------------------------- recognition

_GLANCE = (
    r"(?i)^\s*\d{8,14}\s*$|\d\w*\s*[-/.: ,]\s*\w+[-/.: ,]+\s*\d|^\s*\w+ \d+, \d"
    r"|[12]\d{3}[-/]\d|[-/ ][12]\d{3}\s*$|\d:\d\d|\d\s*[ap]m"
)
"""Before every cell is tried in every layout."""
_READ = 0.9


def _of_arrow(field: Field) -> Claim | None:
    kind = value_type(field.type)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Claim((field.name,), field.name, 0.95, f"{kind}")
    return (
        Claim((field.name,), field.name, 0.95, f"time of day, {kind}", {"layout": "clock"})
        if pa.types.is_time(kind)
        else None
    )


def _claim(look: Look, sample: Sample) -> Claim | None:
    name, filled = look.field.name, look.texts
    told = sample.told.get("layout", "")
    if not told and look.are_whole and (sample.named or names_times(name)) and (epoch := epoch_of(look.numbers)):
        told = epoch
    if told in EPOCHS:
        span = " to ".join(
            str(np.datetime64(int(end / EPOCHS[told].per_second), "s"))[:10]
            for end in (look.numbers.min(), look.numbers.max())
        )
        return Claim(
            (name,), name, _READ, f"{EPOCHS[told].words}, {span}{look.gaps(look.unlike_numbers)}", {"layout": told}
        )
    if not sample.named and look.are_numbers and not look.are_digits and not look.found.spelling.clock:
        return None
    readable = is_text(value_type(look.field.type)) or is_number(value_type(look.field.type))
    if not readable or not (sample.named or pc.any(pc.match_substring_regex(filled.slice(0, 50), _GLANCE)).as_py()):
        return None
    tried = [told] if told else [*CALENDAR, "y"] if sample.named else CALENDAR
    seconds = {layout: read_dates(filled, layout) for layout in tried}
    good = {layout: int((~np.isnan(times)).sum()) for layout, times in seconds.items()}
    layout = max(good, key=lambda layout: good[layout])
    if not good[layout] or (not sample.named and good[layout] < NEARLY * len(filled)):
        if sample.named:
            raise Refused(f"{name} holds no dates such as 2020-12-31, 31.12.2020 or 12/31/2020")
        return None
    fits = ~np.isnan(seconds[layout])
    odd = filled.filter(pa.array(~fits)).to_pylist()
    return Claim((name,), name, _READ, f"{_ways(look, layout, good, fits)}{look.gaps(odd)}", {"layout": layout})


def _ways(look: Look, layout: Layout, good: Mapping[str, int], fits: np.ndarray) -> str:
    """`DD/MM/YYYY in 300, YYYY-MM-DD in 12`: each way to write them; and what the cells leave open."""
    cells = look.texts.filter(pa.array(fits))
    shapes = pc.replace_substring_regex(cells, r"\d", "9").to_pylist()
    of_shape = dict(zip(shapes, cells.to_pylist(), strict=True))
    ways: Counter[str] = Counter()
    for shape, count in Counter(shapes).items():
        ways[written(of_shape[shape], layout) or written(of_shape[shape], "ymd")] += count
    name = look.field.name
    said = ", ".join(f"{way} {look.among(count)}" for way, count in ways.most_common(3))
    if any(way.endswith(("+hh:mm", "Z", "UTC", "GMT")) for way in ways):
        said += " (zones are taken off: in UTC)"
    if layout == "clock":
        return f"time of day, {said}; --type {name}=number reads durations"
    other = {"dmy": "mdy", "mdy": "dmy"}.get(layout)
    if other and good.get(other) == good[layout] and not settles_order(str(cells[0])):
        return f"{said}; day or month first, no cell tells: overrule: --type {name}=date:{other}"
    return said
