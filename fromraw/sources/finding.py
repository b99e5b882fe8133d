"""Which source opens what a person named; and where none does, why, and what to do."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fromraw.errors import DataError, UsageError, unknown
from fromraw.parts import parts
from fromraw.sources.base import Source
from fromraw.sources.naming import by_kind, extension, is_data

READ = "folders of pictures, zip and tar of them, .csv, .tsv, .jsonl, .parquet, .arrow, .ts, .npz and idx files"
_REMEDIES = {
    ".xlsx": "a spreadsheet; save the sheet as CSV",
    ".xls": "a spreadsheet; save the sheet as CSV",
    ".ods": "a spreadsheet; save the sheet as CSV",
    ".sas7bdat": "a table of SAS; save it as CSV or Parquet",
    ".sav": "a table of SPSS; save it as CSV or Parquet",
    ".dta": "a table of Stata; save it as CSV or Parquet",
    ".pkl": "a pickle, which could run any program and is never opened; save it as .parquet or .npz",
    ".pickle": "a pickle, which could run any program and is never opened; save it as .parquet or .npz",
    ".json": "one JSON document; save it as JSON Lines (.jsonl), an object a line",
    ".npy": 'one array without a name; save it with its answers: numpy.savez("data.npz", x=x, y=y)',
    ".txt": "text without a known order; a table is read when it is called .csv or .tsv",
}


_UNCOUNTED = {
    "LazyFrame": "collect it first: frame.collect()",
    "IterableDataset": "load it without streaming=True, or save its rows as Parquet",
    "IterableDatasetDict": "load it without streaming=True, or save its rows as Parquet",
}
"""Frames of rows that are yet to be worked out, by the name of their type."""


Opens = Callable[..., Source | None]


def find_source(data: Any, told: Mapping[str, Any] | None = None) -> Source:
    """The first source, by name of its kind, that opens this; a Source is taken as it is. told: how text tables are
    written, for the sources whose `opens` takes settings.

    Where several would but find it broken, the last, which has looked closest, says why. UsageError where there is no
    such thing, DataError where it is one that cannot be read.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, str | Path) and all((Path(data) / name).is_file() for name in ("format", "identity")):
        raise UsageError(f"{data}: the folder of a run, which holds no rows; name a table, pictures or the like.")
    broken: list[DataError] = []
    for part in parts("sources").values():
        try:
            opens: Opens = part.cls.opens
            if source := opens(data, **(told or {} if _takes_settings(opens) else {})):
                return source
        except DataError as error:
            broken.append(error)
    raise broken[-1] if broken else _no_source(data)


def _takes_settings(opens: Opens) -> bool:
    return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(opens).parameters.values())


def _no_source(data: Any) -> UsageError | DataError:
    if not isinstance(data, str | Path):
        if remedy := _UNCOUNTED.get(type(data).__name__):
            return UsageError(f"data must be rows that can be read twice, got {type(data).__name__}; {remedy}.")
        hint = '; an array is given with its name: {"x": x, "y": y}' if hasattr(data, "shape") else ""
        return UsageError(f"data must be a path, a frame or a dict of arrays, got {type(data).__name__}{hint}.")
    if not Path(data).exists():
        return _no_such(str(data))
    if Path(data).is_dir():
        files = [path.name for path in sorted(Path(data).iterdir()) if path.is_file()]
        if several := [name for name in files if is_data(name)]:
            return DataError(f"{data}: {len(several)} files of data ({', '.join(several[:4])}); name one of them.")
        found = f"found {by_kind(files)}" if files else "it is empty"
        return DataError(f"{data}: no data that this version reads; {found}. It reads {READ}.")
    remedy = _REMEDIES.get(extension(str(data)))
    ending = extension(str(data)) or "a name without an ending"
    return UsageError(f"{data}: {remedy or f'{ending} is not read; this version reads {READ}'}.")


def _no_such(data: str) -> UsageError:
    folder = Path(data).parent
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    error = str(unknown("such file or folder", Path(data).name, names))
    hint = error.split("; ", 1)[1] if "did you mean" in error else "nothing near has a name like it."
    return UsageError(f'no such file or folder "{data}"; {hint}')
