"""The convolutional network keeps what it promises: any size, and padding that changes nothing."""

import pytest
import torch
from torch import nn

from fromraw.encoders.convnet import ConvNet, Norm
from fromraw.parts import Budget, Description, find, is_wish
from fromraw.signals import Grid, GridSpec

TINY = {"widths": (8, 16), "stem_width": 8}


def grid(*shape: int, seed: int = 0) -> Grid:
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return Grid(values, torch.ones(shape[0], dtype=torch.bool))


def padded(rows: list[torch.Tensor], extra: int = 0) -> Grid:
    """Rows (C, *space) of differing sizes side by side, junk where there is padding."""
    space = [max(r.shape[d] for r in rows) + extra for d in range(1, rows[0].dim())]
    values = torch.full((len(rows), rows[0].shape[0], *space), 7.0)
    mask = torch.zeros(len(rows), *space, dtype=torch.bool)
    for number, row in enumerate(rows):
        at = tuple(slice(n) for n in row.shape[1:])
        values[(number, slice(None), *at)] = row
        mask[(number, *at)] = True
    return Grid(values, torch.ones(len(rows), dtype=torch.bool), mask)


@pytest.mark.parametrize("size", [(1,), (2,), (37,), (1, 1), (1, 50), (9, 2), (28, 28), (31, 64), (1, 1, 1), (5, 8, 3)])
@pytest.mark.parametrize("stem", ["whiten", "learned", "none"])
def test_any_size_gives_what_it_says(size: tuple[int, ...], stem: str) -> None:
    net = ConvNet(GridSpec(3, size), stem=stem, stem_kernel=2, summary="both", **TINY)  # type: ignore[arg-type]
    net.begin(grid(4, 3, *size))
    found = net(grid(4, 3, *size))
    assert found.summary.shape == (4, net.gives.summary)
    assert found.grid == net.gives.grid
    assert found.positions is not None
    assert found.positions.shape == (4, torch.Size(net.gives.grid).numel(), net.gives.positions)
    assert bool(found.summary.isfinite().all())


@pytest.mark.parametrize("sizes", [[(1,), (6,), (17,)], [(1, 1), (3, 9), (8, 4)], [(2, 1, 3), (5, 4, 4)]])
@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("training", [True, False])
def test_padding_changes_nothing(sizes: list[tuple[int, ...]], pool: str, training: bool) -> None:
    rows = [torch.randn(2, *size, generator=torch.Generator().manual_seed(n)) for n, size in enumerate(sizes)]
    longest = tuple(max(s[d] for s in sizes) for d in range(len(sizes[0])))
    torch.manual_seed(0)
    net = ConvNet(GridSpec(2, longest, ragged=True), pool=pool, summary="both", **TINY)  # type: ignore[arg-type]
    net.train(training)
    few = net(padded(rows)).summary
    torch.testing.assert_close(net(padded(rows, extra=5)).summary, few, rtol=1e-4, atol=1e-5)
    if not training:
        for number, row in enumerate(rows):
            torch.testing.assert_close(net(padded([row])).summary[0], few[number], rtol=1e-4, atol=1e-5)


def test_statistics_of_a_masked_batch_are_those_of_its_real_places() -> None:
    x = torch.randn(3, 4, 5)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.bool)
    ours, torchs = Norm(4), nn.BatchNorm1d(4)
    real = x.transpose(1, 2)[mask]
    expected = torchs(real)
    torch.testing.assert_close(ours(x, mask).transpose(1, 2)[mask], expected)
    torch.testing.assert_close(ours.running_mean, torchs.running_mean)
    torch.testing.assert_close(ours.running_var, torchs.running_var)


def test_statistics_of_what_was_computed_in_bf16_are_summed_in_float32() -> None:
    random = torch.Generator().manual_seed(0)
    x, mask = torch.randn(8, 4, 50, generator=random) + 3, torch.arange(50) < torch.arange(8)[:, None] * 5 + 10
    half, whole = Norm(4), Norm(4)
    half(x.bfloat16(), mask)
    whole(x, mask)
    assert half.running_mean is not None
    assert half.running_mean.dtype == torch.float32
    torch.testing.assert_close(half.running_mean, whole.running_mean, atol=2e-3, rtol=0)


def test_a_missing_row_does_not_enter_batch_statistics() -> None:
    whole, first = grid(3, 1, 12, 12), grid(3, 1, 12, 12)
    there = torch.tensor([True, True, False])
    net = ConvNet(GridSpec(1, (12, 12)), **TINY)  # type: ignore[arg-type]
    missing = Grid(whole.values, there)
    alone = Grid(first.values[:2], there[:2])
    torch.testing.assert_close(net(missing).summary[:2], net(alone).summary, rtol=1e-4, atol=1e-5)


def test_a_batch_without_any_row_that_is_there_is_answered() -> None:
    net = ConvNet(GridSpec(1, (12, 12)), **TINY)  # type: ignore[arg-type]
    for training in (True, False):
        found = net.train(training)(Grid(torch.zeros(2, 1, 12, 12), torch.zeros(2, dtype=torch.bool)))
        assert bool((found.summary == 0).all())


def test_whitening_filters_decorrelate_neighbors() -> None:
    smooth = nn.functional.avg_pool2d(torch.randn(64, 3, 20, 20), 3, 1)
    signal = Grid(smooth / smooth.std(), torch.ones(64, dtype=torch.bool))
    net = ConvNet(GridSpec(3, (18, 18)), stem="whiten", stem_kernel=2, stem_stride=1, **TINY)  # type: ignore[arg-type]
    net.begin(signal)
    assert net.stem is not None
    seen = net.stem(signal.values, None)[0][:, :12].transpose(0, 1).flatten(1)
    torch.testing.assert_close(seen @ seen.T / seen.shape[1], torch.eye(12), rtol=0.1, atol=0.1)


def test_lenet_is_a_preset_that_runs() -> None:
    net = ConvNet(GridSpec(1, (28, 28)), **ConvNet.presets["lenet"])
    assert net(grid(2, 1, 28, 28)).summary.shape == (2, 16)


@pytest.mark.parametrize(("rows", "size"), [(1_400, (8, 8)), (54_000, (28, 28)), (250, (30,))])
def test_several_nets_are_made_only_where_each_has_all_its_epochs(rows: int, size: tuple[int, ...]) -> None:
    """By what a step takes at 160 GFLOP/s (recipes/LOG.md): 13 ms, and the products of the net."""
    spec = GridSpec(1, size)
    for seconds in (20.0, 60.0, 200.0, 600.0):
        found = ConvNet.suggest(spec, Description(rows, categories=10), Budget(seconds=seconds, gigaflops=160.0))
        nets, aimed, batch = (found[name][0] for name in ("members", "epochs", "batch"))
        steps = nets * aimed / 6 * rows / batch
        assert nets == 1 or 0.013 * steps <= seconds


@pytest.mark.parametrize(
    "size", [(1,), (24,), (140,), (5000,), (8, 8), (28, 28), (32, 32), (64, 64), (192, 160), (1, 300), (64, 64, 64)]
)
@pytest.mark.parametrize("rows", [40, 1000, 60_000])
@pytest.mark.parametrize("seconds", [20.0, 500.0])
def test_suggestions_are_settings_with_reasons(size: tuple[int, ...], rows: int, seconds: float) -> None:
    spec = GridSpec(3, size)
    found = ConvNet.suggest(spec, Description(rows, categories=10), Budget(seconds=seconds, threads=2))
    assert all(why for _, why in found.values())
    settings = find("encoders", "convnet").check({k: v for k, (v, _) in found.items() if not is_wish(k)})
    net = ConvNet(spec, **settings)
    assert min(net.gives.grid) >= 1


def test_more_minutes_never_give_a_narrower_net() -> None:
    spec, data = GridSpec(3, (32, 32)), Description(50_000, categories=10)
    widths = [
        ConvNet.suggest(spec, data, Budget(seconds=s))["widths"][0][-1] for s in (10.0, 60.0, 200.0, 600.0, 3600.0)
    ]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
