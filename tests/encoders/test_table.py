"""What the encoder for tables promises beside the conformance suite."""

import dataclasses

import pytest
import torch

from fromraw.encoders import table
from fromraw.encoders.table import Table
from fromraw.parts import Budget, Description, find
from fromraw.signals import Scalars, ScalarsSpec, take

SPEC = ScalarsSpec(("age", "pay"), ("town",), (4,))


def people(rows: int) -> Scalars:
    numbers = torch.linspace(-1, 1, 2 * rows).reshape(rows, 2)
    return Scalars(
        numbers,
        torch.zeros(rows, 2, dtype=torch.bool),
        torch.arange(rows)[:, None] % 4,
        torch.ones(rows, dtype=torch.bool),
    )


def trained_on(signal: Scalars, **settings: float) -> Table:
    encoder = Table(SPEC, **{"nets": 3, "width": 8, "bins": 4, **settings})
    encoder.begin(signal)
    return encoder.eval()


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([5.0, 1.0, 2.0, 4.0, 3.0], [1.0, 2.0, 3.0, 4.0, 5.0]),
        ([0.0] * 96 + [1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0, 4.0]),  # all quantiles but the last are 0
        ([7.0, 7.0], [6.5, 7.5]),
        ([], [-0.5, 0.5]),
    ],
)
def test_bins_lie_between_quantiles_also_where_values_repeat(values: list[float], edges: list[float]) -> None:
    assert table._edges(torch.tensor(values), bins=4).tolist() == edges


def test_the_looks_of_a_row_lie_side_by_side_and_differ() -> None:
    signal = people(5)
    encoder = trained_on(signal)
    every, third = encoder(signal), encoder(take(signal, slice(2, 3)))
    assert every.looks == encoder.gives.looks == 3
    torch.testing.assert_close(every.summary[6:9], third.summary)
    assert not torch.allclose(third.summary[0], third.summary[1])


def test_what_is_stored_in_a_missing_cell_does_not_matter() -> None:
    signal = people(5)
    missing = torch.zeros(5, 2, dtype=torch.bool)
    missing[1, 0] = True
    other = signal.numbers.clone()
    other[1, 0] = 9.0
    one, two = (dataclasses.replace(signal, numbers=n, missing=missing) for n in (signal.numbers, other))
    torch.testing.assert_close(trained_on(one, nets=1).numbers.low, trained_on(two, nets=1).numbers.low)
    encoder = trained_on(one)
    torch.testing.assert_close(encoder(one).summary, encoder(two).summary)


def test_a_number_beyond_all_training_rows_is_read_as_the_largest_of_them() -> None:
    signal = people(5)
    encoder = trained_on(signal)
    largest, beyond = signal.numbers.clone(), signal.numbers.clone()
    largest[0, 1], beyond[0, 1] = 1.0, 1e6
    answers = [encoder(dataclasses.replace(signal, numbers=n)).summary for n in (largest, beyond)]
    torch.testing.assert_close(*answers)


def test_dropout_leaves_out_its_share_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropped = table._drop(torch.ones(1001, 101), 0.25)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)


def test_tables_without_numbers_or_without_categories_are_read() -> None:
    signal = people(4)
    none = torch.zeros(4, 0)
    only_town = dataclasses.replace(signal, numbers=none, missing=none.bool())
    only_numbers = dataclasses.replace(signal, categories=none.long())
    for spec, some in [(ScalarsSpec((), ("town",), (4,)), only_town), (ScalarsSpec(("age", "pay")), only_numbers)]:
        encoder = Table(spec, nets=2, width=8)
        encoder.begin(some)
        assert encoder(some).summary.shape == (8, 8)


@pytest.mark.parametrize("rows", [40, 700, 13_000, 1_000_000])
@pytest.mark.parametrize("columns", [1, 28, 1_000])
def test_rules_fit_their_settings_and_grow_with_the_minutes(rows: int, columns: int) -> None:
    spec = ScalarsSpec(tuple(f"x{i}" for i in range(columns)))
    short, long = (Table.suggest(spec, Description(rows, numbers=1), Budget(seconds=s)) for s in (1.0, 1e6))
    known = {setting.name for setting in find("encoders", "table").settings.values()}
    for suggestion in (short, long):
        settings = {name: value for name, (value, _) in suggestion.items() if name in known}
        find("encoders", "table").check(settings)
        assert 4 <= settings["bins"] <= 32
        assert suggestion["batch"][0] <= 256
        assert all(why for _, why in suggestion.values())
    assert short["width"][0] <= long["width"][0]
    assert (short["members"][0], long["members"][0]) == (1, 5)


def test_more_rows_ask_for_fewer_passes_and_less_dropout() -> None:
    wishes = [
        Table.suggest(SPEC, Description(rows, categories=2), Budget(seconds=60.0)) for rows in (100, 10_000, 10**6)
    ]
    for key in ("epochs", "dropout"):
        values = [wish[key][0] for wish in wishes]
        assert values == sorted(values, reverse=True)
