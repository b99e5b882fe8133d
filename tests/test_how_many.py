"""How many there are, in words."""

from typing import SupportsFloat

import numpy as np
import pytest

from fromraw.how_many import how_many

SAID = [
    (1, "validation rows", "1 validation row"),
    (0, "rows", "0 rows"),
    (1204, "pictures", "1,204 pictures"),
    (np.int64(1), "categories", "1 category"),
    (1, "series", "1 series"),
    (2, "series", "2 series"),
    (1.0, "epochs", "1 epoch"),
    (2.5, "minutes", "2.5 minutes"),
    (np.int64(2_500_000), "rows", "2,500,000 rows"),
]


@pytest.mark.parametrize(("count", "things", "words"), SAID)
def test_one_is_said_in_the_singular(count: SupportsFloat, things: str, words: str) -> None:
    assert how_many(count, things) == words
