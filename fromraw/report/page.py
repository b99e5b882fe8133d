"""report.html: one page that a person who did not train the net understands; it fetches nothing."""

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from fromraw.figures.base import Scene
from fromraw.figures.drawing import Drawn
from fromraw.figures.wording import list_some
from fromraw.learning.checkpoint import write_text
from fromraw.report.advice import not_for, predict_command, what_next
from fromraw.report.checks import make_checks
from fromraw.report.sections import Section, make_section
from fromraw.report.settings import list_settings
from fromraw.report.thresholds import read_script

LARGEST = 4_500_000
"""Characters of all figures together; the page is to stay under 5 MB."""
FIRST = ("comparison", "mistakes")
"""Figures with a place of their own on the first screen; all others follow by rank."""
NO_EXAMPLES = "This page shows none of them."
"""Stands in a page that was to show none of the user's rows, and in no other."""


def write_report(scene: Scene, drawn: Sequence[Drawn], path: Path, examples: bool = True) -> None:
    """examples: whether the user's own rows may be seen in it."""
    shown = _fitting(figure for figure in drawn if figure.content and (examples or not figure.rows))
    environment = Environment(
        loader=PackageLoader("fromraw.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    page = environment.get_template("page.html.j2").render(_contents(scene, drawn, shown, examples))
    write_text(path, page)


def shows_examples(path: Path) -> bool:
    """Whether a page may show the user's own rows: one that was made without them is made so again."""
    return not (path.exists() and NO_EXAMPLES in path.read_text())


def _unbroken(text: str) -> Markup:
    """Options stay whole at the end of a line, where a browser parts words at their hyphens."""
    return Markup(re.sub(r"--[a-z][a-z-]*", r'<span class="option">\g<0></span>', str(escape(text))))


def _fitting(drawn: Iterable[Drawn]) -> list[Drawn]:
    """As many as the page may hold, the most telling first."""
    kept, size = [], 0
    for figure in drawn:
        if size + len(figure.uri) <= LARGEST:
            kept.append(figure)
            size += len(figure.uri)
    return kept


def _contents(scene: Scene, drawn: Sequence[Drawn], shown: Sequence[Drawn], examples: bool) -> dict[str, Any]:
    """Everything that the template writes, by the name that it has there."""
    sections = [make_section(scene, name, shown) for name in scene.account.outputs]
    return {
        "data": scene.data,
        "title": f"Predicting {' and '.join(scene.account.outputs)}",
        "what": what_went_in(scene),
        "stopped": scene.stopped,
        "seconds": scene.seconds,
        "checks": make_checks(scene),
        "sections": sections,
        "script": read_script() if any(section.thresholds for section in sections) else None,
        "advice": what_next(scene),
        "not_for": not_for(scene),
        "predict": predict_command(scene),
        "again": scene.data.get("command", ""),
        "without": f"fromraw report {shlex.quote(str(scene.folder))} --no-examples",
        "rows_shown": sum(figure.rows for figure in shown),
        "examples": examples,
        "no_examples": NO_EXAMPLES,
        "settings": list_settings(scene.plan, scene.reasons),
        "columns": scene.data.get("columns", {}),
        "problems": _problems(scene, examples),
        "left_out": _left_out(scene, drawn, shown, examples),
        "by_groups": any(account.groups is not None for account in scene.account.outputs.values()),
    }


def what_went_in(scene: Scene) -> str:
    """'1,197 pictures of photos/ in (image: 96 px); class out (bee, fly, other, wasp).'"""
    shows = scene.data.get("shows", {})
    inputs = [c for item in scene.plan.inputs.values() for c in item.columns]
    read = list_some(inputs, 6)
    if len(inputs) == 1 and shows.get(inputs[0]):
        read += f" ({shows[inputs[0]]})"
    rows = f"{scene.data['rows']:,} " if "rows" in scene.data else ""
    return (
        f"Learned from {rows}{scene.data.get('things', 'rows')} of {scene.data.get('place', 'the data')}. "
        f"In: {read}. Out: {', '.join(map(_out(scene), scene.account.outputs))}."
    )


def _out(scene: Scene) -> Any:
    def tell(output: str) -> str:
        categories = list(scene.data.get("categories", {}).get(output, {}))
        if not categories:
            return output
        return f"{output}, one of {len(categories)} ({list_some(categories, 6)})"

    return tell


def _problems(scene: Scene, examples: bool) -> list[dict[str, str]]:
    """What was wrong with single rows; not where that would show rows."""
    return list(scene.data.get("problems", [])) if examples else []


def _left_out(scene: Scene, drawn: Sequence[Drawn], shown: Sequence[Section | Drawn], examples: bool) -> list[str]:
    """What was shed for time, did not fit, or was not to be shown."""
    late = [f"{figure.title.rstrip('?')} ({figure.output})" for figure in drawn if figure.shed]
    large = [f.title for f in drawn if f.content and f not in shown and (examples or not f.rows)]
    told = list(scene.shed)
    told += [f"figures for which there was no time: {', '.join(late)}"] if late else []
    told += [f"figures that would make this page too large: {', '.join(large)}"] if large else []
    return told + ([] if examples else ["single rows, as was asked for"])
