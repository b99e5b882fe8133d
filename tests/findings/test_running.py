"""How findings are looked for and said."""

from collections.abc import Callable

import pyarrow as pa
import pytest

import fromraw.parts
from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.errors import Refused
from fromraw.findings.base import Case, Finder, Finding
from fromraw.findings.running import find_all, with_all_problems
from fromraw.findings.wording import line_of, mending, worth_saying
from fromraw.parts import part, parts
from fromraw.sources.base import Problem


@pytest.fixture
def frame() -> pa.Table:
    """40 rows: a name, a number, a category, a constant, and what is to be predicted, 5 of one kind."""
    ages = [n * 7 % 50 for n in range(40)]
    plans = [f"plan {n % 3}" for n in range(40)]
    labels = ["rare" if n % 7 == 6 else "common" for n in range(40)]
    return pa.table({"id": list(range(40)), "age": ages, "plan": plans, "same": ["x"] * 40, "label": labels})


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers a finder until the test is over."""
    parts("findings")
    monkeypatch.setattr(fromraw.parts, "_registry", dict(fromraw.parts._registry))

    def add(name: str, raises: Exception | None = None, order: int = 0) -> None:
        class Toy(Finder):
            rank = order

            def find(self, case: Case) -> list[Finding]:
                if raises:
                    raise raises
                return [Finding(name, "warning", None, f"{name} is wrong", f"--ignore {name} settles it")]

        part(name)(Toy)

    return add


def test_findings_name_their_column_and_a_remedy(frame: pa.Table) -> None:
    found = {f.kind: f for f in find_all(open_data(frame))}
    assert {kind: f.column for kind, f in found.items() if f.column} == {
        "identifier": "id",
        "constant": "same",
        "rare": "label",
        "too_few": "label",
    }
    assert found["rare"].evidence == {"rare": 5}
    assert next(iter(found)) == "rare"
    assert [kind for kind, f in found.items() if not f.remedy] == ["constant"]  # left out: nothing is to be done


def test_what_was_told_is_not_found_again(frame: pa.Table) -> None:
    told = open_data(frame, Wishes(ignored=("id,same",)))
    assert not {"identifier", "constant"} & {f.kind for f in find_all(told)}


def test_a_finder_that_fails_is_said_and_passed_over(frame: pa.Table, register: Callable[..., None]) -> None:
    register("toy_bad", raises=ValueError("no\nluck"))
    register("toy_refusing", raises=Refused("not here"))
    found = {f.kind: f for f in find_all(open_data(frame))}
    assert found["toy_bad"].text == "toy_bad was not looked for, as that failed (ValueError: no luck)"
    assert found["toy_bad"].gravity == "note"
    assert "toy_refusing" not in found
    assert "rare" in found


def test_finders_for_which_there_is_no_time_are_named(frame: pa.Table, register: Callable[..., None]) -> None:
    register("toy_dear", order=1000)
    ticks = iter(range(1000))
    many = float(len(parts("findings")))
    found = find_all(open_data(frame), seconds=many - 0.5, now=lambda: float(next(ticks)))
    assert "toy_dear" not in {f.kind for f in found}
    assert found[-1].text == "not looked for, as there was no time: toy_dear"


def test_problems_are_told_anew_when_all_are_known(frame: pa.Table) -> None:
    dataset = open_data(frame)
    first = find_all(dataset, [Problem("row 1", "odd")])
    found = with_all_problems(
        first, dataset, [Problem("row 1", "odd"), Problem("row 2", "odd"), Problem("row 3", "odd")]
    )
    assert [f.text for f in found if f.kind == "unreadable"] == ["row 1: odd, and 2 more unreadable, taken as missing"]
    assert [f for f in found if f.kind != "unreadable"] == [f for f in first if f.kind != "unreadable"]


def test_a_warning_is_a_line_with_its_remedy_and_notes_on_left_out_columns_are_not_repeated(frame: pa.Table) -> None:
    dataset = open_data(frame)
    said = worth_saying(find_all(dataset), dataset.known)
    rare = (
        "! label: under 10 rows, too few to learn or to judge: rare 5.  collect more of them, or join them to another"
    )
    assert rare in map(line_of, said)
    assert not {"id", "same"} & {f.column for f in said}


def test_remedies_are_put_together() -> None:
    warned = [("a", "--ignore a settles it"), ("b", "--time b tests on the latest rows"), ("c", "--time c"),
              ("d", "--ignore d settles it"), ("e", "collect more")]  # fmt: skip
    found = [Finding(name, "warning", None, name, remedy) for name, remedy in warned]
    found.append(Finding("f", "note", None, "f", "--group none undoes it"))
    assert mending(found) == {"--ignore": "a,d", "--time": "b"}
