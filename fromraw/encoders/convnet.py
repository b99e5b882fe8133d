"""Convolutional network: small filters shared over all places, then over ever coarser ones.

LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the IEEE 1998:
local connections, shared weights, pooling, many layers; here alike for series (one space dimension), pictures (two) and
volumes (three). Depth by small kernels: Simonyan, Zisserman, "Very deep convolutional networks", ICLR 2015. Ioffe,
Szegedy, "Batch normalization", ICML 2015. Hendrycks, Gimpel, "Gaussian error linear units", 2016. The preset `fast`, a
stem of whitening filters, pooling before the first normalization and a maximum over all places at the end: Jordan,
"94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from fromraw.encoders.base import Encoder
from fromraw.parts import Budget, Description, Suggestion, mark, part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec

Mask = Bool[Tensor, "batch *space"] | None
Out = tuple[Float[Tensor, "batch width *places"], Bool[Tensor, "batch *places"] | None]
ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu, "relu": functional.relu, "silu": functional.silu, "tanh": torch.tanh,
}  # fmt: skip
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
MAX_POOL = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
AVERAGE_POOL = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)


def blank(x: Tensor, mask: Mask, value: float = 0.0) -> Tensor:
    """x (B, C, *space) with padding, where mask (B, *space) is False, set to a value."""
    return x if mask is None else torch.where(mask[:, None], x, value)


class Convolution(nn.Module):
    """Kernels over places. Tight: only whole looks count, as many from each border. Else a stride s gives ceil(n / s)
    places of n, so that a row's own places do not depend on how much padding follows them."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, dimensions: int, bias: bool, tight: bool = False
    ) -> None:
        super().__init__()
        self.kernel, self.stride, self.border, self.tight = kernel, stride, max(0, kernel - stride) // 2, tight
        self.conv = CONVOLUTIONS[dimensions - 1](inputs, outputs, kernel, stride, self.border, bias=bias)

    def forward(self, x: Float[Tensor, "batch channels *space"], mask: Mask) -> Out:
        wanted = [(self.places(n) - 1) * self.stride + self.kernel - n - 2 * self.border for n in x.shape[2:]]
        if not self.tight and any(wanted):
            x = functional.pad(x, [side for n in reversed(wanted) for side in (0, n)])
        x = self.conv(x)
        if mask is not None:
            mask = mask[(slice(None), *(slice(None, n * self.stride, self.stride) for n in x.shape[2:]))]
        return blank(x, mask), mask

    def places(self, size: int) -> int:
        """How many there are after this, of so many before."""
        if self.tight:
            return (size + 2 * self.border - self.kernel) // self.stride + 1
        return math.ceil(size / self.stride)


class Norm(nn.modules.batchnorm._BatchNorm):
    """Batch normalization whose statistics are of real places only, never of padding."""

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of space dimensions will do."""

    def forward(self, x: Float[Tensor, "batch channels *space"], mask: Mask = None) -> Tensor:
        real = x.numel() // x.shape[1] if mask is None else int(mask.sum())
        learning = self.training and real > 1  # the variance of one place is not known
        if mask is None:
            rate = self._momentum() if learning else 0.0
            return functional.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, learning, rate, self.eps
            )
        mean, variance = self._measure(x, mask, real) if learning else (self.running_mean, self.running_var)
        shape = (1, -1, *[1] * (x.dim() - 2))
        scale = torch.rsqrt(variance + self.eps) * self.weight  # type: ignore[operator, arg-type]
        return blank((x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape), mask)  # type: ignore[union-attr]

    def _measure(self, x: Tensor, mask: Tensor, real: int) -> tuple[Tensor, Tensor]:
        """Mean and variance of each channel over real places; moves the running ones."""
        x = x.type_as(self.running_mean)  # type: ignore[arg-type]  # what is computed in bf16 is summed in float32
        places = (0, *range(2, x.dim()))
        mean = blank(x, mask).sum(places) / real
        centered = blank(x - mean.view(1, -1, *[1] * (x.dim() - 2)), mask)
        variance = (centered**2).sum(places) / real
        rate = self._momentum()
        with torch.no_grad():
            self.running_mean.lerp_(mean, rate)  # type: ignore[union-attr]
            self.running_var.lerp_(variance * real / (real - 1), rate)  # type: ignore[union-attr]
        return mean, variance

    def _momentum(self) -> float:
        self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
        return 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum  # type: ignore[arg-type]


class Pool(nn.Module):
    """Every second place in each dimension, the greatest or the average of two; a dimension of one place is left."""

    def __init__(self, kind: str, ragged: bool) -> None:
        super().__init__()
        self.kind, self.ragged = kind, ragged

    def forward(self, x: Float[Tensor, "batch channels *space"], mask: Mask) -> Out:
        # Ragged rows keep an odd last place: whether there is one must not depend on the padding beside it.
        how: dict[str, Any] = {"kernel_size": [min(2, n) for n in x.shape[2:]], "ceil_mode": self.ragged}
        at = x.dim() - 3
        if mask is None:
            return (MAX_POOL if self.kind == "max" else AVERAGE_POOL)[at](x, **how), None
        real = mask[:, None].to(x.dtype)
        pooled = MAX_POOL[at](real, **how)[:, 0] > 0
        if self.kind == "max":
            return blank(MAX_POOL[at](blank(x, mask, -math.inf), **how), pooled), pooled
        share = AVERAGE_POOL[at](real, **how).clamp_min(1e-6)
        return blank(AVERAGE_POOL[at](blank(x, mask), **how) / share, pooled), pooled


class Group(nn.Module):
    """Convolutions of one width, the first of them followed by pooling; each normalized, then bent."""

    def __init__(
        self, inputs: int, width: int, kernel: int, depth: int, pool: Pool, activation: str, normalize: bool, dims: int
    ) -> None:
        super().__init__()
        pairs = itertools.pairwise([inputs, *[width] * depth])
        self.convolutions = nn.ModuleList(Convolution(a, b, kernel, 1, dims, not normalize) for a, b in pairs)
        if normalize:  # the scale of a kernel is then set by what follows it, so that a rule may fix it
            [mark(kernels, "matrix") for kernels in self.convolutions.parameters()]
        self.norms = nn.ModuleList(Norm(width) if normalize else nn.Identity() for _ in range(depth))
        self.pool, self.activation = pool, ACTIVATIONS[activation]

    def forward(self, x: Float[Tensor, "batch channels *space"], mask: Mask) -> Out:
        for number, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x, mask = convolution(x, mask)
            if number == 0:  # before norm and activation, which then have a quarter of the places to work on
                x, mask = self.pool(x, mask)
            x = norm(x, mask) if isinstance(norm, Norm) else x
            x = blank(self.activation(x), mask)
        return x, mask


@part("convnet", reads=Grid, dimensions=(1, 2, 3))
class ConvNet(Encoder):
    """A stem, groups of convolutions that each halve the grid, and what is greatest or average over all places."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "fast": {},
        "lenet": {"widths": (6, 16), "kernel": 5, "depth": 1, "stem": "none", "pool": "average",
                  "summary": "average", "activation": "tanh", "normalize": False},
    }  # fmt: skip

    def __init__(
        self,
        spec: GridSpec,
        *,
        widths: Annotated[tuple[int, ...], "feature maps of each group; each group halves the grid"] = (32, 64, 128),
        depth: Annotated[int, "convolutions in a group"] = 2,
        kernel: Annotated[int, "places that a filter of a group sees in each dimension"] = 3,
        stem: Annotated[
            Literal["whiten", "learned", "none"],
            "the first filters: those that decorrelate neighbors, from training rows and then fixed; learned; none",
        ] = "learned",
        stem_width: Annotated[int, "feature maps of a learned stem"] = 32,
        stem_kernel: Annotated[int, "places that a filter of the stem sees in each dimension"] = 4,
        stem_stride: Annotated[int, "places from one look of the stem to the next"] = 2,
        pool: Annotated[Literal["max", "average"], "what is kept of neighboring places"] = "max",
        summary: Annotated[Literal["max", "average", "both"], "what is kept of all places at the end"] = "max",
        activation: Annotated[Literal["gelu", "relu", "silu", "tanh"], "how each unit is bent"] = "gelu",
        normalize: Annotated[bool, "batch normalization after each convolution"] = True,
        dropout: Annotated[float, "share of the summary's units left out at random while training"] = 0.0,
        places: Annotated[bool, "a channel more for each dimension, that says where a place lies"] = False,
    ) -> None:
        super().__init__()
        self.sizes = spec.sizes if places else ()
        spec = replace(spec, channels=spec.channels + len(self.sizes))
        dims, self.kind = spec.dimensions, stem
        width = spec.channels
        self.stem: Convolution | None = None
        if stem != "none":
            width = 2 * spec.channels * stem_kernel**dims if stem == "whiten" else stem_width
            tight = not spec.ragged and min(spec.sizes) >= 4 * stem_kernel
            self.stem = Convolution(spec.channels, width, stem_kernel, stem_stride, dims, True, tight)
            self.stem.conv.weight.requires_grad_(stem == "learned")
            mark(self.stem.conv.weight, "vector")  # few, of unlike scales: left out of matrix rules
        self.groups = nn.ModuleList()
        for wider in widths:
            shared = Pool(pool, spec.ragged)
            self.groups.append(Group(width, wider, kernel, depth, shared, activation, normalize, dims))
            width = wider
        self.activation, self.summarize = ACTIVATIONS[activation], summary
        self.dropout = nn.Dropout(dropout)
        stride = stem_stride if self.stem else 1
        self.gives = RepresentationSpec(
            summary=width * (2 if summary == "both" else 1),
            positions=width,
            grid=tuple(self._places(size, spec.ragged)[0] for size in spec.sizes),
            strides=tuple(stride * 2 ** self._places(size, spec.ragged)[1] for size in spec.sizes),
        )

    def _places(self, size: int, ragged: bool) -> tuple[int, int]:
        """How many places are left of a size, and how often they were halved."""
        halved = 0
        if self.stem is not None:
            size = self.stem.places(size)
        for _ in self.groups:
            if size > 1:
                size, halved = (size + ragged) // 2, halved + 1
        return size, halved

    @torch.no_grad()
    def begin(self, signal: Grid) -> None:
        """Fix whitening filters: principal directions of small patches, scaled to unit variance, and minus them."""
        if self.kind != "whiten" or self.stem is None or not len(signal.values):
            return
        kernel, x = self.stem.kernel, self._see(signal)[0][signal.present][:1024]
        for dimension in range(2, x.dim()):
            x = functional.pad(x, [0, 0] * (x.dim() - 1 - dimension) + [0, max(0, kernel - x.shape[dimension])])
            x = x.unfold(dimension, kernel, 1)
        dims = self.stem.conv.weight.dim() - 2
        patches = x.movedim(1, 1 + dims).flatten(0, dims).flatten(1).double()
        values, vectors = torch.linalg.eigh(patches.T @ patches / max(1, len(patches)))
        filters = (vectors / (values + 5e-4).sqrt()).T.reshape(-1, *self.stem.conv.weight.shape[1:])
        self.stem.conv.weight.copy_(torch.cat([filters, -filters]))
        self.stem.conv.bias.zero_()  # type: ignore[union-attr]

    def forward(self, signal: Grid) -> Representation:
        """signal.values (B, C, *space) -> summary (B, D) and positions (B, P, W), P places in the order of the grid."""
        x, mask = self._see(signal)
        if self.stem is not None:
            x, mask = self.stem(x, mask)
            x = blank(self.activation(x), mask)
        for group in self.groups:
            x, mask = group(x, mask)
        places = None if mask is None else mask.flatten(1)
        summary = self.dropout(self._summary(x.flatten(2), places))
        return Representation(summary, x.flatten(2).transpose(1, 2), places, grid=tuple(x.shape[2:]))

    def _see(self, signal: Grid) -> Out:
        """The values, with the channels of places where there are such; a missing row is all padding, so that it does
        not enter batch statistics."""
        x, mask = signal.values, signal.mask
        if not bool(signal.present.all()):
            there = signal.present.view(-1, *[1] * (x.dim() - 2)).expand(len(x), *x.shape[2:])
            mask = there if mask is None else mask & there
        x = blank(torch.cat([x, *self._where(x)], 1) if self.sizes else x, mask)
        return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x, mask

    def _where(self, x: Tensor) -> list[Tensor]:
        """(B, 1, *space) for each dimension: -1.5 at the first place to 1.5 at the last of the longest row."""
        found = []
        for at, size in enumerate(self.sizes):
            line = torch.arange(x.shape[2 + at], device=x.device, dtype=x.dtype) / max(1, size - 1) * 3 - 1.5
            shape = [-1 if d == at else 1 for d in range(len(self.sizes))]
            found.append(line.view(1, 1, *shape).expand(len(x), 1, *x.shape[2:]))
        return found

    def _summary(self, x: Float[Tensor, "batch width places"], mask: Mask) -> Float[Tensor, "batch summary"]:
        """The greatest and, or, the average of each feature map over its real places; 0 where there is none."""
        found = []
        if self.summarize != "average":
            greatest = blank(x, mask, -math.inf).amax(2)
            found.append(greatest if mask is None else torch.where(mask.any(1, keepdim=True), greatest, 0.0))
        if self.summarize != "max":
            found.append(x.mean(2) if mask is None else x.sum(2) / mask.sum(1, keepdim=True).clamp_min(1))
        return torch.cat(found, 1)

    @staticmethod
    def preference(spec: GridSpec, description: Description, budget: Budget) -> tuple[float, str]:
        return 1.0, "values on a grid: what is learned at one place serves at all"

    @staticmethod
    def suggest(spec: GridSpec, description: Description, budget: Budget) -> Suggestion:
        """The preset `fast`: a stem by size, halvings until a few places are left, and as wide as the minutes allow."""
        rows, seconds, stem = max(1, description.rows), budget.seconds or math.inf, _suggest_stem(spec)
        shape = {name: value for name, (value, _) in stem.items()}
        halvings = max(1, math.floor(math.log2(max(spec.sizes) / shape["stem_stride"] / 1.75)))
        epochs = round(EPOCHS * min(8.0, max(1.0, math.sqrt(50_000 / rows))))
        drawn = spec.dimensions == 2 and spec.channels == 1 and max(spec.sizes) <= SMALL
        most = 32 if rows <= 2_000 or drawn else 64 if spec.channels == 1 else 128
        ladder = [tuple(base * min(4, 2**n) for n in range(halvings)) for base in BASES if base <= most]
        batch = 2 ** round(math.log2(min(256, max(32, rows / 24))))
        cost = [_gigaflops(spec, widths, shape, batch) * rows * epochs / budget.gigaflops for widths in ladder]
        widths, why = ladder[1], "a middling width, as no minutes are given"
        if seconds < math.inf:
            widths = ladder[max((n for n in range(len(ladder)) if cost[n] <= seconds), default=0)]
            why = f"the widest that {budget.gigaflops:.0f} GFLOP/s show {rows:,} rows {epochs} times in {seconds:.0f} s"
        room = int(seconds / cost[-1] / AMPLE) if widths == ladder[-1] and seconds < math.inf else 1
        members = min(MEMBERS, max(1, room))
        beside = {"beside": ("random_convolutions", RIDGE)} if spec.dimensions == 1 and rows <= FEW else {}
        return {
            **beside,
            "members": (
                members,
                "what is left of the minutes: each learns from all but one fold, and they are averaged"
                if members > 1
                else "one net: it takes the minutes alone",
            ),
            "widths": (widths, why),
            **stem,
            "optimizer": ("muon", "1.7 points over SGD on cifar10; elsewhere no clear difference (recipes/LOG.md)"),
            "rate": (0.2, "of Muon: the share of its norm by which a matrix turns; 0.1 and 0.2 were equal"),
            "decoder.smoothing": (0.1, "99.46% against 99.29% without, on digits in half a minute (recipes/LOG.md)"),
            "weight_decay": (0.0, "Muon keeps each matrix's norm, so there is nothing to hold back"),
            "batch": (batch, f"about a 24th of {rows:,} rows, from 32 to 256: so many steps in an epoch"),
            "epochs": (6 * epochs, f"six times the {epochs} that are aimed at; whether more pays was not tried"),
        }


MEMBERS = 5
"""Nets that are averaged at most, where the widest leaves time for several: on mnist neither twice the width nor twice
the epochs gained what two nets did (recipes/LOG.md)."""
AMPLE = 1.5
"""How much longer than the epochs aimed at each net should learn where there is more than one."""
FEW = 8_000
"""Series of at most so many rows are read by random convolutions too."""
RIDGE = "ridge on random convolutions errs apart from nets on short series: the average was never below the better one"
SMALL = 48
"""Pixels on the longest side of a small picture."""
EPOCHS = 4
"""Looks at each of 50,000 rows before more width is worth more than more looks (a guess between what was measured)."""
BASES = (16, 32, 48, 64, 96, 128)
SLOWER, STEP = 1.8, 2.1
"""How much longer the products of a net take, with norms, activations and pooling, than as many in one matrix product;
and the GFLOP that one could do meanwhile in what each step takes besides (recipes/LOG.md)."""


def _suggest_stem(spec: GridSpec) -> Suggestion:
    """The first filters, by the longest side: fine where there is little to see, coarse where there is much."""
    longest, series = max(spec.sizes), spec.dimensions == 1
    if spec.channels == 3 and spec.dimensions == 2 and 24 <= longest <= SMALL and not spec.ragged:
        why = f"color at {longest} px: neighbors decorrelated, at full resolution"
        return {"stem": ("whiten", why), "stem_kernel": (2, why), "stem_stride": (1, why)}
    wanted = (256, 40, 16)[spec.dimensions - 1]
    stride = 2 ** max(longest > 16 and not series, round(math.log2(longest / wanted)))
    why = f"{longest} long: {math.ceil(longest / stride)} places are enough after it"
    found: Suggestion = {
        "stem_kernel": (max(7 if series else 3, 2 * stride), why),
        "stem_stride": (stride, why),
        "stem_width": (16 if longest <= SMALL and not series else 32, why),
    }
    if series:
        found["kernel"] = 7, "one dimension: wide filters are cheap"
        found["summary"] = "both", "a series is told by what occurs in it and by how often"
        found["places"] = True, "and by where: what only a place tells is not learned without it (recipes/LOG.md)"
    return found


def _gigaflops(spec: GridSpec, widths: tuple[int, ...], shape: Mapping[str, Any], batch: int) -> float:
    """What a matrix product could do in the time in which one row is learned from: forward, and twice that backward; a
    multiply-add counts as two."""
    dims, kernel, stride = spec.dimensions, shape["stem_kernel"], shape["stem_stride"]
    sizes = [max(1, (n - (kernel - stride) % 2) // stride) for n in spec.sizes]
    patch, filter = spec.channels * kernel**dims, shape.get("kernel", 3) ** dims
    inputs = shape.get("stem_width", 2 * patch)
    products = math.prod(sizes) * patch * inputs
    for width in widths:
        products += math.prod(sizes) * filter * inputs * width
        sizes, inputs = [max(1, n // 2) for n in sizes], width
        products += math.prod(sizes) * filter * width * width
    return SLOWER * 3 * 2e-9 * products + STEP / batch
