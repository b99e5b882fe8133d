"""Every source keeps the contract of fromraw/sources/base.py: one suite over a small place of each kind."""

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from fromraw.parts import parts
from fromraw.sources.base import FILE, Source
from fromraw.sources.opening import open_source

CSV = "age,label\n" + "".join(f"{20 + row},{'no' if row % 3 else 'yes'}\n" for row in range(30))
PICTURES = [f"{split}/{kind}/{number}.png" for split in ("train", "test") for kind in "ab" for number in range(3)]


def png(value: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (4, 3), value).save(stream, "PNG")
    return stream.getvalue()


def make_folder(at: Path) -> Path:
    for number, name in enumerate(PICTURES):
        (at / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (at / "photos" / name).write_bytes(png(number))
    return at / "photos"


def make_zip(at: Path) -> Path:
    with zipfile.ZipFile(at / "photos.zip", "w") as file:
        for number, name in enumerate(PICTURES):
            file.writestr(name, png(number))
    return at / "photos.zip"


def make_tar(at: Path) -> Path:
    with tarfile.open(at / "photos.tar.gz", "w:gz") as file:
        for number, name in enumerate(PICTURES):
            info = tarfile.TarInfo(name)
            info.size = len(png(number))
            file.addfile(info, io.BytesIO(png(number)))
    return at / "photos.tar.gz"


def make_table(at: Path) -> Path:
    (at / "people.csv.gz").write_bytes(gzip.compress(CSV.encode() + b"ragged\n"))
    return at / "people.csv.gz"


def make_parquet(at: Path) -> Path:
    table = pa.table({"age": np.arange(30.0), "label": ["yes", "no", None] * 10, "split": ["train", "val"] * 15})
    pq.write_table(table, at / "people.parquet", row_group_size=7)
    return at / "people.parquet"


def make_several(at: Path) -> Path:
    (at / "set").mkdir()
    (at / "set" / "train.csv").write_text(CSV)
    (at / "set" / "test.csv").write_text("age\n5\n6\n")
    return at / "set"


def make_ts(at: Path) -> Path:
    (at / "x.ts").write_text("@classLabel true a b\n@data\n" + "1,2,3:4,5,6:a\n1,?:NaN,2:b\nbroken\n" * 3)
    return at / "x.ts"


def make_packed_tables(at: Path) -> Path:
    with zipfile.ZipFile(at / "tables.zip", "w") as file:
        file.writestr("set/train.csv", CSV)
        file.writestr("set/test.csv", "age,label\n5,no\n6,yes\n")
    return at / "tables.zip"


def make_idx(at: Path) -> Path:
    (at / "idx").mkdir()
    for split, rows in (("train", 5), ("t10k", 3)):
        pixels, labels = bytes(range(rows * 6)), bytes(range(rows))
        (at / "idx" / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">I3I", 2051, rows, 3, 2) + pixels)
        (at / "idx" / f"{split}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">II", 2049, rows) + labels)
        )
    return at / "idx"


def arrays() -> dict[str, np.ndarray]:
    return {
        "x_train": np.arange(5 * 12, dtype=np.uint8).reshape(5, 4, 3),
        "y_train": np.array(["a", "b", "a", "b", "a"]),
        "x_test": np.ones((2, 4, 3), np.uint8),
        "y_test": np.array(["b", "a"]),
    }


def make_npz(at: Path) -> Path:
    np.savez_compressed(at / "data.npz", **arrays())
    return at / "data.npz"


def make_jsonl(at: Path) -> Path:
    lines = [f'{{"age": {row}, "of": {{"kind": "k{row % 3}", "s": [1, {row}.5]}}, "label": "no"}}' for row in range(30)]
    (at / "people.jsonl.gz").write_bytes(gzip.compress("\n".join([*lines[:9], "broken", *lines[9:]]).encode()))
    return at / "people.jsonl.gz"


def make_arrow(at: Path) -> Path:
    table = pa.table({"age": np.arange(30.0), "label": pa.array(["yes", "no", None] * 10).dictionary_encode()})
    with pa.ipc.new_file(at / "people.arrow", table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as file:
        file.write_table(table, 7)
    return at / "people.arrow"


def make_shards(at: Path) -> Path:
    for year in ("2019", "2020"):
        (at / "by" / f"year={year}").mkdir(parents=True)
        pq.write_table(
            pa.table({"age": np.arange(9.0), "label": ["yes", "no", None] * 3}), at / "by" / f"year={year}/0.pq"
        )
    return at / "by"


def make_dataset_dict(at: Path) -> Any:
    rows = {"image": [{"bytes": png(n), "path": f"{n}.png"} for n in range(6)], "label": [0, 1, 0, 1, 0, -1]}
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["ant", "bee"])})
    whole = datasets.Dataset.from_dict(rows, features=features)
    return datasets.DatasetDict({"train": whole, "validation": whole.select([4, 1])})


MAKERS: dict[str, Callable[[Path], Any]] = {
    "arrays": lambda at: arrays(),
    "arrow": make_arrow,
    "dataset_dict": make_dataset_dict,
    "example": lambda at: "example:iris",
    "folder": make_folder,
    "frame": lambda at: pa.table({"age": np.arange(30.0), "label": ["yes", "no", None] * 10}),
    "idx": make_idx,
    "jsonl": make_jsonl,
    "npz": make_npz,
    "parquet": make_parquet,
    "several": make_several,
    "shards": make_shards,
    "table": make_table,
    "tar": make_tar,
    "ts": make_ts,
    "zipped": make_packed_tables,
    "zip": make_zip,
}


@pytest.fixture(params=[name for name, part in parts("sources").items() if part.cls.__module__.startswith("fromraw.")])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MAKERS[request.param](tmp_path)


@pytest.fixture
def source(data: Any) -> Source:
    return open_source(data)


def whole(source: Source, columns: list[str] | None = None) -> list[dict[str, Any]]:
    """Rows as Python's values; NaN, which equals nothing, as text."""
    return eval(repr([row for batch in source.batches(columns) for row in batch.to_pylist()]), {"nan": "nan"})


def test_batches_have_the_fields_that_the_source_names(source: Source) -> None:
    schema = pa.schema([(field.name, field.type) for field in source.fields])
    batches = list(source.batches())
    assert batches
    assert all(batch.schema.equals(schema) for batch in batches)
    assert all(batch.num_rows for batch in batches)
    assert all(batch.validate(full=True) is None for batch in batches)


def test_reading_twice_gives_the_same_and_no_more_problems(source: Source) -> None:
    first, problems = whole(source), list(source.problems)
    assert whole(source) == first
    assert source.problems == problems


def test_some_columns_are_those_of_all(source: Source) -> None:
    rows = whole(source)
    for field in source.fields:
        assert whole(source, [field.name]) == [{field.name: row[field.name]} for row in rows]


def test_columns_come_in_the_order_of_the_fields(source: Source) -> None:
    names = [field.name for field in source.fields]
    assert next(source.batches(names[::-1])).schema.names == names


def test_parts_one_by_one_are_all_rows(source: Source) -> None:
    rows = sum(batch.num_rows for part in source.parts() for batch in source.read(part))
    assert rows == len(whole(source))
    assert len(set(source.parts())) == len(source.parts())


def test_peek_and_head_are_rows_of_batches(source: Source) -> None:
    rows = whole(source, [source.fields[-1].name])
    assert source.peek([0, 2, len(rows) - 1], [source.fields[-1].name]).to_pylist() == [rows[0], rows[2], rows[-1]]
    assert source.head(3, [source.fields[-1].name]).to_pylist() == rows[:3]
    assert source.head(10**6).num_rows == len(rows)


def test_the_fingerprint_is_the_same_until_the_data_change(data: Any) -> None:
    before = open_source(data).fingerprint()
    assert open_source(data).fingerprint() == before
    if type(data) is dict:
        data["y_test"][0] = "z"
    elif isinstance(data, Path):
        file = next(path for path in [data, *sorted(data.rglob("*"))] if path.is_file())
        os.utime(file, ns=(1, 1))
    else:
        return
    assert open_source(data).fingerprint() != before


def test_only_asking_for_pictures_opens_them(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = len(whole(source))
    others = [field.name for field in source.fields if field.type != FILE]
    if len(others) == len(source.fields):
        pytest.skip("no files in its cells")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"opened {path}"))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("opened a member"))
    assert len(whole(source, others)) == rows
