"""Nothing learned before the decoder: the raw numbers themselves, side by side.

With `classify` this is logistic regression (Cox, 1958), with `regress` linear regression: the simplest system there is,
and the one that every deep one must beat.
"""

from typing import Annotated

from fromraw.encoders.base import Encoder, Flatten
from fromraw.parts import Budget, Description, Suggestion, part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec, Scalars, ScalarsSpec


@part("linear", reads=(Grid, Scalars))
class Linear(Encoder):
    def __init__(
        self,
        spec: GridSpec | ScalarsSpec,
        *,
        places: Annotated[int, "a grid is averaged down to at most so many places a side"] = 32,
    ) -> None:
        super().__init__()
        self.flatten = Flatten(spec, places)
        self.gives = RepresentationSpec(self.flatten.width)

    @staticmethod
    def preference(spec: GridSpec | ScalarsSpec, description: Description, budget: Budget) -> tuple[float, str]:
        return 0.1, "the simplest"

    @staticmethod
    def suggest(spec: GridSpec | ScalarsSpec, description: Description, budget: Budget) -> Suggestion:
        return {"epochs": (50, "a linear map settles in so many"), "rate": (1e-3, "of AdamW")}

    def forward(self, signal: Grid | Scalars) -> Representation:
        """(B, ...) -> summary (B, D), D as many numbers as a row holds; 0 where one is missing."""
        return Representation(self.flatten(signal))
