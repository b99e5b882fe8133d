"""Every registered decoder keeps the same promises, on targets of every column that asks for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fromraw.columns.base import Column
from fromraw.columns.number import Number
from fromraw.decoders.base import Decoder, Records
from fromraw.evaluation.answering import answer_rows, decoder_of, judged_rows, take_rows, tally_rows, truth_of_rows
from fromraw.parts import Budget, Description, Part, is_wish, parts
from fromraw.signals import Batch, Representation, RepresentationSpec, take
from fromraw.streams.examples import Examples
from fromraw.system import Asking, Reading, Step, System
from tests.conformance import conftest as kit

ROWS, WIDTH = 60, 24
CASES = [(d, c) for d in parts("decoders").values() for c in parts("columns").values() if c.cls.decoder == d.name]
each_case = pytest.mark.parametrize(("part", "of"), CASES, ids=[f"{d.name}-{c.name}" for d, c in CASES])
each_part = pytest.mark.parametrize("part", parts("decoders").values(), ids=lambda part: part.name)


def column_of(of: Part) -> tuple[Column, Any]:
    """A column as an output, and its cells, some of them missing."""
    batch = of.cls.example(ROWS, 5)
    column = of.cls("answer", batch.schema.names, **({"output": True} if "output" in of.settings else {}))
    column.fit([batch])
    return column, column.prepare(batch, np.arange(ROWS))[0]


def target_of(of: Part) -> tuple[Any, Any]:
    """The target's spec, and the targets of all rows."""
    column, stored = column_of(of)
    return column.spec, column.collate(stored, None)


def representation(rows: int = ROWS, looks: int = 1, seed: int = 3) -> Representation:
    random = torch.Generator().manual_seed(seed)
    return Representation(torch.randn(rows * looks, WIDTH, generator=random), looks=looks)


def build(part: Part, of: Part) -> tuple[Decoder, Any]:
    spec, target = target_of(of)
    torch.manual_seed(0)
    decoder = part.cls(RepresentationSpec(WIDTH), spec)
    decoder.begin(representation(), target)
    return decoder.eval(), target


def loss_of(decoder: Decoder, found: Representation, target: Any) -> torch.Tensor:
    loss = decoder.loss(found, target)
    return sum(loss.values()) if isinstance(loss, dict) else loss  # type: ignore[return-value]


def test_every_decoder_is_asked_for_by_some_column() -> None:
    assert {decoder.name for decoder, _ in CASES} == set(parts("decoders"))


# ---------------------------------------------------------------------------------------------------- loss and weight


@each_case
def test_losses_and_weights_are_one_a_row_and_nothing_where_the_target_is_missing(part: Part, of: Part) -> None:
    decoder, target = build(part, of)
    loss, weight = loss_of(decoder, representation(), target), decoder.weight(target)
    assert loss.shape == weight.shape == (ROWS,)
    assert torch.isfinite(loss).all()
    assert (weight >= 0).all()
    assert (weight[~target.present] == 0).all()
    assert (weight[target.present] > 0).all()
    assert 0 < int(target.present.sum()) < ROWS


@each_case
def test_a_loss_looks_at_no_other_row(part: Part, of: Part) -> None:
    decoder, target = build(part, of)
    if not decoder.across:
        whole, some = loss_of(decoder, representation(), target), torch.tensor([7, 3, 31])
        alone = loss_of(decoder, take(representation(), some), take(target, some))
        kit.rows_equal(alone, whole[some])
        kit.rows_equal(decoder.weight(take(target, some)), decoder.weight(target)[some])


@each_case
@pytest.mark.parametrize("rows", [0, 1])
def test_a_batch_of_none_and_of_one_is_answered_and_judged(part: Part, of: Part, rows: int) -> None:
    decoder, target = build(part, of)
    few = take(target, slice(rows))
    assert loss_of(decoder.train(), representation(rows), few).shape == (rows,)
    assert all(len(values) == rows for values in decoder.answer(representation(rows)).values())


@each_case
def test_a_first_look_at_rows_whose_targets_are_all_missing_leaves_it_usable(part: Part, of: Part) -> None:
    spec, target = target_of(of)
    decoder = part.cls(RepresentationSpec(WIDTH), spec)
    gone = np.flatnonzero(~target.present.numpy())
    decoder.begin(representation(len(gone)), take(target, torch.from_numpy(gone)))
    assert torch.isfinite(loss_of(decoder, representation(), target)).all()


@each_case
def test_gradients_are_those_of_finite_differences(part: Part, of: Part) -> None:
    decoder, target = build(part, of)
    decoder, target = decoder.double(), kit.double(target)
    summary = representation().summary.double().requires_grad_()

    def cost() -> torch.Tensor:
        loss = loss_of(decoder, Representation(summary), target)
        assert loss.dtype == torch.float64
        return (loss * (decoder.weight(target) > 0) * torch.arange(ROWS).sin()).sum()

    slope, told = kit.slope_and_gradient(cost, [summary, *(p for p in decoder.parameters() if p.requires_grad)])
    assert slope == pytest.approx(told, rel=1e-4, abs=1e-6)


@each_case
def test_ten_rows_are_learned_by_heart(part: Part, of: Part) -> None:
    decoder, target = build(part, of)
    ten = torch.from_numpy(np.flatnonzero(target.present.numpy())[:10])
    few, found = take(target, ten), take(representation(), ten)
    optimizer = torch.optim.Adam(decoder.parameters(), 0.1)
    first = loss_of(decoder, found, few).sum().item()
    for _ in range(150):
        optimizer.zero_grad()
        loss = loss_of(decoder.train(), found, few).sum()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1 * first


# ------------------------------------------------------------------------------------------- answers, records, scores


@each_case
def test_several_looks_are_merged_into_one_answer_a_row(part: Part, of: Part) -> None:
    decoder, _ = build(part, of)
    once = decoder.answer(representation(8))
    thrice = {key: torch.stack([value] * 3, 1) for key, value in once.items()}
    for form in (thrice, {key: value.detach().numpy() for key, value in thrice.items()}):
        for key, value in decoder.merge(form).items():
            np.testing.assert_allclose(np.asarray(torch.as_tensor(value).detach()), once[key].detach(), rtol=1e-5)


def whole_way(part: Part, of: Part) -> tuple[System, Examples, np.ndarray, Column]:
    """A system that answers rows of prepared columns, with an input made up beside the target."""
    column, stored = column_of(of)
    given = Number("given", ["given"])
    values = np.random.default_rng(0).normal(size=ROWS).astype(np.float32)
    cells = {"given": {"values": values, "present": np.ones(ROWS, bool)}, "answer": stored}
    examples = Examples({"given": given, "answer": column}, cells, {"given": ["given"]}, {"answer": ["answer"]}, {})
    torch.manual_seed(0)
    inputs = {"given": Reading(examples.spec(["given"]), (Step("linear"),), "it")}
    system = System(inputs, {"answer": Asking(column.spec, Step(part.name))})
    system.begin(examples.batch(np.arange(ROWS)))
    return system, examples, judged_rows(system, examples, np.arange(ROWS), "answer"), column


def records_of(part: Part, of: Part) -> tuple[Decoder, Records]:
    system, examples, rows, _ = whole_way(part, of)
    answer = answer_rows([system], examples, rows, 7)["answer"]
    decoder = decoder_of(system, "answer")
    return decoder, tally_rows(system, examples, rows, "answer", decoder.adjust(answer))


def values_of(decoder: Decoder, records: Records) -> dict[str, float]:
    return {score.name: score.total(records) for score in decoder.scores}


@each_case
def test_every_score_is_one_number_of_the_records_in_any_order(part: Part, of: Part) -> None:
    decoder, records = records_of(part, of)
    rows = len(next(iter(records.values())))
    turned = take_rows(records, np.random.default_rng(0).permutation(rows))
    assert decoder.scores
    for score in decoder.scores:
        value = score.total(records)
        assert isinstance(value, float)
        np.testing.assert_allclose(score.total(turned), value, rtol=1e-9)
        assert np.isnan(value) or score.bounds[0] <= value <= score.bounds[1]
    assert np.isfinite(decoder.scores[0].total(records))


@each_case
def test_a_score_that_has_a_value_a_row_is_what_it_says_of_them(part: Part, of: Part) -> None:
    decoder, records = records_of(part, of)
    of_each = {"mean": np.mean, "share": np.mean, "root": lambda v: np.sqrt(np.mean(v)), "median": np.median}
    for score in decoder.scores:
        if score.each is not None and not np.isnan(score.total(records)):
            each = score.each(records)
            assert len(each) == len(next(iter(records.values())))
            assert score.as_ != "share" or set(each) <= {0.0, 1.0}
            assert float(of_each[score.as_](each)) == pytest.approx(score.total(records))


@each_case
def test_a_perfect_answer_scores_better_than_an_untrained_one(part: Part, of: Part) -> None:
    """The first score, of records whose answers are the truths, as a person would write them."""
    system, examples, rows, column = whole_way(part, of)
    decoder = decoder_of(system, "answer")
    written = [column.written(take_rows(examples.stored["answer"], rows))[i] for i in range(len(rows))]
    untrained = decoder.write(answer_rows([system], examples, rows, 16)["answer"], "answer", column.restore)
    perfect: dict[str, Any] = {**untrained, "predicted_answer": written}
    for title in untrained:
        if title.startswith("probability_answer_"):
            perfect[title] = np.array([float(title == f"probability_answer_{value}") for value in written])
    best, first = decoder.scores[0], lambda w: decoder.read_back(w, written, "answer", column.restore)
    gain = best.total(first(perfect)) - best.total(first(untrained))
    assert gain > 0 if best.higher_is_better else gain < 0


@each_case
@pytest.mark.parametrize("rows", [5, 400])
def test_what_was_written_is_read_back_to_the_same_scores(part: Part, of: Part, rows: int) -> None:
    """As predictions.parquet is: every score can be computed again from it; calibrated or not."""
    system, examples, known, column = whole_way(part, of)
    known = np.resize(known, rows)
    decoder = decoder_of(system, "answer")
    raw = answer_rows([system], examples, known, 64)["answer"]
    said = decoder.calibrate(tally_rows(system, examples, known, "answer", raw))
    assert said
    assert ("too few" in said) == (rows < 10)
    answer = decoder.adjust(raw)
    assert all(len(values) == rows for values in answer.values())
    records = tally_rows(system, examples, known, "answer", answer)
    truths = column.written(take_rows(examples.stored["answer"], known))
    written: Mapping[str, Any] = decoder.write(answer, "answer", column.restore)
    assert all(len(values) == rows for values in written.values())
    again = decoder.read_back(written, truths, "answer", column.restore)
    for score in decoder.scores:
        np.testing.assert_allclose(score.total(again), score.total(records), rtol=1e-5, err_msg=score.name)


@each_case
def test_the_truth_of_a_row_is_what_a_person_wrote(part: Part, of: Part) -> None:
    system, examples, known, column = whole_way(part, of)
    truth = truth_of_rows(system, examples, known, "answer")
    assert all(len(values) == len(known) for values in truth.values())
    assert len(known) == int(np.asarray(examples.stored["answer"]["present"]).sum())
    for value in column.written(take_rows(examples.stored["answer"], known)):
        assert value is not None


# --------------------------------------------------------------------------------------------- saving, settings, rules


@each_case
def test_saved_loaded_and_calibrated_it_answers_alike(part: Part, of: Part, tmp_path: Path) -> None:
    decoder, records = records_of(part, of)
    repeated = {key: np.resize(values, (300, *values.shape[1:])) for key, values in records.items()}
    decoder.calibrate(repeated)
    fresh = whole_way(part, of)[0]
    fresh_decoder = decoder_of(fresh, "answer")
    fresh_decoder.load_state_dict(decoder.state_dict())
    found = Representation(torch.randn(5, decoder_input(decoder)))
    one, other = ({k: v.detach().numpy() for k, v in d.eval().answer(found).items()} for d in (decoder, fresh_decoder))
    one, other = decoder.adjust(one), fresh_decoder.adjust(other)
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[key], other[key]) for key in one)


def decoder_input(decoder: Decoder) -> int:
    """The width of the summaries that it reads."""
    return next(p.shape[1] for p in decoder.parameters() if p.dim() == 2)


@each_case
def test_training_that_is_killed_goes_on_to_the_same_bits(part: Part, of: Part, tmp_path: Path) -> None:
    def fresh() -> tuple[System, Batch]:
        system, examples, _, _ = whole_way(part, of)
        return system, examples.batch(np.arange(ROWS))

    (whole, batch), (killed, _), (again, _) = fresh(), fresh(), fresh()
    kit.train(whole, batch, tmp_path / "whole", 4)
    with pytest.raises(kit.Killed):
        kit.train(killed, batch, tmp_path / "killed", 4, kill_at=2)
    kit.train(again, batch, tmp_path / "killed", 4)
    assert all(torch.equal(t, again.state_dict()[key]) for key, t in whole.state_dict().items())


@each_part
def test_every_setting_has_a_sentence_and_a_default_that_fits(part: Part) -> None:
    for setting in part.settings.values():
        assert setting.sentence, setting.name
        assert setting.check(setting.default, part.name) == setting.default
    assert part.doc.strip()


@each_case
@pytest.mark.parametrize("rows", [40, 10_000, 10**6])
def test_its_rules_give_settings_that_exist_and_fit(part: Part, of: Part, rows: int) -> None:
    spec, _ = target_of(of)
    for description in (Description(rows, 3, 0, 1), Description(rows, 3, 0, rows // 3), Description(rows, 0, 1)):
        found = part.cls.suggest(spec, description, Budget(seconds=60.0))
        assert all(isinstance(why, str) and why for _, why in found.values())
        assert all(is_wish(key) for key in found if key not in part.settings)
        part.cls(RepresentationSpec(WIDTH), spec, **part.check({k: v for k, (v, _) in found.items() if not is_wish(k)}))
