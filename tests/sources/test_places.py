"""Tables whose cells name members of a zip or tar beside them."""

import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from fromraw.errors import DataError
from fromraw.sources.base import FILE
from fromraw.sources.opening import open_source

ENDINGS = ["zip", "tar", "tar.gz", "tar.xz", "tar.zst"]
FILES = {"set/pics/1.png": b"one", "set/pics/2.png": b"two" * 500, "set/other/1.png": b"other", "set/readme.txt": b"x"}


def pack(path: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, contents in FILES.items():
                file.writestr(name, contents)
        return path
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{'' if path.suffix in ('.tar', '.zst') else path.suffix[1:]}") as file:
        for name, contents in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            file.addfile(info, io.BytesIO(contents))
    packed = pa.Codec("zstd").compress(stream.getvalue(), asbytes=True) if path.suffix == ".zst" else stream.getvalue()
    path.write_bytes(packed)
    return path


def captions(folder: Path, *names: str) -> Path:
    lines = [f"{name},words,{split}\n" for name, split in zip(names, ["train", "Test"] * 9, strict=False)]
    (folder / "captions.csv").write_text("image,caption,split\n" + "".join(lines))
    return folder


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("above", ["", "pics/", "set/pics/"])
def test_cells_name_members_in_any_order_by_the_end_of_their_path(tmp_path: Path, ending: str, above: str) -> None:
    pack(captions(tmp_path, *(f"{above}{name}" for name in ("2.png", "1.png", "2.png"))) / f"images.{ending}")
    source = open_source(tmp_path)
    assert [(f.name, f.type == FILE, f.meaning) for f in source.fields] == [
        ("image", True, ""),
        ("caption", False, ""),
        ("split", False, "split"),
    ]
    assert source.things == "pictures"
    cells = source.head(9).column("image").to_pylist()
    assert [cell["bytes"] for cell in cells] == [b"two" * 500, b"one", b"two" * 500]
    assert source.problems == source.notes == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unknown_member_is_a_problem_and_a_missing_picture(tmp_path: Path, ending: str) -> None:
    pack(captions(tmp_path, "1.png", "gone.png", "2.png") / f"images.{ending}")
    source = open_source(tmp_path / "captions.csv")
    assert [row["image"]["bytes"] is None for row in source.head(9).to_pylist()] == [False, True, False]
    assert [(p.where, p.text) for p in source.problems] == [
        ("gone.png", f"named in the table, but not in images.{ending}")
    ]


def test_a_damaged_member_is_a_problem(tmp_path: Path) -> None:
    path = pack(captions(tmp_path, "1.png", "2.png") / "images.zip")
    source = open_source(tmp_path)
    contents = bytearray(path.read_bytes())
    contents[30 + len("set/pics/1.png")] ^= 255
    path.write_bytes(contents)
    assert [row["image"]["bytes"] is None for row in source.head(9).to_pylist()] == [True, False]
    assert source.problems[0].text.startswith("damaged in images.zip (")


def test_a_damaged_tar_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = pack(captions(tmp_path, "1.png") / "images.tar.gz")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=r"images\.tar\.gz: not a whole tar file"):
        open_source(tmp_path)


def test_no_member_is_read_and_nothing_unpacked_before_pictures_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(captions(tmp_path, "1.png") / "images.tar.gz")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: pytest.fail("unpacked"))
    assert open_source(tmp_path).head(9, ["caption"]).num_rows == 1


def test_another_archive_beside_is_another_fingerprint(tmp_path: Path) -> None:
    path = pack(captions(tmp_path, "1.png") / "images.tar")
    before = open_source(tmp_path).fingerprint()
    path.write_bytes(path.read_bytes() + bytes(512))
    assert open_source(tmp_path).fingerprint() != before


def test_a_table_and_an_archive_that_do_not_go_together_are_not_guessed_between(tmp_path: Path) -> None:
    pack(captions(tmp_path, "nowhere.png") / "images.zip")
    with pytest.raises(DataError, match=r"2 files of data \(captions\.csv, images\.zip\); name one of them"):
        open_source(tmp_path)
