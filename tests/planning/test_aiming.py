"""Which score counts, and what mistakes cost: put into the plan, or refused in one sentence."""

from typing import Any

import numpy as np
import pytest

import fromraw
from fromraw.errors import UsageError

FIRST = np.linspace(-1, 1, 120)
DATA = {"x": FIRST, "kind": np.where(FIRST > 0.2, "yes", "no"), "price": 3 * FIRST + 1}


def plan(output: str | list[str], **asked: Any) -> Any:
    return fromraw.plan(DATA, output=output, steps=2, threads=1, **asked)


def test_each_output_has_what_is_for_it() -> None:
    found = plan(["kind", "price"], cost={"no:yes": 5}).plan.outputs
    assert (found["kind"].metric, found["kind"].costs) == ("cost", {"no:yes": 5})
    assert (found["price"].metric, found["price"].costs) == (None, {})


def test_a_plan_brings_back_what_was_asked_for(tmp_path: Any) -> None:
    planned = plan("kind", metric="macro_f1", cost={"no:yes": 5})
    (tmp_path / "plan.yaml").write_text(str(planned))
    assert plan("kind", plan=tmp_path / "plan.yaml").plan.outputs == planned.plan.outputs


@pytest.mark.parametrize(
    ("output", "asked", "words"),
    [
        ("kind", {"metric": "macro_f2"}, 'no metric "macro_f2"; did you mean "macro_f1"?'),
        ("price", {"metric": "accuracy"}, 'no metric "accuracy"; there are: interval_coverage'),
        ("kind", {"metric": "cost"}, "--metric cost needs costs, such as --cost no:yes=5"),
        ("kind", {"cost": {"no:yess": 5}}, 'no category "yess" in --cost no:yess; did you mean "yes"?'),
        ("price", {"cost": {"no:yes": 5}}, "--cost is for an output of categories."),
    ],
)
def test_what_does_not_fit_is_one_sentence(output: str, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as error:
        plan(output, **asked)
    assert str(error.value).startswith(words)


def test_a_run_answers_by_its_threshold_and_keeps_it(tmp_path: Any) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=700)
    frame = {"x": x, "kind": np.where(x + random.normal(size=700) > 1, "yes", "no")}
    run = fromraw.train(frame, output="kind", steps=20, threads=1, quiet=True, run=tmp_path / "run", cost={"yes:no": 6})
    scores, beside = run.metrics["outputs"]["kind"], run.metrics["baselines"]["kind"]
    assert next(iter(scores)) == "cost"
    assert all("cost" in found for found in beside.values())
    assert run.evaluate()["outputs"]["kind"]["cost"] == scores["cost"]
    threshold = float(fromraw.load(run.folder).system.decoders["kind"].threshold)
    answers = run.predict(frame)
    said = np.asarray(answers["predicted_kind"]) == "yes"
    assert threshold < 0.45
    assert (said == (np.asarray(answers["probability_kind_yes"]) >= threshold)).all()
