"""What the rows look like where it fails most: some of the worst subgroup, with their answers."""

import numpy as np
from matplotlib.figure import Figure as Drawing

from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.gallery import most_shown, show_rows
from fromraw.figures.weak_subgroups import weak_of
from fromraw.figures.worst import Mistake, answers_at
from fromraw.parts import part


@part("weak_subgroups_rows")
class WeakSubgroupsRows(Figure):
    title = "What they look like where it fails"
    rank = 1

    def draw(self, scene: Scene, output: str) -> Drawing:
        return show_rows(scene, _rows(scene, output))

    def caption(self, scene: Scene, output: str) -> str:
        found = next(found for found in weak_of(scene, output)["subgroups"] if found["named"])
        which = f"Some of the {found['rows']:,} tested rows where {found['where']}"
        return f"{which}: its answer (blue: right), then the truth."

    def rows_shown(self, scene: Scene, output: str) -> int:
        return len(_rows(scene, output))


def _rows(scene: Scene, output: str) -> list[Mistake]:
    shown = weak_of(scene, output)["shown"][: most_shown(scene)]
    rows = scene.account.outputs[output].rows
    places = {int(row): place for place, row in enumerate(rows)}
    found = answers_at(scene, output, np.array([places[row] for row in shown if row in places], np.int64))
    if not found:
        raise Refused("none of its rows is at hand")
    return found
