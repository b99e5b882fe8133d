"""Hugging Face's Dataset and DatasetDict, made in memory."""

import io
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from PIL import Image

from fromraw.errors import UsageError
from fromraw.sources.answered import Answered
from fromraw.sources.base import FILE
from fromraw.sources.opening import open_source


@pytest.fixture(autouse=True)
def quiet() -> Any:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def dataset() -> datasets.Dataset:
    features = {"image": datasets.Image(), "label": datasets.ClassLabel(names=["ant", "bee"])}
    images = [Image.new("L", (3, 2), 10 * row) for row in range(4)]
    return datasets.Dataset.from_dict({"image": images, "label": [0, 1, 1, -1]}, features=datasets.Features(features))


def test_pictures_and_classes_are_decoded_in_the_datasets_order() -> None:
    source = open_source(dataset().select([2, 0, 3]))
    assert [(f.name, f.type == FILE, f.meaning) for f in source.fields] == [
        ("image", True, ""),
        ("label", False, "label"),
    ]
    rows = source.head(9).to_pylist()
    assert [row["label"] for row in rows] == ["bee", "ant", None]
    assert [Image.open(io.BytesIO(row["image"]["bytes"])).getpixel((0, 0)) for row in rows] == [20, 0, 30]
    assert open_source(dataset()).head(9).column("label").to_pylist() == ["ant", "bee", "bee", None]


def test_pictures_that_are_only_named_are_read_and_missing_ones_told(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"picture")
    paths = [str(tmp_path / "1.png"), str(tmp_path / "gone.png"), None]
    source = open_source(datasets.Dataset.from_dict({"image": paths}).cast_column("image", datasets.Image()))
    assert [row["image"] and row["image"]["bytes"] for row in source.head(9).to_pylist()] == [b"picture", None, None]
    assert [problem.where for problem in source.problems] == [paths[1]]


def test_splits_of_a_dict_are_the_splits_and_others_are_passed_over() -> None:
    whole = dataset()
    source = open_source(datasets.DatasetDict({"test": whole.select([1]), "train": whole, "extra": whole}))
    assert source.head(9, ["split"]).column("split").to_pylist() == ["train"] * 4 + ["test"]
    assert source.notes == ["passed over, as no split is called so: extra"]
    with pytest.raises(UsageError, match="needs a split called train, valid or test, got extra"):
        open_source(datasets.DatasetDict({"extra": whole}))


def test_answers_come_back_in_the_same_dataset_or_dict() -> None:
    whole = dataset()
    few = whole.select([2, 0])
    pieces = [Answered(pa.table({}), pa.table({"predicted_label": names, "problem": pa.nulls(len(names), pa.string())}))
              for names in (["a", "b", "c"], ["d", "e", "f"])]  # fmt: skip
    found = open_source(few).give_back(
        [Answered(pa.table({}), pa.table({"predicted_label": ["x", "y"], "problem": pa.nulls(2, pa.string())}))]
    )
    assert isinstance(found, datasets.Dataset)
    assert found.column_names == ["image", "label", "predicted_label", "problem"]
    assert found["label"][:] == [1, 0]
    assert found["predicted_label"][:] == ["x", "y"]
    assert found.features["label"] == whole.features["label"]
    both = open_source(datasets.DatasetDict({"test": few, "train": whole})).give_back(pieces)
    assert isinstance(both, datasets.DatasetDict)
    assert {name: part["predicted_label"][:] for name, part in both.items()} == {
        "train": ["a", "b", "c", "d"],
        "test": ["e", "f"],
    }


def test_rows_that_cannot_be_counted_are_refused_with_a_remedy() -> None:
    import polars

    with pytest.raises(UsageError, match="got IterableDataset; load it without streaming=True"):
        open_source(dataset().to_iterable_dataset())
    with pytest.raises(UsageError, match=r"got LazyFrame; collect it first: frame\.collect\(\)"):
        open_source(polars.DataFrame({"a": [1]}).lazy())
