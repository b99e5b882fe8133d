"""report.html in a real browser: on a telephone, at a desk, on paper. What was seen is left in build/seen.

Chromium is the system's own (on Debian: apt install chromium); where there is none these tests are skipped.
"""

import io
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

import fromraw
from fromraw.figures.base import Scene
from fromraw.figures.drawing import draw_all
from fromraw.report.page import write_report
from tests.figures.scenes import picture_scene, series_scene, table_scene

SEEN = Path(__file__).parents[2] / "build" / "seen"
A4, PAPER = (595, 842), 658
"""Points of a sheet; pixels across of what its margins leave."""

FAULTS = """() => {
  const edge = document.scrollingElement.clientWidth, found = [];
  const told = e => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.trim().slice(0, 50)}`;
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    if (box.right > edge + 1 || box.left < -1) found.push(`beyond the edge: ${told(e)}`);
    const free = e.querySelector('.wide');  // a table that may use the margin, within the page
    if (e.clientWidth && !free && e.scrollWidth > e.clientWidth + 1) found.push(`wider than its place: ${told(e)}`);
    if (e.clientHeight && getComputedStyle(e).overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 1)
      found.push(`cut off below: ${told(e)}`);
  }
  for (const e of document.images) if (!e.complete || !e.naturalWidth) found.push(`not shown: ${e.alt}`);
  if (document.scrollingElement.scrollWidth > edge) found.push('the page scrolls sideways');
  return found;
}"""


ODD = {
    3: "<script>alert('crop')</script>",
    7: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
}


def long_names(count: int) -> list[str]:
    """Alike at both ends, but for the odd ones."""
    usual = "the household whose main crop in the year before the last was crop {:02} of the list"
    return [ODD.get(n, usual.format(n)) for n in range(count)]


def two_outputs(folder: Path) -> Path:
    """A real run: a category and a number from columns with long names."""
    random, rows = np.random.default_rng(0), 150
    inputs = {
        f"the answer to question {n} of the questionnaire, in_units_without_any_space_{n}": random.normal(50, 20, rows)
        for n in range(5)
    }
    first = next(iter(inputs.values()))
    answers = {
        "Which of these kinds of household best describes yours?": np.array(long_names(3))[
            (first // 20 % 3).astype(int)
        ],
        "price": 1000 * first,
    }
    frame = pa.table({name: pa.array(values) for name, values in (inputs | answers).items()})
    run = fromraw.train(frame, output=list(answers), steps=3, threads=1, quiet=True, run=folder / "run")
    return run.report


def drawn(make: Callable[[Path], Scene]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        scene = make(folder)
        write_report(scene, draw_all(scene), folder / "report.html")
        return folder / "report.html"

    return write


PAGES: dict[str, Callable[[Path], Path]] = {
    "forty-categories": drawn(lambda folder: picture_scene(folder, 40, 240, names=long_names(40), groups=6)),
    "series": drawn(lambda folder: series_scene(folder, stopped=True)),
    "two-outputs": two_outputs,
    "two-categories": drawn(lambda folder: table_scene(folder, "plan")),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("no chromium here (on Debian: apt install chromium), so report.html was not looked at")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium)
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=PAGES)
def report(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report under a name of its own. It needs the browser, so that nothing is trained where there is none."""
    made = PAGES[request.param](tmp_path_factory.mktemp(request.param))
    return made.rename(made.with_name(f"{request.param}.html"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def look(page: Page, report: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("width", [380, 1280])
def test_on_a_screen_nothing_is_cut_off(width: int, report: Path, page: Page) -> None:
    look(page, report, width)
    SEEN.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SEEN / f"{report.stem}-{width}.png", full_page=True)
    assert page.evaluate(FAULTS) == []


def test_on_paper_it_is_a4_nothing_is_cut_off_and_no_figure_is_parted(report: Path, page: Page) -> None:
    look(page, report, PAPER)
    page.emulate_media(media="print")
    assert page.evaluate(FAULTS) == []
    SEEN.mkdir(parents=True, exist_ok=True)
    printed = PdfReader(io.BytesIO(page.pdf(path=SEEN / f"{report.stem}.pdf", prefer_css_page_size=True)))
    sizes = {(round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) for sheet in printed.pages}
    assert all(abs(w - A4[0]) <= 1 and abs(h - A4[1]) <= 1 for w, h in sizes), sizes
    sheets = [letters(sheet.extract_text()) for sheet in printed.pages]
    figures = page.evaluate(
        "[...document.querySelectorAll('figure')].map(e => [...e.children].map(c => c.textContent))"
    )
    parted = [title for title, _, words in figures if not any(letters(title + words) in sheet for sheet in sheets)]
    assert figures
    assert parted == []


def letters(text: str) -> str:
    """Without spaces and ligatures, which a PDF sets as it likes."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_it_is_small_asks_for_nothing_and_complains_of_nothing(report: Path, page: Page) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    look(page, report, 1280)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert asked[0] == report.as_uri()
    assert [url for url in asked[1:] if not url.startswith("data:")] == []
    assert said == []
    assert report.stat().st_size < 5_000_000


def test_the_slider_says_what_its_threshold_does(tmp_path: Path, page: Page) -> None:
    look(page, PAGES["two-categories"](tmp_path), 380)
    place = page.locator(".thresholds")
    first = place.locator("output").inner_text()
    place.locator("input").fill("0")
    assert place.locator("output").inner_text() != first
    assert "you catch 100%" in place.locator("output").inner_text()


def test_the_looks_find_what_they_look_for(tmp_path: Path, page: Page) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<p style='width: 900px'>wide</p><p style='width: 4em; overflow: hidden'>Unbreakable_and_long</p>"
        "<div style='height: 1em; overflow: hidden'>one<br>two</div><img src='data:,' alt='nothing'>"
    )
    look(page, bad, 380)
    found = "\n".join(page.evaluate(FAULTS))
    for fault in ("beyond the edge: p.: wide", "wider than its place: p.", "cut off below: div", "not shown: nothing"):
        assert fault in found
