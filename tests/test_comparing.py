"""What came of a baseline is kept: a training that goes on tries none twice, and sheds the same ones."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.baselines.linear import Linear
from fromraw.baselines.running import Outcome, run_baselines
from fromraw.columns.category import Category
from fromraw.columns.number import Number
from fromraw.comparing import Kept, compare
from fromraw.learning.clock import Clock, read_seconds
from fromraw.learning.journal import Journal
from fromraw.learning.progress import Voice
from fromraw.planning.building import build_system
from fromraw.planning.plan import InputPlan, OutputPlan, Plan
from fromraw.splits import TEST, TRAIN, Rows
from fromraw.streams.examples import Examples

ROWS = 60
PLAN = Plan(
    inputs={"table": InputPlan(columns=["x"], encoder=[{"linear": {}}], instance="it")},
    outputs={
        "kind/of": OutputPlan(columns=["kind/of"], decoder={"classify": {}}),
        "size": OutputPlan(columns=["size"], decoder={"regress": {}}),
    },
)


@pytest.fixture(scope="module")
def examples() -> Examples:
    x = np.random.default_rng(0).normal(size=ROWS)
    batch = pa.record_batch({"x": x, "kind/of": np.where(x > 0, "a", "b"), "size": 3 * x + 1})
    columns: dict[str, Any] = {
        "x": Number("x", ["x"]),
        "kind/of": Category("kind/of", ["kind/of"], output=True),
        "size": Number("size", ["size"]),
    }
    for column in columns.values():
        column.fit([batch])
    stored = {name: column.prepare(batch, np.arange(ROWS))[0] for name, column in columns.items()}
    return Examples(columns, stored, {"table": ["x"]}, {"kind/of": ["kind/of"], "size": ["size"]}, {})


@pytest.fixture
def rows() -> Rows:
    return Rows(np.where(np.arange(ROWS) % 3 == 0, TEST, TRAIN), np.arange(ROWS).astype(np.uint64))


def kept_in(folder: Path) -> Kept:
    (folder / "checkpoint").mkdir(exist_ok=True)
    return Kept(folder / "checkpoint", Journal(folder / "decisions.jsonl"), Clock(None))


def same(one: Outcome, other: Outcome) -> bool:
    plain = [
        [(name, t.words, t.settings, t.rows, t.seconds) for name, t in outcome.tried.items()]
        for outcome in (one, other)
    ]
    pairs = zip(one.tried.values(), other.tried.values(), strict=True)
    alike = all(np.array_equal(a.answer[key], b.answer[key]) for a, b in pairs for key in a.answer)
    return plain[0] == plain[1] and alike and (one.shed, one.refused) == (other.shed, other.refused)


def test_who_goes_on_gives_the_same_account_and_fits_nothing(
    tmp_path: Path, examples: Examples, rows: Rows, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system = build_system(PLAN, examples.columns, PLAN.members[0])
    first = compare(PLAN, system, examples, rows, 60.0, kept_in(tmp_path), Voice())
    told = capsys.readouterr().out
    assert {"majority", "linear"} <= set(first["kind/of"].tried)
    assert "kind/of: majority " in told.replace("\n", " ")
    assert "linear 100%" in told
    assert "(rmse)" in told
    monkeypatch.setattr(Linear, "fit", lambda *_: pytest.fail("it was fitted again"))
    again = compare(PLAN, system, examples, rows, 1e-9, kept_in(tmp_path), Voice())
    assert all(same(first[name], again[name]) for name in PLAN.outputs)
    assert capsys.readouterr().out == told


def test_what_was_shed_stays_shed_though_there_is_time(tmp_path: Path, examples: Examples, rows: Rows) -> None:
    system = build_system(PLAN, examples.columns, PLAN.members[0])
    first = compare(PLAN, system, examples, rows, 1e-9, kept_in(tmp_path), Voice(quiet=True))
    assert "linear" in first["size"].shed
    again = compare(PLAN, system, examples, rows, 60.0, kept_in(tmp_path), Voice(quiet=True))
    assert all(same(first[name], again[name]) for name in PLAN.outputs)


def test_the_seconds_of_those_tried_before_count(examples: Examples, rows: Rows) -> None:
    def tried(before: Outcome | None) -> Outcome:
        return run_baselines(
            examples, "size", "regress", [(rows.of(TRAIN), rows.of(TEST))], 10.0, now=lambda: 0.0, before=before
        )

    mean = replace(tried(None).tried["mean"], seconds=9.9)
    after = tried(Outcome({"mean": mean}))
    assert set(after.tried) == {"mean", "median"}
    assert "linear" in after.shed


def test_what_was_spent_is_written_down_whatever_ends_it(tmp_path: Path) -> None:
    seconds = 0.0
    place, clock = tmp_path / "spent", Clock(100.0, now=lambda: seconds)

    def work() -> None:
        nonlocal seconds
        for at, found in ((1.0, 0.0), (3.0, 3.0), (4.0, 3.0)):
            seconds = at
            clock.keep(every=2.0)
            assert read_seconds(place) == found
        seconds = 7.5
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), clock.kept_in(place):
        work()
    later = Clock(100.0, now=lambda: seconds)
    later.go_on(read_seconds(place))
    assert later.left() == 92.5
    assert read_seconds(tmp_path / "nowhere") == 0
