"""docs/errors.md quotes what the program says: each message there is one that the code can make."""

import ast
import re
from collections.abc import Iterator

import pytest

from fromraw import errors
from tests.doc.fences import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text()
QUOTED = [m[2] for m in re.finditer(r"^\| (`+)(.+?[.?;][^`]*?)\1 \|", PAGE, re.MULTILINE) if " " in m[2]]
FEWEST_LETTERS = 2
"""Of a message's own words: a sentence with fewer would be found anywhere."""


def sentences() -> Iterator[ast.expr]:
    """Every text that stands in the code, outermost first."""
    for path in (ROOT / "fromraw").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr | ast.Constant | ast.BinOp):
                yield node


def pattern(node: ast.expr) -> str:
    """A text of the code as a pattern: what is filled in is anything, a choice is either."""
    match node:
        case ast.Constant(value=str() as text):
            return re.escape(text)
        case ast.JoinedStr(values=values):
            return "".join(map(pattern, values)).replace("(.+?)(.+?)", "(.+?)")
        case ast.FormattedValue(value=ast.IfExp(body=body, orelse=other)):
            return f"(?:{pattern(body)}|{pattern(other)})"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return pattern(left) + pattern(right)
        case _:
            return "(.+?)"


def letters(node: ast.expr) -> int:
    """How many of its letters stand in every sentence that it makes."""
    match node:
        case ast.Constant(value=str() as text):
            return len(re.findall(r"\w", text))
        case ast.JoinedStr(values=values):
            return sum(map(letters, values))
        case ast.BinOp(left=left, right=right):
            return letters(left) + letters(right)
        case _:
            return 0


_TEXTS = {pattern(node) for node in sentences() if letters(node) >= FEWEST_LETTERS}
PATTERNS = [re.compile(text + r"\.?") for text in _TEXTS if re.search(r"\w{2}", text)]


def is_said(message: str) -> bool:
    """By one text of the code, or by two, the second behind a name: `book.xlsx: a spreadsheet; ...`."""
    name, _, rest = message.partition(": ")
    return any(_is_made_by(p, text) for p in PATTERNS for text in (message, rest if " " not in name else ""))


def _is_made_by(pattern: re.Pattern[str], text: str) -> bool:
    """What is filled in may be a sentence of its own only where that is said too."""
    found = pattern.fullmatch(text)
    return bool(found) and all(is_said(part) for part in found.groups() if part and re.search(r"[;.] ", part))


def test_the_page_quotes_messages() -> None:
    assert len(QUOTED) > 40


@pytest.mark.parametrize("message", QUOTED)
def test_every_quoted_message_is_one_that_the_code_says(message: str) -> None:
    assert is_said(message)


def test_what_nobody_says_is_not_found() -> None:
    assert not is_said("photos/: the pictures are too dark; make them lighter.")
    assert not is_said('the column "chruned" is not in churn.csv; did you mean "churned"?')


@pytest.mark.parametrize(
    "name", [n for n, e in vars(errors).items() if isinstance(e, type) and issubclass(e, errors.FromrawError)]
)
def test_every_class_of_error_is_named_with_its_exit_code(name: str) -> None:
    code = getattr(errors, name).exit_code
    assert re.search(rf"^\| `(fromraw\.)?{name}` \| {code} \|", PAGE, re.MULTILINE)
