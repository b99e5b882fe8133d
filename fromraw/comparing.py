"""What the net is compared with: every baseline of every output, on the rows that the net is tested on.

What came of each is kept in the run until it is finished, and which were shed is a decision: a training that goes on
gives the same account.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from fromraw.baselines.running import Outcome, Tried, run_baselines
from fromraw.decoders.base import Answer, Score
from fromraw.evaluation.answering import decoder_of, in_raw, judged_rows, take_rows, tally_rows
from fromraw.learning.checkpoint import read_tensors, write_tensors
from fromraw.learning.clock import Clock
from fromraw.learning.journal import Journal
from fromraw.learning.progress import Voice
from fromraw.planning.plan import Plan
from fromraw.randomness import key_of
from fromraw.splits import Rows
from fromraw.streams.examples import Examples
from fromraw.system import System


def compare(
    plan: Plan, system: System, examples: Examples, rows: Rows, seconds: float, kept: "Kept", voice: Voice
) -> dict[str, Outcome]:
    """{output: outcome}, in so many seconds. Baselines learn from valid rows too, as they choose nothing by them.

    system: of the plan, untrained; its decoders say how good the answers are.
    """
    found: dict[str, Outcome] = {}
    for name, output in plan.outputs.items():
        voice.live("baselines")
        found[name] = run_baselines(
            examples, name, output.step().part, rows.trials, seconds / len(plan.outputs),
            before=kept.outcome(name), keep=partial(kept.keep, name),
        )  # fmt: skip
    said = list(_in_words(found, system, examples, rows.tested))
    voice.at(f"baselines, on the same rows: {'; '.join(said) or 'none applies'}")
    return found


@dataclass(frozen=True)
class Kept:
    """Where outcomes are kept: decisions in the journal, answers in a file each. The clock is kept with each."""

    folder: Path
    journal: Journal
    clock: Clock

    def outcome(self, output: str) -> Outcome:
        """Of the baselines that were tried or shed before an interruption."""
        outcome = Outcome()
        for entry in self.journal.all("baseline", output=output):
            name, value = entry["method"], entry["value"]
            if value is None:
                outcome.shed.append(name)
            elif self._place(output, name).exists():
                answer = {key: t.numpy() for key, t in read_tensors(self._place(output, name)).items()}
                outcome.tried[name] = Tried(answer, **value)
        return outcome

    def keep(self, output: str, name: str, tried: Tried | None) -> None:
        """The answers first: what the journal has stands."""
        value, why = None, "there was no time left for it"
        if tried:
            arrays = {key: torch.from_numpy(np.array(array)) for key, array in tried.answer.items()}
            write_tensors(self._place(output, name), arrays)
            value = {key: getattr(tried, key) for key in ("words", "settings", "rows", "seconds")}
            why = "learned from so many rows, in so many seconds"
        self.journal.decide("baseline", value, why, output=output, method=name)
        self.clock.keep()

    def _place(self, output: str, name: str) -> Path:
        return self.folder / f"baseline-{key_of(output, name):016x}.safetensors"


def _in_words(found: Mapping[str, Outcome], system: System, examples: Examples, rows: np.ndarray) -> Iterator[str]:
    """Of each output that has any: `majority 36%, linear 51%`, by the first score."""
    for output, outcome in found.items():
        first = decoder_of(system, output).scores[0]
        scores = [
            (n, _score(first, system, examples, rows, output, tried.answer)) for n, tried in outcome.tried.items()
        ]
        show = (lambda value: f"{value:.0%}") if first.as_ == "share" else (lambda value: f"{value:,.4g}")
        parts = [f"{name} {show(value)}" for name, value in scores]
        unit = f" ({first.name})" if parts and first.as_ != "share" else ""
        shed = f" (no time for {', '.join(outcome.shed)})" if outcome.shed else ""
        if parts or shed:
            title = f"{output}: " if len(found) > 1 else ""
            yield title + f"{', '.join(parts)}{unit}{shed}".replace("_", " ").strip()


def _score(score: Score, system: System, examples: Examples, rows: np.ndarray, output: str, answer: Answer) -> float:
    judged = judged_rows(system, examples, rows, output)
    raw = in_raw(system, examples, output, take_rows(answer, np.isin(rows, judged)))
    return score.total(tally_rows(system, examples, judged, output, raw))
