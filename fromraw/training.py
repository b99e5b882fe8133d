"""The whole way from data to the run folder, as one function that reads downwards."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import nn

from fromraw import __version__
from fromraw.baselines.handing_over import script
from fromraw.baselines.running import Outcome, run_baselines
from fromraw.columns.base import Column, Stored
from fromraw.decoders.base import Answer, Records
from fromraw.describing.dataset import DataSet, fit_columns, open_data
from fromraw.describing.recognizing import Wishes, as_rows
from fromraw.describing.wording import describe_lines
from fromraw.errors import DataError
from fromraw.evaluation.account import Account, account_for
from fromraw.evaluation.answering import answer_rows, decoder_of, known_rows, tally_rows, truth_of_rows
from fromraw.learning.checkpoint import read_facts, write_text
from fromraw.learning.clock import Clock
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Course
from fromraw.learning.members import Rows, Training, train_members
from fromraw.learning.progress import Voice
from fromraw.learning.stopping import StopRequest, listening
from fromraw.machine import look_at_machine
from fromraw.planning.deciding import Facts, Request, decide
from fromraw.planning.plan import Plan, parse, read, to_yaml
from fromraw.report.page import write_report
from fromraw.run import Run, save_columns, save_systems
from fromraw.run_folders import Claimed, begin_folder, claim_folder, identity_of
from fromraw.splits import TEST, TRAIN, VALID
from fromraw.store.prepared import take
from fromraw.store.preparing import Prepared, prepare
from fromraw.streams.examples import Examples
from fromraw.system import System


@dataclass(frozen=True)
class Options:
    """What a person asked for, as typed."""

    data: Any
    valid: Any = None
    test: Any = None
    wishes: Wishes = field(default_factory=Wishes)
    request: Request = field(default_factory=Request)
    run: str | Path | None = None
    fresh: bool = False
    no_test: bool = False
    device: str = "auto"
    threads: int | None = None
    memory_mib: int | None = None
    encoder: Mapping[str, nn.Module] = field(default_factory=dict)
    save_every: float = 20.0
