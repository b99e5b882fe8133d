"""The folder that a training leaves: what was learned, and the account of the rows that it was made from."""

import json
import math
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fromraw.curve import Asked, Curve, draw_curve
from fromraw.decoders.base import Answer, Records
from fromraw.describing.dataset import open_data
from fromraw.describing.hashing import hash_cells
from fromraw.describing.recognizing import Wishes
from fromraw.dropping import drop_rows
from fromraw.errors import DataError, FromrawError, RunError, UsageError
from fromraw.evaluation.account import Account, account_for, plain, score_records, scores_of
from fromraw.evaluation.answering import decoder_of, in_raw, judged_rows, take_rows, tally_rows
from fromraw.figures.base import Scene
from fromraw.figures.drawing import draw_all
from fromraw.findings.base import Finding
from fromraw.gathering import Ground, gather
from fromraw.how_many import how_many
from fromraw.learned import Learned
from fromraw.learning.clock import Clock
from fromraw.learning.journal import Journal
from fromraw.learning.progress import Voice
from fromraw.packing import Wanted, pack
from fromraw.predicting import own_name
from fromraw.report.methods import write_methods
from fromraw.report.notebook import show_run
from fromraw.report.page import shows_examples, write_report
from fromraw.splits import TRAIN, VALID
from fromraw.streams.examples import Examples


class Run(Learned):
    """A finished (or stopped) training: its folder, or a pack of it, which tells nothing of its own rows.

    Raises RunError where it is neither, or of a later format.
    """

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        metrics = self.metrics if self.files.has("metrics.json") else None
        return show_run(self.folder, metrics, scores_of(self.plan), "report.html" if self.files.has_rows else "")

    def need_rows(self, what: str) -> None:
        """RunError where it is a pack. what: in words, what they are needed for."""
        if not self.files.has_rows:
            raise RunError(f"{self.folder}: a pack holds no rows of its own; {what} needs the run folder.")

    def pack(self, place: str | Path, *, unlike: bool = False, hide_rare: bool = False) -> Path:
        """Write one file to hand on (NAME.fromraw), which `fromraw.load` opens and which predicts the same: no rows,
        pictures, paths or names of this machine are in it.

        unlike: keep what tells rows unlike anything trained on, which is some of the training rows, coarsely;
        hide_rare: leave out names of categories of inputs that fewer than 5 training rows have.
        """
        return pack(self, place, Wanted(unlike, hide_rare))

    @property
    def report(self) -> Path:
        """The path of report.html."""
        self.need_rows("the report")
        return self.folder / "report.html"

    def findings(self) -> list[Finding]:
        """What was found in the data (findings.json; nothing in a run that has none)."""
        self.need_rows("what was found in the data")
        path = self.folder / "findings.json"
        entries = json.loads(path.read_text())["findings"] if path.exists() else []
        return [Finding(**entry) for entry in entries]

    # ----------------------------------------------------------------------------------------------------- its own rows

    @cached_property
    def ground(self) -> Ground:
        """The rows that it was made from, opened again. Raises RunError where they are gone or have changed."""
        self.need_rows("opening the data again")
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
        """Scores with intervals, as metrics.json holds them: of other data, or again from predictions.parquet (of a
        pack, as they were)."""
        if data is None and not self.files.has_rows:
            return self.metrics
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
        self.need_rows("a report")
        try:
            ground = self.ground if examples else None
        except FromrawError:
            ground = None
        scene = self._scene(ground)
        write_report(scene, draw_all(scene), self.report, examples)
        write_methods(scene, self.folder / "methods.md")
        return self.report

    def curve(self, minutes: float | int = 5.0, voice: Voice | None = None, started: float | None = None) -> Curve:
        """What more rows would bring: trained again on parts of the rows, all within the minutes; curve.json, and drawn
        in report.html. For as many minutes once more, what is there. started: by time.monotonic; left out: now."""
        if not (isinstance(minutes, int | float) and 0 < minutes < math.inf):
            raise UsageError(f"minutes must be above 0, got {minutes}.")
        self.need_rows("a curve by rows")
        began = time.monotonic() if started is None else started
        if self.metrics.get("stopped"):
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")
        self._check_modules()
        ground = self.ground
        clock = Clock(60.0 * minutes, time.monotonic() - began)
        with voice or Voice() as teller:
            teller.spent = clock.spent
            asked = Asked(self.folder, self.plan, ground, float(minutes), clock, self._modules)
            found = draw_curve(asked, teller)
        self.rewrite_report(examples=shows_examples(self.report))
        return found

    def _scene(self, ground: Ground | None) -> Scene:
        log = self.folder / "log.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        cells = None if ground is None else ground.cells
        return Scene(
            self.folder, self.plan, self.reasons(), self.facts(), self._account(ground), lines, self.systems,
            self.columns, None if ground is None else ground.examples, cells, self.metrics.get("shed", []),
            bool(self.metrics.get("stopped")), float(self.metrics.get("seconds", 0.0)), self.findings(),
            None if ground is None else ground.prepared.rows,
        )  # fmt: skip

    def _tested(self) -> tuple[pa.Table, np.ndarray, np.ndarray | None]:
        """What predictions.parquet holds: the table, and of each row its number in the source and its group."""
        self.need_rows("what the tested rows were answered")
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
                raise DataError(f"{name} is missing in all {how_many(table.num_rows, 'rows')}.")
            own = None if groups is None else groups[known]
            found[name] = plain(score_records(decoder_of(self.system, name), records, own))
        return {"rows": table.num_rows, "outputs": found}
