"""How a part is registered, named and found, and how its settings are read from its signature.

A part is a class with one decorator. Its settings are its constructor's keyword-only arguments, each with a type, a
default and one sentence: command line, plan file, validation and docs come from them, and there is no second schema.
Built-in parts are found by looking into their room; parts of other packages by the entry points `fromraw.ROOM`.
"""

import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from fromraw.errors import UsageError, unknown

ROOMS = ("sources", "columns", "encoders", "fusions", "decoders", "baselines", "findings", "audits", "figures")
C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Setting:
    """One knob of a part: its name, type, default, and one sentence on what it does."""

    name: str
    type: Any
    default: Any
    sentence: str

    def check(self, value: Any, part: str) -> Any:
        """The value, converted where that loses nothing; UsageError where it does not fit the type."""
        kinds = get_args(self.type) if get_origin(self.type) in (Union, types.UnionType) else (self.type,)
        for kind in kinds:
            if (converted := _fit(kind, value)) is not _NO:
                return converted
        raise UsageError(f"{part}.{self.name} must be {type_in_words(self.type)}, got {value!r}.")


_NO = object()


def _fit(kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        return value if value in get_args(kind) else _NO
    if get_origin(kind) in (tuple, list):
        return tuple(value) if isinstance(value, list | tuple) else _NO
    if kind is Any or (kind is type(None) and value is None):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if inspect.isclass(kind) and isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    return _NO


def type_in_words(kind: Any) -> str:
    """`Literal["a", "b"]` as '"a" or "b"', `int` as 'a whole number', and so on."""
    if get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(kind))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(type_in_words(member) for member in get_args(kind))
    if get_origin(kind) in (tuple, list):
        return "a list"
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "none"}.get(
        kind, str(kind)
    )


@dataclass(frozen=True)
class Part:
    """A registered class and what is said of it."""

    name: str
    room: str
    cls: Any
    reads: tuple[type, ...] = ()
    dimensions: tuple[int, ...] = ()

    @property
    def path(self) -> Path:
        return Path(inspect.getfile(self.cls))

    @property
    def doc(self) -> str:
        """The docstring of the part's file, where the idea and the paper are named; else that of the class."""
        return inspect.getdoc(inspect.getmodule(self.cls)) or inspect.getdoc(self.cls) or ""

    @property
    def settings(self) -> dict[str, Setting]:
        return settings_of(self.cls)

    def check(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The given settings, each fitting its type; UsageError for one that is unknown or does not fit."""
        known = self.settings
        for name in settings:
            if name not in known:
                raise unknown("setting", name, known, self.name)
        return {name: known[name].check(value, self.name) for name, value in settings.items()}

    def defaults(self) -> dict[str, Any]:
        return {name: setting.default for name, setting in self.settings.items()}


def settings_of(cls: type) -> dict[str, Setting]:
    """The keyword-only arguments of a constructor, as settings."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    hints = get_type_hints(cls.__init__, include_extras=True)  # type: ignore[misc]
    found = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            kind, *sentence = get_args(hints[name]) if hasattr(hints[name], "__metadata__") else (hints[name],)
            found[name] = Setting(name, kind, parameter.default, str(sentence[0]) if sentence else "")
    return found


_registry: dict[tuple[str, str], Part] = {}


def part(name: str, *, reads: Any = None, dimensions: int | tuple[int, ...] = ()) -> Callable[[C], C]:
    """Register a class under a name: `@part("tdnn", reads=Grid, dimensions=1)`.

    reads: the kind or kinds of signal that it takes; dimensions: of space, where that is a Grid (left out: any).
    """
    kinds = reads if isinstance(reads, tuple) else (reads,) if reads else ()
    wanted = (dimensions,) if isinstance(dimensions, int) else tuple(dimensions)

    def register(cls: C) -> C:
        room = getattr(cls, "room", None)
        if room not in ROOMS:
            raise TypeError(f"{cls.__name__} is no part: it inherits from none of the rooms' base classes")
        _registry[room, name] = Part(name, room, cls, kinds, wanted)
        return cls

    return register


@cache
def _load(room: str) -> None:
    package = importlib.import_module(f"fromraw.{room}")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"fromraw.{room}.{module}")
    for entry in entry_points(group=f"fromraw.{room}"):
        entry.load()


def parts(room: str) -> dict[str, Part]:
    """All parts of a room by name, built in and from other packages, in alphabetical order."""
    _load(room)
    return {part.name: part for (at, _), part in sorted(_registry.items()) if at == room}


def find(room: str, name: str) -> Part:
    """The part of that name; UsageError, with the nearest name, where there is none."""
    known = parts(room)
    if name not in known:
        raise unknown(room.removesuffix("s"), name, known)
    return known[name]


def suited(room: str, spec: Any) -> list[Part]:
    """The parts of a room that read a signal of this spec."""
    space = getattr(spec, "dimensions", 0)
    return [p for p in parts(room).values() if spec.kind in p.reads and (not p.dimensions or space in p.dimensions)]


# ---------------------------------------------------------------------------------- what a part's rules may read


@dataclass(frozen=True)
class Description:
    """Plain facts of the data, for rules: training rows; for an output its number of categories or numbers; and what
    a column found in its input that concerns how to look at it (such as `photographs`)."""

    rows: int
    categories: int = 0
    numbers: int = 0
    smallest_category: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Budget:
    """What training may use: seconds for this encoder's net (or a fixed number of epochs or steps), and the machine.

    gigaflops: multiply-adds count as two; measured at the start, in float32, over all threads.
    """

    seconds: float | None = None
    epochs: float | None = None
    steps: int | None = None
    threads: int = 1
    gigaflops: float = 100.0
    memory_bytes: int = 4 << 30
    device: str = "cpu"


Suggestion = dict[str, tuple[Any, str]]
"""A setting's name -> (value, why, in words)."""
WISHES = ("optimizer", "rate", "weight_decay", "batch", "epochs", "members", "warmup", "decay", "clip", "beside")
"""Keys of a suggestion that are no settings of the part but concern how it is trained: the planner reads them."""
OF_DECODER = "decoder."
"""Begins keys of an encoder's suggestion that are settings of the decoder, where it has them."""


def is_wish(name: str) -> bool:
    """Whether a suggestion's key is no setting of the part itself."""
    return name in WISHES or name.startswith(OF_DECODER)


Role = Literal["matrix", "table", "vector"]


def mark(parameter: Any, role: Role) -> Any:
    """Say what a parameter is, for the optimizer's rules; returns it. Unmarked ones are judged by their shape."""
    parameter.role = role
    return parameter
