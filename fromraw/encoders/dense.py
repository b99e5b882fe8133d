"""Multilayer perceptron: layers of units, each connected to all units of the layer before.

Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", Nature 323, 1986. Rectified units:
Nair, Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010. Dropout: Srivastava, Hinton,
Krizhevsky, Sutskever, Salakhutdinov, JMLR 2014.
"""

import itertools
import math
from collections.abc import Callable
from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from fromraw.encoders.base import Encoder, Flatten
from fromraw.parts import Budget, Description, Suggestion, part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec, Scalars, ScalarsSpec

Activation = Literal["relu", "tanh", "logistic", "gelu", "silu", "elu", "leaky_relu", "softplus"]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "tanh": torch.tanh,
    "logistic": torch.sigmoid,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "elu": functional.elu,
    "leaky_relu": functional.leaky_relu,
    "softplus": functional.softplus,
}


@part("dense", reads=(Grid, Scalars))
class Dense(Encoder):
    """A grid is read as one long vector, brought to one size first; categories as zeros and ones."""

    def __init__(
        self,
        spec: GridSpec | ScalarsSpec,
        *,
        width: Annotated[int, "units of a layer"] = 256,
        depth: Annotated[int, "layers"] = 2,
        activation: Annotated[Activation, "how each unit is bent"] = "relu",
        dropout: Annotated[float, "share of a layer's units left out at random while training"] = 0.0,
        places: Annotated[int, "a grid is averaged down to at most so many places a side"] = 32,
    ) -> None:
        super().__init__()
        self.flatten = Flatten(spec, places)
        widths = [self.flatten.width, *[width] * depth]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.activation, self.dropout = ACTIVATIONS[activation], nn.Dropout(dropout)
        self.gives = RepresentationSpec(width if depth else self.flatten.width)

    @staticmethod
    def preference(spec: GridSpec | ScalarsSpec, description: Description, budget: Budget) -> tuple[float, str]:
        return 0.2, "reads anything of fixed size"

    @staticmethod
    def suggest(spec: GridSpec | ScalarsSpec, description: Description, budget: Budget) -> Suggestion:
        rows = max(1, description.rows)
        width = int(2 ** min(10, max(5, round(math.log2(rows) / 2 + 1))))
        epochs = round(min(200, max(10, 2_000_000 / rows)))
        return {
            "width": (width, f"about twice the root of {rows:,} rows, 32 to 1,024"),
            "dropout": (0.1 if rows < 20_000 else 0.0, f"{rows:,} rows"),
            "epochs": (epochs, f"two million looks at rows, 10 to 200 at each of {rows:,}"),
        }

    def forward(self, signal: Grid | Scalars) -> Representation:
        """(B, ...) -> summary (B, width)."""
        h = self.flatten(signal)
        for layer in self.layers:
            h = self.dropout(self.activation(layer(h)))
        return Representation(h)
