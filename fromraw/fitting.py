"""A net that somebody else scores: the way of `train` without test rows, baselines, findings, audits and a report.

Cross-validation holds out rows of its own and asks for many nets. So all rows are learned from here, but for a tenth by
which probabilities and intervals are calibrated, and what is left answers new rows and says nothing of how well.
"""

import io
import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from fromraw.errors import UsageError
from fromraw.evaluation.judging import answer_held_out, calibrate
from fromraw.gathering import Ground, gather
from fromraw.keeping import save_systems, to_json
from fromraw.learning.checkpoint import write_text
from fromraw.learning.clock import Clock
from fromraw.learning.journal import Journal
from fromraw.learning.members import Training, train_members
from fromraw.learning.pacing import Reserve
from fromraw.learning.progress import Voice
from fromraw.learning.stopping import StopRequest
from fromraw.learning.telling import Teller
from fromraw.machine import threads_of_torch
from fromraw.options import Options, asked, minutes_of
from fromraw.planning.plan import Plan
from fromraw.run import Run
from fromraw.run_folders import Claimed, begin_folder, end_folder, identity_of
from fromraw.splits import TRAIN, VALID
from fromraw.system import System
from fromraw.training import affordable_part, open_and_plan, write_plan
from fromraw.writing import facts_of

SECONDS_OF_KEEPING = 0.5
"""What writing the net takes, of the minutes."""


class HeldRun:
    """A run in a temporary folder, which goes when nobody holds the run. Copied or pickled, it takes its files along.

    modules: nets of a user's own, by the input that they read.
    """

    def __init__(self, folder: Path, modules: Mapping[str, nn.Module]) -> None:
        self.modules = dict(modules)
        self.run = Run(folder, self.modules)
        weakref.finalize(self.run, shutil.rmtree, folder, ignore_errors=True)

    def copy_to(self, place: Path) -> None:
        """The run's files, in place of an earlier run."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.run.folder, place)

    def __getstate__(self) -> dict[str, Any]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted(self.run.folder.iterdir()):
                archive.write(file, file.name)
        return {"modules": self.modules, "files": packed.getvalue()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        folder = _new_folder()
        with zipfile.ZipFile(io.BytesIO(state["files"])) as archive:
            archive.extractall(folder)
        self.__init__(folder, state["modules"])  # type: ignore[misc]


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fromraw-"))


def check_place(place: Path) -> None:
    """UsageError where a run cannot be put there without loss of something else."""
    if place.is_file() or (place.exists() and any(place.iterdir()) and not (place / "format").exists()):
        raise UsageError(f"run must be a new folder, an empty one or an earlier run's, got {place}, which is neither.")


def fit(options: Options, voice: Voice) -> HeldRun:
    """Open, plan, prepare, learn, calibrate, keep. The same options come to the same net where they name no minutes."""
    folder = _new_folder()
    try:
        _fit(options, folder, voice)
        return HeldRun(folder, options.encoder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _fit(options: Options, folder: Path, voice: Voice) -> None:
    minutes = minutes_of(options.request)
    clock = Clock(60 * minutes if minutes else None)
    voice.spent = clock.spent
    options = replace(options, untested=True, folds=1)
    data, plan, reasons = open_and_plan(options)
    begin_folder(Claimed(folder, "new"), identity_of(data.source.fingerprint(), asked(options)))
    write_plan(folder, plan, reasons, data)
    with voice, threads_of_torch(plan.budget.threads):
        ground = gather(data, {**data.inputs, **data.outputs}, plan, affordable_part(data, clock), once=True)
        _say_rows(voice, ground)
        systems = train_members(_training(options, folder, plan, ground, clock, voice))
        calibrate(systems, ground.examples, ground.rows, answer_held_out(systems, ground.examples, ground.rows, plan))
    _keep(folder, ground, plan, systems, options)


def _say_rows(voice: Voice, ground: Ground) -> None:
    learned, held = (len(ground.rows.of(side)) for side in (TRAIN, VALID))
    voice.at(f"{learned:,} {ground.data.source.things} to learn from, {held:,} to calibrate by")


def _training(options: Options, folder: Path, plan: Plan, ground: Ground, clock: Clock, voice: Voice) -> Training:
    """Without a checkpoint: a first Ctrl-C ends it, and nobody goes on."""
    examples, rows = ground.examples, ground.rows
    looks = examples.fixed_looks() * len(rows.of(VALID)) * (1 if plan.folds else len(plan.members))
    reserve = Reserve(looks, SECONDS_OF_KEEPING)
    teller = Teller(folder / "log.jsonl", plan, examples, rows, voice, clock, reserve)
    return Training(plan, examples, rows, None, Journal(None), StopRequest(), clock, reserve, options.encoder, teller)


def _keep(folder: Path, ground: Ground, plan: Plan, systems: Sequence[System], options: Options) -> None:
    """What a run needs to answer."""
    save_systems(folder / "system.safetensors", systems)
    problems = [*ground.data.source.problems, *ground.prepared.problems]
    write_text(folder / "data.json", to_json(facts_of(ground, plan, asked(options), problems, {})))
    end_folder(folder)
