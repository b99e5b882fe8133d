"""The best baseline as a short script in the run folder, so that a person can use it where it wins."""

from collections.abc import Mapping
from typing import Any

from fromraw.parts import find

_SCRIPT = '''"""The best simple method of this run: {name} for {output}, learned from {rows} rows.

Run it: python {file}. It reads the run's own rows, so the data must lie where they lay (see README.md).
"""

from pathlib import Path

import fromraw
from {module} import {cls}

run = fromraw.load(Path(__file__).resolve().parent)
examples, output = run.examples, {output!r}

baseline = {cls}({settings})
baseline.fit(examples, run.rows("train"), output, seconds=float("inf"))
answer = baseline.answer(examples, run.rows("test"))

print(baseline.words())
for metric, value in run.score(output, answer).items():
    print(f"{{metric}} {{value:.6g}}")
'''


def script(part_name: str, settings: Mapping[str, Any], output: str, rows_used: int) -> str:
    """The text of `baseline.py`. settings: those of the fitted baseline, so that it learns from as many rows again."""
    cls = find("baselines", part_name).cls
    arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return _SCRIPT.format(
        name=part_name.replace("_", " "),
        output=output,
        rows=f"{rows_used:,}",
        file="baseline.py",
        module=cls.__module__,
        cls=cls.__name__,
        settings=arguments,
    )
