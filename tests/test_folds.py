"""`--folds`: every row is tested once, by a net and baselines that did not learn from its group."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fromraw
from fromraw.api import options_of
from fromraw.errors import DataError, UsageError
from fromraw.evaluation.answering import answer_rows, decoder_of
from fromraw.randomness import mix
from fromraw.run import Run
from fromraw.splits import Rows, split_rows
from fromraw.training import open_and_plan

ROWS = 120


def _table() -> pa.Table:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(ROWS, 3))
    label = np.where(x[:, 0] + x[:, 1] + 0.5 * draw.normal(size=ROWS) > 0, "yes", "no")
    return pa.table(
        {**{f"x{n}": x[:, n] for n in range(3)}, "who": [f"p{n // 4}" for n in range(ROWS)], "label": label}
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = tmp_path_factory.mktemp("folds")
    pq.write_table(_table(), place / "t.parquet")
    return fromraw.train(place / "t.parquet", "label", folds=3, group="who", epochs=4, run=place / "run", quiet=True)


def test_every_row_is_tested_once(run: Run) -> None:
    tested = pq.read_table(run.folder / "predictions.parquet")
    assert tested.column("row").to_pylist() == list(range(ROWS))
    assert run.metrics["rows"] == ROWS
    assert run.metrics["tested_on"] == "folds"
    assert {b["accuracy"]["value"] > 0 for b in run.metrics["baselines"]["label"].values()} == {True}
    assert len(run.plan.members) == run.plan.folds == 3
    assert "Each of 120 rows was tested once" in run.report.read_text()
    assert "3 folds" in (run.folder / "methods.md").read_text()


def test_each_row_is_answered_by_the_net_that_did_not_learn_from_its_group(run: Run) -> None:
    """Answers are those of the one net whose fold the row is in, up to its fold's temperature: it orders them alike."""
    ground, written = run.ground, pq.read_table(run.folder / "predictions.parquet")
    given = np.log(
        written.column("probability_label_yes").to_numpy() / written.column("probability_label_no").to_numpy()
    )
    seen: list[int] = []
    for fold, system in enumerate(run.systems):
        train, tested = ground.rows.of_member(fold, 3)
        groups = ground.rows.groups
        assert groups is not None
        assert not np.intersect1d(groups[train], groups[tested]).size
        own = answer_rows([system], ground.examples, tested, 64)["label"]["probabilities"]
        logits = np.log(own[:, 1] / own[:, 0])
        ratio = given[tested] / logits
        np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-3)
        seen += tested.tolist()
    assert sorted(seen) == list(range(ROWS))


def test_a_fold_is_calibrated_on_the_others(run: Run) -> None:
    """With a temperature of its own for each fold, which is not the one that new rows get."""
    ground, written = run.ground, pq.read_table(run.folder / "predictions.parquet")
    given = np.log(
        written.column("probability_label_yes").to_numpy() / written.column("probability_label_no").to_numpy()
    )
    found = []
    for fold, system in enumerate(run.systems):
        tested = ground.rows.of_member(fold, 3)[1]
        own = answer_rows([system], ground.examples, tested, 64)["label"]["probabilities"]
        found.append(float(np.median(np.log(own[:, 1] / own[:, 0]) / given[tested])))
    temperature = float(decoder_of(run.system, "label").temperature)
    assert len({round(t, 6) for t in [*found, temperature]}) == 4


@pytest.mark.parametrize("large", ["a", "b"])
def test_a_fold_that_cannot_be_calibrated_does_not_take_over_anothers(large: str, tmp_path: Path) -> None:
    """Of two folds of 70 and 40 rows, the larger one has too few others."""
    draw = np.random.default_rng(4)
    x = draw.normal(size=110)
    who = np.where(np.arange(110) < 70, large, "ab".replace(large, ""))
    table = pa.table({"x": x, "who": who, "label": np.where(x + 0.3 * draw.normal(size=110) > 0, "yes", "no")})
    pq.write_table(table, tmp_path / "t.parquet")
    run = fromraw.train(
        tmp_path / "t.parquet", "label", folds=2, group="who", steps=30, run=tmp_path / "run", quiet=True
    )
    written = pq.read_table(run.folder / "predictions.parquet").column("probability_label_yes").to_numpy()
    for fold, system in enumerate(run.systems):
        learned, tested = run.ground.rows.of_member(fold, 2)
        own = answer_rows([system], run.ground.examples, tested, 64)["label"]["probabilities"][:, 1]
        assert np.allclose(own, written[tested], atol=1e-6) == (len(learned) < 50)


def test_the_account_can_be_made_again(run: Run) -> None:
    again = fromraw.evaluate(run.folder)
    assert again["outputs"]["label"]["accuracy"] == pytest.approx(run.metrics["outputs"]["label"]["accuracy"])
    assert run.predict(_table()).num_rows == ROWS
    assert run.rewrite_report().exists()


def test_what_folds_cannot_go_with() -> None:
    for other in ({"time": "x0"}, {"no_test": True}, {"test": "t.csv"}):
        with pytest.raises(UsageError, match="exclude each other"):
            fromraw.train(_table(), "label", folds=3, **other)
    with pytest.raises(UsageError, match="at least 1, got 0"):
        fromraw.train(_table(), "label", folds=0)
    hashes = np.arange(8, dtype=np.uint64)
    with pytest.raises(UsageError, match="a split of their own"):
        split_rows(hashes, own=np.array([0] * 6 + [2] * 2, np.int8), folds=2)
    with pytest.raises(DataError, match="needs 3 groups at least; there are 2"):
        split_rows(hashes, groups=np.arange(8) // 4, folds=3)


def test_by_rule_few_rows_are_tested_in_folds_and_one_option_undoes_it(tmp_path: Path) -> None:
    """Where minutes are the budget: who counts epochs or steps, or names the nets, is given what he named."""
    asked: dict[str, dict[str, Any]] = {"by rule": {"minutes": 5}, "undone": {"minutes": 5, "folds": 1},
                                        "counted": {"epochs": 2}, "named": {"settings": {"folds": 0}}}  # fmt: skip
    plans = {name: fromraw.plan(_table(), "label", group="none", **how) for name, how in asked.items()}
    folds = [0, 1, 2, 3, 4]
    assert [member.fold for member in plans["by rule"].plan.members] == folds
    described = str(fromraw.describe(_table(), "label", group="none"))
    assert "5 folds by contents, the same every time; the 12 rows of one test part would be too few" in described
    written = tmp_path / "plan.yaml"
    written.write_text(str(plans["by rule"]))
    again = options_of(_table(), "label", plan=written, group="none")
    assert open_and_plan(again)[0].split.folds == 5
    for name in ("undone", "counted", "named"):
        options = options_of(_table(), "label", group="none", **asked[name])
        assert open_and_plan(options)[0].split.folds == 0


@pytest.mark.parametrize(
    ("rows", "group_size", "folds"),
    [(24, 0, 0), (25, 0, 5), (480, 0, 5), (520, 0, 0), (900, 15, 5), (900, 5, 0), (3000, 50, 0), (60, 15, 0)],
)
def test_folds_by_rule_where_tested_rows_or_groups_would_be_too_few(rows: int, group_size: int, folds: int) -> None:
    """60 groups leave 6 to test on; 4 groups are too few for folds; 3,000 rows are too many for five nets."""
    groups = np.arange(rows) // group_size if group_size else None
    split = split_rows(mix(np.arange(rows, dtype=np.uint64)), groups=groups, folds=None)
    assert (split.folds, split.tested_on) == (folds, "folds" if folds else "test")
    assert ("--folds 1 undoes it" in split.how) == (folds > 0)
    own = np.where(np.arange(rows) % 5, 0, 2).astype(np.int8)
    assert split_rows(mix(np.arange(rows, dtype=np.uint64)), own=own, folds=None).folds == 0


def test_trials_of_a_split_and_of_folds() -> None:
    sides, hashes = np.array([0, 0, 1, 2, -1, 0], np.int8), np.arange(6, dtype=np.uint64)
    ((train, test),) = Rows(sides, hashes).trials
    assert train.tolist() == [0, 1, 2, 5]
    assert test.tolist() == [3]
    rows = Rows(np.where(sides < 0, -1, 0), hashes, folds=2)
    tested = np.sort(np.concatenate([tested for _, tested in rows.trials]))
    assert tested.tolist() == rows.tested.tolist() == [0, 1, 2, 3, 5]
    assert all(not np.intersect1d(*trial).size for trial in rows.trials)


def test_the_plan_must_have_a_net_for_each_fold(tmp_path: Path) -> None:
    settings = {"members": [{"seed": 0, "fold": 0}]}
    with pytest.raises(UsageError, match="--folds 3 needs a net for each fold"):
        fromraw.train(_table(), "label", folds=3, epochs=1, settings=settings, run=tmp_path / "run", quiet=True)
