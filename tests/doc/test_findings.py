"""docs/findings.md leads to a page for everything that may be found, and each page answers the same questions."""

import re

import pytest

from fromraw.findings.too_few import FROM, paired_points, paired_ratio
from fromraw.parts import parts
from tests.doc.fences import ROOT, fences_of

INDEX = ROOT / "docs" / "findings.md"
LINKED = {
    m[1]: INDEX.parent / m[2] for m in re.finditer(r"^\| `(\w+)` \| \[.+?\]\((.+?\.md)\) \|", INDEX.read_text(), re.M)
}
QUESTIONS = ["What it means", "An example", "How it is found", "When it is wrong", "What to do"]


@pytest.mark.parametrize("kind", [*parts("findings"), *parts("audits")])
def test_every_finder_and_audit_has_a_page_in_the_index(kind: str) -> None:
    assert kind in LINKED
    assert LINKED[kind].is_file()


def test_every_page_of_a_finding_is_in_the_index_under_a_kind_that_there_is() -> None:
    assert set(LINKED) <= {*parts("findings"), *parts("audits")}
    assert {*INDEX.parent.glob("findings/*.md")} <= set(LINKED.values())


@pytest.mark.parametrize("kind", parts("findings"))
def test_the_page_of_a_finding_answers_all_questions_and_shows_a_line_that_was_printed(kind: str) -> None:
    page = LINKED[kind]
    assert re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) == QUESTIONS
    assert re.search(r"^  [!·] ", "".join(f.text for f in fences_of(page) if f.mark == "printed"), re.MULTILINE)


def test_what_so_many_tested_rows_tell_is_what_the_finder_reckons() -> None:
    told = re.findall(r"^\| ([\d,]+) \| (.+?) \| (\d+)% \|$", LINKED["too_few"].read_text(), re.MULTILINE)
    assert len(told) >= 5
    for rows, accuracy, ratio in told:
        gain = paired_points(FROM, int(rows.replace(",", "")))
        assert accuracy == ("not even 100%" if gain is None else f"{100 * (FROM + gain):.1f}%")
        assert ratio == f"{100 * paired_ratio(int(rows.replace(',', ''))):.0f}"
