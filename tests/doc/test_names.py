"""Names in the docs are names in the code: options, files, functions, addresses of other pages."""

import re
from pathlib import Path

import pytest
import typer

from fromraw.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "recipes" / "README.md", *ROOT.glob("docs/*.md")])
OF_OTHERS = {"--index-url", "--fix"}
"""Options of pip and ruff that the docs name."""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def options() -> set[str]:
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    return {name for command in commands for param in command.params for name in param.opts} | {"--help", "--version"}


@each_page
def test_every_option_is_one_of_the_command_line(page: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page.read_text()))
    assert named - options() - OF_OTHERS == set()


@each_page
def test_every_file_and_name_in_it_exists(page: Path) -> None:
    text = page.read_text()
    assert [path for path in re.findall(r"`(fromraw/[\w/]+\.\w+)`", text) if not (ROOT / path).is_file()] == []
    for path, name in re.findall(r"`(fromraw/[\w/]+\.py)`: `(\w+)`", text):
        assert re.search(rf"^(def|class) {name}\b", (ROOT / path).read_text(), re.MULTILINE), f"no {name} in {path}"


@each_page
def test_every_link_to_a_page_leads_to_one(page: Path) -> None:
    linked = re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in linked if not (page.parent / link).exists()] == []
