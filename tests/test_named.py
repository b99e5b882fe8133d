"""Modules by names that people gave."""

import pytest
from torch import nn

from fromraw.named import Named, key_of, name_of


@pytest.mark.parametrize("name", ["Sepal.Length", "type", "values", "", "100%", "a%2Eb", "keys", "0"])
def test_any_name_is_a_key_and_comes_back(name: str) -> None:
    assert name_of(key_of(name)) == name
    module = nn.Linear(1, 1)
    named = Named({name: module})
    assert named[name] is module
    assert name in named
    assert list(named) == [name]
    assert dict(named.items()) == {name: module}
    assert len(list(named.named_parameters())) == 2


def test_different_names_have_different_keys() -> None:
    names = ["a.b", "a%2Eb", "a%b", "_a", "a"]
    assert len({key_of(name) for name in names}) == len(names)
