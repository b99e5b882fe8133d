"""Regression: intervals that cover, scores on the target's own scale."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from fromraw.decoders.regress import COVERAGE, FEWEST, Regress
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec


def make(numbers: int = 1, **settings: object) -> Regress:
    torch.manual_seed(0)
    return Regress(RepresentationSpec(4), ScalarsSpec(numbers=tuple("abc"[:numbers])), **settings)  # type: ignore[arg-type]


def records_of(decoder: Regress, guess: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    return decoder.tally({"numbers": guess}, {"numbers": truth})


@pytest.mark.parametrize("rows", [FEWEST, 60, 400])
def test_conformal_intervals_cover_new_rows_at_the_promised_rate(rows: int) -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(200):
        decoder = make()
        truth = random.standard_t(3, (rows, 1))
        decoder.calibrate(records_of(decoder, np.zeros((rows, 1)), truth))
        new = random.standard_t(3, (200, 1))
        answer = decoder.adjust({"numbers": np.zeros((200, 1))})
        covered.append(((answer["low"] <= new) & (new <= answer["high"])).mean())
    assert COVERAGE - 0.01 <= np.mean(covered) <= COVERAGE + 1 / rows + 0.01


def test_where_large_answers_err_more_each_band_of_answers_is_covered_as_promised() -> None:
    random = np.random.default_rng(1)
    decoder, answers = make(2), random.uniform(1, 100, (4000, 2))
    said = decoder.calibrate(records_of(decoder, answers, answers * random.normal(1, 0.1, answers.shape)))
    assert said == "90% intervals, conformal on 4,000 validation rows, in 10 bands of answers"
    new = random.uniform(1, 100, (20_000, 2))
    truth, answer = new * random.normal(1, 0.1, new.shape), decoder.adjust({"numbers": new})
    inside = (answer["low"] <= truth) & (truth <= answer["high"])
    for number in (0, 1):
        tenths = np.array_split(inside[np.argsort(new[:, number]), number], 10)
        assert all(0.86 <= tenth.mean() <= 0.94 for tenth in tenths)


def test_answers_that_are_all_the_same_have_one_width() -> None:
    decoder = make()
    decoder.calibrate(records_of(decoder, np.ones((500, 1)), 1 + np.linspace(-1, 1, 500)[:, None]))
    answer = decoder.adjust({"numbers": np.array([[0.0], [1.0], [2.0]])})
    assert np.ptp(answer["high"] - answer["low"]) < 0.01
    assert (answer["high"] - answer["low"])[1] == pytest.approx(1.8, abs=0.02)


def test_a_run_from_before_there_were_bands_keeps_its_width() -> None:
    old, decoder = make().state_dict(), make()
    old = {name: values for name, values in old.items() if not name.startswith("band_")}
    decoder.load_state_dict({**old, "half_width": torch.tensor([3.0], dtype=torch.float64)})
    answer = decoder.adjust({"numbers": np.array([[-5.0], [70.0]])})
    assert answer["high"].tolist() == [[-2.0], [73.0]]


def test_too_few_validation_rows_give_no_interval_and_say_so() -> None:
    decoder = make()
    rows = FEWEST - 1
    assert "too few" in decoder.calibrate(records_of(decoder, np.zeros((rows, 1)), np.ones((rows, 1))))
    written = decoder.write(decoder.adjust({"numbers": np.zeros((2, 1))}), "price", list)
    assert list(written) == ["predicted_price"]


def test_scores_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth, guess = random.normal(size=(50, 1)), random.normal(size=(50, 1))
    decoder = make()
    found = {score.name: score.total(records_of(decoder, guess, truth)) for score in Regress.scores}
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, guess))
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, guess))
    assert found["median_absolute_error"] == pytest.approx(metrics.median_absolute_error(truth, guess))
    assert np.isnan(found["interval_coverage"])


def test_numbers_that_are_missing_are_left_out_of_loss_and_weight() -> None:
    decoder = make(2)
    numbers = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    missing = torch.tensor([[False, True], [True, True]])
    target = Scalars(numbers, missing, torch.zeros(2, 0, dtype=torch.long), torch.tensor([True, False]))
    loss = decoder.loss(Representation(torch.zeros(2, 4)), target)
    assert loss.tolist() == [1.0, 0.0]
    assert decoder.weight(target).tolist() == [1.0, 0.0]


def test_what_is_written_is_read_back_to_the_same_records() -> None:
    decoder = make()
    decoder.band_half_widths.fill_(2.0)
    answer = decoder.adjust({"numbers": np.array([[1.0], [2.0]])})
    written = decoder.write(answer, "price", list)
    assert list(written) == ["predicted_price", "low_price", "high_price"]
    found = decoder.read_back(written, [1.5, 9.0], "price", list)
    assert found["truth"].tolist() == [[1.5], [9.0]]
    assert found["low"].tolist() == [[-1.0], [0.0]]
