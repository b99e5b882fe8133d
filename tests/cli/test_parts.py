"""`fromraw parts`: what is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fromraw.parts import ROOMS, parts


def test_every_part_is_listed_with_one_line(typed: Callable[..., Any]) -> None:
    lines = typed("parts").out.splitlines()
    for room in ROOMS:
        start = lines.index(room)
        shown = [line.split()[0] for line in lines[start + 1 : start + 1 + len(parts(room))]]
        assert shown == list(parts(room))


def test_one_part_shows_idea_paper_settings_and_file(typed: Callable[..., Any]) -> None:
    shown = typed("parts", "convnet").out
    part = parts("encoders")["convnet"]
    assert part.doc in shown
    assert str(part.path) in shown
    for setting in part.settings.values():
        assert f"{setting.name} = {setting.default}" in shown
        assert setting.sentence in shown


def test_the_table_of_the_docs_is_what_parts_prints(typed: Callable[..., Any]) -> None:
    docs = Path(__file__).parents[2] / "docs" / "parts.md"
    assert docs.read_text() == typed("parts", "--markdown").out, "fromraw parts --markdown > docs/parts.md"
