"""report.html: one file, readable by anyone, that fetches nothing and shows no more than it should."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fromraw.figures.base import Scene
from fromraw.figures.drawing import Drawn, draw_all
from fromraw.findings.base import Finding
from fromraw.report.advice import what_next
from fromraw.report.checks import make_checks
from fromraw.report.page import write_report
from fromraw.report.thresholds import thresholds_of
from tests.figures.scenes import picture_scene, series_scene, table_scene

VOID = {"input", "meta", "link", "img", "br", "hr"}
MADE: dict[str, Callable[[Path], Scene]] = {
    "3 categories": lambda folder: picture_scene(folder, 3, shed=["baselines: kernel"]),
    "12 categories, in groups": lambda folder: picture_scene(folder, 12, groups=6),
    "series, stopped": lambda folder: series_scene(folder, stopped=True),
    "two categories of rows": lambda folder: table_scene(folder, "plan"),
    "a number": lambda folder: table_scene(folder, "price"),
}


class Reader(HTMLParser):
    """Checks that tags close in order; keeps the text and every address."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts.append(data)
        else:
            self.text += data


def _write(scene: Scene, drawn: list[Drawn], folder: Path, examples: bool = True) -> str:
    write_report(scene, drawn, folder / "report.html", examples)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=MADE)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, list[Drawn]]:
    scene = MADE[request.param](tmp_path_factory.mktemp("run"))
    return scene, draw_all(scene)


def test_it_is_whole_small_and_fetches_nothing(made: tuple[Scene, list[Drawn]], tmp_path: Path) -> None:
    page = _write(*made, tmp_path)
    read = Reader(page)
    assert read.open == []
    assert len(page) < 5_000_000
    assert all(address.startswith("data:") for address in read.addresses)
    assert "url(" not in page
    two = page.count('data-points="')
    assert read.tags.count("script") == two <= 1
    allowed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in read.scripts]
    assert re.findall(r"script-src ([^\"]*)\"", page) == [f"'sha256-{text}'" for text in allowed]
    assert "default-src 'none'" in page


def test_it_says_what_intervals_leave_out_and_how_many_rows_it_shows(
    made: tuple[Scene, list[Drawn]], tmp_path: Path
) -> None:
    scene, drawn = made
    text = Reader(_write(scene, drawn, tmp_path)).text
    assert "do not include how much another training" in text
    assert f"This page shows {sum(d.rows for d in drawn)} of them ({scene.data['rows']:,} in all)" in text
    assert scene.account.outputs[next(iter(scene.account.outputs))].sentence in text


def test_without_examples_no_row_can_be_seen(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path)
    drawn = draw_all(scene)
    shown, hidden = (_write(scene, drawn, tmp_path, examples) for examples in (True, False))
    assert "secret_" in shown
    assert "secret_" not in hidden
    mistakes = next(d for d in drawn if d.name == "mistakes")
    assert mistakes.uri in shown
    assert mistakes.uri not in hidden
    assert "This page shows none of them." in Reader(hidden).text


def test_text_from_the_data_is_shown_and_never_run(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, 12)
    page = _write(scene, draw_all(scene), tmp_path)
    assert "<script" not in page
    assert "<b>no picture" not in page
    assert "961 rows <i>pay</i>" in Reader(page).text


def test_a_stopped_run_is_marked_and_the_command_that_goes_on_comes_first(tmp_path: Path) -> None:
    scene = series_scene(tmp_path, stopped=True)
    text = Reader(_write(scene, [], tmp_path)).text
    assert "stopped early" in text
    assert text.index("goes on where it stopped") < text.index("Try it on new data")


def test_what_was_shed_is_told(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, shed=["baselines: kernel"])
    late = Drawn("calibration", "class", "Can its confidence be trusted?", shed=True)
    text = Reader(_write(scene, [late], tmp_path)).text
    assert "baselines: kernel" in text
    assert "figures for which there was no time: Can its confidence be trusted (class)" in text


def test_figures_that_would_make_it_too_large_are_left_out_and_told(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path)
    large = [
        Drawn(f"figure {i}", "class", f"Figure {i}", "It is large.", bytes(190_000), "png", 4.8) for i in range(40)
    ]
    page = _write(scene, large, tmp_path)
    assert len(page) < 5_000_000
    assert "too large: Figure" in Reader(page).text


def test_little_known_of_the_data_is_enough(tmp_path: Path) -> None:
    scene = replace(picture_scene(tmp_path), data={}, log=[], cells=None, examples=None)
    assert "Predicting class" in Reader(_write(scene, draw_all(scene), tmp_path)).text


def test_the_verdict_follows_the_paired_interval(tmp_path: Path) -> None:
    assert "Depth paid: better by" in _write(picture_scene(tmp_path, skill=4.0), [], tmp_path)
    beaten = _write(picture_scene(tmp_path, skill=0.0), [], tmp_path)
    assert "Depth did not pay: worse by" in beaten
    assert "baseline.py" in beaten


def test_where_time_was_up_that_stands_beside_the_verdict_and_more_minutes_are_named(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, skill=0.0)
    plan = scene.plan.model_copy(
        update={
            "learning": scene.plan.learning.model_copy(update={"epochs": 192.0}),
            "budget": scene.plan.budget.model_copy(update={"minutes": 2.0}),
        }
    )
    short, longer = (replace(scene, plan=plan, log=[{"epoch": done, "loss": 1.0}]) for done in (0.44, 96.0))
    text = Reader(_write(short, [], tmp_path)).text
    assert re.search(r"Depth did not pay: worse by .*\. Time was up after 0\.44 of 192 epochs that may pay\.", text)
    assert "--minutes 10" in text, "few epochs: five times as many minutes"
    text = Reader(_write(longer, [], tmp_path)).text
    assert "Time was up after 96 of 192 epochs that may pay" in text
    assert "--minutes 4" in text
    assert (
        "Time was up"
        not in Reader(_write(replace(scene, plan=plan, log=[{"epoch": 192, "loss": 1.0}]), [], tmp_path)).text
    )


def test_what_was_not_looked_for_has_not_passed(tmp_path: Path) -> None:
    found = [Finding("shed", "note", None, "not looked for, as there was no time: leak", "more minutes")]
    checks = make_checks(picture_scene(tmp_path, found=found))
    assert [check.passed for check in checks if "no time: leak" in check.text] == [False]


def test_an_option_is_kept_whole_at_the_end_of_a_line_and_nothing_in_it_is_taken_for_html(tmp_path: Path) -> None:
    found = [Finding("time_order", "warning", None, "in order", "--time <b>day</b> tests on the latest")]
    page = _write(picture_scene(tmp_path, found=found), [], tmp_path)
    assert '<span class="option">--time</span> &lt;b&gt;day&lt;/b&gt; tests on the latest' in page
    assert "<b>day</b>" not in page


def test_what_can_be_mended_is_the_first_thing_to_do_and_warnings_come_before_ticks(
    tmp_path: Path,
) -> None:
    found = [
        Finding("rare", "warning", "kind", "kind: too few of them", "collect more"),
        Finding("suspicious_labels", "warning", "kind", "kind is doubtful in 9 of 400 rows", "--drop s.csv trains on"),
    ]
    scene = picture_scene(tmp_path, found=found)
    first = what_next(scene)[0]
    assert first.text == "Kind is doubtful in 9 of 400 rows. --drop s.csv trains on:"
    assert first.command.endswith(" --drop s.csv")
    passed = [check.passed for check in make_checks(scene)]
    assert passed == sorted(passed)
    assert {True, False} == set(passed)


def test_of_two_categories_it_says_what_thresholds_do_without_a_script_too(tmp_path: Path) -> None:
    scene = table_scene(tmp_path, "plan")
    found = thresholds_of(scene, "plan")
    assert found is not None
    records = scene.account.outputs["plan"].records
    likely, is_it = records["probabilities"][:, 1], records["truth"] == 1
    for point in found.few:
        caught, false = is_it[likely >= point.threshold].sum(), (~is_it)[likely >= point.threshold].sum()
        assert (point.caught, point.false, point.alarms) == (caught, false, caught + false)
    text = Reader(_write(scene, draw_all(scene), tmp_path)).text
    assert found.now in text
    assert f"caught of {is_it.sum()}" in text
