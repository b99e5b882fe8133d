"""Every registered encoder keeps the same promises; a new one is covered by being registered."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
import torch
from torch import nn

import fromraw.parts
from fromraw.encoders.base import Encoder, start_of
from fromraw.learning.checkpoint import read_tensors, write_tensors
from fromraw.options import Options
from fromraw.parts import ROOMS, Budget, Description, Part, is_wish, parts
from fromraw.planning.deciding import Request
from fromraw.signals import (
    Batch,
    Grid,
    GridSpec,
    Representation,
    Scalars,
    ScalarsSpec,
    SignalSpec,
    Tokens,
    rows_of,
    take,
)
from fromraw.system import Asking, Reading, Step, System
from fromraw.training import open_and_plan
from tests.conformance import conftest as kit

OF_A_USER = "module"
ROWS = 10


def reads(part: Part, spec: SignalSpec) -> bool:
    if part.name == OF_A_USER:  # it reads what its net reads; ours reads these
        return spec in (kit.SPECS["picture"], kit.SPECS["numbers"])
    dimensions = getattr(spec, "dimensions", 0)
    return spec.kind in part.reads and (not part.dimensions or dimensions in part.dimensions)


CASES = [(p, name) for p in parts("encoders").values() for name, spec in kit.SPECS.items() if reads(p, spec)]
each_case = pytest.mark.parametrize(("part", "name"), CASES, ids=[f"{p.name}-{name}" for p, name in CASES])
RAGGED = [(p, name) for p, name in CASES if getattr(kit.SPECS[name], "ragged", False) or name == "text"]
each_ragged = pytest.mark.parametrize(("part", "name"), RAGGED, ids=[f"{p.name}-{name}" for p, name in RAGGED])
each_part = pytest.mark.parametrize("part", parts("encoders").values(), ids=lambda part: part.name)


def own_net(part: Part, spec: SignalSpec) -> tuple[nn.Module, ...]:
    """The net of a person's own that `module` asks for."""
    if part.name != OF_A_USER:
        return ()
    width = 3 * 72 if isinstance(spec, GridSpec) else 6
    return (nn.Sequential(nn.Flatten(), nn.Linear(width, 16), nn.Tanh()),)


def build(part: Part, name: str, seed: int = 0, **settings: Any) -> Encoder:
    """With its defaults, after a look at some training rows, of which some are missing."""
    spec = kit.SPECS[name]
    torch.manual_seed(seed)
    encoder = part.cls(spec, *own_net(part, spec), **settings)
    encoder.begin(kit.make_signal(spec, 40, 99, missing=0.2))
    return encoder


def run(encoder: Encoder, signal: Any, seed: int = 0) -> Representation:
    torch.manual_seed(seed)
    state = start_of(encoder, rows_of(signal))
    return encoder(signal) if state is None else encoder(signal, state)[0]


def system_of(part: Part, name: str, seed: int = 0) -> System:
    """The encoder with a decoder that tells two categories apart."""
    spec = kit.SPECS[name]
    torch.manual_seed(seed)
    modules = dict(zip(["it"], own_net(part, spec), strict=False))
    inputs = {"input": Reading(spec, (Step(part.name),), "it")}
    return System(inputs, {"kind": Asking(ScalarsSpec((), ("kind",), (3,)), Step("classify"))}, None, modules)


def batch_of(name: str) -> Batch:
    signal, kind = kit.two_kinds(kit.SPECS[name], ROWS)
    return Batch({"input": signal}, {"kind": kit.categories(kind)}, np.arange(ROWS))


# ------------------------------------------------------------------------------------------------------------ shapes


@each_case
@pytest.mark.parametrize("rows", [1, 5])
def test_it_gives_the_shapes_that_it_promises(part: Part, name: str, rows: int) -> None:
    encoder = build(part, name)
    found, gives = run(encoder, kit.make_signal(kit.SPECS[name], rows)), encoder.gives
    assert found.looks == gives.looks
    assert found.summary.shape == (rows * gives.looks, gives.summary)
    assert torch.isfinite(found.summary).all()
    assert (found.positions is None) == (gives.positions is None)
    if found.positions is not None:
        assert found.positions.shape[::2] == (rows * gives.looks, gives.positions)
        assert found.grid == gives.grid
        assert not gives.grid or found.positions.shape[1] == int(np.prod(gives.grid))
    if found.mask is not None:
        assert found.positions is not None
        assert found.mask.shape == found.positions.shape[:2]


@each_case
@pytest.mark.parametrize("rows", [1, 4])
def test_a_batch_of_one_and_of_few_can_be_trained_on(part: Part, name: str, rows: int) -> None:
    encoder = build(part, name).train()
    found = run(encoder, kit.make_signal(kit.SPECS[name], rows))
    trained = [p for p in encoder.parameters() if p.requires_grad]
    if trained:
        found.summary.square().sum().backward()
        assert all(p.grad is None or torch.isfinite(p.grad).all() for p in trained)


@each_case
@pytest.mark.parametrize("training", [False, True])
def test_missing_rows_and_batches_of_nothing_else_stay_finite(part: Part, name: str, training: bool) -> None:
    encoder = build(part, name).train(training)
    for missing in (0.5, 1.1):
        found = run(encoder, kit.make_signal(kit.SPECS[name], 6, missing=missing))
        assert torch.isfinite(found.summary).all()
        assert found.positions is None or torch.isfinite(found.positions).all()
    assert not any(torch.isnan(tensor).any() for tensor in encoder.state_dict().values())


@each_case
def test_a_look_at_rows_that_are_all_missing_leaves_it_usable(part: Part, name: str) -> None:
    spec = kit.SPECS[name]
    encoder = part.cls(spec, *own_net(part, spec))
    encoder.begin(kit.make_signal(spec, 3, missing=1.1))
    assert torch.isfinite(run(encoder.eval(), kit.make_signal(spec, 4)).summary).all()


@each_case
def test_a_missing_number_is_told_from_a_zero(part: Part, name: str) -> None:
    encoder, signal = build(part, name).eval(), kit.make_signal(kit.SPECS[name], 4)
    if isinstance(signal, Scalars) and signal.numbers.shape[1]:
        numbers = signal.numbers.clone()
        numbers[:, 0] = 0
        gaps = signal.missing.clone()
        gaps[:, 0] = True
        zero = run(encoder, replace(signal, numbers=numbers)).summary
        gone = run(encoder, replace(signal, numbers=numbers, missing=gaps)).summary
        assert not torch.allclose(zero, gone, atol=1e-4)


# ------------------------------------------------------------------------------------------------- padding, other rows


def padded(signal: Any) -> Any:
    """The same rows with more padding behind them, in every dimension, and rubbish in it."""
    if isinstance(signal, Tokens):
        more = [0, 3]
        mask = nn.functional.pad(signal.mask, more)
        return Tokens(torch.where(mask, nn.functional.pad(signal.ids, more), 0), mask, signal.present)
    more = [0, 3] * (signal.values.dim() - 2)
    mask = nn.functional.pad(signal.mask, more)
    values = torch.where(mask[:, None], nn.functional.pad(signal.values, more), 7.0)
    return replace(signal, values=values, mask=mask)


@each_ragged
@pytest.mark.parametrize("training", [False, True])
def test_padding_changes_nothing(part: Part, name: str, training: bool) -> None:
    padding_changes_nothing(build(part, name), kit.SPECS[name], training)


def padding_changes_nothing(encoder: Encoder, spec: SignalSpec, training: bool) -> None:
    signal = kit.make_signal(spec, 6, missing=0.2)
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    one = run(encoder.train(training), signal)
    other = run(encoder.train(training), padded(signal))
    kit.rows_equal(one.summary, other.summary)
    if one.positions is not None and one.mask is not None and len(one.grid) < 2:
        kit.rows_equal(one.positions[one.mask], other.positions[other.mask])


@each_ragged
def test_padding_changes_nothing_whatever_is_chosen(part: Part, name: str) -> None:
    """Each choice of each setting that has few, and each preset."""
    for settings in choices(part):
        padding_changes_nothing(build(part, name, **settings), kit.SPECS[name], training=False)


def choices(part: Part) -> list[dict[str, Any]]:
    found = [dict(settings) for settings in getattr(part.cls, "presets", {}).values()]
    for setting in part.settings.values():
        few = [True, False] if setting.type is bool else get_args(setting.type)
        if setting.type is bool or get_origin(setting.type) is Literal:
            found += [{setting.name: choice} for choice in few if choice != setting.default]
    return found


@each_ragged
def test_a_batch_of_short_rows_needs_no_length_of_training(part: Part, name: str) -> None:
    """Rows of one step alone, and rows longer than any in training."""
    encoder, signal = build(part, name).eval(), kit.make_signal(kit.SPECS[name], 6)
    if isinstance(signal, Grid):
        first = (slice(None), slice(None), *[slice(0, 1)] * (signal.values.dim() - 2))
        short = Grid(signal.values[first], signal.present, signal.mask[(first[0], *first[2:])])
        twice = Grid(torch.cat([signal.values] * 2, 2), signal.present, torch.cat([signal.mask] * 2, 1))
        assert torch.isfinite(run(encoder, short).summary).all()
        assert torch.isfinite(run(encoder, twice).summary).all()


@each_case
def test_in_evaluation_a_row_does_not_depend_on_others(part: Part, name: str) -> None:
    encoder, signal = build(part, name).eval(), kit.make_signal(kit.SPECS[name], 6, 5, missing=0.2)
    looks = encoder.gives.looks
    together = run(encoder, signal).summary.unflatten(0, (-1, looks))
    for rows in ([2], [4, 0, 2]):
        alone = run(encoder, take(signal, torch.tensor(rows)), seed=1).summary.unflatten(0, (-1, looks))
        kit.rows_equal(alone, together[rows])


# ------------------------------------------------------------------------------------------------------------- learning


@each_case
def test_ten_rows_are_learned_by_heart(part: Part, name: str, tmp_path: Path) -> None:
    system, batch = system_of(part, name), batch_of(name)
    system.begin(batch)
    kit.train(system, batch, tmp_path, 60, rate=0.02)
    answers, _ = system.eval()(batch, want="answers", state=system.start(ROWS))
    assert answers["kind"]["probabilities"].argmax(1).tolist() == [0, 1] * 5


@each_case
def test_killed_training_goes_on_to_the_same_bits(part: Part, name: str, tmp_path: Path) -> None:
    def fresh() -> System:
        system = system_of(part, name)
        system.begin(batch_of(name))
        return system

    whole, again = fresh(), fresh()
    kit.train(whole, batch_of(name), tmp_path / "whole", 4)
    with pytest.raises(kit.Killed):
        kit.train(again, batch_of(name), tmp_path / "killed", 4, kill_at=3)
    again = fresh()
    kit.train(again, batch_of(name), tmp_path / "killed", 4)
    for key, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[key]), key


@each_case
def test_what_is_saved_and_loaded_answers_alike(part: Part, name: str, tmp_path: Path) -> None:
    encoder, signal = build(part, name).eval(), kit.make_signal(kit.SPECS[name], 5)
    write_tensors(tmp_path / "it.safetensors", encoder.state_dict())
    torch.manual_seed(1)
    other = part.cls(kit.SPECS[name], *own_net(part, kit.SPECS[name])).eval()
    other.load_state_dict(read_tensors(tmp_path / "it.safetensors"))
    assert torch.equal(run(other, signal).summary, run(encoder, signal).summary)


@each_case
def test_gradients_are_those_of_finite_differences(part: Part, name: str) -> None:
    encoder = build(part, name).double()
    for _ in range(20):  # statistics of the data: without them all activations are alike, and the greatest is anyone's
        run(encoder.train(), kit.double(kit.make_signal(kit.SPECS[name], 20, 8)))
    encoder.eval()
    signal = kit.double(kit.make_signal(kit.SPECS[name], 3, 7))
    leaves = [p for p in encoder.parameters() if p.requires_grad]
    numbers = getattr(signal, "values", getattr(signal, "numbers", torch.zeros(0)))
    if numbers.numel():
        leaves.append(numbers.requires_grad_())

    def cost() -> torch.Tensor:
        found = run(encoder, signal)
        total = (found.summary * torch.arange(1, found.summary.numel() + 1).view_as(found.summary).sin()).sum()
        return total if found.positions is None else total + (found.positions**2).sum()

    if not any(leaf.numel() for leaf in leaves):
        pytest.skip("nothing in it has a gradient")
    assert cost().dtype == torch.float64
    if cost().requires_grad:
        slope, told = kit.slope_and_gradient(cost, leaves)
        assert slope == pytest.approx(told, rel=1e-4, abs=1e-6)


# ---------------------------------------------------------------------------------------------------- settings, rules


@each_part
def test_every_setting_has_a_sentence_and_a_default_that_fits(part: Part) -> None:
    for setting in part.settings.values():
        assert setting.sentence, setting.name
        assert setting.default is not setting.default.__class__ or setting.default is None
        assert setting.check(setting.default, part.name) == setting.default
    assert part.doc.strip()


BUDGETS = [
    Budget(),
    Budget(seconds=20.0, gigaflops=10.0),
    Budget(seconds=3600.0, gigaflops=1e4),
    Budget(epochs=2.0),
    Budget(steps=5),
]
ANY = [(p, name) for p, name in CASES if p.name != OF_A_USER]


@pytest.mark.parametrize(("part", "name"), ANY, ids=[f"{p.name}-{name}" for p, name in ANY])
@pytest.mark.parametrize("rows", [40, 500, 10_000, 10**6])
def test_its_rules_give_settings_that_exist_and_fit(part: Part, name: str, rows: int) -> None:
    spec = kit.SPECS[name]
    for budget in BUDGETS:
        for description in (Description(rows, 3, 0, rows // 9), Description(rows, 0, 1), Description(rows, 2, 0, 1)):
            found = part.cls.suggest(spec, description, budget)
            settings = {key: value for key, (value, _) in found.items() if key in part.settings}
            assert all(is_wish(key) for key in found if key not in settings)
            assert all(isinstance(why, str) and why for _, why in found.values())
            part.check(settings)
            sure, why = part.cls.preference(spec, description, budget)
            assert 0 <= sure <= 1
            assert why
    torch.manual_seed(0)
    encoder = part.cls(spec, **part.check(settings)).eval()
    assert torch.isfinite(run(encoder, kit.make_signal(spec, 2)).summary).all()


# ---------------------------------------------------------------------------------------- a part from another package


OTHER = '''
"""The mean of each channel: an encoder that comes from another package."""
from typing import Annotated
from torch import nn
from fromraw.encoders.base import Encoder
from fromraw.parts import part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec

@part("means", reads=Grid, dimensions=(1, 2))
class Means(Encoder):
    def __init__(self, spec: GridSpec, *, width: Annotated[int, "numbers that it gives"] = 8) -> None:
        super().__init__()
        self.linear = nn.Linear(spec.channels, width)
        self.gives = RepresentationSpec(width)

    def forward(self, signal: Grid) -> Representation:
        if signal.mask is None:
            return Representation(self.linear(signal.values.flatten(2).mean(2)))
        mask = signal.mask[:, None].to(signal.values.dtype)
        total = (signal.values * mask).flatten(2).sum(2)
        return Representation(self.linear(total / mask.flatten(2).sum(2).clamp_min(1)))
'''


@pytest.fixture
def means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Part:
    """A package with an entry point, as pip would install it."""
    site = tmp_path / "site"
    (site / "elsewhere-0.1.dist-info").mkdir(parents=True)
    (site / "elsewhere.py").write_text(OTHER)
    (site / "elsewhere-0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 0.1\n")
    entry = "[fromraw.encoders]\nmeans = elsewhere:Means\n"
    (site / "elsewhere-0.1.dist-info" / "entry_points.txt").write_text(entry)
    for room in ROOMS:
        parts(room)
    monkeypatch.setattr(fromraw.parts, "_registry", dict(fromraw.parts._registry))
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "elsewhere", raising=False)
    fromraw.parts._load.cache_clear()
    return fromraw.parts.find("encoders", "means")


def test_an_encoder_from_another_package_is_a_part_like_ours(means: Part, tmp_path: Path) -> None:
    assert "means" in parts("encoders")
    assert means.doc.startswith("The mean of each channel")
    assert means.settings["width"].sentence == "numbers that it gives"
    for name in [name for name, spec in kit.SPECS.items() if reads(means, spec)]:
        folder = tmp_path / name
        test_it_gives_the_shapes_that_it_promises(means, name, 5)
        test_in_evaluation_a_row_does_not_depend_on_others(means, name)
        test_gradients_are_those_of_finite_differences(means, name)
        test_ten_rows_are_learned_by_heart(means, name, folder)


def test_an_encoder_from_another_package_is_planned_by_its_name(means: Part) -> None:
    steps = np.random.default_rng(0).normal(size=(60, 9))
    data = {"wave": steps.cumsum(1).astype(np.float32), "label": np.arange(60) % 2}
    options = Options(data, request=Request(steps=2, encoders={"wave": "means"}, settings={"wave.means.width": 5}))
    plan = open_and_plan(options)[1]
    assert plan.inputs["wave"].encoder == [{"means": {"width": 5}}]
    assert plan.inputs["wave"].columns == ["wave"]
