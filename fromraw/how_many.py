"""How many there are, in words: `1 row`, `1,204 rows`."""

from numbers import Integral
from typing import SupportsFloat


def how_many(count: SupportsFloat, things: str) -> str:
    """things: in the plural, which is made a singular where there is one of them: `1 validation row`, `2.5 epochs`."""
    number = f"{count:,}" if isinstance(count, Integral) else f"{float(count):,.6g}"
    return f"{number} {one_of(things) if count == 1 else things}"


def one_of(things: str) -> str:
    """The singular: `category` of `categories`, `picture` of `pictures`, `series` of `series`."""
    if things.endswith("series"):
        return things
    return f"{things[:-3]}y" if things.endswith("ies") else things.removesuffix("s")
