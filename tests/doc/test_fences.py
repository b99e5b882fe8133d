"""What the docs tell a person to type works as it stands there."""

import contextlib
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from fromraw import parts
from fromraw.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "recipes" / "README.md", *ROOT.glob("docs/*.md")])
MARKS = ("run", "recipe", "install", "illustration")
_FENCE = re.compile(r"^```(\S*) *([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """language, mark: the two words behind the opening; line: of the page, where it begins."""

    language: str
    mark: str
    text: str
    line: int


def fences_of(page: Path) -> list[Fence]:
    text = page.read_text()
    return [Fence(m[1], m[2].strip(), m[3], text[: m.start()].count("\n") + 1) for m in _FENCE.finditer(text)]


RUNNABLE = [page for page in PAGES if any(fence.mark == "run" for fence in fences_of(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_fence_says_whether_it_is_run(page: Path) -> None:
    opened = re.findall(r"^```", page.read_text(), re.MULTILINE)
    assert len(opened) == 2 * len(fences_of(page)), "a fence that does not begin and end with three ticks alone"
    assert [fence.line for fence in fences_of(page) if fence.mark not in MARKS] == [], f"unmarked; marks are {MARKS}"


@pytest.fixture
def module(work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that a page's Python runs in; parts that it registers are forgotten again. On one thread."""
    for room in parts.ROOMS:
        parts.parts(room)
    monkeypatch.setattr(parts, "_registry", dict(parts._registry))
    monkeypatch.setattr("fromraw.machine.cores", lambda: 1)
    made = ModuleType("page")
    made.__file__ = str(work_folder / "page.py")
    monkeypatch.setitem(sys.modules, "page", made)
    return made


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_fences_marked_run_run_one_after_another(page: Path, module: ModuleType) -> None:
    for fence in fences_of(page):
        if fence.mark == "run":
            {"python": run_python, "sh": run_shell}[fence.language](fence, module)


def run_python(fence: Fence, module: ModuleType) -> None:
    """In the page's own module, so that a fence knows what those above it made."""
    Path(str(module.__file__)).write_text(fence.text)
    exec(compile(fence.text, str(module.__file__), "exec"), module.__dict__)


def run_shell(fence: Fence, module: ModuleType) -> None:
    """Line by line: `fromraw` in this process, which has torch already; all else by bash."""
    for line in fence.text.replace("\\\n", " ").splitlines():
        if line.startswith("fromraw "):
            run_fromraw(line)
        elif line.strip():
            subprocess.run(["bash", "-euc", line], check=True)


def run_fromraw(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    words, file = (words[:-2], words[-1]) if ">" in words else (words, "")
    with contextlib.ExitStack() as stack:
        if file:
            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(Path(file).open("w"))))
        code = main(words)
    assert code == 0, f"{line}: exit code {code}"
