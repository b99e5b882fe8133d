"""Tables in a zip or tar, and Parquet packed as a whole: unpacked to a temporary folder that goes with the source.

What lies in the archive is read as if it lay in a folder: a single table, or train and test. Only a member's last name
is used, so nothing is written elsewhere.
"""

import os
import shutil
import tarfile
import tempfile
import weakref
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import Source
from fromraw.sources.finding import find_source
from fromraw.sources.naming import extension, is_data, is_junk, is_picture, passed_over
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.places import is_archive

_BROKEN = (*BROKEN, zipfile.BadZipFile, tarfile.TarError, NotImplementedError)


@part("zipped")
class Zipped(Source):
    """Only a way in: what it opens is an ordinary source of what was unpacked."""

    @classmethod
    def opens(cls, data: Any, **told: Any) -> Source | None:
        """A zip or tar with tables and no pictures in it, or Parquet that ends in .gz and the like."""
        if not isinstance(data, str | Path) or not Path(data).is_file():
            return None
        path, ending = Path(data), extension(str(data))
        if ending.startswith((".parquet.", ".pq.")):
            return _opened(path, [path.stem], told)
        if not is_archive(path.name):
            return None
        names = [name for name in _read(path, lambda: list(_names(path))) if not is_junk(name)]
        tables = [name for name in names if is_data(name) and not is_archive(name)]
        if not tables or any(map(is_picture, names)):
            return None
        last, count = Counter(name.rsplit("/", 1)[-1] for name in tables).most_common(1)[0]
        if count > 1:
            raise DataError(f"{path}: {count} files called {last}; unpack it and name one of them.")
        source = _opened(path, tables, told)
        for text in passed_over(name for name in names if name not in tables):
            source.note(text)
        return source


def _opened(path: Path, names: list[str], told: dict[str, Any]) -> Source:
    """The source of these members, named as the archive is, and as old as it."""
    folder = Path(tempfile.mkdtemp(prefix="fromraw-")) / path.name.split(".")[0]
    try:
        folder.mkdir()
        _read(path, lambda: _unpack(path, names, folder))
        only = [*folder.iterdir()]
        source = find_source(only[0] if len(only) == 1 else folder, told)
    except DataError as error:
        shutil.rmtree(folder.parent, ignore_errors=True)
        words = str(error).replace(f"{folder}/: ", f"{path}: ").replace(f"{folder}/", f"{path}: ")
        raise DataError(words.replace(str(folder), str(path)).replace("; name", "; unpack it and name")) from error
    weakref.finalize(source, shutil.rmtree, folder.parent, ignore_errors=True)
    source.place = str(path)
    return source


def _read(path: Path, read: Any) -> Any:
    try:
        return read()
    except _BROKEN as error:
        kind = "zip" if path.suffix.lower() == ".zip" else "tar" if is_archive(path.name) else "packed"
        raise DataError(f"{path}: not a whole {kind} file ({error}).") from error


def _names(path: Path) -> Iterator[str]:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as file:
            yield from (info.filename for info in file.infolist() if not info.is_dir() and not info.flag_bits & 1)
        return
    with open_packed(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        yield from (member.name for member in tar if member.isfile())


def _unpack(path: Path, names: list[str], folder: Path) -> None:
    changed = path.stat().st_mtime_ns
    for name, stream in _members(path, names):
        target = folder / name.replace("\\", "/").rsplit("/", 1)[-1]
        with stream, open(target, "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        os.utime(target, ns=(changed, changed))


def _members(path: Path, names: list[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """These members, or, of what is no archive, the whole under its one name, each to be read at once."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as file:
            yield from ((name, file.open(name)) for name in names)
    elif is_archive(path.name):
        with open_packed(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.name in names and member.isfile() else None
                if stream is not None:
                    yield member.name, stream
    else:
        with closing(open_packed(path)) as packed:
            yield names[0], packed
