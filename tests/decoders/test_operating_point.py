"""Thresholds and costs: chosen on validation rows, kept with the weights, the same when read back."""

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from fromraw.decoders.classify import Classify
from fromraw.decoders.operating_point import best_threshold, least_cost, read_costs
from fromraw.decoders.scores_of_categories import SCORES
from fromraw.errors import UsageError
from fromraw.signals import RepresentationSpec, ScalarsSpec

NAMES = ("no", "yes")
COSTS = {"yes:no": 4.0}
RECORDS = {
    "probabilities": np.stack([1 - np.linspace(0.01, 0.99, 99), np.linspace(0.01, 0.99, 99)], 1),
    "truth": (np.linspace(0.01, 0.99, 99) > 0.305).astype(int),
}
BY_NAME = {score.name: score for score in SCORES}


def restore(ids: Any) -> Sequence[str]:
    return [NAMES[int(place) - 1] for place in ids]


def make(metric: str | None = None, costs: dict[str, float] | None = None) -> Classify:
    spec = ScalarsSpec(categories=("c",), cardinalities=(3,))
    torch.manual_seed(0)
    decoder = Classify(RepresentationSpec(4), spec)
    decoder.aim(metric, costs or {}, decoder.price(spec, costs, restore) if costs else None)
    return decoder


def test_the_threshold_lies_where_the_categories_part() -> None:
    for metric in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert best_threshold(RECORDS, BY_NAME[metric], None) == pytest.approx(0.305)


def test_a_missed_yes_that_costs_four_times_as_much_moves_the_threshold_to_a_fifth() -> None:
    random = np.random.default_rng(0)
    likely = random.random(20_000)
    records = {
        "probabilities": np.stack([1 - likely, likely], 1),
        "truth": (random.random(20_000) < likely).astype(int),
    }
    found = best_threshold(records, BY_NAME["cost"], read_costs(COSTS, NAMES))
    assert found == pytest.approx(1 / (1 + 4), abs=0.05)


def test_too_few_rows_choose_nothing_and_the_least_expected_cost_answers() -> None:
    decoder = make("cost", COSTS)
    decoder.choose({key: values[:40] for key, values in RECORDS.items()})
    assert not decoder.threshold.isfinite()
    guess = decoder.adjust({"probabilities": np.array([[0.81, 0.19], [0.79, 0.21]])})["guess"]
    assert guess.tolist() == [0, 1]
    assert "too few validation rows" in decoder.decision(restore)["words"]


def test_of_three_categories_the_least_expected_cost_answers() -> None:
    costs = read_costs({"c:a": 10.0}, "abc")
    assert costs.tolist() == [[0, 1, 1], [1, 0, 1], [10, 1, 0]]
    assert least_cost(np.array([[0.7, 0.1, 0.2]]), costs).tolist() == [2]  # 2.1, 0.9, 0.8


def test_answers_read_back_are_those_that_were_written_and_cost_the_same() -> None:
    decoder = make("cost", COSTS)
    decoder.choose(RECORDS)
    answer = decoder.adjust({"probabilities": RECORDS["probabilities"].astype(np.float32)})
    written = decoder.write(answer, "c", restore)
    truths = restore(RECORDS["truth"] + 1)
    assert written["predicted_c"] == truths  # 0.305 parts them, which no likeliest answer does
    records = decoder.tally(answer, {"category": RECORDS["truth"]})
    again = decoder.read_back(written, truths, "c", restore)
    for key, values in records.items():
        np.testing.assert_array_equal(again[key], values)
    assert BY_NAME["cost"].total(again) == 0


def test_baselines_answer_by_what_their_own_probabilities_make_best() -> None:
    decoder, random = make("balanced_accuracy"), np.random.default_rng(1)
    likely = np.clip(random.beta(1, 9, 5000), 1e-3, 1)  # a tenth are yes
    truth = (random.random(5000) < likely).astype(int)
    decoder.choose(RECORDS)  # the net answers yes from 0.305 on
    records = decoder.tally({"probabilities": np.stack([1 - likely, likely], 1)}, {"category": truth})
    assert likely[records["guess"] == 1].min() == pytest.approx(likely.mean(), abs=0.02)  # from the share of yes on
    adjusted = decoder.tally(
        decoder.adjust({"probabilities": RECORDS["probabilities"]}), {"category": RECORDS["truth"]}
    )
    assert adjusted["guess"].tolist() == RECORDS["truth"].tolist()


def test_the_first_sentence_speaks_of_what_was_asked_for() -> None:
    interval = namedtuple("interval", "value low high")
    scores = {"accuracy": interval(0.9, 0.8, 0.95), "cost": interval(0.25, 0.2, 0.31)}
    right = "Of 100 new rows like these, expect about 90 right (80 to 95)."
    assert make().sentence(scores, "rows") == right
    cost = "An answer to new rows like these costs 0.25 on average (0.2 to 0.31)."
    assert make("cost", COSTS).sentence(scores, "rows") == f"{cost} {right}"


def test_without_costs_there_is_no_score_of_them_and_the_likeliest_answers() -> None:
    decoder = make()
    decoder.choose(RECORDS)
    assert decoder.decision(restore) == {}
    assert decoder.adjust(RECORDS)["guess"].tolist() == RECORDS["probabilities"].argmax(1).tolist()
    assert np.isnan(BY_NAME["cost"].total(decoder.tally(RECORDS, {"category": RECORDS["truth"]})))


def test_a_score_of_probabilities_chooses_no_threshold_and_is_the_first() -> None:
    decoder = make("roc_auc")
    decoder.choose(RECORDS)
    assert (decoder.scores[0].name, bool(decoder.threshold.isfinite())) == ("roc_auc", False)


def test_a_threshold_is_kept_with_the_weights_and_weights_without_one_still_load() -> None:
    decoder, other = make("accuracy"), make("accuracy")
    decoder.choose(RECORDS)
    state = decoder.state_dict()
    other.load_state_dict(state)
    words = "answers yes from 0.305 on: chosen on 99 validation rows for accuracy"
    decision = other.decision(restore)
    assert decision == {"words": words, "category": "yes", "threshold": pytest.approx(0.305), "rows": 99}
    fresh = make()
    fresh.load_state_dict({k: v for k, v in state.items() if not k.startswith("threshold")})
    assert not fresh.threshold.isfinite()


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ({"no:yess": 1.0}, 'no category "yess" in --cost no:yess; did you mean "yes"?'),
        ({"no": 1.0}, "--cost must be TRUTH:ANSWER=COST, got no=1."),
        ({"no:yes": -2.0}, "--cost no:yes must be at least 0, got -2."),
    ],
)
def test_costs_that_do_not_fit_are_said(costs: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError) as error:
        read_costs(costs, NAMES)
    assert str(error.value) == words


def test_a_category_may_have_a_colon_in_its_name() -> None:
    assert read_costs({"a:b:c": 7.0}, ("a:b", "c"))[0, 1] == 7
