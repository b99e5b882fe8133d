"""What a description and a run show of themselves in a notebook: all of it, of anyone's data, and nothing that runs."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pyarrow as pa
import pytest

import fromraw
from fromraw.evaluation.account import scores_of
from fromraw.report.notebook import show_run
from tests.figures.scenes import picture_scene, table_scene

ROOT = Path(__file__).parents[2]
NASTY = "<script>alert('x')</script> & <img src=x onerror=alert(1)>"
CELLS = [
    "import fromraw\nframe = {'age': [n % 11 for n in range(60)], '<script>alert(1)</script>': ['p', 'q'] * 30, "
    "'y': ['yes', 'no', 'no'] * 20}",
    "fromraw.describe(frame, output='y')",
    "fromraw.train(frame, output='y', steps=2, threads=1, quiet=True)",
]
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


class Seen(HTMLParser):
    """The tags, and the text that a person sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def is_static(page: str) -> bool:
    seen = Seen(page)
    return not {"script", "img", "iframe", "link"} & set(seen.tags) and set(seen.attributes) <= {"class"}


def test_in_a_real_notebook_both_show_themselves(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS]), path)
    own = {f"JUPYTER_{what}_DIR": str(tmp_path / what) for what in ("DATA", "RUNTIME", "CONFIG")}
    env = {**os.environ, **own, "IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""}
    subprocess.run([sys.executable, "-c", EXECUTE, path], check=True, cwd=tmp_path, env=env)
    outputs = [cell.outputs for cell in nbformat.read(path, 4).cells]
    said = "".join(output.text for output in outputs[2] if output.output_type == "stream")
    assert "Use it: fromraw predict runs/a-dict-of-arrays-1 new.csv --out answers.csv\n" in said
    last = [of_cell[-1].data for of_cell in outputs[1:]]
    described, ran = (data["text/html"] for data in last)
    assert is_static(described)
    assert is_static(ran)
    assert "<script>alert(1)</script>" in Seen(described).text
    assert "accuracy" in Seen(ran).text
    assert all("text/plain" in data for data in last)


def test_a_description_is_small_whatever_the_data_hold() -> None:
    wide = {f"{NASTY * 20}{n}": [f"{NASTY * 5}{n * row}" for row in range(8)] for n in range(400)}
    found = fromraw.describe(pa.table(wide | {"y": ["yes", "no"] * 4}), output="y")
    page = found._repr_html_()
    assert len(page.encode()) < 200_000
    assert is_static(page)
    text = Seen(page).text
    assert "and 301 more" in text
    assert "output" in text
    assert found.findings
    assert found.findings[0].text[:20] in text


def test_a_run_is_shown_by_its_first_score_beside_the_best_baseline(tmp_path: Path) -> None:
    scene = table_scene(tmp_path, "price")
    page = show_run(Path("runs/<b>-1"), scene.account.metrics(), scores_of(scene.plan))
    text = Seen(page).text
    assert "Run runs/<b>-1" in text
    assert "best baseline: hist gradient boosting" in text
    rmse = scene.account.outputs["price"].scores["rmse"]
    assert f"{rmse.value:,.0f} ({rmse.low:,.0f} to {rmse.high:,.0f})" in text
    assert is_static(page)
    assert len(page) < 20_000


def test_shares_are_percents_and_a_stopped_run_says_so(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, 12)
    text = Seen(show_run(tmp_path, scene.account.metrics() | {"stopped": True}, scores_of(scene.plan))).text
    accuracy = scene.account.outputs["class"].scores["accuracy"]
    assert f"{100 * accuracy.value:.1f}%" in text
    assert "Stopped early" in text


def test_an_unfinished_run_says_how_it_goes_on(tmp_path: Path) -> None:
    assert "not finished" in Seen(show_run(tmp_path, None, {})).text


@pytest.mark.parametrize("value", [None, float("inf")])
def test_an_end_without_bound_is_said(value: float | None, tmp_path: Path) -> None:
    scene = table_scene(tmp_path, "price")
    metrics = scene.account.metrics()
    metrics["outputs"]["price"]["rmse"]["high"] = value
    assert " to unbounded)" in show_run(tmp_path, metrics, scores_of(scene.plan))
