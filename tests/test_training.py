"""The whole way, from data to the run folder: what is learned, on which rows it is tested, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from torch import Tensor, nn

import fromraw
from fromraw.errors import DataError, FromrawError, RunError, UsageError
from fromraw.evaluation.intervals import share_interval
from fromraw.predicting import Predictor
from fromraw.run import Run
from fromraw.sources.opening import open_source


@pytest.fixture(scope="module", autouse=True)
def nets_alone() -> Any:
    """Figures and baselines are tested elsewhere, and take longer than the linear nets here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        patch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)
        yield


def teach(data: Any, output: Any = "y", *, run: Path, **asked: Any) -> Run:
    """Three steps of a linear net, unless something else is asked for."""
    asked = asked if "plan" in asked else {"encoder": {"table": "linear"}, **asked}
    budget = {} if "minutes" in asked else {"steps": 3}
    return fromraw.train(data, output, run=run, threads=1, quiet=True, **budget, **asked)


def numbers(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """a and b, of which a tells y."""
    random = np.random.default_rng(seed)
    a = random.normal(size=rows)
    return {"a": a, "b": random.normal(size=rows), "y": np.where(a + 0.3 * random.normal(size=rows) > 0, "up", "down")}


def write_csv(path: Path, columns: Mapping[str, Any]) -> Path:
    cells = zip(*columns.values(), strict=True)
    lines = [",".join("" if c is None else str(c) for c in row) for row in cells]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    return path


def predictions(run: Run) -> pa.Table:
    return pq.read_table(run.folder / "predictions.parquet")


def value(run: Run, output: str, metric: str) -> float:
    return float(run.metrics["outputs"][output][metric]["value"])


# --------------------------------------------------------------------------------------------- several outputs at once

KINDS = ["ant", "bee"]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A category (a third of it missing), a number around a million and one around one, from one net."""
    random = np.random.default_rng(3)
    a, b = random.normal(size=(2, 240))
    columns = {
        "a": a.round(4),
        "b": b.round(4),
        "kind": [KINDS[int(x > 0)] if random.random() > 0.33 else None for x in a],
        "price": [int(1_000_000 + 50_000 * x) if random.random() > 0.1 else None for x in b],
        "weight": (1 + 0.1 * a + 0.1 * b).round(5),
    }
    folder = tmp_path_factory.mktemp("several")
    return teach(write_csv(folder / "table.csv", columns), ["kind", "price", "weight"], run=folder / "run")


def test_each_of_several_outputs_has_its_metrics_and_its_baselines(several: Run) -> None:
    assert list(several.metrics["outputs"]) == list(several.metrics["baselines"]) == ["kind", "price", "weight"]
    assert {"accuracy", "log_loss", "roc_auc"} <= set(several.metrics["outputs"]["kind"])
    for name in ("price", "weight"):
        assert {"rmse", "mae", "r2"} <= set(several.metrics["outputs"][name])
        assert "mean" in several.metrics["baselines"][name]
    assert "majority" in several.metrics["baselines"]["kind"]


def test_each_of_several_outputs_has_its_columns_of_predictions(several: Run) -> None:
    names = ["row", "kind", "predicted_kind", "probability_kind_ant", "probability_kind_bee"]
    assert [name for name in predictions(several).column_names if not name.startswith(("low_", "high_"))] == [
        *names, "price", "predicted_price", "weight", "predicted_weight"
    ]  # fmt: skip
    answers = several.predict({"a": np.zeros(2), "b": np.ones(2)})
    assert {"predicted_kind", "predicted_price", "predicted_weight"} <= set(answers)


def test_rows_without_one_target_are_tested_by_the_others(several: Run) -> None:
    table = predictions(several).to_pylist()
    known = [row for row in table if row["kind"] is not None]
    assert 0 < len(known) < len(table) == several.metrics["rows"]
    assert value(several, "kind", "accuracy") == np.mean([row["kind"] == row["predicted_kind"] for row in known])
    assert [row for row in table if row["kind"] is None and row["weight"] is not None]


def test_regression_is_on_the_targets_own_scale(several: Run) -> None:
    rows = [row for row in predictions(several).to_pylist() if row["price"] is not None]
    guess, truth = (np.array([row[name] for row in rows]) for name in ("predicted_price", "price"))
    assert value(several, "price", "rmse") == pytest.approx(np.sqrt(np.mean((guess - truth) ** 2)), rel=1e-9)
    np.testing.assert_allclose(truth, np.round(truth), atol=0.1)
    assert 900_000 < guess.mean() < 1_100_000
    assert 10_000 < value(several, "price", "rmse") < 100_000


# ------------------------------------------------------------------------------------------------------- who is tested


def test_groups_stay_on_one_side_and_intervals_are_by_group(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    who = np.repeat(np.arange(30), 6)
    a = np.repeat(random.normal(size=30), 6) + 0.2 * random.normal(size=180)
    y = np.where(a + 0.8 * random.normal(size=180) > 0, "up", "down")
    data = write_csv(tmp_path / "t.csv", {"who": [f"p{w}" for w in who], "a": a.round(4), "b": a.round(1), "y": y})
    run = teach(data, run=tmp_path / "run", group="who")
    table = predictions(run)
    sides = run.ground.rows.sides
    assert all(len(set(sides[who == person])) == 1 for person in range(30))
    assert {column for item in run.plan.inputs.values() for column in item.columns} == {"a", "b"}
    groups, hits = table["group"].to_numpy(), np.array(table["y"].to_pylist()) == table["predicted_y"].to_pylist()
    assert len(set(groups)) == table.num_rows / 6
    found = run.metrics["outputs"]["y"]["accuracy"]
    by_group, by_row = share_interval(hits, groups), share_interval(hits)
    assert (found["low"], found["high"]) == (by_group.low, by_group.high) != (by_row.low, by_row.high)


def test_time_tests_on_the_latest_rows(tmp_path: Path) -> None:
    days = np.random.default_rng(2).permutation(100)
    dates = np.array([str(np.datetime64("2024-01-01") + day) for day in days])
    data = write_csv(tmp_path / "t.csv", {"day": dates, **numbers(100)})
    run = teach(data, run=tmp_path / "run", time="day", encoder={"table": "linear"})
    sides = run.ground.rows.sides
    assert max(days[sides == 0]) < min(days[sides == 1]) <= max(days[sides == 1]) < min(days[sides == 2])
    assert set(dates[predictions(run)["row"].to_numpy()]) == set(dates[days >= 90])


def test_separate_sources_are_train_valid_and_test_whole(tmp_path: Path) -> None:
    for name, rows in (("train", 60), ("valid", 20), ("test", 30)):
        write_csv(tmp_path / f"my_{name}_rows.csv", numbers(rows, seed=rows))
    places = {name: tmp_path / f"my_{name}_rows.csv" for name in ("train", "valid", "test")}
    run = teach(places["train"], run=tmp_path / "run", valid=places["valid"], test=places["test"])
    assert run.facts()["splits"] == {"train": 60, "valid": 20, "test": 30}
    assert run.metrics["rows"] == 30
    assert predictions(run)["y"].to_pylist() == numbers(30, seed=30)["y"].tolist()


def test_without_test_its_rows_stay_untouched(tmp_path: Path) -> None:
    sides = np.array(["train", "valid", "test", "train", "train"] * 16)
    columns = numbers(80)
    columns["a"][sides == "test"] = 1e6
    data = write_csv(tmp_path / "t.csv", {"split": sides, **columns})
    run = teach(data, run=tmp_path / "run", no_test=True)
    assert run.metrics["tested_on"] == "valid"
    np.testing.assert_array_equal(predictions(run)["row"].to_numpy(), np.flatnonzero(sides == "valid"))
    assert run.facts()["splits"]["test"] == 16
    assert "1000000" not in (run.folder / "columns.json").read_text()


def test_without_test_those_rows_are_spared_that_would_be_tested(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "t.csv", numbers(100))
    with_test, spared = teach(data, run=tmp_path / "a"), teach(data, run=tmp_path / "b", no_test=True)
    assert not set(predictions(with_test)["row"].to_pylist()) & set(predictions(spared)["row"].to_pylist())
    assert not set(predictions(with_test)["row"].to_pylist()) & set(np.flatnonzero(spared.ground.rows.sides >= 0))


# ------------------------------------------------------------------------------------------------------------- members


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three nets on three folds, from a plan's file."""
    folder = tmp_path_factory.mktemp("three")
    columns = numbers(120)
    columns["y"] = 5 + 2 * columns["a"]
    data = write_csv(folder / "t.csv", columns)
    members = [{"seed": n, "fold": n} for n in range(3)]
    asked: dict[str, Any] = {"steps": 3, "threads": 1, "encoder": {"table": "linear"}}
    plan = fromraw.plan(data, "y", settings={"members": members, "folds": 3}, **asked)
    (folder / "plan.yaml").write_text(str(plan))
    return teach(data, run=folder / "run", plan=folder / "plan.yaml")


def test_members_of_a_plans_file_are_trained_and_averaged(three: Run) -> None:
    assert [member.fold for member in three.plan.members] == [0, 1, 2]
    new = {"a": np.linspace(-2, 2, 9), "b": np.zeros(9)}
    alone = [
        pa.concat_tables(Predictor([system], three.columns, three.plan).answer(open_source(new)))["predicted_y"]
        for system in three.systems
    ]
    assert alone[0] != alone[1]
    np.testing.assert_allclose(three.predict(new)["predicted_y"], np.mean(alone, axis=0), rtol=1e-6)


def test_every_row_held_out_by_some_fold_calibrates_once(three: Run) -> None:
    splits = three.facts()["splits"]
    rows = splits["train"] + splits["valid"]
    assert splits["test"] > 0
    assert f"{rows:,} validation rows" in three.metrics["calibration"]["y"]


# ------------------------------------------------------------------------------------------------ nets of a user's own


class Bright(nn.Module):
    """The mean of a picture's rows, twice as many numbers where it is wide."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.linear = nn.Linear(6, width)

    def forward(self, values: Tensor) -> Tensor:
        return self.linear(values.mean(3).flatten(1)).relu()


def pictures(rows: int = 40) -> dict[str, np.ndarray]:
    random = np.random.default_rng(4)
    light = random.integers(0, 2, rows)
    photo = (random.integers(0, 100, (rows, 6, 5)) + 100 * light[:, None, None]).astype(np.uint8)
    return {"photo": photo, "y": np.where(light, "day", "night")}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return teach(pictures(), run=tmp_path_factory.mktemp("own") / "run", encoder={"photo": Bright()})


def test_any_module_is_an_encoder_and_predicts_alike_once_loaded(own: Run) -> None:
    new = {"photo": pictures()["photo"][:9]}
    loaded = fromraw.load(own.folder, encoder={"photo": Bright()})
    assert isinstance(loaded.system.encoders["photo_module"].steps[0].net, Bright)
    np.testing.assert_equal(loaded.predict(new), own.predict(new))


def test_a_run_of_a_users_own_net_says_that_it_needs_it(own: Run) -> None:
    with pytest.raises(RunError, match=r"photo.*Bright.*encoder="):
        fromraw.load(own.folder).predict({"photo": pictures()["photo"][:2]})


def test_another_net_of_ones_own_is_another_training(work_folder: Path) -> None:
    kept = {"steps": 3, "threads": 1, "quiet": True}
    first = fromraw.train(pictures(), encoder={"photo": Bright()}, **kept)
    wider = fromraw.train(pictures(), encoder={"photo": Bright(8)}, **kept)
    assert wider.folder != first.folder
    assert len(next(iter(wider.predict({"photo": pictures()["photo"][:2]}).values()))) == 2
    assert fromraw.train(pictures(), encoder={"photo": Bright()}, **kept).folder == first.folder


def test_a_net_for_an_input_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no input "foto"; did you mean "photo"'):
        teach(pictures(), run=tmp_path / "run", encoder={"foto": Bright()})


# -------------------------------------------------------------------------------------------------------------- budget


def test_minutes_measure_first_decide_then_and_tell_what_was_shed(tmp_path: Path) -> None:
    run = teach(write_csv(tmp_path / "t.csv", numbers(60)), run=tmp_path / "run", minutes=0.2)
    decided = {json.loads(line)["decision"] for line in (run.folder / "decisions.jsonl").read_text().splitlines()}
    assert {"part", "pace", "steps"} <= decided
    assert run.plan.budget.minutes == 0.2
    assert "baseline linear" in run.metrics["shed"]
    assert "baseline linear" in run.report.read_text()
    assert list(run.metrics["baselines"]["y"]) == ["majority"]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path: Path) -> None:
    weights = [
        (teach(numbers(60), run=tmp_path / str(n), seed=seed).folder / "system.safetensors").read_bytes()
        for n, seed in enumerate((7, 7, 8))
    ]
    assert weights[0] == weights[1] != weights[2]


# -------------------------------------------------------------------------------------------------- data as people have


def test_files_in_class_order_are_split_alike_and_named_in_natural_order(tmp_path: Path) -> None:
    columns = numbers(90)
    columns["y"] = np.repeat(["h10", "h2", "h1"], 30)
    run = teach(write_csv(tmp_path / "t.csv", columns), run=tmp_path / "run")
    table = predictions(run)
    assert set(table["y"].to_pylist()) == {"h1", "h2", "h10"}
    probabilities = [name for name in table.column_names if name.startswith("probability_")]
    assert probabilities == ["probability_y_h1", "probability_y_h2", "probability_y_h10"]


def test_one_category_in_all_training_rows_is_refused_before_anything_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = np.array(["train", "train", "test", "valid"] * 10)
    columns = {"split": sides, **numbers(40), "y": np.where(sides == "test", "b", "a")}
    with pytest.raises(DataError, match=r'y is "a" in all 20 training rows'):
        fromraw.train(write_csv(tmp_path / "t.csv", columns), "y", steps=3, run=tmp_path / "run")
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "run").exists()


def test_rows_of_a_category_that_training_never_saw_are_told_and_count_as_wrong(tmp_path: Path) -> None:
    sides = np.array(["train", "train", "train", "valid", "test"] * 16)
    columns = numbers(80)
    columns["y"][np.flatnonzero(sides == "test")[:3]] = "left"
    run = teach(write_csv(tmp_path / "t.csv", {"split": sides, **columns}), run=tmp_path / "run")
    assert set(run.facts()["categories"]["y"]) == {"down", "up"}
    assert sum(run.facts()["categories"]["y"].values()) == 48
    assert 'y is ""left"", which no training row has' in (run.folder / "problems.csv").read_text()
    assert run.metrics["rows"] == 16
    table = predictions(run)
    assert table["y"].to_pylist().count("(never seen in training)") == 3
    hits = sum(a == b for a, b in zip(table["y"].to_pylist(), table["predicted_y"].to_pylist(), strict=True))
    assert run.metrics["outputs"]["y"]["accuracy"]["value"] == hits / 16
    assert run.evaluate()["outputs"] == run.metrics["outputs"]
    own = {name: values[sides == "test"] for name, values in columns.items()}
    assert run.evaluate(own)["outputs"]["y"]["accuracy"]["value"] == hits / 16


@pytest.mark.parametrize("target", [["same"] * 20, [3.5] * 20], ids=["category", "number"])
def test_a_constant_target_is_refused(target: list[Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--output y: it is constant .*nothing to learn"):
        teach({**numbers(20), "y": np.array(target)}, run=tmp_path / "run")


def test_ten_rows_are_enough_to_go_the_whole_way(tmp_path: Path) -> None:
    columns = {"a": np.arange(10.0), "b": np.arange(10.0) % 3, "y": np.array(["up", "down"] * 5)}
    run = teach(columns, run=tmp_path / "run")
    assert sum(run.facts()["splits"].values()) == 10
    assert run.metrics["rows"] >= 1
    assert len(run.predict({"a": np.ones(1), "b": np.ones(1)})["predicted_y"]) == 1


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FromrawError):
        teach({"a": np.arange(2.0), "b": np.arange(2.0), "y": np.array(["up", "down"])}, run=tmp_path / "run")


def test_a_column_without_any_cell_is_left_out(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "t.csv", {"void": [None] * 60, **numbers(60)})
    run = teach(data, run=tmp_path / "run")
    assert run.facts()["columns"]["void"]["role"] == "left out"
    assert run.predict(data)["void"].null_count == 60 or set(run.predict(data)["void"].to_pylist()) == {""}


@pytest.mark.parametrize(
    "seconds",
    [1e-9, 90.0],
    ids=["the net", "and every baseline"],
)
def test_an_input_that_is_empty_in_all_training_rows_stops_nothing(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fromraw.training.MOST_FOR_BASELINES", seconds)
    sides = ["test", "train", "train", "valid"] * 15
    late = [f"{n / 7:.3f}" if side == "test" else None for n, side in enumerate(sides)]
    run = teach(write_csv(tmp_path / "t.csv", {"split": sides, "late": late, **numbers(60)}), run=tmp_path / "run")
    answers = run.predict({"late": np.array([1e9, np.nan]), "a": np.ones(2), "b": np.ones(2)})
    assert np.isfinite(answers["probability_y_up"]).all()


def test_names_of_any_letters_and_double_names_are_kept_apart(tmp_path: Path) -> None:
    columns = numbers(60)
    lines = ["größe,größe,Ärger ☂", *(f"{a},{b},{y}" for a, b, y in zip(*columns.values(), strict=True))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = teach(tmp_path / "t.csv", "Ärger ☂", run=tmp_path / "run")
    assert run.plan.inputs["table"].columns == ["größe", "größe_2"]
    assert "predicted_Ärger ☂" in run.predict(tmp_path / "t.csv").column_names
    assert run.evaluate()["outputs"] == run.metrics["outputs"]


def test_outputs_may_be_called_as_our_own_columns_are(tmp_path: Path) -> None:
    columns = numbers(90)
    data = {"a": columns["a"], "b": columns["b"], "group": columns["y"], "row": 2 * columns["a"]}
    run = teach(data, ["group", "row"], run=tmp_path / "run")
    assert run.evaluate()["outputs"] == run.metrics["outputs"]


def test_a_table_of_two_columns_is_enough(tmp_path: Path) -> None:
    columns = numbers(60)
    run = teach({"a": columns["a"], "y": columns["y"]}, run=tmp_path / "run", encoder={"a": "linear"})
    assert list(run.plan.inputs) == ["a"]
    assert len(run.predict({"a": np.zeros(1)})["predicted_y"]) == 1
