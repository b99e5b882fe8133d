"""The door of this room: from what a person names to one source, separate validation and test data included."""

from collections.abc import Mapping
from typing import Any

from fromraw.errors import UsageError
from fromraw.parts import find
from fromraw.sources.base import Source
from fromraw.sources.finding import find_source
from fromraw.sources.several import with_splits


def open_source(data: Any, valid: Any = None, test: Any = None, read: Mapping[str, Any] | None = None) -> Source:
    """The source of a path, an `example:NAME`, a frame, a dict of arrays, or a Source.

    valid, test: data of the same kind that are validated and tested on (`--valid DATA`, `--test DATA`). read: how text
    tables among them are written, where that is found wrong: settings of `table` (`--read separator=semicolon`).
    UsageError or DataError, with what to do, where something cannot be opened.
    """
    told = find("sources", "table").check(read or {})
    source = find_source(data, told)
    others = [None if other is None else find_source(other, told) for other in (valid, test)]
    if told and not any(each.told for each in (source, *others) if each is not None):
        raise UsageError(f"--read is of text tables (.csv, .tsv), and {source.place} is none.")
    return with_splits(source, *others) if any(others) else source
