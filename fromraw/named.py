"""Modules by names that people gave.

Torch's containers take no dot, no empty name and none of their own methods' names as a key; columns are called
`Sepal.Length` and `type`. The key is part of the weights' names in a run.
"""

from collections.abc import ItemsView, Iterator, KeysView, Mapping

from torch import nn


def key_of(name: str) -> str:
    """A name as a key, one to one."""
    return "_" + name.replace("%", "%25").replace(".", "%2E")


def name_of(key: str) -> str:
    """The name that became this key."""
    return key[1:].replace("%2E", ".").replace("%25", "%")


class Named(nn.Module):
    """{name: module}, for any name."""

    def __init__(self, modules: Mapping[str, nn.Module] | None = None) -> None:
        super().__init__()
        for name, module in (modules or {}).items():
            self[name] = module

    def __setitem__(self, name: str, module: nn.Module) -> None:
        self.add_module(key_of(name), module)

    def __getitem__(self, name: str) -> nn.Module:
        return self._modules[key_of(name)]  # type: ignore[return-value]

    def __contains__(self, name: str) -> bool:
        return key_of(name) in self._modules

    def __iter__(self) -> Iterator[str]:
        return (name_of(key) for key in self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def keys(self) -> KeysView[str]:
        return dict.fromkeys(self).keys()

    def items(self) -> ItemsView[str, nn.Module]:
        return {name: self[name] for name in self}.items()

    def values(self) -> list[nn.Module]:
        return [self[name] for name in self]
