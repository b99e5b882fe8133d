"""The only door: losses, answers and summaries of a batch, whatever is missing, looked at several times, or shared."""

import numpy as np
import pytest
import torch
from torch import nn

from fromraw.errors import UsageError
from fromraw.named import key_of
from fromraw.signals import Batch, Grid, GridSpec, Scalars, ScalarsSpec, take
from fromraw.system import Asking, Reading, Step, System, detach, objective

PICTURE, TABLE = GridSpec(1, (6, 6)), ScalarsSpec(("a", "b"), ("c",), (3,))
KIND, SIZE = ScalarsSpec((), ("kind",), (4,)), ScalarsSpec(("size",))
CONVNET = Step("convnet", {"widths": (4,), "stem": "none"})
DENSE = Step("dense", {"width": 5, "depth": 1})
LOOKS = Step("table", {"nets": 3, "width": 8, "depth": 1, "bins": 4, "waves": 2, "embedding": 4, "dropout": 0.0})


def batch(rows: int = 6, seed: int = 0) -> Batch:
    random = torch.Generator().manual_seed(seed)
    numbers = lambda *shape: torch.randn(*shape, generator=random)  # noqa: E731
    there = torch.ones(rows, dtype=torch.bool)
    table = Scalars(numbers(rows, 2), torch.zeros(rows, 2).bool(), torch.arange(rows)[:, None] % 3, there)
    none, gaps = torch.zeros(rows, 0), torch.zeros(rows, 1).bool()
    targets = {"kind": Scalars(none, none.bool(), 1 + torch.arange(rows)[:, None] % 3, there),
               "size": Scalars(numbers(rows, 1), gaps, none.long(), there)}  # fmt: skip
    return Batch({"photo": Grid(numbers(rows, 1, 6, 6), there), "table": table}, targets, np.arange(rows))


def system(photo: Step = CONVNET, table: Step = DENSE) -> System:
    torch.manual_seed(0)
    inputs = {"photo": Reading(PICTURE, (photo,), "eye"), "table": Reading(TABLE, (table,), "ledger")}
    made = System(inputs, {"kind": Asking(KIND, Step("classify")), "size": Asking(SIZE, Step("regress"))})
    made.begin(batch())
    return made.eval()


def without(given: Batch, name: str, rows: slice, what: str = "inputs") -> Batch:
    """The batch with some cells missing, and rubbish where they were."""
    signal = getattr(given, what)[name]
    present = signal.present.clone()
    present[rows] = False
    if isinstance(signal, Grid):
        gone = Grid(torch.where(present[:, None, None, None], signal.values, 9.0), present)
    else:
        gaps = signal.missing | ~present[:, None]
        gone = Scalars(torch.where(gaps, 9.0, signal.numbers), gaps, signal.categories * present[:, None], present)
    changed = {**getattr(given, what), name: gone}
    if what == "inputs":
        return Batch(changed, given.targets, given.rows)
    return Batch(given.inputs, changed, given.rows)


# ------------------------------------------------------------------------------------------------------------ the door


@pytest.mark.parametrize("table", [DENSE, LOOKS], ids=["one look", "looks"])
def test_losses_answers_and_summaries_have_a_row_for_each_row(table: Step) -> None:
    net, given = system(table=table), batch()
    losses, state = net(given)
    assert state is None
    assert {name: {term: value.shape for term, value in terms.items()} for name, terms in losses.items()} == {
        "kind": {"loss": (6,)}, "size": {"loss": (6,)},
    }  # fmt: skip
    answers, _ = net(given, want="answers")
    assert answers["kind"]["probabilities"].shape == (6, 3)
    assert answers["size"]["numbers"].shape == (6, 1)
    summary, _ = net(given, want="summary")
    assert summary.shape == (6, net.fusion.gives.summary)


def test_without_targets_there_are_answers_all_the_same() -> None:
    given = batch()
    answers, _ = system()(Batch(given.inputs, {}, given.rows), want="answers")
    assert set(answers) == {"kind", "size"}


def test_looks_are_averaged_in_losses_and_merged_in_answers() -> None:
    net, given = system(table=LOOKS), batch()
    assert net.looks == 3
    representation, _ = net._represent(given, None)
    assert representation.summary.shape[0] == 18
    alone = net.decoders["size"].linear(representation.summary).view(6, 3)
    answers, _ = net(given, want="answers")
    torch.testing.assert_close(answers["size"]["numbers"][:, 0], alone.mean(1))
    losses, _ = net(given)
    truth = given.targets["size"].numbers
    torch.testing.assert_close(losses["size"]["loss"], ((alone - truth) ** 2).mean(1))


def test_inputs_of_two_and_three_looks_meet_at_six() -> None:
    two = Step(LOOKS.part, {**LOOKS.settings, "nets": 2})
    inputs = {"one": Reading(TABLE, (LOOKS,), "one"), "other": Reading(TABLE, (two,), "other")}
    net = System(inputs, {"size": Asking(SIZE, Step("regress"))})
    given = batch()
    both = Batch(
        {"one": given.inputs["table"], "other": given.inputs["table"]}, {"size": given.targets["size"]}, given.rows
    )
    assert net.looks == net.fusion.gives.looks == 6
    losses, _ = net(both)
    assert losses["size"]["loss"].shape == (6,)


# ---------------------------------------------------------------------------------------------------- what is missing


@pytest.mark.parametrize("name", ["photo", "table"])
def test_a_missing_input_is_one_learned_vector_whatever_stands_in_its_place(name: str) -> None:
    net, given = system(), batch()
    with torch.no_grad():
        net.absent[key_of(name)].uniform_(-1, 1)
    gone = without(given, name, slice(0, 3))
    same = Batch({**given.inputs, name: take(given.inputs[name], torch.tensor([5, 4, 3, 3, 4, 5]))}, {}, given.rows)
    other = without(same, name, slice(0, 3))
    one, _ = net(gone, want="answers")
    two, _ = net(other, want="answers")
    torch.testing.assert_close(one["size"]["numbers"][:3], two["size"]["numbers"][:3])
    whole, _ = net(given, want="answers")
    assert not torch.allclose(one["size"]["numbers"][:3], whole["size"]["numbers"][:3])
    torch.testing.assert_close(one["size"]["numbers"][3:], whole["size"]["numbers"][3:])


def test_the_vector_of_a_missing_input_is_learned() -> None:
    net = system().train()
    losses, _ = net(without(batch(), "photo", slice(0, 3)))
    objective(losses, net.weigh(batch())).backward()
    assert net.absent["_photo"].grad.abs().sum() > 0
    assert net.absent["_table"].grad.abs().sum() == 0


def test_a_missing_target_costs_and_weighs_nothing() -> None:
    net, given = system(), batch()
    gone = without(given, "size", slice(0, 2), "targets")
    losses, _ = net(gone)
    assert losses["size"]["loss"][:2].tolist() == [0, 0]
    assert float(net.weigh(gone)["size"]) == 4
    full, _ = net(given)
    torch.testing.assert_close(losses["size"]["loss"][2:], full["size"]["loss"][2:])
    mean = full["size"]["loss"][2:].sum() / 4
    torch.testing.assert_close(objective({"size": losses["size"]}, net.weigh(gone)), mean)


def test_where_all_targets_are_missing_the_objective_is_zero() -> None:
    net = system()
    gone = without(without(batch(), "size", slice(None), "targets"), "kind", slice(None), "targets")
    losses, _ = net(gone)
    assert objective(losses, net.weigh(gone)).item() == 0


# ------------------------------------------------------------------------------------------ sharing, stacking, own nets


def test_equal_names_share_weights() -> None:
    inputs = {"left": Reading(PICTURE, (CONVNET,), "eye"), "right": Reading(PICTURE, (CONVNET,), "eye")}
    net = System(inputs, {"size": Asking(SIZE, Step("regress"))})
    assert list(net.encoders) == ["eye"]
    other = {**inputs, "right": Reading(GridSpec(3, (6, 6)), (CONVNET,), "eye")}
    with pytest.raises(UsageError, match='input "right" cannot share the encoder "eye"'):
        System(other, {"size": Asking(SIZE, Step("regress"))})


def test_stacked_encoders_read_the_positions_of_those_before() -> None:
    inputs = {"photo": Reading(PICTURE, (CONVNET, Step("convnet", {"widths": (7,), "stem": "none"})), "eye")}
    net = System(inputs, {"size": Asking(SIZE, Step("regress"))}).eval()
    assert net.fusion.gives.summary == 7
    given = batch()
    net.begin(Batch({"photo": given.inputs["photo"]}, {"size": given.targets["size"]}, given.rows))
    answers, _ = net(Batch({"photo": given.inputs["photo"]}, {}, given.rows), want="answers")
    assert answers["size"]["numbers"].shape == (6, 1)


def test_a_net_of_ones_own_serves_as_encoder() -> None:
    own = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    inputs = {"photo": Reading(PICTURE, (Step("module"),), "mine")}
    net = System(inputs, {"size": Asking(SIZE, Step("regress"))}, None, {"mine": own})
    assert net.fusion.gives.summary == 4
    assert net.fusion.gives.grid == (4, 4)
    assert own[0].weight in set(net.parameters())


def test_settings_come_as_a_plan_has_them() -> None:
    inputs = {"photo": Reading(PICTURE, (Step("convnet", {"widths": [4, 4], "stem": "none", "dropout": 0}),), "eye")}
    assert System(inputs, {"size": Asking(SIZE, Step("regress"))}).fusion.gives.summary == 4
    wrong = {"photo": Reading(PICTURE, (Step("convnet", {"widht": 4}),), "eye")}
    with pytest.raises(UsageError, match='no setting "widht" in convnet'):
        System(wrong, {"size": Asking(SIZE, Step("regress"))})


def test_names_of_parameters_are_the_runs_format() -> None:
    names = {name.rsplit(".", 1)[0] for name, _ in system().named_parameters()}
    assert {"encoders._ledger.steps.0.layers.0", "decoders._kind.linear", "absent", "fusion.scales._photo"} <= names


def test_what_is_carried_on_has_no_history() -> None:
    state = {"a": [torch.ones(2, requires_grad=True) * 2, None]}
    after = detach(state)
    assert not after["a"][0].requires_grad
    assert after["a"][1] is None
