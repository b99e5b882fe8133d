"""A part is a class with one decorator; its settings are its signature, and there is no second schema."""

from typing import Annotated, Any, Literal

import pytest

import fromraw.parts
from fromraw.encoders.base import Encoder
from fromraw.errors import UsageError
from fromraw.parts import ROOMS, find, part, parts, settings_of, suited, type_in_words
from fromraw.signals import Grid, GridSpec, Representation, Scalars, ScalarsSpec


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered here is forgotten after the test."""
    for room in ROOMS:
        parts(room)
    monkeypatch.setattr(fromraw.parts, "_registry", dict(fromraw.parts._registry))


def toy() -> type[Encoder]:
    @part("toy", reads=Grid, dimensions=1)
    class Toy(Encoder):
        """A toy."""

        def __init__(
            self,
            spec: GridSpec,
            *,
            width: Annotated[int, "units"] = 8,
            rate: Annotated[float, "how fast"] = 0.5,
            kind: Annotated[Literal["a", "b"], "which"] = "a",
            sizes: Annotated[tuple[int, ...], "of layers"] = (1, 2),
            flag: Annotated[bool, "whether"] = False,
            limit: Annotated[int | None, "at most; none: no limit"] = None,
        ) -> None:
            super().__init__()

        def forward(self, signal: Grid) -> Representation:
            raise NotImplementedError

    return Toy


def test_what_is_registered_is_found_by_its_name_and_by_what_it_reads() -> None:
    cls = toy()
    found = find("encoders", "toy")
    assert found.cls is cls
    assert found in suited("encoders", GridSpec(1, (9,)))
    assert found not in suited("encoders", GridSpec(1, (9, 9)))
    assert found not in suited("encoders", ScalarsSpec(("a",)))
    assert list(parts("encoders")) == sorted(parts("encoders"))


def test_settings_are_the_keyword_arguments_with_type_default_and_sentence() -> None:
    found = settings_of(toy())
    assert list(found) == ["width", "rate", "kind", "sizes", "flag", "limit"]
    assert [(s.default, s.sentence) for s in found.values()][:3] == [(8, "units"), (0.5, "how fast"), ("a", "which")]
    assert find("encoders", "toy").defaults()["sizes"] == (1, 2)


GOOD = [
    ("width", 3, 3), ("width", 3.0, 3), ("rate", 1, 1.0), ("kind", "b", "b"), ("sizes", [4, 5], (4, 5)),
    ("flag", True, True), ("limit", None, None), ("limit", 7, 7),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "taken"), GOOD, ids=str)
def test_what_loses_nothing_is_converted(name: str, given: Any, taken: Any) -> None:
    toy()
    value = find("encoders", "toy").check({name: given})[name]
    assert value == taken
    assert type(value) is type(taken)


BAD = [
    ("width", 3.5, "toy.width must be a whole number, got 3.5."),
    ("width", True, "toy.width must be a whole number, got True."),
    ("rate", "fast", "toy.rate must be a number, got 'fast'."),
    ("kind", "c", 'toy.kind must be "a" or "b", got \'c\'.'),
    ("sizes", 4, "toy.sizes must be a list, got 4."),
    ("flag", 1, "toy.flag must be true or false, got 1."),
    ("limit", "no", "toy.limit must be a whole number or none, got 'no'."),
]


@pytest.mark.parametrize(("name", "given", "words"), BAD, ids=[words for *_, words in BAD])
def test_what_does_not_fit_is_refused_in_words(name: str, given: Any, words: str) -> None:
    toy()
    with pytest.raises(UsageError) as caught:
        find("encoders", "toy").check({name: given})
    assert str(caught.value) == words


def test_misspelled_settings_and_parts_are_answered_with_the_nearest() -> None:
    toy()
    with pytest.raises(UsageError, match='no setting "widht" in toy; did you mean "width"'):
        find("encoders", "toy").check({"widht": 3})
    with pytest.raises(UsageError, match='no encoder "convent"; did you mean "convnet"'):
        find("encoders", "convent")
    with pytest.raises(UsageError, match="no decoder"):
        find("decoders", "zzz")


def test_a_class_of_no_room_is_no_part() -> None:
    with pytest.raises(TypeError, match="Lost is no part"):

        @part("lost", reads=Scalars)
        class Lost:
            pass


def test_types_are_told_in_words() -> None:
    kinds = [int, float | None, Literal["x", "y"], tuple[int, ...], bool]
    assert [type_in_words(kind) for kind in kinds] == [
        "a whole number", "a number or none", '"x" or "y"', "a list", "true or false",
    ]  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_every_part_says_its_idea_and_lies_in_a_file(room: str) -> None:
    for found in parts(room).values():
        assert found.doc.strip(), found.name
        assert found.path.exists()
        assert found.room == room
