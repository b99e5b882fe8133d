"""Classification: calibration that does not harm, answers that can be read back."""

import numpy as np
import pytest
import torch

from fromraw.decoders.classify import ENOUGH_TO_CALIBRATE, Classify
from fromraw.evaluation.account import interval_of
from fromraw.evaluation.intervals import Interval
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec


def make(categories: int = 3) -> Classify:
    torch.manual_seed(0)
    return Classify(RepresentationSpec(4), ScalarsSpec(categories=("c",), cardinalities=(categories + 1,)))


def targets(ids: list[int]) -> Scalars:
    none = torch.zeros(len(ids), 0)
    index = torch.tensor(ids)[:, None]
    return Scalars(none, none.bool(), index, index[:, 0] > 0)


def generated(seed: int, rows: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are `sharpness` times too sure (in logits), and truths drawn by the right ones."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (rows, 3))
    right = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([random.choice(3, p=p) for p in right])
    told = np.exp(sharpness * logits)
    return told / told.sum(1, keepdims=True), truth


def log_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    return float(-np.log(probabilities[np.arange(len(truth)), truth]).mean())


@pytest.mark.parametrize("rows", [ENOUGH_TO_CALIBRATE, 150])
def test_calibration_does_not_harm_on_average_over_50_small_sets(rows: int) -> None:
    random = np.random.default_rng(1)
    gains = []
    for seed in range(50):
        sharpness = float(np.exp(random.normal(0, 0.3)))
        valid, valid_truth = generated(seed, rows, sharpness)
        test, test_truth = generated(1000 + seed, 1000, sharpness)
        decoder = make()
        decoder.calibrate({"probabilities": valid, "truth": valid_truth})
        gains.append(
            log_loss(test, test_truth) - log_loss(decoder.adjust({"probabilities": test})["probabilities"], test_truth)
        )
    assert np.mean(gains) >= 0


def test_calibration_mends_a_net_that_is_three_times_too_sure() -> None:
    valid, valid_truth = generated(0, 500, 3.0)
    test, test_truth = generated(1, 2000, 3.0)
    decoder = make()
    assert "temperature" in decoder.calibrate({"probabilities": valid, "truth": valid_truth})
    after = log_loss(decoder.adjust({"probabilities": test})["probabilities"], test_truth)
    assert 2.4 < float(decoder.temperature) < 3.6
    assert after < log_loss(test, test_truth) - 0.2


def test_too_few_validation_rows_change_nothing_and_are_said() -> None:
    valid, truth = generated(0, ENOUGH_TO_CALIBRATE - 1, 3.0)
    decoder = make()
    assert "too few" in decoder.calibrate({"probabilities": valid, "truth": truth})
    assert float(decoder.temperature) == 1.0


def test_first_answers_are_the_frequencies_of_the_categories() -> None:
    decoder, target = make(), targets([1] * 60 + [2] * 30 + [3] * 10)
    decoder.begin(Representation(torch.zeros(100, 4)), target)
    found = decoder.answer(Representation(torch.zeros(1, 4)))["probabilities"][0]
    assert found.tolist() == pytest.approx([0.592, 0.301, 0.107], abs=1e-3)


def test_balance_weighs_rare_categories_up_and_leaves_the_mean_at_one() -> None:
    decoder = Classify(RepresentationSpec(4), ScalarsSpec(categories=("c",), cardinalities=(3,)), balance=1.0)
    target = targets([1] * 90 + [2] * 10)
    decoder.begin(Representation(torch.zeros(100, 4)), target)
    weight = decoder.weight(target)
    assert float(weight.mean()) == pytest.approx(1.0, abs=0.05)
    assert float(weight[:90].sum()) == pytest.approx(float(weight[90:].sum()), rel=0.1)


def test_a_missing_target_weighs_nothing() -> None:
    assert make().weight(targets([0, 2])).tolist() == [0.0, 1.0]


def test_scores_are_those_of_scikit_learn() -> None:
    from sklearn import metrics

    probabilities, truth = generated(3, 200, 1.0)
    records = {"probabilities": probabilities, "truth": truth}
    found = {score.name: score.total(records) for score in Classify.scores}
    guess = probabilities.argmax(1)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, guess))
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, probabilities))
    precision = [metrics.average_precision_score(truth == c, probabilities[:, c]) for c in range(3)]
    assert found["average_precision"] == pytest.approx(np.mean(precision))
    ovr = metrics.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro")
    assert found["roc_auc"] == pytest.approx(ovr)
    assert np.isnan(found["top_5_accuracy"])


@pytest.mark.parametrize("rows", [100, 1000])
def test_the_error_of_calibrated_answers_is_near_0_however_few_they_are(rows: int) -> None:
    random, score = np.random.default_rng(0), next(s for s in Classify.scores if s.name == "calibration_error")
    found, held = [], 0
    for _ in range(40):
        p = random.uniform(0.5, 1, rows)
        hit = random.random(rows) < p
        right = {"probabilities": np.stack([1 - p, p], 1), "truth": hit.astype(np.int64)}
        off = {**right, "truth": (random.random(rows) < p - 0.2).astype(np.int64)}
        found.append((score.total(right), score.total(off)))
        interval = interval_of(score, off, None)
        held += interval.low <= 0.2 <= interval.high
    calibrated, too_sure = np.mean(found, 0)
    assert calibrated < 0.05
    assert too_sure == pytest.approx(0.2, abs=0.02)
    assert held >= 36


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.853, 0.66, 0.94, "Of 100 new pictures like these, expect about 85 right (66 to 94)."),
        (0.9964, 0.9950, 0.9974, "Of 1,000 new pictures like these, expect about 996 right (995 to 997)."),
        (0.9996, 0.9991, 0.9999, "Of 10,000 new pictures like these, expect about 9,996 right (9,991 to 9,999)."),
    ],
)
def test_it_is_said_of_so_many_rows_that_mistakes_are_seen(value: float, low: float, high: float, words: str) -> None:
    assert make().sentence({"accuracy": Interval(value, low, high, "Wilson", 10_000)}, "pictures") == words


def test_a_truth_that_training_never_saw_is_wrong_whatever_is_answered() -> None:
    seen = {"probabilities": np.tile([[0.1, 0.2, 0.7]], (4, 1)), "truth": np.array([2, 2, 0, 1])}
    some = {"probabilities": np.tile([[0.1, 0.2, 0.7]], (4, 1)), "truth": np.array([2, 2, 0, -1])}
    before, after = ({s.name: s.total(records) for s in Classify.scores} for records in (seen, some))
    assert after["accuracy"] == before["accuracy"] == 0.5
    assert after["balanced_accuracy"] == pytest.approx(1 / 3)
    assert after["log_loss"] > before["log_loss"]
    lines = make().breakdown(some, lambda ids: [f"c{i}" for i in ids])
    assert [(line.name, line.rows, line.hits.sum()) for line in lines][-2:] == [
        ("c3", 2, 2),
        ("never seen in training", 1, 0),
    ]


def test_equal_scores_rank_as_scikit_learn_ranks_them() -> None:
    from sklearn import metrics

    from fromraw.decoders.scores_of_categories import average_precision, roc_auc

    random = np.random.default_rng(0)
    side, score = random.random(300) < 0.3, random.integers(0, 8, 300) / 8
    assert roc_auc(side, score) == pytest.approx(metrics.roc_auc_score(side, score))
    assert average_precision(side, score) == pytest.approx(metrics.average_precision_score(side, score))


def test_what_is_written_is_read_back_to_the_same_records() -> None:
    decoder, names = make(), ["bee", "fly", "wasp"]
    restore = lambda ids: [names[int(i) - 1] for i in ids]  # noqa: E731
    probabilities, truth = generated(4, 20, 1.0)
    written = decoder.write({"probabilities": probabilities}, "kind", restore)
    assert list(written) == ["predicted_kind", "probability_kind_bee", "probability_kind_fly", "probability_kind_wasp"]
    found = decoder.read_back(written, [names[t] for t in truth], "kind", restore)
    assert np.array_equal(found["truth"], truth)
    assert np.allclose(found["probabilities"], probabilities)
