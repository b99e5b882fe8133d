"""The folder that a training leaves, and what can be done with it: score, predict, show, go on.

It can be moved, mailed and loaded on another machine with the source gone, and predicts the same. No pickle in it.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import yaml
from torch import nn

from fromraw.columns.base import Column
from fromraw.decoders.base import Answer, Records
from fromraw.describing.dataset import open_data
from fromraw.describing.hashing import hash_cells
from fromraw.describing.recognizing import Wishes
from fromraw.dropping import drop_rows
from fromraw.errors import DataError, FromrawError, RunError, UsageError
from fromraw.evaluation.account import Account, account_for, plain, score_records, scores_of
from fromraw.evaluation.answering import decoder_of, in_raw, judged_rows, take_rows, tally_rows
from fromraw.evaluation.judging import ANSWER_ROWS
from fromraw.figures.base import Scene
from fromraw.figures.drawing import draw_all
from fromraw.findings.base import Finding
from fromraw.gathering import Ground, gather
from fromraw.keeping import FORMAT, load_columns, load_unlike
from fromraw.learning.checkpoint import read_tensors
from fromraw.learning.journal import Journal
from fromraw.planning.building import build_system
from fromraw.planning.plan import Plan, Reasons, parse, reasons_in
from fromraw.predicting import Predictor, own_name
from fromraw.report.methods import write_methods
from fromraw.report.notebook import show_run
from fromraw.report.page import write_report
from fromraw.signals import Batch
from fromraw.sources.base import Source
from fromraw.sources.finding import find_source
from fromraw.sources.opening import open_source
from fromraw.splits import TRAIN, VALID
from fromraw.streams.examples import Examples
from fromraw.system import System


class Run:
    """A finished (or stopped) training. Raises RunError where the folder is none, or of a later format."""

    def __init__(self, folder: str | Path, encoder: Mapping[str, nn.Module] | None = None) -> None:
        self.folder = Path(folder)
        self._modules = dict(encoder or {})
        if not (self.folder / "format").exists():
            raise RunError(f"{folder}: not a run folder (no file `format` in it).")
        number = int((self.folder / "format").read_text())
        if number > FORMAT:
            raise RunError(f"{folder}: written by a later version (format {number}, this one reads {FORMAT}).")

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        metrics = self.metrics if (self.folder / "metrics.json").exists() else None
        return show_run(self.folder, metrics, scores_of(self.plan))

    @cached_property
    def plan(self) -> Plan:
        """Every decision of the training."""
        data = yaml.safe_load((self.folder / "plan.yaml").read_text())
        plan = parse(data, str(self.folder / "plan.yaml"))
        device = plan.budget.device if _is_there(plan.budget.device) else "cpu"
        return plan.model_copy(update={"budget": plan.budget.model_copy(update={"device": device})})

    def reasons(self) -> Reasons:
        """Who chose each value of the plan, and why."""
        return reasons_in((self.folder / "plan.yaml").read_text(), self.plan)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Inputs and outputs as they were fitted in training."""
        return load_columns(self.folder / "columns.json")

    @cached_property
    def systems(self) -> list[System]:
        """The trained nets whose answers are averaged; usually one."""
        path = self.folder / "system.safetensors"
        if not path.exists():
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")
        for name, kind in self.facts()["asked"].get("modules", {}).items():
            if name not in self._modules:
                remedy = f"fromraw.load({str(self.folder)!r}, encoder={{{name!r}: NET}}) takes it"
                raise RunError(f"{self.folder}: {name} is read by a net of your own, {kind}; {remedy}.")
        tensors = read_tensors(path)
        count = 1 + max(int(name.split(".", 1)[0]) for name in tensors)
        return [self._system(number, tensors) for number in range(count)]

    def _system(self, number: int, tensors: Mapping[str, torch.Tensor]) -> System:
        system = build_system(self.plan, self.columns, self.plan.members[number], self._modules)
        prefix = f"{number}."
        try:
            system.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        except RuntimeError:
            raise RunError(f"{self.folder}: made by another version of fromraw, whose nets differ.") from None
        return system.eval()

    def _check_finished(self) -> None:
        if not (self.folder / "data.json").exists():
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")

    def _check_scored(self) -> None:
        self._check_finished()
        if not (self.folder / "metrics.json").exists():
            folder = self.folder
            remedy = f"fromraw evaluate {folder} DATA scores it on others"
            raise RunError(f"{folder}: it learned from all of its rows, so it has no scores of its own; {remedy}.")

    @property
    def system(self) -> System:
        """The first of the trained nets, a `torch.nn.Module`."""
        return self.systems[0]

    @cached_property
    def predictor(self) -> Predictor:
        """Answers raw inputs."""
        for name in {name for item in self.plan.inputs.values() for name in item.columns}:
            self.columns[name].strict = True
        return Predictor(self.systems, self.columns, self.plan, load_unlike(self.folder / "unlike.safetensors"))

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        self._check_scored()
        return json.loads((self.folder / "metrics.json").read_text())

    @property
    def report(self) -> Path:
        """The path of report.html."""
        return self.folder / "report.html"

    def facts(self) -> dict[str, Any]:
        """What the run says of the data that it was made from (data.json)."""
        self._check_finished()
        return json.loads((self.folder / "data.json").read_text())

    def findings(self) -> list[Finding]:
        """What was found in the data (findings.json; nothing in a run that has none)."""
        path = self.folder / "findings.json"
        entries = json.loads(path.read_text())["findings"] if path.exists() else []
        return [Finding(**entry) for entry in entries]

    # ------------------------------------------------------------------------------------------------------ new inputs

    def answer(self, source: Source) -> pa.Table:
        """All rows of a source with the answers beside them, in memory."""
        return pa.concat_tables(self.predictor.answer(source), promote_options="permissive")

    def open(self, data: Any, read: Mapping[str, Any] | None = None) -> Source:
        """New rows; text tables are read as the run's own were said to be written, or as `read` says."""
        return open_source(data, read=read) if read else find_source(data, self.facts()["asked"].get("read"))

    def predict(self, data: Any, read: Mapping[str, Any] | None = None) -> Any:
        """The same kind of frame, in the same order and with the same index, answers added: predicted_COL, and
        probability_COL_VALUE for a category, low_COL and high_COL for a number; unlike (above 1: as no training row)
        and unlike_why; problem (problem_ where there is one) if unreadable. Of a dict: a dict; of a path: Arrow.

        All rows are then in memory, but for a `pyarrow.RecordBatchReader`: it gives one, which answers 4,096 rows at a
        time as it is read. `stream` does so for anything. read: how a text table is written, as in `open`.
        """
        source = self.open(data, read)
        return source.give_back(self.predictor.walk(source))

    def stream(self, data: Any, read: Mapping[str, Any] | None = None) -> Iterator[pa.Table]:
        """What `predict` gives of a path, at most 4,096 rows at a time: for data that are larger than memory."""
        return self.predictor.answer(self.open(data, read))

    def embed(self, data: Any) -> np.ndarray:
        """(rows, width) float32: the representation of each row, from which the answers are read; in memory, 4 bytes a
        number, so a million rows of width 256 take 1 GB."""
        source, found = self.open(data), []
        for batch in source.batches():
            examples, _ = self.predictor.examples(batch, np.arange(batch.num_rows))
            for part in examples.batches(np.arange(batch.num_rows), ANSWER_ROWS, targets=False):
                found.append(self._summary(part))
        return np.concatenate(found)

    def _summary(self, batch: Batch) -> np.ndarray:
        with torch.no_grad():
            summary, _ = self.system(
                batch.to(self.plan.budget.device), want="summary", state=self.system.start(len(batch))
            )
        return summary.float().cpu().numpy()

    # ----------------------------------------------------------------------------------------------------- its own rows

    @cached_property
    def ground(self) -> Ground:
        """The rows that it was made from, opened again. Raises RunError where they are gone or have changed."""
        facts = self.facts()
        asked = facts["asked"]
        if not asked["data"]:
            raise RunError(f"{self.folder}: its data were given in Python and are not kept in the run.")
        said: dict[str, Any] = {key: asked.get(key, False) for key in Wishes.__dataclass_fields__}
        said |= {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
        wishes = Wishes(**said)
        valid, test, read = asked["valid"], asked["test"], asked.get("read")
        folds, spare, dropped = asked.get("folds", 0), asked["no_test"], tuple(map(tuple, asked.get("drop", ())))
        data = open_data(asked["data"], wishes, valid, test, spare_test=spare, read=read, folds=folds)
        if data.source.fingerprint() != facts["fingerprint"]:
            raise RunError(f"{asked['data']} has changed since {self.folder} was made from it.")
        data = drop_rows(data, dropped)
        part = Journal(self.folder / "decisions.jsonl").find("part")
        return gather(data, self.columns, self.plan, part["value"] if part else 1.0)

    @property
    def examples(self) -> Examples:
        """The rows that it was made from, ready to be batched."""
        return self.ground.examples

    def rows(self, side: str) -> np.ndarray:
        """Row numbers of `train` (what baselines learn from: train and valid) or `test`."""
        return self.ground.rows.tested if side == "test" else self.ground.rows.of(TRAIN, VALID)

    def score(self, output: str, answer: Answer) -> dict[str, float]:
        """{metric: value} of any method's answers to the test rows, in the form and coordinates of the decoder's."""
        rows = judged_rows(self.system, self.examples, self.rows("test"), output)
        place = np.searchsorted(self.rows("test"), rows)
        raw = in_raw(self.system, self.examples, output, take_rows(answer, place))
        records = tally_rows(self.system, self.examples, rows, output, raw)
        decoder = decoder_of(self.system, output)
        return {name: found.value for name, found in score_records(decoder, records, None).items()}

    # ---------------------------------------------------------------------------------------------------------- account

    def evaluate(self, data: Any = None, read: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Scores with intervals, as metrics.json holds them: of other data, or again from predictions.parquet."""
        if data is None:
            table, _, groups = self._tested()
            return {**self.metrics, **self._scores_of(table, groups)}
        source = self.open(data, read)
        missing = [name for name in self.plan.outputs if name not in {f.name for f in source.fields}]
        if missing:
            raise UsageError(f"{source.place} has no column {missing[0]}, so nothing can be scored; predict answers.")
        table = self.answer(source)
        return {"format": 1, **self._scores_of(table, self._groups_in(table)), "baselines": {}}

    def _groups_in(self, table: pa.Table) -> np.ndarray | None:
        """(rows,) the group of each row, where the run was made by groups and the rows have that column."""
        name = self.facts()["asked"].get("group")
        if not name or name not in table.column_names:
            return None
        column = table.column(name).combine_chunks()
        alone = np.arange(len(column))  # a row whose group is missing is a group of its own
        return np.where(np.asarray(column.is_null()), alone, hash_cells(column).view(np.int64))

    def judged(self, output: str) -> tuple[np.ndarray, np.ndarray | None, Records]:
        """Of each tested row with a truth: its number in the data, its group (None where there are no groups), and the
        small record that every score comes from (predictions.parquet)."""
        table, rows, groups = self._tested()
        known, records = self._records_of(table, output)
        return rows[known], None if groups is None else groups[known], records

    def records(self, output: str) -> Records:
        """What every score comes from: a small record of each tested row with a truth (predictions.parquet)."""
        return self.judged(output)[2]

    def rewrite_report(self, examples: bool = True) -> Path:
        """report.html made anew from the run's own files, and methods.md beside it; with examples False, none of the
        user's rows is in it. Where the data still lie where they lay, their rows are shown; else it says why not."""
        try:
            ground = self.ground if examples else None
        except FromrawError:
            ground = None
        scene = self._scene(ground)
        write_report(scene, draw_all(scene), self.report, examples)
        write_methods(scene, self.folder / "methods.md")
        return self.report

    def _scene(self, ground: Ground | None) -> Scene:
        log = self.folder / "log.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        cells = None if ground is None else ground.cells
        return Scene(
            self.folder, self.plan, self.reasons(), self.facts(), self._account(ground), lines, self.systems,
            self.columns, None if ground is None else ground.examples, cells, self.metrics.get("shed", []),
            bool(self.metrics.get("stopped")), float(self.metrics.get("seconds", 0.0)), self.findings(),
        )  # fmt: skip

    def _tested(self) -> tuple[pa.Table, np.ndarray, np.ndarray | None]:
        """What predictions.parquet holds: the table, and of each row its number in the source and its group."""
        self._check_scored()
        table = pq.read_table(self.folder / "predictions.parquet")
        row, group = (own_name(name, self.plan.outputs) for name in ("row", "group"))
        groups = table.column(group).to_numpy() if group in table.column_names else None
        return table, table.column(row).to_numpy(), groups

    def _account(self, ground: Ground | None) -> Account:
        """The account as it was written, its records read back from predictions.parquet."""
        table, rows, groups = self._tested()
        if ground is not None:
            rows = np.searchsorted(ground.prepared.rows, rows)
        found = {}
        for name in self.plan.outputs:
            known, records = self._records_of(table, name)
            decoder, column = decoder_of(self.system, name), self.columns[self.plan.outputs[name].columns[0]]
            said = self.metrics.get("calibration", {}).get(name, "")
            own = None if groups is None else groups[known]
            account = account_for(
                decoder, name, rows[known], records, own, {}, column.restore, self.facts()["things"], said
            )
            found[name] = account.with_baselines(self.metrics["baselines"][name], self.metrics["advantage"][name])
        return Account(found, table.num_rows, self.facts()["tested_on"])

    def _records_of(self, table: pa.Table, name: str) -> tuple[np.ndarray, Records]:
        """Which rows of a table have a truth, and the records of these."""
        column, decoder = self.columns[self.plan.outputs[name].columns[0]], decoder_of(self.system, name)
        truths = column.read_truths(table.column(name).combine_chunks())
        known = np.array([truth is not None for truth in truths], bool)
        written = {title: table.column(title).to_numpy()[known] for title in table.column_names if title != name}
        return known, decoder.read_back(written, [t for t in truths if t is not None], name, column.restore)

    def _scores_of(self, table: pa.Table, groups: np.ndarray | None) -> dict[str, Any]:
        found = {}
        for name in self.plan.outputs:
            known, records = self._records_of(table, name)
            if not known.any():
                raise DataError(f"{name} is missing in all {table.num_rows:,} rows.")
            own = None if groups is None else groups[known]
            found[name] = plain(score_records(decoder_of(self.system, name), records, own))
        return {"rows": table.num_rows, "outputs": found}


def _is_there(device: str) -> bool:
    if device.startswith("cuda"):
        return torch.cuda.is_available()
    return device == "cpu" or torch.backends.mps.is_available()
