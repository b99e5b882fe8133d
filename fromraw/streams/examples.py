"""Examples from the store: rows of prepared columns as batches of signals, in the endless order, ahead of need."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from fromraw.columns.base import Column, Ragged, Stored
from fromraw.randomness import Draw
from fromraw.signals import Batch, Signal, SignalSpec, View, join, join_specs
from fromraw.store.prepared import take
from fromraw.streams.base import Act, Stream
from fromraw.streams.order import Order

BLOCK = 64
"""Rows that lie side by side in a file and are read together, where it is larger than memory."""
WINDOW = 32
"""Steps whose rows are found at once: an order costs more by the call than by the row. Rows of varying length are
sorted within them, so that a batch holds rows of about one length; then they are at most those of an epoch."""


@dataclass(frozen=True)
class Examples:
    """Every row that there is, ready to be batched.

    columns, stored: by the column's name; inputs, outputs: the columns that each is read from, in order; changes: how
    a column's view is varied in training.
    """

    columns: Mapping[str, Column]
    stored: Mapping[str, Stored]
    inputs: Mapping[str, Sequence[str]]
    outputs: Mapping[str, Sequence[str]]
    changes: Mapping[str, Mapping[str, Any]]

    def spec(self, columns: Sequence[str]) -> SignalSpec:
        """The spec of an input or output read from these columns."""
        specs = [self.columns[name].spec for name in columns]
        return specs[0] if len(specs) == 1 else join_specs(specs)  # type: ignore[arg-type]

    def fixed_looks(self) -> int:
        """How many looks an evaluation takes at a row."""
        columns = {name for names in self.inputs.values() for name in names}
        return max((self.columns[name].fixed_looks(self.changes.get(name, {})) for name in columns), default=1)

    def lengths(self) -> np.ndarray | None:
        """(n,) the length of each row's longest ragged cell; None where no input is ragged."""
        names = {name for names in self.inputs.values() for name in names}
        ragged = [a.lengths for name in names for a in self.stored[name].values() if isinstance(a, Ragged)]
        return np.max(ragged, axis=0) if ragged else None

    def nearness(self, memory_bytes: int) -> tuple[int, int]:
        """(block, window) of the order: (0, 0) where the rows lie in memory; else neighbors are read together, a
        fourth of the memory at a time."""
        arrays = [a.values if isinstance(a, Ragged) else a for stored in self.stored.values() for a in stored.values()]
        mapped = [a for a in arrays if isinstance(a, np.memmap)]
        if not mapped:
            return 0, 0
        rows = max(1, len(next(iter(self.stored.values()))["present"]))
        window = memory_bytes / 4 / (sum(a.nbytes for a in mapped) / rows)
        return BLOCK, max(2, int(window) // BLOCK)

    def batch(self, rows: np.ndarray, draw: Draw | None = None, look: int = 0, targets: bool = True) -> Batch:
        """The given rows, varied by `draw`, or seen through the fixed look of that number (0 is the plain one)."""
        outputs = self.outputs if targets else {}
        names = list(dict.fromkeys(c for columns in [*self.inputs.values(), *outputs.values()] for c in columns))
        stored = {name: take(self.stored[name], rows) for name in names}
        views = {name: v for name in names if (v := self._view(name, stored[name], draw, look)) is not None}
        seen = {name: views[at] for name in names if (at := self.columns[name].lies_on or name) in views}
        plain = {name: view.place() for name, view in seen.items()}
        return Batch(
            {name: self._read(columns, stored, seen) for name, columns in self.inputs.items()},
            {name: self._read(columns, stored, plain) for name, columns in outputs.items()},
            rows,
            seen,
        )

    def _read(self, columns: Sequence[str], stored: Mapping[str, Stored], through: Mapping[str, View]) -> Signal:
        return _joined([self.columns[name].collate(stored[name], through.get(name)) for name in columns])

    def _view(self, name: str, stored: Stored, draw: Draw | None, look: int) -> View | None:
        if self.columns[name].lies_on:
            return None
        return self.columns[name].look(stored, draw, self.changes.get(name, {}), look)

    def batches(self, rows: np.ndarray, size: int, look: int = 0, targets: bool = True) -> Iterator[Batch]:
        """All the given rows in order, unvaried."""
        for at in range(0, len(rows), size):
            yield self.batch(rows[at : at + size], look=look, targets=targets)


def _joined(signals: list[Any]) -> Signal:
    return signals[0] if len(signals) == 1 else join(signals)


class ExampleStream(Stream):
    """Training rows in the endless order, `size` a step; a thread keeps a few steps ahead."""

    def __init__(
        self, examples: Examples, rows: np.ndarray, size: int, seed: int, order: Order, ahead: int = 3
    ) -> None:
        self.examples, self.rows, self.size, self.seed, self.order = examples, rows, size, seed, order
        lengths = examples.lengths()
        self.lengths = None if lengths is None else lengths[rows]
        # Sorted over more than an epoch, copies of a row would stand side by side.
        self.window = WINDOW if lengths is None else min(WINDOW, max(1, len(rows) // size))
        self._found: tuple[int, np.ndarray, np.ndarray] | None = None
        self.ahead = ahead
        self.step = 0
        self._thread: threading.Thread | None = None

    def make(self, step: int) -> Batch:
        """The batch of any step."""
        number, turn = divmod(step, self.window)
        if self._found is None or self._found[0] != number:
            self._found = number, *self._window(number)
        places, rows = (found[turn] for found in self._found[1:])
        draw = Draw(self.seed, "view", places, np.zeros(len(places), np.int64))
        return self.examples.batch(self.rows[rows], draw)

    def _window(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Places and rows of a window's steps, (steps, size) each."""
        steps = np.arange(number * self.window, (number + 1) * self.window)
        places = np.arange(steps[0] * self.size, (steps[-1] + 1) * self.size)
        rows, shape = self.order.rows_at(places), (self.window, self.size)
        if self.lengths is None:
            return places.reshape(shape), rows.reshape(shape)
        by_length, turns = np.argsort(self.lengths[rows], kind="stable"), Order(self.window, self.seed).rows_at(steps)
        return places[by_length].reshape(shape)[turns], rows[by_length].reshape(shape)[turns]

    def next(self, act: Act | None = None) -> Batch:
        """The next step's rows, as soon as they are ready. Examples do not depend on answers."""
        if self._thread is None:
            self._queue: queue.Queue[Batch | BaseException] = queue.Queue(self.ahead)
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._fill, args=(self.step, self._queue, self._stop), daemon=True)
            self._thread.start()
        batch = self._queue.get()
        if isinstance(batch, BaseException):
            raise batch
        self.step += 1
        return batch

    def _fill(self, step: int, into: "queue.Queue[Any]", stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                made: Batch | BaseException = self.make(step)
            except BaseException as error:
                made = error
            while not stop.is_set():
                with suppress(queue.Full):
                    into.put(made, timeout=0.2)
                    break
            step += 1

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.close()
        self.step = int(state["step"])

    def close(self) -> None:
        if self._thread is not None:
            self._stop.set()
            with suppress(queue.Empty):
                self._queue.get_nowait()  # where the thread waits for room, it need not wait on
            self._thread.join()
            self._thread = None
