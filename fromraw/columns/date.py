"""Dates and points in time: how late it is, and where in the year, the week and the day, as far as rows differ there.

A cycle is read as a sine and a cosine, so that December lies beside January. Texts are YYYY-MM-DD, DD.MM.YYYY,
DD/MM/YYYY or MM/DD/YYYY, with a time of day or without one; which of the last two is decided over all cells at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from fromraw.columns.base import Claim, Column, Sample, Stored, tensor
from fromraw.columns.cells import cells_of, is_text, plain, to_texts, value_type
from fromraw.columns.moments import Moments
from fromraw.errors import DataError, Refused
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec, View
from fromraw.sources.base import Field, Problem

Layout = Literal["ymd", "dmy", "mdy"]
_DAY = 86400.0
_CYCLES = {"year": 365.2425 * _DAY, "week": 7 * _DAY, "day": _DAY}
_PIECES = {"y": r"(?P<y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})"}
_TIME = r"(?:[ T]+(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?\s*(?:Z|[+-]\d{2}:?\d{2})?)?\s*$"
_WORDS = {"ymd": "YYYY-MM-DD", "dmy": "DD.MM.YYYY", "mdy": "MM/DD/YYYY"}


@part("date")
class Date(Column):
    """A date or a point in time a row."""

    type = "date"
    scalar = True

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        layout: Annotated[Layout, "order of year, month and day where dates are texts"] = "ymd",
    ) -> None:
        super().__init__(name, fields, layout=layout)
        self.layout = layout
        self.moments = Moments()
        self.cycles: list[str] = []

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        return [claim for f in sample.fields if (claim := _claim(f, sample))]

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
            weekdays |= set(np.unique(there // _DAY % 7).astype(int).tolist())
            times = times if len(times) > 1 else times | set(np.unique(there % _DAY)[:2].tolist())
        span = self.moments.high - self.moments.low if self.moments.count else 0
        vary = {"year": span > 1.5 * _CYCLES["year"], "week": len(weekdays) > 1 and span > 14 * _DAY, "day": False}
        vary["day"] = len(times) > 1 and span > 2 * _DAY
        self.cycles = [cycle for cycle in _CYCLES if vary[cycle]]

    def state(self) -> dict[str, Any]:
        return {"moments": self.moments.state(), "cycles": self.cycles}

    def load(self, state: Mapping[str, Any]) -> None:
        self.moments, self.cycles = Moments.of(state["moments"]), list(state["cycles"])

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
        """Standardized times, (n,) or (n, numbers), as YYYY-MM-DDTHH:MM:SS."""
        times = np.asarray(values, np.float64)
        times = times[:, 0] if times.ndim == 2 else times
        seconds = np.rint(times * self.moments.scale + self.moments.mean)
        return [str(moment) for moment in seconds.astype("datetime64[s]")]

    def flat(self, stored: Stored) -> np.ndarray:
        values = np.asarray(stored["values"], np.float64)
        return np.where(np.asarray(stored["present"])[:, None], values, np.nan)

    def show(self) -> str:
        if not self.moments.count:
            return "no date at all"
        first, last = (str(np.datetime64(int(t), "s"))[:10] for t in (self.moments.low, self.moments.high))
        return f"{first} to {last}"


def to_seconds(cells: pa.Array, layout: str) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n,) seconds since 1970, nan where there is no date, and (n,) True where a cell is there but no date."""
    cells = plain(cells)
    if pa.types.is_temporal(cells.type) and not pa.types.is_time(cells.type):
        micro = pc.cast(pc.cast(cells, pa.timestamp("us")), pa.int64(), safe=False)
        return pc.cast(micro, pa.float64(), safe=False).to_numpy(zero_copy_only=False) / 1e6, np.zeros(len(cells), bool)
    texts = to_texts(cells)
    seconds = _parse(texts, layout)
    return seconds, np.isnan(seconds) & pc.is_valid(texts).to_numpy(zero_copy_only=False)


def _parse(texts: pa.Array, layout: str) -> np.ndarray:
    """Calendar dates as seconds; nan for what is none (31.02.2020 too)."""
    pattern = r"^\s*" + r"[-/.]".join(_PIECES[piece] for piece in layout) + _TIME
    found = pc.extract_regex(texts, pattern)
    matched = pc.is_valid(found).to_numpy(zero_copy_only=False)

    def number(piece: str) -> np.ndarray:
        digits = pc.fill_null(pc.struct_field(found, piece), "")
        return pc.cast(pc.if_else(pc.equal(digits, ""), "0", digits), pa.float64()).to_numpy(zero_copy_only=False)

    year, month, day = (number(piece).astype(np.int64) for piece in "ymd")
    good = matched & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    good &= day <= ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    days = months.astype("datetime64[D]").astype(np.float64) + day - 1
    hour, minute, second = number("h"), number("i"), number("s")
    good &= (hour <= 24) & (minute < 60) & (second < 61)
    return np.where(good, days * _DAY + hour * 3600 + minute * 60 + second, np.nan)


def _looks_dated(texts: pa.Array) -> bool:
    """A glance, before every cell is tried in every layout."""
    return bool(pc.any(pc.match_substring_regex(texts, r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")).as_py())


def _claim(field: Field, sample: Sample) -> Claim | None:
    name, kind, cells = field.name, value_type(field.type), sample.column(field.name)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Claim((name,), name, 1.0 if sample.named else 0.95, f"{kind}", {})
    filled = pc.drop_null(to_texts(cells)) if is_text(kind) else pa.array([], pa.string())
    if not sample.named and not _looks_dated(filled.slice(0, 50)):
        return None
    good = {layout: int((~np.isnan(_parse(filled, layout))).sum()) for layout in _WORDS}
    layout = max(good, key=lambda name: good[name])
    if not good[layout] or (not sample.named and good[layout] < 0.95 * len(filled)):
        if sample.named:
            raise Refused(f"{name} holds no dates like {', '.join(_WORDS.values())}")
        return None
    either = " (or MM/DD: the cells do not tell)" if layout == "dmy" and good["dmy"] == good["mdy"] else ""
    odd = len(filled) - good[layout]
    missing = f"; {odd:,} others are none (missing)" if odd else ""
    reason = f"{_WORDS[layout]}{either} in {good[layout]:,}{missing}"
    return Claim((name,), name, 1.0 if sample.named else 0.9, reason, {"layout": layout})
