"""Two checklists that journals ask for: what the run answers of each, and what only the author can.

Walsh, Fishman, Garcia-Gasulla and others, "DOME: recommendations for supervised machine learning validation in
biology", Nature Methods 2021. Collins, Moons, Dhiman and others, "TRIPOD+AI statement: updated guidance for reporting
clinical prediction models that use regression or machine learning methods", BMJ 2024.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fromraw.figures.base import Scene
from fromraw.figures.wording import in_words, score_named, write_interval
from fromraw.how_many import how_many
from fromraw.report.markdown import escape


@dataclass(frozen=True)
class Item:
    """One of a checklist, by its number there and its matter in our words. answer: what the run says of it; ask: what
    is left to the author. One of them at least."""

    number: str
    matter: str
    answer: str = ""
    ask: str = ""


def checklist(scene: Scene) -> list[str]:
    """Both lists as blocks of Markdown; words in bold are the paragraphs above."""
    return [
        *_blocks("DOME", "Walsh and others, Nature Methods 2021, doi:10.1038/s41592-021-01205-4", list(dome(scene))),
        *_blocks(
            "TRIPOD+AI",
            "Collins and others, BMJ 2024, doi:10.1136/bmj-2023-078378; for models that predict something of patients",
            list(tripod(scene)),
        ),
    ]


def _blocks(name: str, cited: str, items: Sequence[Item]) -> Iterator[str]:
    yield f"## {name}"
    yield f"{cited}. The matters are in our words; hold them against the original."
    yield f"### {name}: answered by this run"
    yield "\n".join(f"- {i.number} {i.matter}: {i.answer}" for i in items if i.answer)
    yield f"### {name}: for you to fill in"
    yield "\n".join(f"- [ ] {i.number} {i.matter}: {i.ask}" for i in items if i.ask)


def dome(scene: Scene) -> Iterator[Item]:
    """Data, optimization, model, evaluation."""
    grouped = bool(scene.data.get("groups"))
    apart = "groups lie on one side each" if grouped else "copies of a row lie on one side, where they were split here"
    yield Item("Data", "provenance", f"{_rows(scene)}; numbers of each category: **Data**.",
               "where the data come from, how answers were obtained, who has used them before.")  # fmt: skip
    yield Item("Data", "splits", f"{_sizes(scene)}: **Split**.")
    yield Item("Data", "redundancy between splits", f"{apart}: **Split**; what else was found: findings.json.",
               "" if grouped else "whether rows belong together (of a subject, a site, a family).")  # fmt: skip
    yield Item("Data", "availability", ask="where the data and the split can be had, under which license.")
    yield Item("Optimization", "algorithm", "a neural net: **Net**, **Training**.")
    yield Item("Optimization", "predictions of other models as inputs",
               ask="whether a column is one, and whether that model has seen the test rows.")  # fmt: skip
    yield Item("Optimization", "encoding", "**Data**, **Net**; what each column learned: columns.json.")
    yield Item("Optimization", "parameters", f"{_parameters(scene)}; chosen by rule before training: plan.yaml.")
    yield Item("Optimization", "features", f"{how_many(_inputs(scene), 'columns')} read: **Data**; none by test rows.",
               "whether columns were chosen before fromraw saw them, and on which rows.")  # fmt: skip
    yield Item("Optimization", "fitting", f"{_parameters(scene)} for {_side(scene, 'train')} training rows; held-out "
               "rows and simple methods show whether it fits too much or too little: **Evaluation**.")  # fmt: skip
    yield Item("Optimization", "regularization", "weight decay, dropout, smoothing, variation: **Net**, **Training**.")
    yield Item("Optimization", "availability of the configuration", "plan.yaml, columns.json, log.jsonl, "
               "system.safetensors.", "where the run folder can be had, under which license.")  # fmt: skip
    yield Item("Model", "interpretability", "a black box; report.html shows where and how it errs.",
               "whether it must be understood where it is used.")  # fmt: skip
    yield Item("Model", "output", f"{_outputs(scene)}.")
    yield Item("Model", "time", f"training and evaluation took {scene.seconds / 60:.1f} minutes on "
               f"{scene.data.get('machine', 'this machine')}.", "how long an answer takes in use.")  # fmt: skip
    yield Item("Model", "availability of software", f"fromraw {scene.data.get('version', '')}, Apache-2.0; fromraw "
               "predict answers new rows with the run folder.")  # fmt: skip
    yield Item("Evaluation", "method", f"{_held_out(scene)}: **Split**.", "how it does on independent data.")
    yield Item("Evaluation", "measures", f"{_measures(scene)}.")
    yield Item("Evaluation", "comparison", f"{_baselines(scene)}: **Evaluation**.",
               "methods of your field that others have published on such data.")  # fmt: skip
    yield Item("Evaluation", "confidence", f"{_scores(scene)}, 95% intervals; each in metrics.json.")
    yield Item("Evaluation", "availability", "predictions.parquet has every scored row: truth and answer.",
               "where it can be had.")  # fmt: skip


def tripod(scene: Scene) -> Iterator[Item]:
    """Title to discussion, of a study that develops a model and evaluates it."""
    files = "plan.yaml, columns.json, system.safetensors"
    yield Item("1", "title", ask="development or evaluation of a model, the population, the outcome.")
    yield Item("2", "abstract", ask="by TRIPOD+AI's list for abstracts.")
    yield Item("3a", "context", ask="the setting in health care, why a model, which there are.")
    yield Item("3b", "target population and use", ask="for whom, where on their way, used by whom.")
    yield Item("3c", "inequalities", ask="those that are known between groups of people.")
    yield Item("4", "objectives", ask="development, evaluation, or both.")
    yield Item("5a", "source of data", ask="which, why, and how well they stand for the population.")
    yield Item("5b", "dates", ask="first and last participant, end of follow-up.")
    yield Item("6a", "setting", ask="kind, number and place of the centers.")
    yield Item("6b", "eligibility", ask="who was included and who was not.")
    yield Item("6c", "treatments", ask="those received, and how they were handled.")
    yield Item("7", "preparation of data", "**Data**; what was found in them: findings.json.", "what was done before.")
    yield Item("8a", "outcome", f"{_outputs(scene)}.", "its definition, when and how it was assessed.")
    yield Item("8b", "outcome assessors", ask="who, with what training, where it is a judgment.")
    yield Item("8c", "blinding of the outcome", ask="whether assessors knew the predictors.")
    yield Item("9a", "choice of predictors", f"{how_many(_inputs(scene), 'columns')} are read: **Data**.", "why these.")
    yield Item("9b", "definition of predictors", "types: **Data**.", "how and when each was measured, its unit.")
    yield Item("9c", "predictor assessors", ask="who, with what training, where it is a judgment.")
    yield Item("10", "sample size", f"{_sizes(scene)}.", "how the size was arrived at, and whether it is enough.")
    yield Item("11", "missing data", "kept, and told to the net as missing: **Data**.", "how many, and why.")
    yield Item("12a", "use of the data", f"{_sizes(scene)}: **Split**.")
    yield Item("12b", "handling of predictors", "**Data**, **Net**; scales and vocabularies: columns.json.")
    yield Item("12c", "model, building, internal validation", "**Net**, **Training**, **Split**; every setting with "
               "its reason: plan.yaml.")  # fmt: skip
    by_group = "groups are kept whole and intervals are by group." if scene.data.get("groups") else ""
    yield Item("12d", "heterogeneity between clusters", by_group, "how it was estimated between sites or countries.")
    yield Item("12e", "measures of performance", f"{_measures(scene)}: **Evaluation**; figures: report.html.",
               "usefulness for decisions, such as net benefit.")  # fmt: skip
    yield Item("12f", "updating", f"{_calibration(scene)}; no other.")
    yield Item("12g", "how predictions are calculated", f"by the net itself ({files}): fromraw predict.")
    yield Item("13", "class imbalance", _imbalance(scene))
    yield Item("14", "fairness", ask="what was done for it, and why.")
    yield Item("15", "output of the model", f"{_outputs(scene)}.", "thresholds, if it is cut to classes of risk.")
    yield Item("16", "development against evaluation data", f"of one source, {escape(scene.data.get('how', ''))}.",
               "differences in setting, eligibility, outcome, predictors, if the data hold several.")  # fmt: skip
    yield Item("17", "ethics", ask="approval and consent.")
    yield Item("18a", "funding", ask="sources, and their part in the study.")
    yield Item("18b", "conflicts of interest", ask="of all authors.")
    yield Item("18c", "protocol", ask="where it is, or that there is none.")
    yield Item("18d", "registration", ask="register and number, or that there is none.")
    yield Item("18e", "data sharing", ask="where the data can be had, and by whom.")
    yield Item("18f", "code sharing", f"fromraw {scene.data.get('version', '')}, Apache-2.0; {files}.",
               "where the run folder can be had.")  # fmt: skip
    yield Item("19", "patients and the public", ask="their part in the study, or that they had none.")
    yield Item(
        "20a",
        "flow of participants",
        f"{_rows(scene)}; {_sizes(scene)}.",
        "those before the data were made; follow-up.",
    )
    yield Item("20b", "characteristics", ask="of the participants, by setting; how many lack each predictor.")
    yield Item("20c", "development against evaluation", ask="how predictors and outcome are distributed in each.")
    yield Item("21", "numbers in each analysis", f"{_sizes(scene)}; training rows of each category: **Data**; "
               f"scored: {_scored(scene)}.")  # fmt: skip
    yield Item("22", "the full model", f"{files}.", "where they can be had.")
    yield Item("23a", "performance", f"{_scores(scene)}, 95% intervals; all: metrics.json.",
               "of subgroups that matter (people by age, sex, origin).")  # fmt: skip
    yield Item("23b", "heterogeneity of performance", ask="between sites or countries.")
    yield Item("24", "updating", f"{_calibration(scene)}; no other.")
    yield Item("25", "interpretation", ask="what the results mean, with fairness and earlier studies.")
    yield Item("26", "limitations", ask="the warnings at the head of report.html belong here.")
    yield Item("27a", "poor or missing input", "a missing input is taken as missing; a row that cannot be read is "
               "answered with its problem beside it.", "how input is to be checked where it is used.")  # fmt: skip
    yield Item("27b", "users", ask="what they must do and know.")
    yield Item("27c", "next steps", ask="for research, use, and other settings.")


# ------------------------------------------------------------------------------------------------------------- answers


def _rows(scene: Scene) -> str:
    return how_many(scene.data.get("rows", 0), scene.data.get("things", "rows"))


def _side(scene: Scene, side: str) -> str:
    return f"{scene.data.get('splits', {}).get(side, 0):,}"


def _sizes(scene: Scene) -> str:
    """`train 961, valid 119, test 117`."""
    if scene.account.tested_on == "folds":
        return f"all {how_many(scene.account.rows, 'rows')} are scored once each, in {scene.plan.folds} folds"
    scored = "" if scene.account.tested_on == "test" else " (scored: validation rows; the test rows are untouched)"
    return ", ".join(f"{side} {_side(scene, side)}" for side in ("train", "valid", "test")) + scored


def _scored(scene: Scene) -> str:
    """Of each output the rows, and how many are of each category."""
    found = []
    for name, account in scene.account.outputs.items():
        each = ", ".join(f"{part.name} {part.rows:,}" for part, _ in account.breakdown[:12])
        found.append(escape(f"{name} {len(account.rows):,}{f' ({each})' if each else ''}"))
    return "; ".join(found)


def _inputs(scene: Scene) -> int:
    return sum(len(item.columns) for item in scene.plan.inputs.values())


def _parameters(scene: Scene) -> str:
    count, nets = sum(p.numel() for p in scene.systems[0].parameters()), len(scene.plan.members)
    return f"{count:,} trainable parameters{'' if nets == 1 else f' in the first of {nets} nets'}"


def _outputs(scene: Scene) -> str:
    """What is answered, by the decoders' names for it."""
    of = {name: in_words(item.step().part) for name, item in scene.plan.outputs.items()}
    return escape("; ".join(f"{name} ({how}: {scene.data.get('shows', {}).get(name, '')})" for name, how in of.items()))


def _held_out(scene: Scene) -> str:
    tested = "validation" if scene.account.tested_on == "valid" else "test"
    if scene.account.tested_on == "folds":
        return f"all {how_many(scene.account.rows, 'rows')}, each by a net that did not learn from it"
    return f"{how_many(scene.account.rows, f'{tested} rows')} that the net did not learn from"


def _measures(scene: Scene) -> str:
    return ", ".join(dict.fromkeys(in_words(name) for a in scene.account.outputs.values() for name in a.scores))


def _baselines(scene: Scene) -> str:
    names = dict.fromkeys(in_words(name) for a in scene.account.outputs.values() for name in a.baselines)
    return ", ".join(names) or "no baseline applied"


def _scores(scene: Scene) -> str:
    """Of each output the first score with its interval."""
    found = []
    for name, account in scene.account.outputs.items():
        score = score_named(scene, name, account.headline)
        found.append(
            f"{escape(name)}: {in_words(account.headline)} {write_interval(score, account.scores[account.headline])}"
        )
    return "; ".join(found)


def _imbalance(scene: Scene) -> str:
    if not any(scene.data.get("categories", {}).values()):
        return "does not apply: what is answered has no categories."
    return f"numbers of each category: **Data**; how the loss weighs them: **Net**; {_calibration(scene)}."


def _calibration(scene: Scene) -> str:
    said = [f"{escape(name)}: {escape(a.calibration)}" for name, a in scene.account.outputs.items() if a.calibration]
    return "; ".join(said) or "no recalibration"
