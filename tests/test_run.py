"""The run folder: what it holds, how it answers new rows of every kind, and when it is left as it is."""

import json
import os
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.csv
import pytest
import torch
from safetensors.torch import save_file

import fromraw
from fromraw.errors import DataError, RunError, UsageError
from fromraw.run import Run

ASKED: dict[str, Any] = {"steps": 3, "threads": 1, "quiet": True}


def write_table(path: Path, rows: int = 150) -> Path:
    """height decides kind; size is 1000 heights; color tells nothing; every ninth height is missing."""
    random = np.random.default_rng(0)
    lines = ["height,color,kind,size"]
    for row, height in enumerate(random.normal(5, 2, rows)):
        kind, cell = ("tall" if height + random.normal() > 5 else "low"), f"{height:.3f}" if row % 9 else ""
        lines.append(f"{cell},{random.choice(['red', 'green'])},{kind},{1000 * height:.1f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def write_pictures(folder: Path, rows: int = 40) -> Path:
    """A folder a class, a broken picture among them."""
    random = np.random.default_rng(1)
    for row in range(rows):
        kind = row % 2
        (folder / ["dark", "light"][kind]).mkdir(parents=True, exist_ok=True)
        pixels = (random.integers(0, 100, (9, 7)) + 120 * kind).astype(np.uint8)
        PIL.Image.fromarray(pixels).save(folder / ["dark", "light"][kind] / f"picture_{row}.png")
    (folder / "light" / "broken_one.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("table") / "trees.csv")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "photos")


@pytest.fixture(scope="session")
def of_table(table: Path) -> Run:
    """Of kind and size, from height and color."""
    encoder = {"table": "linear"}
    return fromraw.train(table, ["kind", "size"], encoder=encoder, run=table.parent / "run", **ASKED)


@pytest.fixture(scope="session")
def of_pictures(pictures: Path) -> Run:
    settings = {"image.convnet.widths": [4, 4]}
    return fromraw.train(pictures, settings=settings, run=pictures.parent / "run", **ASKED)


RUNS = ["of_table", "of_pictures"]


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


# -------------------------------------------------------------------------------------------------------- what it holds


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_every_file_that_the_design_names_is_there_and_no_pickle(run: Run) -> None:
    names = {path.name for path in run.folder.iterdir()}
    assert {
        "plan.yaml", "decisions.jsonl", "problems.csv", "system.safetensors", "columns.json", "metrics.json",
        "log.jsonl", "predictions.parquet", "baseline.py", "report.html", "README.md", "format",
    } <= names  # fmt: skip
    assert "checkpoint" not in names
    assert not [path for path in run.folder.rglob("*") if path.suffix in (".pkl", ".pickle", ".pt", ".pth", ".joblib")]


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_metrics_have_the_documented_form(run: Run) -> None:
    metrics = json.loads((run.folder / "metrics.json").read_text())
    assert metrics["format"] == 1
    assert type(metrics["rows"]) is int
    assert list(metrics["outputs"]) == list(metrics["baselines"]) == list(run.plan.outputs)
    scores = [*metrics["outputs"].values(), *(s for of in metrics["baselines"].values() for s in of.values())]
    assert len(scores) > 2 * len(run.plan.outputs)
    for metric in (found for of in scores for found in of.values()):
        assert list(metric) == ["value", "low", "high"]
        assert metric["low"] <= metric["value"] <= metric["high"]


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_scores_computed_again_from_the_predictions_are_those_of_the_metrics(run: Run) -> None:
    again = fromraw.load(run.folder).evaluate()
    assert again["outputs"] == run.metrics["outputs"]
    assert again["baselines"] == run.metrics["baselines"]
    assert again["rows"] == run.metrics["rows"]


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_the_best_baseline_run_by_itself_prints_its_scores(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    runpy.run_path(str(run.folder / "baseline.py"), run_name="__main__")
    words, *lines = capsys.readouterr().out.splitlines()
    assert words
    printed = {name: float(number) for name, number in (line.split(" ") for line in lines)}
    first = next(iter(run.plan.outputs))
    baselines = run.metrics["baselines"][first]
    best = max(scores["accuracy"]["value"] for scores in baselines.values())
    written = [{m: float(f"{s['value']:.6g}") for m, s in scores.items()} for scores in baselines.values()]
    assert printed in written
    assert printed["accuracy"] == float(f"{best:.6g}")


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_the_readme_is_a_model_card(run: Run) -> None:
    from huggingface_hub import ModelCard

    card = ModelCard.load(run.folder / "README.md")
    assert card.data.library_name == "fromraw"
    first = next(iter(run.plan.outputs))
    results = {(r.task_name, r.metric_type): r.metric_value for r in card.data.eval_results}
    assert results[first, "accuracy"] == run.metrics["outputs"][first]["accuracy"]["value"]
    assert "## Not for" in card.text


def test_a_report_without_examples_shows_and_names_no_row(of_pictures: Run, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(of_pictures.folder, tmp_path / "run"))
    assert "broken_one.png" in copy.report.read_text()
    page = copy.rewrite_report(examples=False).read_text()
    assert "broken_one.png" not in page
    assert "picture_" not in page
    assert len(page) < len(of_pictures.report.read_text())
    assert "broken_one.png" in copy.rewrite_report().read_text()


def test_a_report_is_rewritten_where_the_data_are_gone(of_table: Run, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(of_table.folder, tmp_path / "run"))
    facts = copy.facts()
    facts["asked"]["data"] = str(tmp_path / "gone.csv")
    (copy.folder / "data.json").write_text(json.dumps(facts))
    assert "kind" in copy.rewrite_report().read_text()
    with pytest.raises(fromraw.FromrawError, match=r"gone\.csv"):
        _ = copy.ground


def test_data_that_changed_are_not_taken_for_those_of_the_run(of_table: Run, table: Path, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(of_table.folder, tmp_path / "run"))
    other = tmp_path / "trees.csv"
    other.write_text(table.read_text() + "1,red,low,1000\n")
    facts = copy.facts()
    facts["asked"]["data"] = str(other)
    (copy.folder / "data.json").write_text(json.dumps(facts))
    with pytest.raises(RunError, match="has changed since"):
        _ = copy.ground


def test_other_rows_are_scored_by_their_own_answers(of_table: Run, of_pictures: Run, table: Path) -> None:
    scores = fromraw.evaluate(of_table.folder, table)
    assert scores["rows"] == 150
    answers = of_table.predict(table)
    hits = np.array(answers["kind"].to_pylist()) == np.array(answers["predicted_kind"].to_pylist())
    assert scores["outputs"]["kind"]["accuracy"]["value"] == hits.mean()
    photos = np.full((4, 9, 7), 30, np.uint8)
    few = of_pictures.evaluate({"image": photos, "class": np.array(["dark", "dark", "light", "grey"])})
    assert few["rows"] == 4
    assert "accuracy" in few["outputs"]["class"]
    with pytest.raises(UsageError, match="has no column kind"):
        of_table.evaluate({"height": np.ones(2)})


def test_weights_of_another_versions_net_are_refused(of_table: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(of_table.folder, folder)
    save_file({"0.old.name": torch.zeros(1)}, folder / "system.safetensors")
    with pytest.raises(RunError, match="made by another version of fromraw"):
        fromraw.load(folder).system  # noqa: B018 - read for its error


def test_intervals_of_other_rows_are_by_the_runs_group(tmp_path: Path) -> None:
    """Of 3 groups, each all right or all wrong, little is known; of 120 rows of their own, much."""
    random = np.random.default_rng(0)
    height, who = random.normal(size=120), np.arange(120) // 4
    data = {"height": height, "who": np.array([f"p{n}" for n in who]), "kind": np.where(height > 0, "tall", "low")}
    run = fromraw.train(data, "kind", group="who", run=tmp_path / "run", encoder={"height": "linear"}, **ASKED)
    kind = np.array(run.predict(data)["predicted_kind"])
    wrong = np.where(kind == "tall", "low", "tall")
    new = {"height": height, "kind": np.where(np.arange(120) // 40 == 1, wrong, kind)}
    alone = run.evaluate(new)["outputs"]["kind"]["accuracy"]
    grouped = run.evaluate({**new, "who": np.repeat(["x", "y", "z"], 40)})["outputs"]["kind"]["accuracy"]
    assert alone["value"] == grouped["value"] == 80 / 120
    assert grouped["high"] - grouped["low"] > 2 * (alone["high"] - alone["low"])


def test_what_is_no_run_or_of_a_later_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        fromraw.load(tmp_path)
    (tmp_path / "format").write_text("99\n")
    with pytest.raises(RunError, match="later version"):
        fromraw.load(tmp_path)


# ------------------------------------------------------------------------------------------------------------- new rows

NEW = {"name": ["one", "two", "three"], "height": [2.0, None, 9.0], "color": ["red", "green", "blue"]}
ADDED = ["predicted_kind", "probability_kind_low", "probability_kind_tall", "predicted_size"]


@pytest.fixture(scope="session")
def wanted(of_table: Run) -> dict[str, list[Any]]:
    """The answers to NEW, as Arrow."""
    answers = of_table.predict(pa.table(NEW))
    assert isinstance(answers, pa.Table)
    assert answers.column_names[:3] == list(NEW)
    assert answers.column_names[-1] == "problem"
    assert answers.select(list(NEW)).to_pydict() == NEW
    return answers.select(ADDED).to_pydict()


def test_a_pandas_frame_keeps_index_order_and_columns(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    import pandas

    frame = pandas.DataFrame(NEW, index=pandas.Index([30, 10, 20], name="customer"))
    before = frame.copy()
    answers = of_table.predict(frame)
    assert isinstance(answers, pandas.DataFrame)
    assert answers.index.equals(frame.index)
    pandas.testing.assert_frame_equal(answers[list(NEW)], before)
    pandas.testing.assert_frame_equal(frame, before)
    assert answers[ADDED].to_dict("list") == wanted


def test_a_pandas_frame_whose_columns_are_numbers_gets_the_answers_alone(tmp_path: Path) -> None:
    import pandas

    random = np.random.default_rng(0)
    frame = pandas.DataFrame(random.normal(size=(60, 3)), columns=[10, 11, 12])
    run = fromraw.train(frame, "12", run=tmp_path / "run", encoder={"table": "linear"}, **ASKED)
    answers = run.predict(frame[[10, 11]])
    assert list(answers.columns) == [10, 11, "predicted_12", "unlike", "unlike_why", "problem"]


def test_a_polars_frame_comes_back_as_one(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    import polars

    frame = polars.DataFrame(NEW)
    answers = of_table.predict(frame)
    assert isinstance(answers, polars.DataFrame)
    assert answers.select(list(NEW)).equals(frame)
    assert answers.select(ADDED).to_dict(as_series=False) == wanted


def test_a_duckdb_relation_comes_back_as_one(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    import duckdb

    values = "('one', 2.0, 'red'), ('two', NULL, 'green'), ('three', 9.0, 'blue')"
    relation = duckdb.sql(f"SELECT * FROM (VALUES {values}) t(name, height, color)")
    answers = of_table.predict(relation)
    assert isinstance(answers, duckdb.DuckDBPyRelation)
    found = answers.fetchall()
    names = answers.columns
    assert names[:3] == list(NEW)
    assert [row[0] for row in found] == NEW["name"]
    assert {name: [row[names.index(name)] for row in found] for name in ADDED} == wanted


def test_arrow_comes_back_as_it_was_a_table_a_batch_or_a_reader(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    table = pa.table(NEW).replace_schema_metadata({"note": "mine"})
    table = table.set_column(2, "color", table.column("color").dictionary_encode())
    for frame in (table, table.combine_chunks().to_batches()[0], table.to_reader(2)):
        answers = of_table.predict(frame)
        assert isinstance(answers, type(frame))
        if isinstance(answers, pa.RecordBatchReader):
            answers = answers.read_all()
        assert answers.schema.field("color").type == table.schema.field("color").type
        assert answers.select(list(NEW)).to_pydict() == NEW
        assert answers.select(ADDED).to_pydict() == wanted


def test_a_reader_is_answered_as_it_is_read(of_table: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fromraw.predicting.CHUNK", 2)
    answered: list[int] = []
    walk = of_table.predictor.walk

    def counting(source: Any) -> Any:
        for piece in walk(source):
            answered.append(piece.added.num_rows)
            yield piece

    monkeypatch.setattr(type(of_table.predictor), "walk", lambda _, source: counting(source))
    reader = of_table.predict(pa.table({name: cells * 3 for name, cells in NEW.items()}).to_reader())
    assert answered == [2]
    assert [batch.num_rows for batch in reader] == answered == [2, 2, 2, 2, 1]


def test_a_stream_gives_what_predict_gives_of_a_path(
    of_table: Run, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = of_table.predict(table)
    monkeypatch.setattr("fromraw.predicting.CHUNK", 64)
    pieces = list(of_table.stream(table))
    assert [piece.num_rows for piece in pieces] == [64, 64, 22]
    found = [kind for piece in pieces for kind in piece["predicted_kind"].to_pylist()]
    assert found == whole["predicted_kind"].to_pylist()


def test_arrays_by_split_are_answered_by_split(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    height, color = np.array([2.0, np.nan, 9.0]), np.array(NEW["color"])
    answers = of_table.predict(
        {"height_test": height[1:], "color_test": color[1:], "height_train": height[:1], "color_train": color[:1]}
    )
    found = [*answers["predicted_kind_train"], *answers["predicted_kind_test"]]
    assert found == wanted["predicted_kind"]


def test_a_dataset_comes_back_as_one(of_table: Run, wanted: dict[str, list[Any]]) -> None:
    import datasets

    answers = of_table.predict(datasets.Dataset.from_dict(NEW))
    assert isinstance(answers, datasets.Dataset)
    assert answers.select_columns(list(NEW)).to_dict() == NEW
    assert answers.select_columns(ADDED).to_dict() == wanted


def test_a_column_called_problem_is_kept_and_ours_is_called_otherwise(of_table: Run) -> None:
    import pandas

    frame = pandas.DataFrame({**NEW, "problem": ["mine", "mine", "mine"]})
    answers = of_table.predict(frame)
    assert answers["problem"].tolist() == ["mine"] * 3
    assert answers["problem_"].isna().all()
    assert "problem_" in of_table.predict(pa.Table.from_pandas(frame)).column_names


def test_arrays_and_files_are_answered_alike(of_table: Run, wanted: dict[str, list[Any]], tmp_path: Path) -> None:
    arrays = {"height": np.array([2.0, np.nan, 9.0]), "color": np.array(NEW["color"])}
    answers = of_table.predict(arrays)
    assert list(answers) == ["height", "color", *ADDED, "unlike", "unlike_why", "problem"]
    assert all(answers[name] is arrays[name] for name in arrays)
    assert {name: answers[name].tolist() for name in ADDED} == wanted
    pyarrow.csv.write_csv(pa.table(NEW), tmp_path / "new.csv")
    for path in (tmp_path / "new.csv", str(tmp_path / "new.csv")):
        assert of_table.predict(path).select(ADDED).to_pydict() == wanted


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_answers_of_an_earlier_prediction_are_replaced(kind: str, of_table: Run, wanted: dict[str, list[Any]]) -> None:
    import pandas
    import polars

    old = pa.table({**NEW, "predicted_kind": ["?"] * 3, "problem": ["old"] * 3})
    frame = {"pandas": pandas.DataFrame(old.to_pydict()), "polars": polars.from_arrow(old), "arrow": old}[kind]
    answers = of_table.predict(frame)
    assert list(answers["predicted_kind"].to_numpy()) == wanted["predicted_kind"]
    assert [x for x in answers["problem"] if str(x) == "old"] == []


def test_a_missing_column_is_named(of_table: Run) -> None:
    run = Run(of_table.folder)
    assert len(run.predict({"height": np.array([2.0, 3.0])})["predicted_kind"]) == 2
    assert run.predictor.notes == ["color: not in a dict of arrays, taken as missing in every row"]
    with pytest.raises(DataError, match="none of the inputs is there; needed: height, color"):
        run.predict({"length": np.ones(2)})


def test_a_retyped_column_is_an_error_that_names_the_row(of_table: Run) -> None:
    with pytest.raises(DataError, match=r'^row 2: height is "deep", not a number; 1 more like it\.'):
        of_table.predict(pa.table({"height": ["3", "deep", "", "high"], "color": ["red"] * 4}))


def test_the_problem_is_told_beside_its_row(of_pictures: Run, pictures: Path) -> None:
    files = [pictures / "dark" / "picture_0.png", pictures / "light" / "broken_one.png"]
    answers = of_pictures.predict([str(path) for path in files])
    assert answers["problem"].to_pylist()[0] is None
    assert "no picture" in answers["problem"].to_pylist()[1]
    assert answers["predicted_class"].null_count == 0


def test_every_picture_of_a_folder_is_answered_by_its_name(of_pictures: Run, pictures: Path) -> None:
    answers = of_pictures.predict(pictures)
    assert answers.num_rows == 41
    named = [row["image"] for row in answers.to_pylist() if row["problem"]]
    assert [Path(name).name for name in named] == ["broken_one.png"]


def test_embed_gives_what_the_answers_are_read_from(of_table: Run) -> None:
    found = of_table.embed(pa.table(NEW))
    decoder = of_table.system.decoders["size"].linear
    numbers = of_table.columns["size"].restore(found @ decoder.weight.detach().numpy().T + decoder.bias.item())
    np.testing.assert_allclose(numbers[:, 0], of_table.predict(pa.table(NEW))["predicted_size"], rtol=1e-5)


# ---------------------------------------------------------------------------------------------- the same command again


def times(folder: Path) -> dict[str, tuple[int, int]]:
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def trees(work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("fromraw.writing.draw_all", lambda *_: [])
    monkeypatch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)
    return write_table(work_folder / "trees.csv", 60)


def learn(data: Path, **asked: Any) -> Run:
    return fromraw.train(data, "kind", encoder={"table": "linear"}, **{**ASKED, **asked})


def test_the_same_again_says_finished_and_trains_nothing(trees: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = learn(trees)
    assert first.folder == Path("runs/trees-1")
    before = times(first.folder)
    capsys.readouterr()
    again = learn(trees)
    assert again.folder == first.folder
    assert "runs/trees-1 is finished" in capsys.readouterr().out
    assert times(first.folder) == before
    assert again.metrics == first.metrics

    assert learn(trees, seed=1).folder == Path("runs/trees-2")
    assert learn(trees, fresh=True).folder == Path("runs/trees-3")
    assert times(first.folder) == before
    os.utime(trees, (0, 0))
    write_table(trees, 61)
    assert learn(trees).folder == Path("runs/trees-4")


def test_a_named_folder_is_begun_anew_only_when_that_is_asked_for(trees: Path) -> None:
    first = learn(trees, run="mine")
    before = times(first.folder)
    with pytest.raises(UsageError, match=r"--run mine: a run of other data, options or version; --fresh"):
        learn(trees, run="mine", seed=1)
    with pytest.raises(UsageError, match="widht"):
        learn(trees, run="mine", settings={"widht": 3}, fresh=True)
    assert times(first.folder) == before
    assert learn(trees, run="mine", seed=1, fresh=True).plan.learning.seed == 1
    after = times(first.folder)
    assert set(after) == set(before)
    assert after["system.safetensors"] != before["system.safetensors"]


def test_a_folder_with_other_files_is_never_written_to(trees: Path) -> None:
    for fresh in (False, True):
        with pytest.raises(UsageError, match=r"--run \.: it holds other files and is no run folder"):
            learn(trees, run=".", fresh=fresh)
        with pytest.raises(UsageError, match=r"--run trees\.csv: it is a file"):
            learn(trees, run="trees.csv", fresh=fresh)
    assert [path.name for path in trees.parent.iterdir()] == ["trees.csv"]


def test_a_run_without_an_end_is_said_to_be_unfinished(of_table: Run, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(of_table.folder, tmp_path / "run"))
    (copy.folder / "system.safetensors").unlink()
    with pytest.raises(RunError, match="not finished; the same command goes on"):
        copy.predict(pa.table(NEW))
