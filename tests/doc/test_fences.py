"""What the docs tell a person to type works as it stands there, and prints what they show."""

import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from fromraw import parts
from fromraw.cli.demo import write_digits
from tests.doc.fences import MARKS, PAGES, fences_of, is_printed, name_of, run_page

RUNNABLE = [page for page in PAGES if any(fence.is_run for fence in fences_of(page))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_fence_says_whether_it_is_run(page: Path) -> None:
    fences = fences_of(page)
    opened = re.findall(r"^```", page.read_text(), re.MULTILINE)
    assert len(opened) == 2 * len(fences), "a fence that does not begin and end with three ticks alone"
    unmarked = [fence.line for fence in fences if fence.mark not in MARKS and not fence.is_file]
    assert unmarked == [], f"unmarked; marks are {MARKS}, or a file's name"
    lost = [after.line for before, after in pairwise(fences) if after.mark == "printed" and not before.is_run]
    assert lost == [], "printed by what is not run"


@pytest.fixture
def module(work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that a page's Python runs in, with what it installs; all of it is forgotten again. On one thread."""
    for room in parts.ROOMS:
        parts.parts(room)
    monkeypatch.setattr(parts, "_registry", dict(parts._registry))
    monkeypatch.syspath_prepend(work_folder / "site")
    monkeypatch.setattr("fromraw.machine.cores", lambda: 1)
    monkeypatch.setattr("fromraw.writing.draw_all", lambda *_: [])  # figures have tests of their own, and take long
    monkeypatch.setattr("fromraw.run.draw_all", lambda *_: [])
    made = ModuleType("page")
    made.__file__ = str(work_folder / "page.py")
    monkeypatch.setitem(sys.modules, "page", made)
    yield made
    for name in [n for n, m in sys.modules.items() if str(work_folder) in str(getattr(m, "__file__", ""))]:
        sys.modules.pop(name)


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_fences_marked_run_run_one_after_another(page: Path, module: ModuleType, work_folder: Path) -> None:
    """A page that begins where `fromraw demo` ends finds its pictures."""
    if "fromraw-demo/digits" in page.read_text():
        write_digits(work_folder / "fromraw-demo" / "digits")
    shown = {before.line: after for before, after in pairwise(fences_of(page)) if after.mark == "printed"}
    for fence, printed in run_page(page, module):
        if fence.line in shown:
            expected = shown[fence.line]
            assert is_printed(expected.text, printed), f"line {expected.line} of {page.name} prints:\n{printed}"


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("accuracy  98.9% (97 to 99)", "accuracy 38.1%   (20.3 to 61.4)\n", True),
        ("a\n...\nReport", "a\nb\nc\nReport", True),
        ("a\n...\nReport", "a\nReport", True),
        ("depth paid", "depth did not pay", False),
        ("2 rows", "2 rows\n! a warning", False),
    ],
)
def test_only_numbers_blanks_and_what_is_left_out_may_differ(expected: str, printed: str, same: bool) -> None:
    assert is_printed(expected, printed) is same
