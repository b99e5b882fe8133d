"""The code fences of a page: what they are marked, how they are run, and what they print.

Marks: `run` (it is run and must succeed), `fails` (it is run and must end with an error), `printed` (what the fence
before it prints), `FILE` with a dot in it (written to that file), `recipe`, `install`, `illustration` (not run).
"""

import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from fromraw import parts
from fromraw.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "recipes" / "README.md", *ROOT.glob("docs/**/*.md")]
)
MARKS = ("run", "fails", "printed", "recipe", "install", "illustration")
_FENCE = re.compile(r"^```(\S*) *([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d[\d,.:]*(e[-+]\d+)?")


@dataclass(frozen=True)
class Fence:
    """language, mark: the two words behind the opening; line: of the page, where it begins."""

    language: str
    mark: str
    text: str
    line: int

    @property
    def is_run(self) -> bool:
        return self.mark in ("run", "fails")

    @property
    def is_file(self) -> bool:
        return "." in self.mark


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def fences_of(page: Path) -> list[Fence]:
    text = page.read_text()
    return [Fence(m[1], m[2].strip(), m[3], text[: m.start()].count("\n") + 1) for m in _FENCE.finditer(text)]


def run_page(page: Path, module: ModuleType) -> Iterator[tuple[Fence, str]]:
    """Each fence that is run, one after another in the current folder, with what it printed; files are written."""
    for fence in fences_of(page):
        if fence.is_file:
            Path(fence.mark).parent.mkdir(parents=True, exist_ok=True)
            Path(fence.mark).write_text(fence.text)
        elif fence.is_run:
            yield fence, run(fence, module)


def run(fence: Fence, module: ModuleType) -> str:
    """What it prints, errors included."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        try:
            {"python": run_python, "sh": run_shell}[fence.language](fence, module)
        except AssertionError as error:
            raise AssertionError(f"{error}, after\n{out.getvalue()}") from None
    return out.getvalue()


def run_python(fence: Fence, module: ModuleType) -> None:
    """In the page's own module, so that a fence knows what those above it made."""
    Path(str(module.__file__)).write_text(fence.text)
    exec(compile(fence.text, str(module.__file__), "exec"), module.__dict__)


def run_shell(fence: Fence, _: ModuleType) -> None:
    """Line by line: `fromraw` in this process, which has torch already; all else by bash."""
    for line in fence.text.replace("\\\n", " ").splitlines():
        program = line.split(" ", 1)[0]
        if program == "fromraw":
            code = run_fromraw(line)
            assert (code != 0) == (fence.mark == "fails"), f"line {fence.line}: {line}: exit code {code}"
        elif program in ("pip", "pytest"):
            run_tool(line)
        elif program:
            print(printed_by(["bash", "-euc", line]), end="")


def run_tool(line: str) -> None:
    """pip and pytest of this environment. pip installs into `site` here, which the page's Python looks into first; our
    own tests are run where they lie."""
    here, words = Path.cwd(), [sys.executable, "-m", *shlex.split(line)]
    if "pip" in words:
        print(printed_by([*words, "--target", "site"]), end="")
        importlib.invalidate_caches()
        parts._load.cache_clear()
    else:
        ours = any(word.startswith("tests/") for word in words)
        print(printed_by(words, ROOT if ours else here, PYTHONPATH=f"{here / 'site'}:{ROOT}"), end="")


def printed_by(words: list[str], folder: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, "LC_ALL": "C", **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{shlex.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def run_fromraw(line: str) -> int:
    words = shlex.split(line, comments=True)[1:]
    words, file = (words[:-2], words[-1]) if ">" in words else (words, "")
    with contextlib.ExitStack() as stack:
        if file:
            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(Path(file).open("w"))))
        return main(words)


def is_printed(expected: str, printed: str) -> bool:
    """Whether it reads the same: numbers, their plurals and blanks may differ; `...` stands for anything,
    on a line of its own also for no line."""
    parts = [re.escape(_plain(part)) for part in expected.strip().replace("\n...\n", "...\n").split("...")]
    return re.fullmatch(r"\s*" + r".*?".join(parts) + r"\s*", _plain(printed), re.DOTALL) is not None


def _plain(text: str) -> str:
    return re.sub(r"[ \t]+", " ", re.sub(r"\b0 (\w+)s\b", r"0 \1", _NUMBER.sub("0", text)))
