"""README.md of a pack: a model card that tells of the net and its scores, and of no row, place or person."""

from collections.abc import Mapping
from typing import Any

import yaml

from fromraw.columns.base import Column
from fromraw.decoders.base import Score
from fromraw.figures.wording import in_words, write_plain
from fromraw.planning.plan import Plan
from fromraw.report.markdown import escape

_MOST = 12
_TESTED = {"test": "test rows", "valid": "validation rows", "folds": "rows, each by a net that did not learn from it"}
Forms = Mapping[str, Mapping[str, Score]]
"""{output: {score: what it is}}."""


def card_of_pack(plan: Plan, columns: Mapping[str, Column], facts: Mapping[str, Any], metrics: Mapping[str, Any],
                 forms: Forms) -> str:  # fmt: skip
    """facts and metrics: data.json and metrics.json as they lie in the pack."""
    things = facts.get("things", "rows")
    tags = {"library_name": "fromraw", "tags": ["fromraw", things]}
    metric = list(dict.fromkeys(next(iter(scores)) for scores in metrics["outputs"].values()))
    head = yaml.safe_dump({**tags, "metrics": metric}, sort_keys=False, allow_unicode=True)
    read = [name for item in plan.inputs.values() for name in item.columns]
    told = ", ".join(f"{escape(name)} ({columns[name].type})" for name in read[:_MOST])
    told += f" and {len(read) - _MOST:,} more" if len(read) > _MOST else ""
    learned = f"{facts['splits'].get('train', 0):,} {things}"
    nets = f"{len(plan.members)} nets, averaged" if len(plan.members) > 1 else "One net"
    parts = [
        f"# Predicting {' and '.join(map(escape, plan.outputs))}",
        f"From: {told}. {nets}, learned from {learned}.",
        *(f"{escape(output)}: it {escape(of['words'])}." for output, of in metrics["decisions"].items()),
        *(["**Stopped early.**"] if metrics.get("stopped") else []),
        "## How to use it",
        "```sh\nfromraw predict THIS_FILE NEW_DATA --out answers.csv\n```",
        "## Scores",
        *(_table(output, scores, metrics) for output, scores in forms.items()),
        "95% intervals in parentheses.",
        "## Not for",
        "\n".join(f"- {line}" for line in [*dict.fromkeys(columns[name].unseen for name in read), _CARE]),
        "## What is not in it",
        "No rows and no files of the data, no paths, and nothing of the machine or the person that made it.",
        f"fromraw {facts.get('version', '')}, "
        + ", ".join(f"{name} {version}" for name, version in facts["versions"].items()) + ".",
    ]  # fmt: skip
    return f"---\n{head}---\n\n" + "\n\n".join(parts) + "\n"


_CARE = "Decisions that nobody checks, where a wrong answer does harm."


def _table(output: str, forms: Mapping[str, Score], metrics: Mapping[str, Any]) -> str:
    """A line a score, a column a system."""
    own, baselines = metrics["outputs"][output], metrics["baselines"][output]
    lines = [["", "this net", *map(in_words, baselines)], ["---"] * (2 + len(baselines))]
    for name, found in own.items():
        beside = [write_plain(forms[name], of[name]) if name in of else "" for of in baselines.values()]
        lines.append([in_words(name), write_plain(forms[name], found), *beside])
    tested = f"{escape(output)}, {metrics['rows']:,} {_TESTED.get(metrics.get('tested_on', ''), 'rows')}:\n\n"
    return tested + "\n".join(f"| {' | '.join(line)} |" for line in lines)
