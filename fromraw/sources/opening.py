"""The door of this room: from what a person names to one source, separate validation and test data included."""

from typing import Any

from fromraw.sources.base import Source
from fromraw.sources.finding import find_source
from fromraw.sources.several import with_splits


def open_source(data: Any, valid: Any = None, test: Any = None) -> Source:
    """The source of a path, an `example:NAME`, a frame, a dict of arrays, or a Source.

    valid, test: data of the same kind that are validated and tested on (`--valid DATA`, `--test DATA`).
    UsageError or DataError, with what to do, where something cannot be opened.
    """
    source = find_source(data)
    if valid is None and test is None:
        return source
    return with_splits(source, *(None if other is None else find_source(other) for other in (valid, test)))
