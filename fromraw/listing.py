"""Which run folders there are, and how each stands: read from their files; one that cannot be read is listed too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fromraw.decoders.base import Score
from fromraw.errors import RunError
from fromraw.evaluation.account import scores_of
from fromraw.keeping import FORMAT
from fromraw.run import Run

State = Literal["finished", "stopped early", "unfinished", "not scored", "other version", "damaged"]
Plain = Mapping[str, float | None]
"""A score as metrics.json holds it: value, low, high."""


@dataclass(frozen=True)
class Headline:
    """The first score of an output, and the best baseline's on the same rows. form: None where no decoder knows it."""

    output: str
    metric: str
    form: Score | None
    score: Plain
    baseline: str = ""
    beside: Plain = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """A run folder. state: `other version` is a format that this version does not read, `not scored` what an estimator
    of scikit-learn's left; date: seconds since 1970, of its end, or of the last that was kept; seconds: of the whole
    command, None where unknown; problem: why it is damaged."""

    folder: Path
    state: State
    date: float
    version: str = ""
    place: str = ""
    tested_on: str = ""
    rows: int | None = None
    seconds: float | None = None
    headlines: tuple[Headline, ...] = ()
    problem: str = ""


def list_runs(place: Path) -> list[Listed]:
    """The run folders in a folder, or the one that it is, newest first."""
    folders = [place] if _is_run(place) else [path for path in place.iterdir() if _is_run(path)]
    return sorted((_listed(folder) for folder in folders), key=lambda run: (-run.date, run.folder.name))


def _is_run(folder: Path) -> bool:
    """By the two files that a run has from its first moment."""
    return (folder / "format").is_file() and (folder / "identity").is_file()


def _listed(folder: Path) -> Listed:
    changed = _last_change(folder)
    try:
        number = int((folder / "format").read_text())
        if number > FORMAT:
            return Listed(folder, "other version", changed)
        begun, judged, kept = ((folder / name).exists() for name in ("checkpoint", "metrics.json", "data.json"))
        if begun or not (judged or kept):
            return Listed(folder, "unfinished", changed, seconds=_spent(folder))
        return _ended(folder) if judged else _not_scored(folder)
    except Exception as error:  # whatever a file holds, the others are listed
        return Listed(folder, "damaged", changed, problem=_first_line(error.__cause__ or error))


def _not_scored(folder: Path) -> Listed:
    facts = Run(folder).facts()
    ended = datetime.fromisoformat(facts["date"]).timestamp()
    return Listed(folder, "not scored", ended, str(facts.get("version", "")), str(facts.get("place", "")))


def _ended(folder: Path) -> Listed:
    run = Run(folder)
    facts, metrics = run.facts(), run.metrics
    return Listed(
        folder,
        "stopped early" if metrics.get("stopped") else "finished",
        datetime.fromisoformat(facts["date"]).timestamp(),
        str(facts.get("version", "")),
        str(facts.get("place", "")),
        str(metrics.get("tested_on", "")),
        int(metrics["rows"]),
        metrics.get("seconds"),
        tuple(_headlines(metrics, _forms(run))),
    )


def _forms(run: Run) -> dict[str, dict[str, Score]]:
    """Nothing where the plan is of a version whose parts are gone: the scores are shown as plain numbers."""
    try:
        return scores_of(run.plan)
    except Exception:
        return {}


def _headlines(metrics: Mapping[str, Any], forms: Mapping[str, Mapping[str, Score]]) -> Iterator[Headline]:
    for output, scores in metrics["outputs"].items():
        metric = next(iter(scores))
        form = forms.get(output, {}).get(metric)
        beside = {n: s[metric] for n, s in metrics.get("baselines", {}).get(output, {}).items() if metric in s}
        best = _best(beside, form) if form else ""
        yield Headline(output, metric, form, scores[metric], best, beside.get(best, {}))


def _best(beside: Mapping[str, Plain], form: Score) -> str:
    values = {name: of["value"] for name, of in beside.items() if of["value"] is not None}
    pick = max if form.higher_is_better else min
    return pick(values, key=lambda name: float(values[name] or 0.0), default="")


def _last_change(folder: Path) -> float:
    """Of what an unfinished run goes on from, else of the folder."""
    kept = [folder / "checkpoint", folder / "format"]
    return max((path.stat().st_mtime for path in kept if path.exists()), default=0.0)


def _spent(folder: Path) -> float | None:
    """Seconds of the minutes that an unfinished run has used."""
    path = folder / "checkpoint" / "spent"
    return float(path.read_text()) if path.exists() else None


def _first_line(error: BaseException) -> str:
    if isinstance(error, RunError | OSError):
        return str(error)
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
