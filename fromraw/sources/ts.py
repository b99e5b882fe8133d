"""The `.ts` files of the UCR and UEA archives: series of one or many channels, of equal or varying length.

A header of `@key value` lines, then after `@data` a case a line: channels parted by ":", values by ",", and last the
class (`@classLabel true`) or the number (`@targetlabel true`). Bagnall and others, "The UEA multivariate time series
classification archive", arXiv:1811.00075, 2018. A missing value (`?`, NaN) is NaN.
"""

from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import Field, OneFile, Problem, Source, digest, stamp
from fromraw.sources.naming import extension
from fromraw.sources.packed import BROKEN, open_packed

_SERIES = pa.list_(pa.list_(pa.float64()))
_CHARACTERS = 4 << 20
_LINES = 512


@part("ts")
class Ts(OneFile):
    """path: of the file."""

    things = "series"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        header: dict[str, str] = {}
        cases = islice(self._cases(header), 1)
        try:
            _, first = next(cases)
        except StopIteration:
            raise DataError(f"{path}: {'no case after @data' if header else 'an empty file'}.") from None
        if header.get("timestamps", "false").lower().startswith("true"):
            raise DataError(f"{path}: series with time stamps, which this version does not read.")
        self._number = header.get("targetlabel", "").lower().startswith("true")
        self._labeled = self._number or header.get("classlabel", "").lower().startswith("true")
        self._channels = _channels(header) or first.count(":") + (not self._labeled)
        label = Field("label", pa.float64() if self._number else pa.string(), "label")
        self._fields = [Field("series", _SERIES, known={"channels": self._channels}), *([label] * self._labeled)]

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .ts, perhaps with .gz behind."""
        named = isinstance(data, str | Path) and f".{extension(str(data)).lstrip('.').split('.')[0]}" == ".ts"
        return cls(Path(data)) if named and Path(data).is_file() else None

    def _cases(self, header: dict[str, str]) -> Iterator[tuple[int, str]]:
        """Lines after @data with their numbers; header is filled on the way, its keys in lower case."""
        try:
            with open_packed(self._path) as raw:
                lines = TextIOWrapper(raw, "utf-8-sig", errors="replace")
                in_data = False
                for number, line in enumerate(lines, 1):
                    line = line.strip()
                    if not line or line.startswith("#"):
                        continue
                    if in_data:
                        yield number, line
                    elif line.startswith("@"):
                        key, _, value = line[1:].partition(" ")
                        header[key.lower()] = value.strip()
                        in_data = key.lower() == "data"
                    else:
                        raise DataError(f"{self._path}: line {number} is neither @key nor comment, before @data.")
        except BROKEN as error:
            raise DataError(f"{self._path}: cannot be read ({error}).") from error

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        names = [field.name for field in self.chosen(columns)]
        block: list[tuple[int, str]] = []
        size = 0
        for case in self._cases({}):
            block.append(case)
            size += len(case[1])
            if size > _CHARACTERS or len(block) == _LINES:
                yield from self._batch(block, names)
                block, size = [], 0
        yield from self._batch(block, names)

    def _batch(self, block: list[tuple[int, str]], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The cases of some lines; a line that is not one is told and left out."""
        batch = self._parsed([line for _, line in block])
        if batch is None:
            block = [(number, line) for number, line in block if self._is_case(number, line)]
            batch = self._parsed([line for _, line in block])
        if batch is not None and batch.num_rows:
            yield batch.select(names)

    def _parsed(self, lines: Sequence[str]) -> pa.RecordBatch | None:
        """All lines at once; None where any of them is malformed."""
        pieces = pc.split_pattern(pa.array(lines, pa.string()), ":")
        width = self._channels + self._labeled
        if not lines or pc.any(pc.not_equal(pc.list_value_length(pieces), width)).as_py():
            return None
        texts = pa.FixedSizeListArray.from_arrays(pieces.flatten(), width)
        labels = pc.list_element(texts, width - 1) if self._labeled else None
        channels = pc.list_slice(texts, 0, self._channels, return_fixed_size_list=False).flatten()
        try:
            series = _numbers(channels)
            label = pc.utf8_trim_whitespace(labels) if labels is not None else None
            if self._number:
                label = _floats(label)
        except pa.ArrowInvalid:
            return None
        offsets = pa.array(range(0, (len(lines) + 1) * self._channels, self._channels), pa.int32())
        cells = [pa.ListArray.from_arrays(offsets, series), *([label] if self._labeled else [])]
        return pa.RecordBatch.from_arrays(cells, schema=pa.schema([(f.name, f.type) for f in self._fields]))

    def _is_case(self, number: int, line: str) -> bool:
        """Whether a line can be read by itself; told where not."""
        if self._parsed([line]) is not None:
            return True
        width = self._channels + self._labeled
        found = len(line.split(":"))
        why = f"{found} parts, not {width}" if found != width else "something that is not a number"
        self.tell(Problem(f"{self._path.name}:{number}", f"line {number:,} has {why}: skipped"))
        return False

    def fingerprint(self) -> str:
        return digest("ts", stamp(self._path))


def _channels(header: dict[str, str]) -> int:
    """What the header says of them; 0 where it says nothing."""
    if header.get("univariate", "").lower().startswith("true"):
        return 1
    said = header.get("dimensions") or header.get("dimension") or ""
    return int(said) if said.isdigit() else 0


def _numbers(channels: pa.Array) -> pa.ListArray:
    """Texts of numbers parted by commas as lists of numbers."""
    texts = pc.split_pattern(channels, ",")
    return pa.ListArray.from_arrays(texts.offsets, _floats(texts.values))


def _floats(texts: pa.Array) -> pa.Array:
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(texts, pa.array(["?", ""])), "nan", texts).cast(pa.float64())
