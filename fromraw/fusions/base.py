"""What every fusion is: a module that makes one representation of several."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import nn

from fromraw.signals import Representation, RepresentationSpec


class Fusion(nn.Module, ABC):
    """The constructor takes {input: spec of its representation} and, by keyword, settings; it sets `gives`."""

    room = "fusions"
    gives: RepresentationSpec

    @abstractmethod
    def forward(self, representations: Mapping[str, Representation]) -> Representation:
        """All of the same number of rows and looks; one comes back."""
