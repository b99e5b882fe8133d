"""Names in the docs are names in the code: options, files, functions, addresses of other pages."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from fromraw.cli.app import app
from tests.doc.fences import PAGES, ROOT, name_of

OF_OTHERS = {"--index-url", "--fix", "--quiet", "--no-deps", "--no-build-isolation"}
"""Options of pip and ruff that the docs name."""
each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


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


@pytest.mark.parametrize("page", sorted({*PAGES, *ROOT.glob("*.md"), *ROOT.glob("[a-z]*/*.md")}), ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """To a file, and where it names a heading, to that."""
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text()):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), link
        assert not heading or heading in headings(there), link


def headings(page: Path) -> set[str]:
    """As they are written in addresses."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in found}


def test_the_rooms_of_the_architecture_are_those_that_the_linter_holds_in_order() -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    table = (ROOT / "docs" / "architecture.md").read_text().split("## The rooms")[1].split("\n## ")[0]
    rows = [re.findall(r"`(\w+)(?:\.py|/)`", row) for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)]
    rooms = [room for row in rows for room in row]
    held = [room.strip(" ()") for layer in reversed(layers) for room in layer.split("|")]
    assert sorted(rooms) == sorted(set(held) - {"__main__"})
    row_of = {room: at for at, row in enumerate(rows) for room in row}
    assert [row_of[room] for room in held if room in row_of] == sorted(row_of.values())


def test_every_page_is_in_the_index() -> None:
    linked = re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "README.md").read_text())
    assert sorted(linked) == sorted(page.name for page in ROOT.glob("docs/*.md") if page.name != "README.md")
