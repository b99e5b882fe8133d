"""From trained systems to answers: every look of every member, brought back to raw coordinates, and merged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fromraw.decoders.base import Answer, Decoder, Records
from fromraw.evaluation.unlike import Watch
from fromraw.signals import View
from fromraw.streams.examples import Examples
from fromraw.system import System

Answers = dict[str, Answer]
"""{output: answer}, in raw coordinates, numpy."""


def decoder_of(system: System, output: str) -> Decoder:
    """The decoder of an output."""
    return system.decoders[output]


@torch.no_grad()
def answer_rows(
    systems: Sequence[System],
    examples: Examples,
    rows: np.ndarray,
    size: int,
    device: str = "cpu",
    looks: int | None = None,
    go_on: Callable[[], bool] = lambda: True,
    watch: Watch | None = None,
) -> Answers:
    """Answers to the given rows, merged over looks and members; not yet adjusted. `go_on` false ends it early; `watch`
    is shown each batch as the first net reads it, in order."""
    if len(rows) == 0:
        return {}
    parts: dict[str, list[Answer]] = {}
    for system in systems:
        system.eval()
    for at in range(0, len(rows), size):
        if not go_on():
            break
        for output, answer in _answer_batch(systems, examples, rows[at : at + size], device, looks, watch).items():
            parts.setdefault(output, []).append(answer)
    return {
        output: {k: np.concatenate([p[k] for p in several]) for k in several[0]} for output, several in parts.items()
    }


def _answer_batch(
    systems: Sequence[System], examples: Examples, rows: np.ndarray, device: str, looks: int | None, watch: Watch | None
) -> Answers:
    found: dict[str, list[Answer]] = {}
    for look in range(looks or examples.fixed_looks()):
        batch = examples.batch(rows, look=look, targets=False)
        for system in systems:
            there, watched = batch.to(device), look == 0 and system is systems[0]
            want = "answers and summary" if watch and watched else "answers"
            answers, _ = system(there, want=want, state=system.start(len(batch)))
            if watch and watched:
                answers, summary = answers
                watch(there, summary)
            for output, answer in answers.items():
                found.setdefault(output, []).append(in_raw(systems[0], examples, output, answer, batch.views))
    merged = {}
    for output, several in found.items():
        stacked = {key: np.stack([answer[key] for answer in several], 1) for key in several[0]}
        merged[output] = decoder_of(systems[0], output).merge(stacked)
    return merged


def in_raw(
    system: System, examples: Examples, output: str, answer: Mapping[str, Any], views: Mapping[str, View] | None = None
) -> Answer:
    """An answer's tensors as arrays, those in the target's coordinates brought back through the view."""
    coordinates = decoder_of(system, output).coordinates
    view = next((views[name] for name in _views_of(examples, output) if name in views), None) if views else None
    arrays = {key: _array(value) for key, value in answer.items()}
    return {key: _restored(examples, output, v, view) if key in coordinates else v for key, v in arrays.items()}


def _views_of(examples: Examples, output: str) -> Iterator[str]:
    for name in examples.outputs[output]:
        yield name
        yield from filter(None, [examples.columns[name].lies_on])


def _restored(examples: Examples, output: str, values: np.ndarray, view: View | None) -> np.ndarray:
    columns = [examples.columns[name] for name in examples.outputs[output]]
    if len(columns) == 1:
        return np.asarray(columns[0].restore(values, view))
    return np.stack([np.asarray(c.restore(values[:, i], view)) for i, c in enumerate(columns)], 1)


def _array(value: Any) -> np.ndarray:
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)


def truth_of_rows(system: System, examples: Examples, rows: np.ndarray, output: str, size: int = 4096) -> Answer:
    """The targets of the given rows, in raw coordinates."""
    parts = []
    for batch in examples.batches(rows, size):
        truth = decoder_of(system, output).truth(batch.targets[output])
        parts.append(in_raw(system, examples, output, truth, batch.views))
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def judged_rows(system: System, examples: Examples, rows: np.ndarray, output: str) -> np.ndarray:
    """Of these rows, those that count in a score: with a target, be it one that training never saw."""
    return _chosen(decoder_of(system, output).judged, examples, rows, output)


def learned_rows(system: System, examples: Examples, rows: np.ndarray, output: str) -> np.ndarray:
    """Of these rows, those that something can be learned from."""
    return _chosen(lambda target: decoder_of(system, output).weight(target) > 0, examples, rows, output)


def _chosen(choose: Callable[[Any], Tensor], examples: Examples, rows: np.ndarray, output: str) -> np.ndarray:
    parts = [choose(batch.targets[output]).cpu().numpy() for batch in examples.batches(rows, 4096)]
    return rows[np.concatenate(parts)] if parts else rows


def take_rows(tree: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Some rows of an answer or of records."""
    return {key: value[rows] for key, value in tree.items()}


def tally_rows(system: System, examples: Examples, rows: np.ndarray, output: str, answer: Answer) -> Records:
    """The records of answers (adjusted) to these rows."""
    return decoder_of(system, output).tally(answer, truth_of_rows(system, examples, rows, output))
