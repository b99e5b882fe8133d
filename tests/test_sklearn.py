"""scikit-learn's estimators: what it asks of them, in its pipelines, cross-validations and searches."""

import copy
import gc
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

import fromraw
from fromraw.errors import RunError, UsageError
from fromraw.listing import list_runs
from fromraw.sklearn import FromrawClassifier, FromrawRegressor
from fromraw.store.cache import entries

RIDGE = {"steps": 1, "encoder": "linear", "settings": {"start": "ridge"}, "threads": 1}
"""A linear net that begins where ridge regression ends."""
EXPECTED_TO_FAIL: dict[str, str] = {}
"""{check: why}. None is; `check_array_api_input` skips itself where SciPy's switch for it is not set."""


@parametrize_with_checks(
    [FromrawClassifier(**RIDGE), FromrawRegressor(**RIDGE)], expected_failed_checks=lambda _: EXPECTED_TO_FAIL
)
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def numbers(rows: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three columns; the first says up or down."""
    X = np.random.default_rng(seed).normal(size=(rows, 3))
    return X, np.where(X[:, 0] > 0, "up", "down")


# ------------------------------------------------------------------------------------------------------- its machinery


def test_in_a_pipeline_it_learns_from_what_the_steps_before_it_give() -> None:
    X, y = numbers()
    piped = make_pipeline(StandardScaler(), FromrawClassifier(**RIDGE)).fit(1000 + 50 * X, y)
    assert piped.score(1000 + 50 * X, y) > 0.9
    assert piped[-1].run_.columns["x0"].moments.low < -1


def test_a_frame_from_a_column_transformer_keeps_its_names() -> None:
    X, y = numbers()
    frame = pd.DataFrame({"size": X[:, 0], "kind": np.where(X[:, 1] > 0, "a", "b")})
    steps = ColumnTransformer([("one", OneHotEncoder(sparse_output=False), ["kind"])], remainder="passthrough")
    piped = make_pipeline(steps.set_output(transform="pandas"), FromrawClassifier(**RIDGE)).fit(frame, y)
    assert piped[-1].feature_names_in_.tolist() == ["one__kind_a", "one__kind_b", "remainder__size"]
    assert piped.score(frame, y) > 0.9


def test_cross_validation_scores_rows_of_groups_that_no_net_saw() -> None:
    X, y = numbers(90)
    scores = cross_val_score(FromrawClassifier(**RIDGE), X, y, cv=GroupKFold(3), groups=np.arange(90) // 6)
    assert scores.shape == (3,)
    assert scores.min() > 0.8


def test_a_search_finds_the_settings_that_learn() -> None:
    X, y = numbers()
    able, unable = {"start": "ridge"}, {"start": "priors", "rate": 1e-9}
    search = GridSearchCV(FromrawClassifier(**RIDGE), {"settings": [unable, able]}, cv=2).fit(X, y)
    assert search.best_params_ == {"settings": able}
    assert search.predict(X).tolist() == search.best_estimator_.predict(X).tolist()


# ---------------------------------------------------------------------------------------------------- what is promised


def test_the_same_fit_comes_to_the_same_net_and_another_seed_to_another() -> None:
    X, y = numbers()
    net = {"steps": 2, "encoder": "dense", "threads": 1}
    first, again, other = (FromrawClassifier(**net, random_state=seed).fit(X, y).predict_proba(X) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("carry", [copy.deepcopy, lambda net: joblib.load(_dumped(net))], ids=["copied", "dumped"])
def test_carried_elsewhere_it_answers_the_same_after_the_first_is_gone(carry: Callable[[Any], Any]) -> None:
    X = numbers()[0]
    net = FromrawRegressor(**{**RIDGE, "encoder": {"table": nn.Linear(6, 4)}}).fit(X, X @ [1.0, 2.0, 3.0])
    answers, folder = net.predict(X), net.run_.folder
    carried = carry(net)
    del net
    gc.collect()
    assert not folder.exists()
    assert np.array_equal(carried.predict(X), answers)


def _dumped(net: Any) -> io.BytesIO:
    place = io.BytesIO()
    joblib.dump(net, place)
    place.seek(0)
    return place


def test_all_rows_are_learned_from_but_for_a_tenth_to_calibrate_by_and_the_cache_gets_none() -> None:
    before = len(entries())
    X, y = numbers(100)
    facts = FromrawClassifier(**RIDGE).fit(X, y).run_.facts()
    assert (facts["splits"]["train"], facts["splits"]["valid"], facts["splits"]["test"]) == (90, 10, 0)
    assert facts["tested_on"] == "none"
    assert len(entries()) == before


def test_groups_are_calibrated_by_as_a_whole() -> None:
    X, y = numbers(100)
    facts = FromrawClassifier(**RIDGE).fit(X, y, groups=[f"g{n // 5}" for n in range(100)]).run_.facts()
    assert (facts["groups"], facts["how"]) == (20, "by group, the same every time")
    assert facts["splits"]["valid"] % 5 == 0
    assert facts["columns"]["groups"]["role"] == "left out"


@pytest.mark.parametrize("classes", [[False, True], [1.0, 2.0], ["NA", "unknown "]], ids=str)
def test_classes_of_any_kind_come_back_as_they_were(classes: list[Any]) -> None:
    X, y = numbers()
    truth = np.array(classes)[(y == "up").astype(int)]
    net = FromrawClassifier(**RIDGE).fit(X, truth)
    assert net.classes_.tolist() == classes
    assert net.predict(X).dtype == truth.dtype
    assert (net.predict(X) == truth).mean() > 0.9
    assert np.array_equal(net.predict_proba(X).argmax(1), net.predict(X) == classes[1])


def test_a_class_that_no_training_row_has_is_never_answered() -> None:
    """All rows of the third class are of the one group that is set aside."""
    X, y = numbers(60)
    y = np.where(np.arange(60) < 6, "neither", y)
    for turn in range(30):
        net = FromrawClassifier(**RIDGE).fit(X, y, groups=[f"{turn}/{n // 6}" for n in range(60)])
        if "neither" not in net.run_.facts()["categories"]["y"]:
            break
    assert net.classes_.tolist() == ["down", "neither", "up"]
    found = net.predict_proba(X)
    assert found.shape == (60, 3)
    assert not found[:, 1].any()
    assert np.allclose(found.sum(1), 1)


def test_costs_move_the_answers_and_leave_the_probabilities() -> None:
    """Where up taken for down costs 50 times the other mistake, up is answered from a probability of 1/51 on."""
    X, y = numbers()
    plain = FromrawClassifier(**RIDGE).fit(X, y)
    net = FromrawClassifier(**RIDGE, cost={"up:down": 50}).fit(X, y)
    assert np.allclose(net.predict_proba(X), plain.predict_proba(X))
    assert ((net.predict(X) == "up") == (net.predict_proba(X)[:, 1] > 1 / 51)).all()
    assert (net.predict(X) == "up").sum() > (plain.predict(X) == "up").sum()


# -------------------------------------------------------------------------------------------------------- kinds of rows


def _pandas(columns: dict[str, Any]) -> Any:
    return pd.DataFrame(columns, index=np.arange(80) + 7)


@pytest.mark.parametrize("kind", [_pandas, pl.DataFrame], ids=["pandas", "polars"])
def test_the_columns_of_a_frame_are_recognized_and_may_have_any_name(kind: Callable[[Any], Any]) -> None:
    X, y = numbers()
    days = [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(80)]
    frame = kind({"y": X[:, 0], "groups": np.where(X[:, 1] > 0, "a", "b"), "day": days})
    net = FromrawClassifier(**RIDGE).fit(frame, y, groups=np.arange(80) // 4)
    assert {name: net.run_.columns[name].type for name in frame.columns} == {
        "y": "number", "groups": "category", "day": "date",
    }  # fmt: skip
    assert net.feature_names_in_.tolist() == ["y", "groups", "day"]
    assert net.score(frame, y) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        net.predict(frame[["day", "y", "groups"]])


def test_cells_of_several_kinds_and_sparse_columns_of_pandas_are_read_as_train_reads_them() -> None:
    X, y = numbers()
    frame = pd.DataFrame({"a": X[:, 0], "mixed": [1, "b", None, "c"] * 20, "thin": pd.arrays.SparseArray(X[:, 1])})
    net = FromrawClassifier(**RIDGE).fit(frame, y)
    assert {name: net.run_.columns[name].type for name in frame.columns} == {
        "a": "number", "mixed": "category", "thin": "number",
    }  # fmt: skip
    assert net.score(frame, y) > 0.9
    with pytest.raises(UsageError, match="column a holds complex numbers"):
        net.fit(frame.assign(a=X[:, 0] * 1j), y)


def test_arrays_of_more_than_two_dimensions_are_pictures_or_series() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 60)
    pictures = (random.integers(0, 40, (60, 8, 8)) + 200 * y[:, None, None]).astype(np.uint8)
    series = (random.normal(size=(60, 2, 12)) + 5 * y[:, None, None]).astype(np.float32)
    for X, kind in ((pictures, "image"), (series, "series")):
        net = FromrawClassifier(**RIDGE).fit(X, y)
        assert net.run_.columns["x"].type == kind
        assert net.score(X, y) > 0.9


def test_missing_cells_are_answered_and_types_may_be_said() -> None:
    X, y = numbers()
    X[::7, 1] = np.nan
    X[:, 2] = np.arange(80) % 3
    net = FromrawClassifier(**RIDGE, types={"x2": "category"}).fit(X, y)
    assert [net.run_.columns[f"x{place}"].type for place in range(3)] == ["number", "number", "category"]
    assert set(net.predict(np.full((2, 3), np.nan))) <= {"up", "down"}


# ----------------------------------------------------------------------------------------------------- the run it keeps


def test_the_run_that_is_kept_answers_and_says_that_it_has_no_scores(work_folder: Path) -> None:
    X = numbers()[0]
    for rows in (40, 80):
        net = FromrawRegressor(**RIDGE, run="runs/kept").fit(X[:rows], 3 * X[:rows, 0])
    run = fromraw.load("runs/kept")
    assert run.facts()["rows"] == 80
    columns = {f"x{place}": X[:, place] for place in range(3)}
    assert np.array_equal(run.predict(columns)["predicted_y"], net.predict(X))
    assert run.evaluate({**columns, "y": 3 * X[:, 0]})["outputs"]["y"]["r2"]["value"] > 0.9
    for ask in (lambda: run.metrics, lambda: run.evaluate(), run.rewrite_report):
        with pytest.raises(RunError, match="no scores of its own; fromraw evaluate runs/kept DATA"):
            ask()
    assert [(listed.folder.name, listed.state) for listed in list_runs(Path("runs"))] == [("kept", "not scored")]


def test_what_does_not_fit_is_said(work_folder: Path) -> None:
    X, y = numbers()
    (work_folder / "letters").mkdir()
    (work_folder / "letters" / "a.txt").write_text("a")
    with pytest.raises(UsageError, match="run must be a new folder, an empty one or an earlier run's, got letters"):
        FromrawClassifier(**RIDGE, run="letters").fit(X, y)
    with pytest.raises(ValueError, match="two classes at least, got one class: up"):
        FromrawClassifier(**RIDGE).fit(X, np.full(80, "up"))
    with pytest.raises(UsageError, match='no encoder "lineer"; did you mean "linear"'):
        FromrawClassifier(steps=1, encoder="lineer").fit(X, y)


def test_a_fit_leaves_torch_as_it_was() -> None:
    X, y = numbers()
    before = torch.get_num_threads()
    FromrawClassifier(**{**RIDGE, "threads": 2}).fit(X, y)
    assert torch.get_num_threads() == before
