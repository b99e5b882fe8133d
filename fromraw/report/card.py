"""README.md of a run: a model card with the head that Hugging Face's hub reads, and below it the same in words.

Mitchell and others, "Model cards for model reporting", FAT* 2019.
"""

from pathlib import Path
from typing import Any

import yaml

from fromraw.evaluation.account import OutputAccount
from fromraw.figures.base import Scene, inputs_of
from fromraw.figures.wording import in_words, score_named, write_interval
from fromraw.learning.checkpoint import write_text
from fromraw.report.advice import not_for, predict_command
from fromraw.report.checks import make_checks
from fromraw.report.markdown import escape
from fromraw.report.page import what_went_in

_TASKS = {"probabilities": "classification", "numbers": "regression"}
"""By what the records hold."""
_TESTED = {"test": "test rows", "valid": "validation rows", "folds": "rows, each by a net that did not learn from it"}
_PIPELINES = ("image-classification", "tabular-classification", "tabular-regression")
"""Those of the hub's names for a task that can come up here."""


def write_card(scene: Scene, path: Path) -> None:
    head = yaml.safe_dump(_head(scene), sort_keys=False, allow_unicode=True)
    write_text(path, f"---\n{head}---\n\n{_body(scene)}")


def _head(scene: Scene) -> dict[str, Any]:
    found = {_pipeline(scene, account) for account in scene.account.outputs.values()}
    pipeline = {"pipeline_tag": found.pop()} if len(found) == 1 and None not in found else {}
    return {
        "library_name": "fromraw",
        **pipeline,
        "tags": ["fromraw", scene.data.get("things", "rows")],
        "metrics": list(dict.fromkeys(a.headline for a in scene.account.outputs.values())),
        "model-index": [{"name": scene.folder.name or "run", "results": _results(scene)}],
    }


def _pipeline(scene: Scene, account: OutputAccount) -> str | None:
    """The hub's name for such inputs and such an answer, where it has one."""
    read = {"tabular" if column.scalar else column.hub_name for column in inputs_of(scene)}
    names = [f"{kind}-{task}" for kind in read for records, task in _TASKS.items() if records in account.records]
    return names[0] if len(names) == 1 and names[0] in _PIPELINES else None


def _results(scene: Scene) -> list[dict[str, Any]]:
    """A result for each output, with all its scores."""
    place = str(scene.data.get("place") or "the data")
    found = []
    for name, account in scene.account.outputs.items():
        task = _pipeline(scene, account) or "other"
        metrics = [
            {"type": metric, "name": f"{in_words(metric)} of {name}", "value": float(interval.value)}
            for metric, interval in account.scores.items()
        ]
        dataset = {"type": "own", "name": place, "split": scene.account.tested_on}
        found.append({"task": {"type": task, "name": name}, "dataset": dataset, "metrics": metrics})
    return found


def _body(scene: Scene) -> str:
    outputs = scene.account.outputs
    parts = [f"# Predicting {' and '.join(map(escape, outputs))}", escape(what_went_in(scene))]
    parts += [escape(account.sentence) for account in outputs.values() if account.sentence]
    if scene.stopped:
        parts.append("**Stopped early.**")
    parts += ["## How to use it", _fence("sh", predict_command(scene)), _fence("python", _loading(scene))]
    parts.append("## Scores")
    parts += [_table(scene, name, account) for name, account in outputs.items()]
    parts.append(
        "95% intervals in parentheses: how far a score may lie from that on endless rows like these. "
        "They do not include how much another training of the same net would vary."
    )
    parts += [
        "## Checked",
        "\n".join(f"- {'' if c.passed else 'Warning: '}{escape(c.text)}" for c in make_checks(scene)),
    ]
    parts += ["## Not for", "\n".join(f"- {escape(line)}" for line in not_for(scene))]
    parts += ["## How it was made", *_making(scene)]
    return "\n\n".join(parts) + "\n"


def _making(scene: Scene) -> list[str]:
    command = scene.data.get("command")
    versions = ", ".join(f"{name} {version}" for name, version in scene.data.get("versions", {}).items())
    by = f"fromraw {scene.data.get('version', '')}" + (f", {versions}" if versions else "")
    seed = f"; seed {scene.data['seed']}" if "seed" in scene.data else ""
    mark = f"; data fingerprint `{scene.data['fingerprint']}`" if scene.data.get("fingerprint") else ""
    rest = "Every setting with its reason: plan.yaml and report.html. Every answer on tested rows: predictions.parquet."
    return [*([_fence("sh", command)] if command else []), f"{by}{seed}{mark}.", rest]


def _loading(scene: Scene) -> str:
    return f'import fromraw\n\nrun = fromraw.load({str(scene.folder)!r})\nanswers = run.predict("NEW_DATA")'


def _table(scene: Scene, name: str, account: OutputAccount) -> str:
    """A line a score, a column a system."""
    systems = list(account.baselines)
    lines = [["", "this net", *map(in_words, systems)], ["---"] * (2 + len(systems))]
    for metric, interval in account.scores.items():
        score = score_named(scene, name, metric)
        beside = [account.baselines[system].scores.get(metric) for system in systems]
        lines.append([in_words(metric), *(write_interval(score, i) if i else "" for i in (interval, *beside))])
    title = f"{escape(name)}, {len(account.rows):,} {_TESTED[scene.account.tested_on]}:\n\n"
    return title + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"
