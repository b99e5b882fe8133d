"""How many text tables each reader reads right: every cell and name, or, of what is no table, an error.

On the tests' table of dialects, which was written beside our reader, so that its full marks say little; and on random
tables, which were not. DuckDB and CleverCSV are handed UTF-8, and their own names of columns without a header are
taken for ours. CleverCSV (`pip install clevercsv`) is left out where it is not installed. Then seconds for 10^6 rows.
"""

import argparse
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import pyarrow as pa
import pyarrow.csv

from fromraw.describing.survey import survey
from fromraw.sources.opening import open_source
from tests.sources import dialects
from tests.sources.dialects import Case

Reading = tuple[list[str], list[list[str]]]


def by_fromraw(path: Path) -> Reading:
    source = open_source(path)
    rows = [list(row.values()) for batch in source.batches() for row in batch.to_pylist()]
    return [field.name for field in source.fields], rows


def by_arrow(path: Path) -> Reading:
    names = pyarrow.csv.open_csv(path).schema.names
    types = dict.fromkeys(names, pa.string())
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    )
    return names, [list(row.values()) for row in table.to_pylist()]


def by_duckdb(path: Path) -> Reading:
    path.write_text(as_text(path), newline="")
    found = duckdb.execute("select * from read_csv(?, all_varchar = true)", [str(path)])
    names = [column[0].replace("column", "c") for column in found.description]
    return names, [[cell or "" for cell in row] for row in found.fetchall()]


def by_clevercsv(path: Path) -> Reading:
    import clevercsv

    text = as_text(path)
    dialect = clevercsv.Sniffer().sniff(text[:20_000])
    names, *rows = clevercsv.reader(io.StringIO(text, newline=""), dialect)
    return names, rows


def as_text(path: Path) -> str:
    contents = path.read_bytes()
    for encoding in ("utf-16" if contents[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return contents.decode(encoding)
        except UnicodeDecodeError:
            continue
    return contents.decode("latin-1")


READERS = {"fromraw": by_fromraw, "pyarrow": by_arrow, "DuckDB": by_duckdb, "CleverCSV": by_clevercsv}

# ------------------------------------------------------------------------------------------------------ random tables

_WORDS = ["red", "blue", "old", "new", "iron", "oak", "salt", "wide", "café", "so-so", "Miss", "O'Neil", "Aachen"]
_MARKS = [", ", "; ", ". ", ' "quoted" ', " | ", "\n", "\t", ": "]


def _cell(kind: str, draw: random.Random) -> str:
    if draw.random() < 0.05:
        return ""
    number = draw.uniform(-5, 2000)
    made: dict[str, Callable[[], str]] = {
        "number": lambda: f"{number:.2f}",
        "comma": lambda: f"{number:.2f}".replace(".", ","),
        "whole": lambda: str(int(number)),
        "day": lambda: f"{draw.randint(1, 28):02}.{draw.randint(1, 12):02}.2024",
        "time": lambda: f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}",
        "word": lambda: draw.choice(_WORDS),
        "text": lambda: "".join(draw.choice(_WORDS) + draw.choice([" ", " ", *_MARKS]) for _ in range(6)).strip(),
    }
    return made[kind]()


def random_tables(count: int) -> Iterator[Case]:
    """Tables with a header, in dialects of which each is common; unquoted ones have no cell that needs quotes."""
    for seed in range(count):
        draw = random.Random(seed)
        separator = draw.choice([",", ",", ";", ";", "\t", "|"])
        quoting = draw.choice(["all quoted", "quoted where needed", "quoted where needed", "escaped"])
        kinds = draw.choices(["number", "comma", "whole", "day", "time", "word", "text"], k=draw.randint(2, 8))
        rows = [[_cell(kind, draw) for kind in kinds] for _ in range(draw.randint(4, 60))]
        names = [f"{kind}_{at}" for at, kind in enumerate(kinds)]
        text = dialects.write([names, *rows], separator, quoting, draw.choice(["\n", "\r\n"]))
        yield Case(f"{seed}: {separator!r}, {quoting}", text.encode(), names, rows)


# ------------------------------------------------------------------------------------------------------------ counting


def is_right(read: Callable[[Path], Reading], case: Case, path: Path) -> bool:
    path.write_bytes(case.contents)
    try:
        names, rows = read(path)
    except Exception:
        return bool(case.refusal)
    plain = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in rows]
    return not case.refusal and [name.replace("column_", "c") for name in names] == [
        name.replace("column_", "c") for name in case.names
    ] and plain == case.rows  # fmt: skip


def count_right(folder: Path, tables: int) -> None:
    sets = {
        "dialects": list(dialects.grid()),
        "pollutions": list(dialects.pollutions()),
        "no tables": list(dialects.refusals()),
        "random": list(random_tables(tables)),
    }
    print(f"{'reader':<12}" + "".join(f"{f'{name} ({len(cases)})':>18}" for name, cases in sets.items()) + "   seconds")
    for name, read in READERS.items():
        if name == "CleverCSV" and not _is_installed("clevercsv"):
            continue
        began = time.process_time()
        right = [sum(is_right(read, case, folder / "table.csv") for case in cases) for cases in sets.values()]
        print(f"{name:<12}" + "".join(f"{count:>18}" for count in right) + f"{time.process_time() - began:>10.1f}")


def _is_installed(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def time_rows(folder: Path, rows: int) -> None:
    """Seconds of this process for opening and reading all rows of 20 columns once, as `describe` does."""
    for name, separator in [("commas", ","), ("blanks behind commas", ", ")]:
        path = folder / "large.csv"
        draw = random.Random(0)
        with open(path, "w") as file:
            file.write(separator.join(f"x{at}" for at in range(20)) + "\n")
            lines = [separator.join(f"{draw.gauss(0, 100):.4f}" for _ in range(20)) + "\n" for _ in range(1000)]
            for _ in range(rows // 1000):
                file.writelines(lines)
        began = time.process_time()
        source = open_source(path)
        opened = time.process_time() - began
        seen = survey(source).rows
        spent, memory = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        size = path.stat().st_size >> 20
        print(
            f"{name}: {seen:,} rows, {size} MiB: opened in {opened:.2f} s, read in {spent:.1f} s; {memory} MiB at most"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", type=int, default=300, help="random tables")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the large table")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        count_right(Path(place), asked.tables)
        time_rows(Path(place), asked.rows)
