"""methods.md of a run: how it was made, as a paper tells it, from the plan and the data; then two checklists.

Each part's papers are named in its own file, and quoted from there. Nothing tells who made the run or where the data
lay: no path, no command, no cell of the data.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fromraw.evaluation.account import OutputAccount
from fromraw.figures.base import Scene
from fromraw.figures.wording import in_words, list_some, score_named, shorten, write_gain
from fromraw.how_many import how_many
from fromraw.learning.checkpoint import write_text
from fromraw.parts import Part, find
from fromraw.planning.plan import InputPlan
from fromraw.report.checklists import checklist
from fromraw.report.markdown import escape
from fromraw.report.settings import write_value

_SPLITS = {
    "by contents": "Each row's side follows from a hash of its contents, drawn within each category of the output, so "
    "that copies of a row lie on one side and the same data are always split alike.",
    "by group": "Rows of one group lie on one side; the groups' sides follow from a hash of their contents, so that "
    "the same data are always split alike.",
    "by time": "The latest rows are the test rows, the latest of the others the validation rows.",
    "the data's own": "The split came with the data.",
}
"""How a split is told, by how it begins in data.json."""
_OPTIMIZERS = {
    "muon": "Muon (Jordan, 2024)",
    "adamw": "AdamW (Loshchilov and Hutter, ICLR 2019)",
    "sgd": "stochastic gradient descent with Nesterov momentum (Sutskever and others, ICML 2013)",
}
_INTERVALS = (
    "Intervals are of 95%. They come from leaving out each {unit} in turn (the jackknife: Tukey, 1958; Efron and "
    "Stein, 1981): where a score is bounded, as Wilson's interval (1927) for as many independent rows as vary as much, "
    "otherwise by Student's t, corrected for skewness (Hall, 1992); medians by Woodruff's (1952). "
    "They do not include how much another training of the same net would vary."
)
MOST_NAMES, LONGEST = 20, 40
"""Names that are listed, and characters of one."""


def write_methods(scene: Scene, path: Path) -> None:
    """The file, whole or not at all."""
    head = "# Methods\n\nWritten by fromraw from the run's own files. Check it, and fill in what only you know (below)."
    told = [f"**{title}.** {' '.join(lines)}" for title, lines in paragraphs(scene).items()]
    parts = ["## The parts, and where they come from", "\n".join(_sources(scene))]
    write_text(path, "\n\n".join([head, *told, *parts, *checklist(scene)]) + "\n")


def paragraphs(scene: Scene) -> dict[str, list[str]]:
    """Title -> sentences, in the order of a paper."""
    tellers = {"Data": _data, "Split": _split, "Net": _net, "Training": _training, "Evaluation": _evaluation,
               "Software and machine": _machine}  # fmt: skip
    return {title: list(tell(scene)) for title, tell in tellers.items()}


def _data(scene: Scene) -> Iterator[str]:
    facts = scene.data
    things, place = facts.get("things", "rows"), Path(str(facts.get("place") or "")).name
    mark = f" (fingerprint {facts['fingerprint']})" if facts.get("fingerprint") else ""
    yield f"The data are {how_many(facts.get('rows', 0), things)}{f' of {escape(place)}' if place else ''}{mark}."
    if facts.get("used", facts.get("rows")) != facts.get("rows"):
        yield f"{facts['used']:,} of them were used, drawn by a hash of their contents, as time did not allow for all."
    if problems := facts.get("problem_count"):
        yield f"{problems:,} of their files, rows or cells could not be read and count as missing or are left out."
    inputs = [name for item in scene.plan.inputs.values() for name in item.columns]
    yield f"Read: {_columns(scene, inputs)}."
    yield f"Predicted: {'; '.join(_output(scene, name) for name in scene.plan.outputs)}."
    left_out = [name for name, column in facts.get("columns", {}).items() if column.get("role") == "left out"]
    if left_out:
        yield f"Left out: {escape(list_some(left_out, MOST_NAMES))}."
    if scene.account.tested_on != "folds":
        yield "Scales, sizes and vocabularies were learned from training rows alone."
    yield ("The net is told what is missing: by a flag beside a number, by a learned vector for a whole input.")


def _columns(scene: Scene, names: list[str]) -> str:
    """`age (number), plan (category) and 3 more`."""
    kinds = scene.data.get("columns", {})
    shown = [f"{shorten(name, LONGEST)} ({kinds.get(name, {}).get('type', 'input')})" for name in names[:MOST_NAMES]]
    more = f" and {len(names) - len(shown):,} more" if len(shown) < len(names) else ""
    return escape(", ".join(shown) + more)


def _output(scene: Scene, name: str) -> str:
    """The output, with the training rows of each category."""
    counts: Mapping[str, int] = scene.data.get("categories", {}).get(name, {})
    if not counts:
        return escape(f"{name}, {scene.data.get('shows', {}).get(name, 'a number')}")
    each = list_some([f"{category} {rows:,}" for category, rows in counts.items()], MOST_NAMES)
    return escape(f"{name}, one of {how_many(len(counts), 'categories')} (training rows of each: {each})")


def _split(scene: Scene) -> Iterator[str]:
    facts = scene.data
    counts, things, how = facts.get("splits", {}), facts.get("things", "rows"), str(facts.get("how", ""))
    if scene.account.tested_on == "folds":
        yield from _folds(scene)
        return
    sides = [f"{counts[side]:,} {words}" for side, words in _sides(scene).items() if side in counts]
    yield f"{', '.join(sides)} {things} ({escape(how)})."
    yield from (words for start, words in _SPLITS.items() if how.startswith(start))
    if groups := facts.get("groups"):
        column = facts.get("asked", {}).get("group")
        named = f" by {escape(column)}" if column and column != "none" else " that names or columns tell"
        yield f"The rows come in {how_many(groups, 'groups')}{named}; none lies on two sides."
    if scene.account.tested_on == "test":
        yield "Test rows were used for nothing but the scores."
    else:
        yield "Test rows were left untouched; the scores here are of the validation rows and not final."


def _folds(scene: Scene) -> Iterator[str]:
    groups = scene.data.get("groups")
    whole = f", {how_many(groups, 'groups')} whole" if groups else ""
    yield (
        f"{how_many(scene.account.rows, scene.data.get('things', 'rows'))} were cut into {scene.plan.folds} folds"
        f"{whole}; "
        "each was scored once, by a net (and baselines) that did not learn from it, calibrated on the other folds. "
        "Scales and vocabularies of columns are from all rows. The nets' answers are averaged for new rows."
    )


def _sides(scene: Scene) -> dict[str, str]:
    """Where test rows are spared, those that are scored are the validation rows, and others are cut from train."""
    tested = {"test": "test"} if scene.account.tested_on == "test" else {"test": "validation (scored here)"}
    return {"train": "train", "valid": "validation" if tested["test"] == "test" else "inner validation"} | tested


def _net(scene: Scene) -> Iterator[str]:
    plan = scene.plan
    for name, item in plan.inputs.items():
        steps = " then ".join(_part(step.part, step.settings) for step in item.steps())
        yield f"{escape(name)} is read by {steps}."
    if len(plan.inputs) > 1:
        yield f"What they give is joined ({escape(', '.join(plan.fusion))})."
    for name, output in plan.outputs.items():
        step = output.step()
        yield f"{escape(name)} is answered by {_part(step.part, step.settings)}."
    count = sum(p.numel() for p in scene.systems[0].parameters())
    nets = len(plan.members)
    yield (
        f"The net has {count:,} trainable parameters."
        if nets == 1
        else (
            f"The answers of {nets} such nets, each with its own seed{' and held-out fold' if plan.folds else ''}, "
            f"are averaged; the first has {count:,} trainable parameters."
        )
    )
    varied = {name: view for name, view in plan.views.items() if any(view.values())}
    if varied:
        told = "; ".join(f"{name}: {write_value(dict(view))}" for name, view in varied.items())
        yield f"In training the inputs were varied ({escape(told)})."


def _part(name: str, settings: Mapping[str, Any]) -> str:
    return escape(f"{in_words(name)} ({write_value(dict(settings))})" if settings else in_words(name))


def _training(scene: Scene) -> Iterator[str]:
    learning, budget = scene.plan.learning, scene.plan.budget
    for name, item in scene.plan.inputs.items():
        yield _optimized(name if len(scene.plan.inputs) > 1 else "", item)
    yield (
        f"A step takes {how_many(learning.batch, 'rows')}; the rate rises over the first {learning.warmup:.0%} of the "
        f"steps and falls to zero at the last ({learning.decay})."
    )
    if learning.clip:
        yield f"Gradients are cut to a norm of {learning.clip:g}."
    steps = max((line.get("step", 0) for line in scene.log), default=0)
    epochs = max((line.get("epoch", 0.0) for line in scene.log), default=0.0)
    if steps:
        who = "Each net" if len(scene.plan.members) > 1 else "It"
        yield f"{who} trained about {how_many(steps, 'steps')}, {how_many(float(f'{epochs:.3g}'), 'epochs')}."
    limit = (
        f"of at most {budget.minutes:g} minutes for the whole command" if budget.minutes else "without a limit of time"
    )
    yield f"The budget was {limit}; it took {scene.seconds / 60:.1f}."
    if scene.stopped:
        yield "It was stopped early by hand."
    yield "Settings followed from fixed rules on types, sizes, training rows and minutes, before training (plan.yaml)."
    chosen = [address for address, reason in scene.reasons.items() if reason.who == "you"]
    if chosen:
        yield f"Set by hand: {escape(list_some(chosen, MOST_NAMES))}."
    for name, account in scene.account.outputs.items():
        said = [account.calibration, account.decision.get("words", "")]
        yield from (f"{escape(name)}: {escape(words)}." for words in said if words)


def _optimized(name: str, item: InputPlan) -> str:
    of = f"The encoder of {escape(name)} was" if name else "The net was"
    rate = f"a rate of {item.rate:g} and a weight decay of {item.weight_decay:g}"
    return f"{of} trained by {_OPTIMIZERS[item.optimizer]}, with {rate}."


def _evaluation(scene: Scene) -> Iterator[str]:
    several = len(scene.account.outputs) > 1
    for name, account in scene.account.outputs.items():
        of = f"{escape(name)}: " if several else ""
        yield f"{of}{how_many(len(account.rows), 'rows')} were scored by {', '.join(map(in_words, account.scores))}."
        yield f"{of}{_beside(scene, name, account)}"
    by_group = any(account.groups is not None for account in scene.account.outputs.values())
    yield _INTERVALS.format(unit="group of rows" if by_group else "row")


def _beside(scene: Scene, name: str, account: OutputAccount) -> str:
    """The baselines, and by how much the net is better than the best of them."""
    none = scene.data.get("baselines", {}).get(name, {})
    shed = f" There was no time for {', '.join(map(in_words, none['shed']))}." if none.get("shed") else ""
    best = account.best_baseline
    if best is None:
        return f"No baseline applied.{shed}"
    gain = write_gain(score_named(scene, name, account.headline), account.baselines[best].advantage)
    return (
        f"Baselines on the same rows, learned from training and validation rows: "
        f"{', '.join(map(in_words, account.baselines))}.{shed} "
        f"Better than the best of them, {in_words(best)}, by {gain} of {in_words(account.headline)}, "
        f"paired by {'group' if account.groups is not None else 'row'} (above 0 is better)."
    )


def _machine(scene: Scene) -> Iterator[str]:
    facts = scene.data
    versions = ", ".join(f"{name} {version}" for name, version in facts.get("versions", {}).items())
    yield f"fromraw {facts.get('version', '')}, {versions}; {facts.get('machine', 'unknown machine')}."
    yield f"Seed {facts.get('seed', scene.plan.learning.seed)}; {str(facts.get('date', ''))[:10]}."


def _sources(scene: Scene) -> list[str]:
    """Every part that was used, in the words of its own file, where its papers are."""
    plan = scene.plan
    used = [("encoders", step.part) for item in plan.inputs.values() for step in item.steps()]
    used += [("decoders", item.step().part) for item in plan.outputs.values()]
    used += [("baselines", name) for account in scene.account.outputs.values() for name in account.baselines]
    return [_quoted(find(room, name)) for room, name in dict.fromkeys(used)]


def _quoted(part: Part) -> str:
    return f"- {escape(in_words(part.name))} ({part.room.removesuffix('s')}): {escape(part.doc)}"
