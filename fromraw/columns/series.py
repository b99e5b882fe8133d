"""Series: one or many channels of numbers, step after step; all of one length, or each of its own.

They come as lists, as lists of channels (`.ts` files), as arrays, or as a column a step (`t0` ... `t139`). Each channel
is standardized by one mean and standard deviation over all steps of the training rows; an empty step is the mean.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Claim, Column, Ragged, Sample, Stored, Trait, tensor
from fromraw.columns.cells import cells_of
from fromraw.columns.look import Look, looks
from fromraw.columns.moments import Moments
from fromraw.columns.neighbors import FEWEST_STEPS, compare
from fromraw.columns.recordings import Recordings, depth_of, read_recordings
from fromraw.columns.retime import add_noise, retime
from fromraw.errors import Refused
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.randomness import Draw
from fromraw.signals import Grid, GridSpec, View
from fromraw.sources.base import Field, Problem

_FLAT = 512
"""At most so many steps in `flat`."""


@part("series")
class Series(Column):
    """A recording a row. Stored: values, Ragged (L, C) or (n, T, C) float32, and length (n,), the raw one."""

    type = "series"
    unseen = "Recordings made in another way: another device, rate or place than these."

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        shape: Annotated[tuple[int, ...], "of a cell that is an array: (steps,) or (channels, steps)"] = (),
        steps_first: Annotated[bool, "cells hold a list of steps, each of channels; not channels of steps"] = False,
    ) -> None:
        super().__init__(name, fields, shape=shape, steps_first=steps_first)
        self.shape, self.steps_first = tuple(shape), steps_first
        self.channels = self.longest = self.median = 1
        self.ragged = False
        self.empty_steps = 0.0
        """The share of training steps without a number."""
        self.mean, self.deviation = np.zeros(1), np.ones(1)

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        cells = [claim for f in sample.fields if (claim := _claim(f, sample))]
        if not cells and sample.named:
            raise Refused(f"{sample.fields[0].name} holds no lists of numbers")
        return cells or _claim_steps(sample)

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random, cells = np.random.default_rng(seed), []
        for _ in range(rows):
            steps = np.cumsum(random.normal(size=(2, random.integers(5, 12))), 1)
            cells.append(steps.tolist() if random.random() > 0.1 else None)
        return pa.record_batch({"series": pa.array(cells, pa.list_(pa.list_(pa.float64())))})

    # ------------------------------------------------------------------------------------------------ what is learned

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        lengths: list[np.ndarray] = []
        moments: list[Moments] = []
        self.channels = 0
        for batch in batches:
            seen = self._read(batch)
            if not seen.present.any():
                continue
            self.channels = self.channels or seen.steps.values.shape[1]
            moments = moments or [Moments() for _ in range(self.channels)]
            for channel, known in enumerate(moments):
                known.add(seen.steps.values[:, channel])
            lengths.append(seen.steps.lengths[seen.present])
        self.channels = max(1, self.channels)
        all_lengths = np.concatenate([np.ones(0, np.int64), *lengths])
        self.longest, self.median = int(all_lengths.max(initial=1)), int(np.median(all_lengths)) if lengths else 1
        self.ragged = bool((all_lengths != self.longest).any())
        self.mean = np.array([known.mean for known in moments] or [0.0])
        self.deviation = np.array([known.scale for known in moments] or [1.0])
        steps = sum(known.rows for known in moments)
        self.empty_steps = 1 - sum(known.count for known in moments) / steps if steps else 0.0

    def _read(self, batch: pa.RecordBatch) -> Recordings:
        cells = [cells_of(batch, name) for name in self.fields]
        return read_recordings(cells, self.shape, self.channels, self.steps_first)

    def state(self) -> dict[str, Any]:
        numbers = {"mean": self.mean.tolist(), "deviation": self.deviation.tolist(), "empty_steps": self.empty_steps}
        sizes = {"channels": self.channels, "longest": self.longest, "median": self.median, "ragged": self.ragged}
        return {**numbers, **sizes}

    def load(self, state: Mapping[str, Any]) -> None:
        self.mean, self.deviation = np.array(state["mean"]), np.array(state["deviation"])
        for name in ("empty_steps", "channels", "longest", "median", "ragged"):
            setattr(self, name, state[name])

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        """Sizes and scales of all recordings together."""
        names = ("mean", "deviation", "empty_steps", "channels", "longest", "median", "ragged")
        return {name: value for name, value in self.state().items() if name in names}

    @property
    def spec(self) -> GridSpec:
        return GridSpec(self.channels, (self.longest,), self.ragged)

    # ----------------------------------------------------------------------------------------------- stored and shown

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        """What is longer than the longest training row is cut there, and said."""
        seen = self._read(batch)
        scaled = np.nan_to_num((seen.steps.values - self.mean) / self.deviation)
        lengths = np.minimum(seen.steps.lengths, self.longest)
        steps = _cut(Ragged(scaled.astype(np.float32), seen.steps.offsets), lengths)
        problems = [Problem.of_row(row, self._why(cell)) for row, cell in self._odd(seen, rows)]
        values: np.ndarray | Ragged = steps
        if not self.ragged:
            values = np.zeros((len(lengths), self.longest, self.channels), np.float32)
            values[np.arange(self.longest)[None] < lengths[:, None]] = steps.values
        return {"values": values, "length": lengths.astype(np.int32), "present": seen.present}, problems

    def _odd(self, seen: Recordings, rows: np.ndarray) -> list[tuple[int, int]]:
        """Rows that are not as in training, and their lengths (0: other channels)."""
        lengths = seen.steps.lengths
        other = (lengths > self.longest) | (~np.bool_(self.ragged) & (lengths != self.longest) & seen.present)
        return [(int(rows[at]), 0 if seen.wrong[at] else int(lengths[at])) for at in np.flatnonzero(seen.wrong | other)]

    def _why(self, length: int) -> str:
        if not length:
            return f"{self.name} has not {self.channels} channels of numbers"
        done = "cut" if length > self.longest else "filled up"
        return f"{self.name} has {how_many(length, 'steps')}, those of training {self.longest:,}: {done}"

    def collate(self, stored: Stored, view: View | None) -> Grid:
        values, present = stored["values"], tensor(stored["present"])
        lengths = np.asarray(stored["length"])
        steps, mask = values.padded() if isinstance(values, Ragged) else (np.asarray(values), None)
        if view is not None:
            steps = add_noise(retime(steps, lengths, view), view, mask)
        signal = tensor(np.ascontiguousarray(steps.transpose(0, 2, 1)))
        return Grid(signal, present, None if mask is None else tensor(mask))

    def restore(self, values: Any, view: View | None = None) -> Any:
        """Places on the grid (B, P, 1) back to steps of the raw recording."""
        points = np.asarray(values, np.float64)
        return points if view is None else view.to_raw(points)

    def flat(self, stored: Stored) -> np.ndarray:
        """Standardized steps of all channels; recordings of different length stretched to the median one."""
        steps, lengths = min(self.median, _FLAT), np.asarray(stored["length"])[:, None]
        values = stored["values"]
        padded = values.padded()[0] if isinstance(values, Ragged) else np.asarray(values)
        if self.ragged or steps < self.longest:
            padded = retime(padded, lengths[:, 0], View.stretch(lengths, np.array([steps])))
        return padded.transpose(0, 2, 1).reshape(len(padded), -1).astype(np.float64)

    # ---------------------------------------------------------------------------------------------------------- views

    def look(self, stored: Stored, draw: Draw | None, changes: Mapping[str, Any], fixed: int = 0) -> View | None:
        """changes: shift (steps), tempo (0.1: 10% slower or faster), scale (0.1: of all numbers), noise (0.1: of a
        standard deviation). Without any, a recording is read as it is."""
        lengths = np.asarray(stored["length"])[:, None]
        plain = View.stretch(lengths, np.maximum(lengths, 1))
        if draw is None or not any(changes.values()):
            return plain
        reach, tempo = changes.get("shift", 0), changes.get("tempo", 0.0)
        linear = np.exp(np.log1p(tempo) * (2 * draw.uniform("tempo") - 1))[:, :, None]
        whole = draw.integers("shift", -int(reach), int(reach)).astype(np.float64)
        light = {"scale": np.exp(np.log1p(changes.get("scale", 0.0)) * (2 * draw.uniform("scale")[:, 0] - 1))}
        if noise := changes.get("noise"):
            keys = (draw.uniform("noise")[:, 0] * 2**53).astype(np.int64)
            light |= {"noise": np.full(len(lengths), float(noise)), "noise_key": keys}
        return plain.then(linear, whole, **light)

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        lengths = np.where(np.asarray(stored["present"]), np.asarray(stored["length"], np.float64), np.nan)
        return [Trait(f"the length of {self.name}", lengths, "{:,.0f} steps".format, ends=True)]

    def facts(self) -> dict[str, Any]:
        return {"ragged": self.ragged, "median_steps": self.median}

    def show(self) -> str:
        channels = f"{self.channels} channels, " if self.channels > 1 else ""
        steps = (
            f"up to {how_many(self.longest, 'steps')}, median {self.median:,}"
            if self.ragged
            else how_many(self.longest, "steps")
        )
        return channels + steps + (f", {self.empty_steps:.1%} of them empty" if self.empty_steps else "")


def _cut(steps: Ragged, lengths: np.ndarray) -> Ragged:
    """The first so many steps of each row."""
    if np.array_equal(steps.lengths, lengths):
        return steps
    place = np.arange(len(steps.values)) - np.repeat(steps.offsets[:-1], steps.lengths)
    kept = place < np.repeat(lengths, steps.lengths)
    return Ragged(steps.values[kept], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


# ------------------------------------------------------------------------------------------------------- recognition


def _claim(field: Field, sample: Sample) -> Claim | None:
    """A field of lists or arrays of numbers."""
    name, shape, depth = field.name, tuple(field.known.get("shape", ())), depth_of(field.type)
    if not depth or len(shape) > 2 or (shape and field.known.get("dtype") == "uint8" and not sample.named):
        return None
    column, settings = sample.column(name), {"shape": shape, "steps_first": False}
    if not shape and depth == 2:
        settings["steps_first"] = _steps_come_first(column)
    elif len(shape) == 2 and shape[0] > shape[1]:
        settings["steps_first"] = _smoother_downwards(read_recordings([column], shape, 0, True).steps, shape)
    seen = read_recordings([column], shape, 0, bool(settings["steps_first"]))
    if not seen.present.any() and not sample.named:
        return None
    if len(shape) == 1 and not sample.named:
        told = compare(seen.steps.values.reshape(-1, shape[0])) if len(seen.steps.values) % shape[0] == 0 else None
        if told is None or not told.are_steps:
            return None
    lengths, channels = seen.steps.lengths[seen.present], seen.steps.values.shape[1]
    span = (
        f"{lengths.min():,} to {lengths.max():,}" if len(lengths) and np.ptp(lengths) else f"{lengths.max(initial=0):,}"
    )
    of = f"{channels} channels of " if channels > 1 else ""
    return Claim((name,), name, 1.0 if sample.named else 0.9, f"{of}{span} steps", settings)


def _steps_come_first(column: pa.Array) -> bool:
    """Lists of lists: the inner ones all of one length, the outer ones not."""
    outer = {len(cell) for cell in column.drop_null().slice(0, 200).to_pylist()}
    inner = {len(row) for cell in column.drop_null().slice(0, 200).to_pylist() for row in cell if row is not None}
    return len(outer) > 1 and len(inner) == 1


def _smoother_downwards(steps: Ragged, shape: tuple[int, ...]) -> bool:
    """Whether arrays change less along their first axis than along the second."""
    if not len(steps.values) or len(steps.values) % shape[0]:
        return False
    values = steps.values.reshape(-1, *shape)[:200]
    return bool(np.nanmean(np.diff(values, axis=1) ** 2) < 0.5 * np.nanmean(np.diff(values, axis=2) ** 2))


def _claim_steps(sample: Sample) -> list[Claim]:
    """Fields that are the steps of one series: named by a common word and a number counting up, or by numbers alone."""
    claims = []
    runs = [run for run in _runs(looks(sample)) if len(run) >= FEWEST_STEPS]
    for run in runs:
        cells = [look.cells for look in run]
        seen = read_recordings(cells, (), 1, False).steps.padded()
        told = compare(np.where(seen[1], seen[0][:, :, 0], np.nan))
        if told is None or not told.are_steps:
            continue
        fields = tuple(look.field.name for look in run)
        taken = {f.name for f in sample.fields if f.name not in fields}
        word = _numbered(fields[0])[0].strip("_-. ") or "series"
        name = "series" if len(runs) == 1 and "series" not in taken else word
        claims.append(Claim(fields, name, 0.97, f"{fields[0]} to {fields[-1]} are its steps: {told.in_words()}"))
    return claims


def _runs(found: Sequence[Look]) -> list[list[Look]]:
    """Neighboring fields of numbers with the same word and ever greater numbers in their names."""
    runs: list[list[Look]] = []
    before: tuple[str, float] | None = None
    for look in found:
        named = _numbered(look.field.name) if look.are_numbers else None
        goes_on = named and before and named[0] == before[0] and named[1] > before[1]
        if named and goes_on and (not named[0] or named[1] == before[1] + 1):  # type: ignore[index]
            runs[-1].append(look)
        elif named:
            runs.append([look])
        before = named
    return runs


def _numbered(name: str) -> Any:
    """'t12' -> ('t', 12.0); '0.25' -> ('', 0.25); None for a name without a number at its end."""
    match = re.fullmatch(r"\s*(.*?)(\d+)\s*", name) if not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", name) else None
    if match:
        return match[1], float(match[2])
    return ("", float(name)) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", name) else None
