"""`fromraw curve`: trainings on parts of the rows, tested on the same rows; interrupted and gone on with; refused."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fromraw
from fromraw.curve import read_curve, sizes_for
from fromraw.errors import RunError, UsageError
from fromraw.learning.stopping import StopRequest
from fromraw.report.page import shows_examples
from fromraw.retraining import Size, learned_from, thin_rows
from fromraw.run import Run
from fromraw.splits import TEST, TRAIN, VALID

ASKED: dict[str, Any] = {"steps": 12, "threads": 1, "quiet": True, "encoder": {"table": "linear"}}


def write_table(path: Path, rows: int) -> Path:
    """x decides kind, but for noise; size is 100 x; seven fields."""
    random = np.random.default_rng(0)
    lines = ["x,y,field,kind,size"]
    for row, x in enumerate(random.normal(0, 1, rows)):
        kind = "high" if x + 0.5 * random.normal() > 0 else "low"
        lines.append(f"{x:.4f},{random.normal():.4f},f{row % 7},{kind},{100 * x:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("curve")
    table = write_table(folder / "points.csv", 200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        return fromraw.train(table, ["kind", "size"], ignore="field", run=folder / "run", **ASKED)


@pytest.fixture
def run(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy, whose report is drawn without figures; each size is trained once."""
    monkeypatch.setattr("fromraw.run.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.curve.MOST_REPEATS", 1)
    return Run(shutil.copytree(trained.folder, tmp_path / "run"))


def bits(run: Run) -> list[Any]:
    """All that the trainings came to, but for the seconds."""
    curve = read_curve(run.folder / "curve.json")
    assert curve is not None
    return [(p.halvings, p.repeat, p.rows, p.steps, p.scores, p.left_out) for p in curve.trainings]


@pytest.fixture(scope="module")
def drawn(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(shutil.copytree(trained.folder, tmp_path_factory.mktemp("drawn") / "run"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.run.draw_all", lambda *_: [])
        patch.setattr("fromraw.curve.MOST_REPEATS", 2)
        run.curve(minutes=60)
    return run


def test_each_size_is_half_the_next_and_trained_with_as_many_steps(drawn: Run) -> None:
    found = json.loads((drawn.folder / "curve.json").read_text())
    rows = len(drawn.ground.rows.of(TRAIN))
    assert (found["format"], found["finished"], found["rows"]) == (1, True, rows)
    by_halvings: dict[int, set[int]] = {}
    for training in found["trainings"]:
        by_halvings.setdefault(training["halvings"], set()).add(training["rows"])
        assert training["steps"] == 12
    assert set(by_halvings) == {0, 1, 2, 3}
    assert by_halvings[0] == {rows}
    for halvings, counts in by_halvings.items():
        assert all(abs(count - rows / 2**halvings) <= 1.5 for count in counts)
    assert not (drawn.folder / "curve").exists()


def test_every_output_has_an_outlook_of_its_first_score(drawn: Run) -> None:
    curve = read_curve(drawn.folder / "curve.json")
    assert curve is not None
    assert {name: of.score for name, of in curve.outputs.items()} == {
        name: next(iter(scores)) for name, scores in drawn.metrics["outputs"].items()
    }
    kind = curve.outputs["kind"]
    whole = [p.scores["kind"]["accuracy"]["value"] for p in curve.trainings if p.halvings == 0]
    assert kind.sizes[-1].value == pytest.approx(np.mean(whole))
    assert kind.next is not None
    assert kind.next.rows == 2 * curve.rows


def test_asked_once_more_it_says_what_is_there_and_trains_nothing(drawn: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("fromraw.run.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.retraining.Retraining.train", lambda *_: pytest.fail("trained once more"))
    before = (drawn.folder / "curve.json").read_bytes()
    drawn.curve(minutes=60)
    assert (drawn.folder / "curve.json").read_bytes() == before


def test_interrupted_in_a_training_it_goes_on_to_the_same_bits(
    run: Run, drawn: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a step of the third training."""
    stop = StopRequest()

    @contextmanager
    def listening() -> Iterator[StopRequest]:
        yield stop

    def telling(voice: Any, curve: Any) -> Any:
        def tell(course: Any, loss: float) -> None:
            stop.asked = len(curve.trainings) == 2 and course.step == 7

        return tell

    with monkeypatch.context() as patch:
        patch.setattr("fromraw.curve.listening", listening)
        patch.setattr("fromraw.curve._telling", telling)
        with pytest.raises(KeyboardInterrupt, match=r"curve\.json; the same command goes on"):
            run.curve(minutes=60)
    assert len(bits(run)) == 2
    run.curve(minutes=60)
    assert bits(run) == bits(drawn)[:4]


def test_the_tested_rows_are_those_of_the_run_and_rows_are_nested(trained: Run) -> None:
    ground, plan = trained.ground, trained.plan
    before = ground.rows.of(TRAIN, VALID)
    for halvings in (1, 2, 3):
        rows = thin_rows(ground, plan, Size(halvings, 1))
        assert np.array_equal(rows.tested, ground.rows.tested)
        assert np.array_equal(rows.of(TRAIN), learned_from(rows, plan))
        kept = rows.of(TRAIN, VALID)
        assert set(kept) < set(before)
        before = kept


def test_in_folds_every_row_is_tested_by_a_net_that_learned_from_a_part_of_the_other_folds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fromraw.run.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.writing.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.curve.MOST_REPEATS", 1)
    table = write_table(tmp_path / "points.csv", 130)
    run = fromraw.train(table, "kind", ignore="field,size", run=tmp_path / "run", folds=2, **ASKED)
    curve = run.curve(minutes=60)
    assert (curve.tested, curve.tested_on) == (130, "folds")
    assert [point.rows for point in curve.trainings] == [130, 65, 32, 16]
    rows = thin_rows(run.ground, run.plan, Size(2, 0))
    each, kept = [rows.of_member(fold, 2) for fold in (0, 1)], set(learned_from(rows, run.plan))
    assert sorted(np.concatenate([tested for _, tested in each])) == list(range(130))
    assert all(set(train) == kept - set(tested) for train, tested in each)


def test_where_time_is_up_it_ends_and_says_that_it_can_tell_nothing(run: Run) -> None:
    """And a report that showed none of the rows still shows none."""
    assert shows_examples(run.report)
    run.rewrite_report(examples=False)
    curve = run.curve(minutes=1e-6)
    assert len(curve.trainings) == 1
    assert curve.finished
    assert curve.outputs["kind"].next is None
    assert not shows_examples(run.report)


def test_sizes_go_down_first_and_few_rows_are_halved_less() -> None:
    assert [(s.halvings, s.repeat) for s in sizes_for(1000)[:8]] == [
        (0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (2, 1), (1, 1), (0, 1),
    ]  # fmt: skip
    assert {s.halvings for s in sizes_for(64)} == {0, 1, 2}


def test_groups_are_halved_only_while_every_net_has_some_to_learn_from(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six groups, halved whole, are three, one or two, and one or none; of less than one no net learns."""
    ground = run.ground
    rows = replace(ground.rows, groups=np.arange(len(ground.rows.sides)) % 6)
    run.__dict__["ground"] = replace(ground, rows=rows)
    curve = run.curve(minutes=60)
    assert curve.finished
    assert all(point.rows for point in curve.trainings)
    run.__dict__["ground"] = replace(ground, rows=replace(rows, groups=np.zeros_like(rows.groups)))
    with pytest.raises(RunError, match=r"so few groups that a half of them leaves a net without rows"):
        run.curve(minutes=61)


# -------------------------------------------------------------------------------------------------------------- refused


def test_too_few_rows_and_no_tested_ones_are_refused(run: Run) -> None:
    """A quarter of 160; none tested."""
    ground = run.ground
    run.__dict__["ground"] = replace(ground, rows=thin_rows(ground, run.plan, Size(2, 0)))
    with pytest.raises(RunError, match=r"learned from 40 rows; a curve by rows needs 64 at least"):
        run.curve()
    sides = np.where(ground.rows.sides == TEST, TRAIN, ground.rows.sides)
    run.__dict__["ground"] = replace(ground, rows=replace(ground.rows, sides=sides))
    with pytest.raises(RunError, match=r"none of its rows were tested"):
        run.curve()


def test_changed_data_an_unfinished_run_and_no_minutes_are_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"minutes must be above 0, got -1"):
        run.curve(minutes=-1)
    facts = json.loads((run.folder / "data.json").read_text())
    (run.folder / "data.json").write_text(json.dumps(facts | {"fingerprint": "other"}))
    with pytest.raises(RunError, match=r"points\.csv has changed since"):
        run.curve()
    (run.folder / "metrics.json").write_text(json.dumps(run.metrics | {"stopped": True}))
    with pytest.raises(RunError, match="the training is not finished; the same command goes on"):
        Run(run.folder).curve()
    assert not (run.folder / "curve.json").exists()
