"""What a notebook shows of a description or a run: static HTML, small, in the notebook's own colors, light or dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fromraw.decoders.base import Score
from fromraw.figures.wording import in_words, shorten, write_plain
from fromraw.how_many import how_many

MOST_ROWS, LONGEST = 100, 120
"""Lines of a table, and characters of a cell, so that it stays under 200 kB whatever the data hold."""


@dataclass(frozen=True)
class Table:
    """rows: (weight, cells) each; weight is `main`, `aside` or "". cut: how many rows were left out."""

    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    title: str = ""
    cut: int = 0


@dataclass(frozen=True)
class Remark:
    """A line, marked where it is a warning."""

    text: str
    warns: bool = False


def show(
    title: str,
    tables: Sequence[Table] = (),
    remarks: Sequence[Remark] = (),
    command: str = "",
    lines: Sequence[str] = (),
) -> str:
    """A title, lines, tables, remarks, and what to type next."""
    shown = [Remark(shorten(remark.text, 3 * LONGEST), remark.warns) for remark in remarks[:MOST_ROWS]]
    return _template().render(title=title, lines=lines, tables=tables, remarks=shown, command=command)


def table_of_columns(columns: Mapping[str, Mapping[str, Any]]) -> Table:
    """{column: its role, type and reason}; of very many, the outputs and the first."""
    ranked = sorted(columns.items(), key=lambda item: item[1]["role"] != "output")
    kept = dict(ranked[:MOST_ROWS])
    weights = {"output": "main", "left out": "aside"}
    rows = [
        (weights.get(c["role"], ""), [_cell(name), c["role"], c["type"], _cell(c["reason"])])
        for name, c in columns.items()
        if name in kept
    ]
    return Table(("column", "role", "type", "why"), rows, cut=len(columns) - len(rows))


def show_run(folder: Path, metrics: Mapping[str, Any] | None, scores: Mapping[str, Mapping[str, Score]],
             report: str = "report.html") -> str:  # fmt: skip
    """What metrics.json holds: each score beside the best baseline's. metrics: None where the training is not finished;
    scores: {output: {name: score}}; report: its file, "" where there is none."""
    if metrics is None:
        return show(f"Run {folder}", lines=["The training is not finished; the same command goes on."])
    tested = {
        "test": "test rows",
        "valid": "validation rows",
        "folds": "rows, each by a net that did not learn from it",
    }
    rows, _, how = tested.get(metrics["tested_on"], "rows").partition(",")
    where = f"Scored on {how_many(metrics['rows'], rows)}{how and f',{how}'}; 95% intervals in parentheses."
    stopped = [Remark("Stopped early: it would have learned longer.", warns=True)] if metrics.get("stopped") else []
    tables = [_table_of_scores(name, metrics, forms) for name, forms in scores.items()]
    command = f'fromraw.load({str(folder)!r}).predict("NEW_DATA")'
    command += f"    # the report: {folder / report}" if report else ""
    return show(f"Run {folder}", tables, stopped, command, [where])


def _table_of_scores(output: str, metrics: Mapping[str, Any], forms: Mapping[str, Score]) -> Table:
    """A line a score; beside the net the baseline with the best first score."""
    own, baselines = metrics["outputs"][output], metrics["baselines"].get(output, {})
    first = next(iter(own))
    ranked = {name: b[first]["value"] for name, b in baselines.items() if b.get(first, {}).get("value") is not None}
    pick = max if forms[first].higher_is_better else min
    best = pick(ranked, key=lambda name: ranked[name], default="")
    rows = []
    for name, found in own.items():
        beside = baselines.get(best, {}).get(name)
        cells = [in_words(name), write_plain(forms[name], found), write_plain(forms[name], beside) if beside else ""]
        rows.append(("main" if name == first else "", cells))
    return Table(("", "this net", f"best baseline: {in_words(best)}" if best else ""), rows, _cell(output))


def _cell(text: str) -> str:
    return shorten(text, LONGEST)


@cache
def _template() -> Template:
    return Environment(
        loader=PackageLoader("fromraw.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("notebook.html.j2")
