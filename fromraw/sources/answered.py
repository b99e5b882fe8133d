"""Rows with their answers beside them, on their way back to whoever asked."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Answered:
    """Some rows, in order. cells: as they are written beside answers; added: the answers, and the column, called
    `problem`, of what was wrong with a row; unlike: the columns that say how unlike a row is anything trained on, and
    in words; none where that is not known."""

    cells: pa.Table
    added: pa.Table
    problem: str = "problem"
    unlike: tuple[str, str] | None = None

    @property
    def table(self) -> pa.Table:
        """All columns: those of the rows, then the answers."""
        return put(self.cells, self.added)

    @property
    def problems(self) -> int:
        """How many of the rows something was wrong with."""
        return self.added.num_rows - self.added.column(self.problem).null_count

    @property
    def flagged(self) -> int:
        """How many of the rows are unlike anything trained on."""
        return int((self.added.column(self.unlike[0]).to_numpy() > 1).sum()) if self.unlike else 0


def put(table: pa.Table, added: pa.Table) -> pa.Table:
    """The table with these columns behind its own; one of a name that is there already takes its place."""
    for name, column in zip(added.column_names, added.columns, strict=True):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table


def added_in(pieces: Iterable[Answered]) -> pa.Table:
    """The answers to all rows as one table."""
    return pa.concat_tables([piece.added for piece in pieces], promote_options="permissive")
