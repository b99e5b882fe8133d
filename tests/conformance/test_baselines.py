"""Every registered baseline, over every kind of input and output: it refuses with a reason, or answers in the
decoder's form."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.columns.base import Column
from fromraw.errors import Refused
from fromraw.parts import find, parts, settings_of
from fromraw.streams.examples import Examples

ROWS = 40
INPUTS = {
    "numbers": ("number", "number"),
    "mixed": ("number", "category"),
    "picture": ("image",),
    "series": ("series",),
    "everything": ("image", "series", "number", "category"),
}
OUTPUTS = {"classify": "category", "regress": "number"}


def column_of(kind: str, name: str, rows: int, seed: int, output: bool = False) -> tuple[Column, dict[str, Any]]:
    """A column of made-up cells, fitted, and its stored rows."""
    cls: Any = find("columns", kind).cls
    batch = cls.example(rows, seed)
    batch = pa.record_batch({f"{name}{i}": array for i, array in enumerate(batch.columns)})
    settings = {"output": True} if output and "output" in settings_of(cls) else {}
    column = cls(name, batch.schema.names, **settings)
    column.fit([batch])
    return column, column.prepare(batch, np.arange(rows))[0]


def examples_of(inputs: tuple[str, ...], output: str, rows: int = ROWS) -> Examples:
    made = {f"{kind}_{i}": column_of(kind, f"{kind}_{i}", rows, i) for i, kind in enumerate(inputs)}
    groups = {name: [name] for name, (column, _) in made.items() if not column.scalar}
    if table := [name for name, (column, _) in made.items() if column.scalar]:
        groups["table"] = table
    made["y"] = column_of(output, "y", rows, 9, output=True)
    columns, stored = {n: c for n, (c, _) in made.items()}, {n: s for n, (_, s) in made.items()}
    return Examples(columns, stored, groups, {"y": ["y"]}, {})


def fitted(name: str, examples: Examples, decoder: str, rows: np.ndarray) -> Any:
    """The baseline after `fit`; a test is passed by a reason why not."""
    cls: Any = find("baselines", name).cls
    reason = None
    try:
        cls.check(examples, "y", decoder)
    except Refused as refused:
        reason = str(refused)
    assert reason != ""
    if reason:
        return None
    assert decoder in cls.decoders
    baseline = cls()
    baseline.fit(examples, rows, "y", 5.0)
    return baseline


@pytest.mark.parametrize("decoder", OUTPUTS)
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("name", parts("baselines"))
def test_it_refuses_or_answers_in_the_decoders_form(name: str, inputs: str, decoder: str) -> None:
    examples = examples_of(INPUTS[inputs], OUTPUTS[decoder])
    baseline = fitted(name, examples, decoder, np.arange(30))
    if baseline is None:
        return
    assert baseline.words()
    for rows in (np.arange(30, 40), np.array([35])):
        answer = baseline.answer(examples, rows)
        if decoder == "classify":
            assert answer["probabilities"].shape == (len(rows), 3)
            np.testing.assert_allclose(answer["probabilities"].sum(1), 1, atol=1e-6)
            assert (answer["probabilities"] > 0).all()
        else:
            assert answer["numbers"].shape == (len(rows), 1)
            assert np.isfinite(answer["numbers"]).all()


@pytest.mark.parametrize("decoder", OUTPUTS)
@pytest.mark.parametrize("inputs", ["mixed", "picture", "series"])
@pytest.mark.parametrize("name", parts("baselines"))
def test_one_row_is_enough(name: str, inputs: str, decoder: str) -> None:
    examples = examples_of(INPUTS[inputs], OUTPUTS[decoder])
    known = np.flatnonzero(examples.stored["y"]["present"])[:1]
    if (baseline := fitted(name, examples, decoder, known)) is not None:
        for values in baseline.answer(examples, np.arange(ROWS)).values():
            assert np.isfinite(values).all()


@pytest.mark.parametrize("name", parts("baselines"))
def test_its_settings_are_plain_and_make_it_again(name: str) -> None:
    cls: Any = find("baselines", name).cls
    settings = cls().settings()
    assert settings == find("baselines", name).defaults()
    assert cls(**settings).settings() == settings
    assert all(value is None or isinstance(value, int | float | str) for value in settings.values())
