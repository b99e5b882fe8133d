"""What a person reads of a data set: the screen of `describe`, and the first lines of `train`."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fromraw.describing.counting import count_categories
from fromraw.describing.dataset import DataSet
from fromraw.describing.recognizing import Known
from fromraw.describing.trainable import why_untrainable
from fromraw.how_many import how_many

_MARGIN = 11
_MOST_SHOWN = 10
"""Categories that are named with their rows."""
_MOST_COLUMNS = 200
"""Columns that `describe` lists; of more, the first and last are shown."""


def describe_lines(dataset: DataSet, found: Sequence[str] = (), mending: Mapping[str, str] | None = None) -> list[str]:
    """The screen of `describe`: what is there, what each column is for, what was found, what to do next.

    found: a line for each finding; mending: {option: value} that the next command gets because of them.
    """
    counts = count_categories(dataset)
    return [
        *_head(dataset, counts),
        *_column_lines(dataset, counts),
        *([f"{'split':<{_MARGIN}}{split_words(dataset)}"] if dataset.outputs else []),
        *(["Findings", *(f"  {line}" for line in found)] if found else ["Findings   none"]),
        f"Next: {next_command(dataset, mending)}",
    ]


def train_lines(dataset: DataSet, found: Sequence[str] = ()) -> list[str]:
    """The first block of `train`: where, what was found (a line each), what is predicted from what, who is tested."""
    counts = count_categories(dataset)
    left_out = [_left_out_words(name, k) for name, k in dataset.known.items() if k.role == "left out"]
    return [
        *_head(dataset, counts),
        *(f"  {line}" for line in found),
        f"{'predict':<{_MARGIN}}{_predict_words(dataset)}",
        *([f"{'left out':<{_MARGIN}}{_some(left_out, 6)}"] if left_out else []),
        f"{'split':<{_MARGIN}}{split_words(dataset)}",
    ]


def next_command(dataset: DataSet, mending: Mapping[str, str] | None = None) -> str:
    """The command that trains on this, as it would be typed, with what was said already; where training would refuse,
    what is needed. mending: {option: value} to add."""
    if lacking := why_untrainable(dataset):
        return f"nothing can be trained on this yet: {lacking}"
    options = _said_and_mending(dataset, mending or {})
    place = dataset.source.place
    outputs = [name for name, k in dataset.known.items() if k.role == "output"]
    if not Path(place).exists() and not place.startswith("example:"):
        return f"fromraw.train(data, {', '.join(_as_arguments(outputs or ['COLUMN'], options))}, minutes=5)"
    words = ["fromraw", "train", place]
    told = ",".join(f"{name}={value}" for name, value in dataset.source.told.items())
    words += ["--read", told] if told else []
    for name in outputs or ["COLUMN"]:
        if dataset.wishes.outputs or not _says_itself(dataset, name):
            words += ["--output", name]
    for option, value in options.items():
        words += [option, value if isinstance(value, str) else option.removeprefix("--").upper()]
    return shlex.join([*words, "--minutes", "5"])


def _said_and_mending(dataset: DataSet, mending: Mapping[str, str]) -> dict[str, Any]:
    """{option: value}: what a person typed, and what mends findings, where that does not contradict it."""
    said = dataset.wishes
    options = {
        "--input": ",".join(said.inputs),
        "--ignore": ",".join(said.ignored),
        "--type": ",".join(f"{name}={kind}" for name, kind in said.types.items()),
        "--group": said.group or ("" if said.guess else "none"),
        "--time": said.time or "",
        **{f"--{side}": data for side, data in dataset.brought.items()},
    }
    for option, value in mending.items():
        if option in ("--ignore", "--type"):
            options[option] = ",".join(filter(None, [options[option], value]))
        else:
            options[option] = options.get(option) or value
    return {option: value for option, value in options.items() if not isinstance(value, str) or value}


def _as_arguments(outputs: Sequence[str], options: Mapping[str, Any]) -> Iterator[str]:
    """The same as Python's `fromraw.train` takes it; data of their own by the argument's name."""
    yield f"output={outputs[0] if len(outputs) == 1 else outputs!r}"
    for option, value in options.items():
        name = option.removeprefix("--").replace("-", "_")
        if name == "type":
            yield f"types={dict(pair.rsplit('=', 1) for pair in value.split(','))!r}"
        else:
            yield f"{name}={value!r}" if isinstance(value, str) else f"{name}={name}"


# --------------------------------------------------------------------------------------------------- pieces of a screen


def _says_itself(dataset: DataSet, output: str) -> bool:
    return any(field.name == output and field.meaning in ("class", "label") for field in dataset.source.fields)


def _head(dataset: DataSet, counts: dict[str, dict[str, int]]) -> Iterator[str]:
    """Where it lies, how much it is; below, what the source remarks."""
    source = dataset.source
    folders = [field.name for field in source.fields if field.meaning == "class" and field.name in counts]
    size = how_many(dataset.survey.rows, source.things)
    if folders:
        size += f" in {how_many(len(counts[folders[0]]), 'folders')}: {_counts_words(counts[folders[0]])}"
    else:
        size += f", {how_many(len(source.fields), 'columns')}"
    yield f"{source.place + '  ':<{_MARGIN}}{size}{f'. {source.written}' if source.written else ''}"
    for note in source.notes:
        yield f"{'':<{_MARGIN}}{note}"


def _column_lines(dataset: DataSet, counts: dict[str, dict[str, int]]) -> list[str]:
    width = min(28, max(len(name) for name in dataset.known))
    lines = []
    for name, k in dataset.known.items():
        kind = {"output": "OUTPUT", "left out": "left out"}.get(k.role, k.column.type)
        lines.append(f"  {name:<{width}}  {kind:<9} {_reason(name, k, counts)}")
    if len(lines) > _MOST_COLUMNS:
        half = _MOST_COLUMNS // 2
        lines[half:-half] = [f"  ... {len(lines) - 2 * half:,} columns more (all of them: --json)"]
    return lines


def _reason(name: str, k: Known, counts: dict[str, dict[str, int]]) -> str:
    """Why it is what it is; for an output, how often each category comes."""
    several = f"{k.column.fields[0]} to {k.column.fields[-1]}" if len(k.column.fields) > 1 else ""
    rows = _counts_words(counts[name]) if name in counts else k.reason
    kind = f"{k.column.type}: {rows}" if k.role == "output" else k.reason
    return "; ".join(filter(None, [several, k.why_output, kind]))


def _counts_words(counts: dict[str, int]) -> str:
    """`no 41,935, yes 6,275`; of many categories the most frequent and the rarest."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    shown = ", ".join(f"{name} {rows:,}" for name, rows in ordered[:_MOST_SHOWN])
    if len(ordered) <= _MOST_SHOWN:
        return shown
    return f"{shown}, and {len(ordered) - _MOST_SHOWN:,} more, the rarest {ordered[-1][0]} with {ordered[-1][1]:,}"


def _predict_words(dataset: DataSet) -> str:
    """`class (the folder's name) from image (pictures, about 640x480)`."""
    outputs = [f"{n} ({k.why_output})" for n, k in dataset.known.items() if k.role == "output"]
    return f"{' and '.join(outputs)} from {_inputs_words(dataset)}"


def _inputs_words(dataset: DataSet) -> str:
    inputs = {name: k for name, k in dataset.known.items() if k.role == "input"}
    if len(inputs) <= 2:
        return " and ".join(f"{name} ({k.reason})" for name, k in inputs.items())
    kinds = Counter(k.column.type for k in inputs.values())
    return f"{how_many(len(inputs), 'columns')}: {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}"


def _left_out_words(name: str, k: Known) -> str:
    why = "names the groups" if "names the groups" in k.reason else k.column.type
    return f"{name} ({'as told' if k.reason == 'as told' else why})"


def split_words(dataset: DataSet) -> str:
    """`train 961, valid 119, test 117, by subject`: the rows of each side, and the rule."""
    counts = [f"{name} {rows:,}" for name, rows in dataset.split.counts().items() if rows]
    if dataset.split.folds:
        counts = [f"{how_many(int(dataset.split.tested.sum()), dataset.source.things)}, each tested once"]
    unused, spared = int((dataset.split.side < 0).sum()) - dataset.split.spared, dataset.split.spared
    lacking = "an answer or a split" if any(f.meaning == "split" for f in dataset.source.fields) else "an answer"
    without = f"; {unused:,} without {lacking}, not used" if unused else ""
    untouched = f"; {how_many(spared, 'test rows')} untouched" if spared else ""
    return f"{', '.join(counts)}, {dataset.split.how}{untouched}{without}"


def _some(words: Sequence[str], most: int) -> str:
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
