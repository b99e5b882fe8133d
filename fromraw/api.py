"""The Python surface: what the commands do, as functions.

run = fromraw.train("churn.csv", output="churned", minutes=5)
run.predict(frame)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict, Unpack

from torch import nn

from fromraw.describing.dataset import DataSet, open_data
from fromraw.describing.recognizing import Wishes, as_rows
from fromraw.describing.wording import describe_lines, next_command, split_words
from fromraw.dropping import read_named
from fromraw.errors import UsageError, unknown
from fromraw.findings.base import Finding
from fromraw.findings.running import find_all
from fromraw.findings.unreadable import problems_in_sample
from fromraw.findings.wording import line_of, mending
from fromraw.how_many import how_many
from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.parts import ROOMS, Part
from fromraw.parts import parts as parts_of
from fromraw.planning.aiming import Aim
from fromraw.planning.deciding import EVERY, Request
from fromraw.planning.plan import Plan, Reasons, read, to_yaml
from fromraw.report.notebook import Remark, show, table_of_columns
from fromraw.run import Run
from fromraw.training import plan_for
from fromraw.training import train as train_on

Names = str | Sequence[str] | None


class AskedOfColumns(TypedDict, total=False):
    """What may be said of the columns, and of who is tested.

    input: only these; ignore: all but these; types: {column: type}; group: a column whose rows stay together; time: a
    column, to test on the latest rows; valid, test: validation and test rows of their own; read: how text tables are
    written, where that is found wrong ({"separator": ";", "header": "none"}: settings of `table`).
    """

    input: Names
    ignore: Names
    types: Mapping[str, str]
    group: str | None
    time: str | None
    valid: Any
    test: Any
    read: Mapping[str, Any]


class Asked(AskedOfColumns, total=False):
    """What may be said of a training.

    epochs, steps: instead of minutes, or capped by them; encoder: {input: a name such as "convnet", or an
    `nn.Module`}, or one name for all inputs; settings: {address: value}, as `--set`; metric: the name of the score that
    counts; cost: of answers, {"truth:answer": 5}; plan: a plan's file; no_test: leave the test rows untouched;
    folds: test every row once, in so many parts, each by a net that learned from the others; 1: in one split, also
    where its test rows are few;
    drop: a file, such as a run's suspects.csv, that names training rows to leave out;
    run: the run's folder; fresh: train anew; device, threads, memory (MiB), seed: as the options of those names.
    """

    epochs: float | int | None
    steps: int | None
    encoder: "str | Mapping[str, str | nn.Module]"
    settings: Mapping[str, Any]
    metric: str | None
    cost: Mapping[str, float | int]
    plan: str | Path | None
    no_test: bool
    drop: str | Path | None
    folds: int | None
    run: str | Path | None
    fresh: bool
    device: str
    threads: int | None
    memory: int | None
    seed: int
    command: str
    started: float | None


@dataclass(frozen=True)
class Description:
    """What the data are and what was found; shows itself in a notebook. data: as `fromraw describe --json` prints."""

    dataset: DataSet

    @cached_property
    def findings(self) -> list[Finding]:
        return find_all(self.dataset, problems_in_sample(self.dataset))

    @cached_property
    def data(self) -> dict[str, Any]:
        return {
            "format": 1,
            "rows": self.dataset.survey.rows,
            "written": self.dataset.source.written,
            "columns": as_rows(self.dataset.known),
            "splits": self.dataset.split.counts(),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def __str__(self) -> str:
        return "\n".join(describe_lines(self.dataset, list(map(line_of, self.findings)), mending(self.findings)))

    def _repr_html_(self) -> str:
        source = self.dataset.source
        return show(
            f"{source.place}: {how_many(self.dataset.survey.rows, source.things)}",
            [table_of_columns(self.data["columns"])],
            [Remark(f"{found.text}. {found.remedy}".rstrip(), found.gravity == "warning") for found in self.findings],
            next_command(self.dataset, mending(self.findings)),
            [f"split: {split_words(self.dataset)}"] if self.dataset.outputs else [],
        )


@dataclass(frozen=True)
class Planned:
    """A plan, and who chose each of its values and why; as text it is the YAML that `--plan` takes."""

    plan: Plan
    reasons: Reasons

    def __str__(self) -> str:
        return to_yaml(self.plan, self.reasons)


def describe(data: Any, output: Names = None, **asked: Unpack[AskedOfColumns]) -> Description:
    """What the data are: columns, types, the output, the split, and what was found.

    data: a path, `example:digits`, a frame (pandas, polars, Arrow, DuckDB, a Dataset or DatasetDict of Hugging Face's),
    or a dict of arrays. See AskedOfColumns.
    """
    _check_names(asked, AskedOfColumns)
    wishes = _wishes(output, asked)
    valid, test = asked.get("valid"), asked.get("test")
    return Description(open_data(data, wishes, valid, test, need_output=False, read=asked.get("read"), folds=None))


def plan(data: Any, output: Names = None, minutes: float | int | None = None, **asked: Unpack[Asked]) -> Planned:
    """What `train` would do with the same arguments."""
    return Planned(*plan_for(options_of(data, output, minutes, **asked)))


def train(
    data: Any, output: Names = None, minutes: float | int | None = None, *, quiet: bool = False, **asked: Unpack[Asked]
) -> Run:
    """Train a net on the data, judge it, and write a run folder with its report.

    output: what to predict (left out: found by rule, and said); minutes: of the whole training, 5 unless said; with
    epochs or steps, at most so many. See Asked. Raises UsageError, DataError or MachineError, with what to do.
    """
    return train_on(options_of(data, output, minutes, **asked), Voice(quiet))


def load(path: str | Path, encoder: Mapping[str, nn.Module] | None = None) -> Run:
    """A run from its folder, or from a pack of it. encoder: the modules that it was trained with, where they were a
    user's own."""
    return Run(path, encoder)


def evaluate(run: Run | str | Path, data: Any = None, read: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The scores of a run, in the form of metrics.json: on other data, or (left out) on its test rows."""
    return (run if isinstance(run, Run) else Run(run)).evaluate(data, read)


def parts() -> dict[str, dict[str, Part]]:
    """All registered parts, {room: {name: part}}."""
    return {room: parts_of(room) for room in ROOMS}


# ------------------------------------------------------------------------------------- from arguments to what is asked


def options_of(data: Any, output: Names = None, minutes: float | int | None = None, **asked: Unpack[Asked]) -> Options:
    """What a training is asked for. Raises UsageError for what does not fit."""
    _check_names(asked, Asked)
    _check_budget(minutes, asked)
    encoder = asked.get("encoder") or {}
    encoder = {EVERY: encoder} if isinstance(encoder, str) else encoder
    names = {name: e for name, e in encoder.items() if isinstance(e, str)}
    own = {name: e for name, e in encoder.items() if not isinstance(e, str)}
    file, drop = asked.get("plan"), asked.get("drop")
    request = Request(
        minutes=_float(minutes),
        epochs=_float(asked.get("epochs")),
        steps=asked.get("steps"),
        seed=asked.get("seed", 0),
        settings=asked.get("settings") or {},
        encoders=names,
        file=read(file) if file else None,
        aim=Aim(asked.get("metric"), _costs(asked.get("cost"))),
    )
    same: Any = {key: asked.get(key) for key in ("valid", "test", "run", "threads", "started")}
    return Options(
        data,
        wishes=_wishes(output, asked),
        request=request,
        fresh=asked.get("fresh", False),
        no_test=asked.get("no_test", False),
        drop=read_named(drop) if drop else (),
        folds=asked.get("folds"),
        device=asked.get("device", "auto"),
        memory_mib=asked.get("memory"),
        read=asked.get("read") or {},
        command=asked.get("command", ""),
        encoder=own,
        **same,
    )


def _wishes(output: Names, asked: Mapping[str, Any]) -> Wishes:
    types = dict(asked.get("types") or {})
    for kind in types.values():
        if kind.split(":")[0] not in parts_of("columns"):
            raise unknown("type", kind.split(":")[0], parts_of("columns"))
    group = asked.get("group")
    return Wishes(
        outputs=_several(output),
        inputs=_several(asked.get("input")),
        ignored=_several(asked.get("ignore")),
        types=types,
        group=None if group == "none" else group,
        time=asked.get("time"),
        guess=group != "none",
    )


def _float(value: float | int | None) -> float | None:
    return None if value is None else float(value)


def _costs(asked: Mapping[str, Any] | None) -> dict[str, float]:
    for pair, cost in (asked or {}).items():
        if not isinstance(cost, int | float):
            raise UsageError(f"cost must be a number for each truth:answer, got {cost!r} for {pair}.")
    return {pair: float(cost) for pair, cost in (asked or {}).items()}


def _several(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _check_names(asked: Mapping[str, Any], form: Any) -> None:
    for name in asked:
        if name not in form.__annotations__:
            raise unknown("argument", name, ["output", "minutes", *form.__annotations__])


def _check_budget(minutes: float | int | None, asked: Mapping[str, Any]) -> None:
    """Above 0; epochs and steps exclude each other, and minutes cap either."""
    for name, value in (("minutes", minutes), ("epochs", asked.get("epochs")), ("steps", asked.get("steps"))):
        if value is not None and not (isinstance(value, int | float) and 0 < value < math.inf):
            raise UsageError(f"{name} must be above 0, got {value}.")
    if asked.get("epochs") and asked.get("steps"):
        raise UsageError("epochs and steps exclude each other; minutes may cap either.")
    if asked.get("folds") is not None:
        _check_folds(asked)
    if asked.get("no_test") and asked.get("test") is not None:
        raise UsageError("test and no_test (--test and --no-test) exclude each other.")


def _check_folds(asked: Mapping[str, Any]) -> None:
    folds = asked["folds"]
    if not isinstance(folds, int) or folds < 1:
        raise UsageError(f"folds must be a whole number of at least 1, got {folds}.")
    if folds == 1:
        return
    for name in ("test", "valid", "time", "no_test", "drop"):
        if asked.get(name):
            option = name.replace("_", "-")
            raise UsageError(
                f"folds and {name} (--folds and --{option}) exclude each other: folds test every row once."
            )
