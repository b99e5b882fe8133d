"""Packed files: the same rows as the plain file, whatever packs it; a damaged one is named."""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from fromraw.errors import DataError
from fromraw.sources.opening import open_source

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda contents: pa.Codec("zstd").compress(contents, asbytes=True),
}


@pytest.mark.parametrize("ending", PACKERS)
def test_tables_and_series_are_read_however_they_are_packed(tmp_path: Path, ending: str) -> None:
    table, series = b"a,b\n" + b"1,2\n" * 300_000, b"@classLabel true\n@data\n1,2:a\n"
    (tmp_path / f"t.csv{ending}").write_bytes(PACKERS[ending](table))
    (tmp_path / f"s.ts{ending}").write_bytes(PACKERS[ending](series))
    assert sum(batch.num_rows for batch in open_source(tmp_path / f"t.csv{ending}").batches()) == 300_000
    assert open_source(tmp_path / f"s.ts{ending}").head(9).to_pylist() == [{"series": [[1, 2]], "label": "a"}]


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_table_that_ends_too_early_is_named(tmp_path: Path, ending: str) -> None:
    rows = "".join(f"{row},{row * row}\n" for row in range(200_000))
    packed = PACKERS[ending](f"a,b\n{rows}".encode())
    (tmp_path / f"t.csv{ending}").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=rf"t\.csv{ending}: cannot be read"):
        list(open_source(tmp_path / f"t.csv{ending}").batches())


def test_a_tar_of_class_folders_in_zstandard_is_read(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(name.encode())
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        for name in ("ant", "bee"):
            file.add(tmp_path / name, name)
    (tmp_path / "x.tar.zst").write_bytes(PACKERS[".zst"]((tmp_path / "x.tar").read_bytes()))
    rows = open_source(tmp_path / "x.tar.zst").head(9).to_pylist()
    assert [(row["class"], row["image"]["bytes"]) for row in rows] == [("ant", b"ant"), ("bee", b"bee")]
