"""Folders, zip and tar of pictures: what their names say, and what is passed over."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from fromraw.errors import DataError
from fromraw.sources.opening import open_source
from fromraw.sources.tarstream import tar_files


def png(size: int = 2) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (size, size), (9, 8, 7)).save(stream, "PNG")
    return stream.getvalue()


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png())
    return folder


def rows(data: object) -> list[tuple[str | None, ...]]:
    source = open_source(data)
    found = source.head(10**6).to_pylist()
    return [(row["image"]["path"], *(v for k, v in row.items() if k != "image")) for row in found]


def test_the_folder_is_the_class_and_rows_are_sorted_by_path(tmp_path: Path) -> None:
    write(tmp_path, "bee/2.png", "bee/1.jpg", "ant/x.png")
    assert rows(tmp_path) == [("ant/x.png", "ant"), ("bee/1.jpg", "bee"), ("bee/2.png", "bee")]


def test_split_folders_stand_above_and_deeper_folders_belong_to_their_class(tmp_path: Path) -> None:
    write(tmp_path, "Train/bee/day1/1.png", "Train/ant/1.png", "validation/bee/2.png", "test/bee/3.png", "extra/4.png")
    source = open_source(tmp_path)
    assert rows(tmp_path) == [
        ("Train/ant/1.png", "ant", "train"),
        ("Train/bee/day1/1.png", "bee", "train"),
        ("test/bee/3.png", "bee", "test"),
        ("validation/bee/2.png", "bee", "valid"),
    ]
    assert source.notes == ["passed over, as they stand beside Train, test, validation: extra"]
    assert [field.meaning for field in source.fields] == ["", "class", "split"]


def test_test_pictures_without_a_class_have_none(tmp_path: Path) -> None:
    write(tmp_path, "train/bee/1.png", "train/ant/1.png", "test/9.png")
    assert rows(tmp_path)[0] == ("test/9.png", None, "test")


def test_a_class_called_test_is_a_class(tmp_path: Path) -> None:
    write(tmp_path, "test/1.png", "bee/1.png")
    assert [field.name for field in open_source(tmp_path).fields] == ["image", "class"]


def test_what_systems_leave_is_passed_over_and_what_people_leave_is_named(tmp_path: Path) -> None:
    write(tmp_path, "bee/1.png", "ant/1.png", "__MACOSX/bee/1.png", "bee/.hidden.png", ".git/x/1.png")
    for name in ("ORIGIN.md", "bee/Thumbs.db", ".DS_Store", "bee/notes.txt"):
        (tmp_path / name).write_text("x")
    assert rows(tmp_path) == [("ant/1.png", "ant"), ("bee/1.png", "bee")]
    assert open_source(tmp_path).notes == ["passed over: ORIGIN.md, bee/notes.txt"]


def test_a_folder_without_pictures_says_what_was_found(tmp_path: Path) -> None:
    for name in ("a/1.dcm", "a/2.dcm", "b/3.dcm"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    with pytest.raises(DataError, match=r"no picture in any of 2 folders; found 3 \.dcm files, which this version"):
        open_source(tmp_path)


def test_single_pictures_and_folders_of_them_have_no_class(tmp_path: Path) -> None:
    write(tmp_path, "1.png", "2.png")
    assert rows(tmp_path) == [("1.png",), ("2.png",)]
    assert rows(tmp_path / "2.png") == [("2.png",)]
    assert rows([str(tmp_path / "2.png"), str(tmp_path / "1.png")]) == [("2.png",), ("1.png",)]


def test_an_unreadable_picture_is_a_problem_and_a_null_cell(tmp_path: Path) -> None:
    write(tmp_path, "ant/1.png", "bee/1.png")
    source = open_source(tmp_path)
    (tmp_path / "bee/1.png").unlink()
    assert source.head(2).column("image").to_pylist()[1] == {"path": "bee/1.png", "bytes": None}
    assert [(p.where, p.kind) for p in source.problems] == [("bee/1.png", "unreadable")]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    write(tmp_path, "ant/1.png", "bee/1.png")
    (tmp_path / "bee" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(rows(tmp_path)) == 2


def test_a_common_folder_above_the_classes_is_no_class(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        for name in ("data/set/bee/1.png", "data/set/ant/1.png", "__MACOSX/data/._1.png", "data/readme.txt"):
            file.writestr(name, png())
    assert [row[1] for row in rows(tmp_path / "x.zip")] == ["ant", "bee"]


def test_names_that_lead_outside_are_only_names(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with tarfile.open(tmp_path / "in" / "x.tar", "w") as file:
        for name in ("../../bee/1.png", "/ant/1.png", "./bee\\2.png"):
            info = tarfile.TarInfo(name)
            info.size = len(png())
            file.addfile(info, io.BytesIO(png()))
    open_source(tmp_path / "in" / "x.tar").head(9)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["in", "in/x.tar"]


def test_a_damaged_member_of_a_zip_is_a_problem(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("ant/1.png", png())
        file.writestr("bee/1.png", png())
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(whole.replace(b"IDAT", b"IDAX", 1))
    source = open_source(tmp_path / "x.zip")
    assert [row["image"]["bytes"] is None for row in source.head(2).to_pylist()] == [True, False]
    assert [problem.where for problem in source.problems] == ["ant/1.png"]


@pytest.mark.parametrize("kept", [100, 600, 1500])
def test_a_tar_that_ends_too_early_is_named(tmp_path: Path, kept: int) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        for name in ("ant/1.png", "bee/1.png"):
            info = tarfile.TarInfo(name)
            info.size = 700
            file.addfile(info, io.BytesIO(bytes(700)))
    (tmp_path / "x.tar").write_bytes((tmp_path / "x.tar").read_bytes()[:kept])
    with pytest.raises(DataError, match=r"x\.tar: not a whole tar file"):
        open_source(tmp_path / "x.tar")


class OneWay(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, contents: bytes) -> None:
        self._stream = io.BytesIO(contents)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._stream.readinto(buffer)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_is_read_as_tarfile_reads_it_and_never_backwards(form: int) -> None:
    names = ["bee/1.png", "d" * 90 + "/" + "e" * 60 + ".png"]
    names += [] if form == tarfile.USTAR_FORMAT else ["ä" * 120 + "/1.png"]
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as file:
        folder = tarfile.TarInfo("bee")
        folder.type = tarfile.DIRTYPE
        file.addfile(folder)
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 500 + number * 7
            file.addfile(info, io.BytesIO(bytes([number]) * info.size))
    read = list(tar_files(io.BufferedReader(OneWay(stream.getvalue())), lambda number, name, size: number != 0))
    assert [name for name, _, _ in read] == names
    assert read[0][1:] == (500, None)
    assert read[1][2] == bytes([1]) * 507
