"""Every registered finder: finds nothing in clean data, the same each time, says it in one sentence with a remedy."""

import json
import shlex
from dataclasses import asdict, fields

import numpy as np
import pyarrow as pa
import pytest

from fromraw.cli.options import Budget, Columns
from fromraw.describing.dataset import DataSet, open_data
from fromraw.describing.recognizing import Wishes, recognize
from fromraw.describing.survey import survey
from fromraw.errors import Refused
from fromraw.findings.base import Case, Finding
from fromraw.parts import parts
from fromraw.sources.base import Problem
from fromraw.sources.opening import open_source
from fromraw.splits import Split
from tests.findings.clean import CLEAN, clean_table

FINDERS = list(parts("findings"))
OF_FAULTS = [name for name, finder in parts("findings").items() if not finder.cls.counts_rows]
PROBLEMS = [Problem("row 3", 'age is "abc", not a number'), Problem("t.csv:9", "line 9 has 3 cells, not 2", "ragged")]
OPTIONS = {field.name for group in (Columns, Budget) for field in fields(group)}


def _ask(name: str, dataset: DataSet, problems: list[Problem] | None = None) -> list[Finding]:
    try:
        found: list[Finding] = parts("findings")[name].cls().find(Case(dataset, problems or []))
    except Refused as refusal:
        return [] if str(refusal) else pytest.fail("refused without a reason")
    return found


@pytest.fixture(scope="module")
def clean() -> dict[str, DataSet]:
    return {kind: open_data(make(1)) for kind, make in CLEAN.items()}


@pytest.fixture(scope="module")
def faulty() -> DataSet:
    """Something of everything that may be wrong with a table: rows in order of a day that the answer drifts along,
    copies, people with several rows, a column that tells the answer, another that does by being filled."""
    random = np.random.default_rng(0)
    table, day = clean_table(0, 300), np.sort(random.integers(0, 700, 300))
    label = np.where(day + random.normal(0, 150, 300) > 350, "yes", "no").tolist()
    label[:3] = ["odd"] * 3
    told = pa.array(random.normal(size=300), mask=np.array([word != "yes" for word in label]))
    added = {
        "day": np.datetime64("2020-01-01") + day,
        "patient_id": [f"p{n // 6:03}" for n in range(300)],
        "same": ["x"] * 300,
        "answer": [f"is {word}" for word in label],
        "reason": told,
    }
    table = table.drop_columns(["label"])
    for name, cells in {**added, "label": label}.items():
        table = table.append_column(name, cells if isinstance(cells, pa.Array) else pa.array(cells))
    return open_data(pa.concat_tables([table, table.slice(0, 40)]))


@pytest.mark.parametrize("name", OF_FAULTS)
def test_clean_data_are_found_clean(name: str, clean: dict[str, DataSet]) -> None:
    assert {kind: found for kind, dataset in clean.items() if (found := _ask(name, dataset))} == {}


@pytest.mark.parametrize("name", FINDERS)
def test_what_is_found_is_a_sentence_with_a_remedy_and_plain_evidence(name: str, faulty: DataSet) -> None:
    for finding in _ask(name, faulty, PROBLEMS):
        assert finding.kind == name
        assert finding.column is None or finding.column in faulty.known
        assert finding.text
        assert finding.text == " ".join(finding.text.split())
        assert not finding.text.endswith((".", "!", ":"))
        assert finding.remedy or finding.gravity == "note"
        assert not finding.remedy.endswith(".")
        assert {option.removeprefix("--") for option in finding.options[::2]} <= OPTIONS
        assert json.loads(json.dumps(asdict(finding), allow_nan=False)) == asdict(finding)


@pytest.mark.parametrize("name", FINDERS)
def test_the_same_data_are_found_the_same(name: str, faulty: DataSet) -> None:
    assert _ask(name, faulty, PROBLEMS) == _ask(name, faulty, PROBLEMS)


@pytest.mark.parametrize("name", FINDERS)
def test_few_rows_and_gaps_everywhere_do_not_break_it(name: str) -> None:
    whole = clean_table(2)
    for dataset in (_unsplit(whole.slice(0, 1)), open_data(whole.slice(0, 12)), _gaps()):
        _ask(name, dataset)


def _unsplit(table: pa.Table) -> DataSet:
    """Too few rows to be split, which training would not take."""
    source = open_source(table)
    seen = survey(source)
    known = recognize(source, seen, Wishes(), need_output=False)
    return DataSet(source, seen, known, Split(np.zeros(seen.rows, np.int8), "not at all"), {})


def _gaps() -> DataSet:
    """Every input is missing in nearly every row."""
    table = clean_table(3, 40)
    empty = {n: pa.array(table.column(n).to_pylist(), mask=np.arange(40) > 1) for n in table.column_names[:-1]}
    return open_data(pa.table({**empty, "label": table.column("label")}))


def test_options_are_what_the_remedy_begins_with() -> None:
    remedy = f"--ignore {shlex.quote('a b')} --time day tests on the latest rows"
    assert Finding("k", "warning", None, "t", remedy).options == ("--ignore", "a b", "--time", "day")
    assert Finding("k", "warning", None, "t", "look at these lines").options == ()
