"""How names are written: short, and so that those side by side can be told apart."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fromraw.figures.wording import shorten, shorten_apart
from fromraw.figures.worst import worst_rows
from tests.figures.scenes import picture_scene


def test_a_long_name_keeps_both_its_ends() -> None:
    assert shorten("a very long name for an insect", 15) == "a very…insect"
    assert shorten(" two\n lines ") == "two lines"
    assert shorten("") == "(empty)"


def test_names_that_begin_alike_are_cut_where_they_differ() -> None:
    names = [f"the kind of household called {name} in all of these surveys" for name in ("almond", "apple")]
    assert shorten_apart([*names, "bee"], 16) == ["…almond in all…", "…apple in all o…", "bee"]
    assert shorten_apart([f"crops of the year {n}" for n in range(3)], 15) == [f"…of the year {n}" for n in range(3)]


@given(st.lists(st.text(max_size=40), max_size=6), st.integers(4, 30))
def test_no_name_is_longer_than_asked_and_short_ones_stay(names: list[str], longest: int) -> None:
    for name, short in zip(names, shorten_apart(names, longest), strict=True):
        line = " ".join(name.split()) or "(empty)"
        assert len(short) <= max(longest, len("(empty)"))
        assert short == line or len(line) > longest or line == "(empty)"


def test_a_truth_that_training_never_saw_is_said(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, 3)
    scene.account.outputs["class"].records["truth"][:] = -1
    assert {mistake.truth for mistake in worst_rows(scene, "class", 3)} == {"never seen"}
