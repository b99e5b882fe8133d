"""What commands print: one JSON object, or a table to read."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import typer


def print_json(data: Mapping[str, Any]) -> None:
    """One object on standard output; what is no number in JSON (nan, inf) as null."""
    typer.echo(json.dumps(_plain(data), ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def table(rows: Sequence[Sequence[str]], margin: str = "") -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    return [(margin + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True))).rstrip() for row in rows]


def metrics_lines(metrics: Mapping[str, Any], forms: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The form of metrics.json as text: each output's scores, then the baselines by its first score. forms: {output:
    {name: the decoder's score}}."""
    from fromraw.figures.wording import in_words, write_plain
    from fromraw.how_many import how_many

    tested = {
        "valid": "validation rows",
        "folds": "rows, each by a net that did not learn from it",
        "test": "test rows",
    }.get(metrics.get("tested_on", ""), "rows")
    rows, _, how = tested.partition(",")
    lines = [f"{how_many(metrics['rows'], rows)}{how and f',{how}'}; 95% intervals"]
    for output, scores in metrics["outputs"].items():
        form = forms[output]
        lines += [output, *table([(in_words(n), write_plain(form[n], s)) for n, s in scores.items()], "  ")]
        first = next(iter(scores), "")
        beside = metrics.get("baselines", {}).get(output, {})
        found = [(in_words(b), write_plain(form[first], s[first])) for b, s in beside.items() if first in s]
        if found:
            lines += [f"  baselines, {in_words(first)}", *table(found, "    ")]
    return lines
