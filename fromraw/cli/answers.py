"""Answers as lines to read."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

_WIDEST = 40


def answer_line(
    number: int, row: Mapping[str, Any], outputs: Sequence[str], beside: Sequence[str] = ("problem",)
) -> str:
    """`h07_012.jpg  bee 97%, wasp 2%`: which row, then the answer to each output.

    beside: the columns that say what was wrong with the row, or odd about it.
    """
    answers = [words for name in outputs for words in _answer_words(row, name)]
    if len(answers) == 1:
        answers = [answers[0].partition(": ")[2]]
    wrong = "".join(f"   ! {row[name]}" for name in beside if row.get(name))
    return f"{_row_name(number, row):<12}  {'   '.join(answers)}{wrong}"


def _row_name(number: int, row: Mapping[str, Any]) -> str:
    """A picture by its file; any other row by its number, counted from 1."""
    for key in ("image", "path", "file"):
        if isinstance(row.get(key), str) and row[key]:
            return str(row[key])[-_WIDEST:]
    return f"row {number:,}"


def _answer_words(row: Mapping[str, Any], output: str) -> list[str]:
    """`COL: VALUE ...` for an output, or for each of its numbers."""
    titles = [k.removeprefix("predicted_") for k in row if k == f"predicted_{output}"] or [
        k.removeprefix("predicted_") for k in row if k.startswith(f"predicted_{output}_")
    ]
    return [f"{title}: {_one_answer(row, title)}" for title in titles]


def _one_answer(row: Mapping[str, Any], title: str) -> str:
    value = row[f"predicted_{title}"]
    start = f"probability_{title}_"
    likely = {k.removeprefix(start): v for k, v in row.items() if k.startswith(start) and v is not None}
    if likely:
        return probability_words(value, likely)
    within = [row.get(f"{side}_{title}") for side in ("low", "high")]
    interval = f"  ({_number(within[0])} to {_number(within[1])})" if None not in within else ""
    return f"{_number(value)}{interval}"


def probability_words(value: Any, likely: Mapping[str, float]) -> str:
    """`bee 97%, wasp 2%`: the answer, and the two next where they are likely at all."""
    rest = sorted((item for item in likely.items() if item[0] != str(value)), key=lambda item: -item[1])
    shown = [(str(value), likely.get(str(value), max(likely.values()))), *(i for i in rest[:2] if i[1] >= 0.01)]
    return ", ".join(f"{name} {_percent(probability)}" for name, probability in shown)


def _percent(share: float) -> str:
    """Never 100% of what is not certain."""
    if 0.995 <= share < 1:
        return f"{math.floor(1000 * share) / 10:.1f}%"
    return f"{100 * share:.0f}%"


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:,.6g}" if isinstance(value, float | int) else str(value)


def as_plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON's values: bytes by their length."""
    return {k: f"{len(v):,} bytes" if isinstance(v, bytes) else v for k, v in row.items()}
