"""Hugging Face's DatasetDict: its splits are the splits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from fromraw.errors import UsageError
from fromraw.parts import part
from fromraw.sources.answered import Answered, added_in
from fromraw.sources.base import Field, Source
from fromraw.sources.finding import find_source
from fromraw.sources.giving_back import package_of, put_beside
from fromraw.sources.naming import split_of
from fromraw.sources.several import Several


@part("dataset_dict")
class DatasetDict(Source):
    """given: Datasets by the name of their split. One whose name is no split's is passed over."""

    def __init__(self, given: Any) -> None:
        super().__init__()
        self.place = "a DatasetDict"
        self._given = given
        self._names: dict[str, str] = {}
        for name in given:
            if (split := split_of(name)) and len(given[name]):
                self._names.setdefault(split, name)
        if not self._names:
            raise UsageError(f"a DatasetDict needs a split called train, valid or test, got {', '.join(given)}.")
        if others := [name for name in given if name not in self._names.values()]:
            self.note(f"passed over, as no split is called so: {', '.join(others)}")
        ordered = [split for split in ("train", "valid", "test") if split in self._names]
        self._joined = Several(self.place, {split: find_source(given[self._names[split]]) for split in ordered})
        self.things = self._joined.things
        self._retell()

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A DatasetDict."""
        return cls(data) if package_of(data) == "datasets" and type(data).__name__ == "DatasetDict" else None

    @property
    def fields(self) -> Sequence[Field]:
        return self._joined.fields

    def parts(self) -> Sequence[str]:
        return self._joined.parts()

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        yield from self._joined.read(part, columns)
        self._retell()

    def _retell(self) -> None:
        for problem in self._joined.problems:
            self.tell(problem)
        for text in self._joined.notes:
            self.note(text)

    def fingerprint(self) -> str:
        return self._joined.fingerprint()

    def give_back(self, pieces: Iterable[Answered]) -> Any:
        """A DatasetDict, the answers in each of its splits; what was passed over as it was."""
        added, start, found = added_in(pieces), 0, dict(self._given)
        for split in ("train", "valid", "test"):
            if name := self._names.get(split):
                rows = len(self._given[name])
                found[name] = put_beside(self._given[name], pa.table({}), added.slice(start, rows))
                start += rows
        return type(self._given)(found)
