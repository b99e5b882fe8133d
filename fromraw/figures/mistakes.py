"""The mistakes that it was surest of, or its largest errors, as what they are: pictures, curves or rows.

Looking at them is the quickest way to find wrong labels, odd rows, and what the net has not understood.
"""

from matplotlib.figure import Figure as Drawing

from fromraw.decoders.scores_of_categories import guess_of
from fromraw.errors import Refused
from fromraw.figures.base import Figure, Scene
from fromraw.figures.gallery import most_shown, show_rows
from fromraw.figures.worst import Mistake, worst_rows
from fromraw.parts import part


@part("mistakes")
class Mistakes(Figure):
    title = "What it gets most wrong"
    rank = 1

    def draw(self, scene: Scene, output: str) -> Drawing:
        return show_rows(scene, _mistakes(scene, output))

    def caption(self, scene: Scene, output: str) -> str:
        found = _mistakes(scene, output)
        if "probabilities" in scene.account.outputs[output].records:
            records = scene.account.outputs[output].records
            wrong = int((guess_of(records) != records["truth"]).sum())
            which = f"The {len(found)} of {wrong:,} mistakes that it was surest of"
            if len(found) == wrong:
                which = "Its only mistake" if wrong == 1 else f"All {wrong} mistakes, the surest first"
            return f"{which}: its answer and how sure it was, then the truth. Is every truth right?"
        return f"The {len(found)} rows with the largest errors: its answer, then the truth. Is every truth right?"

    def rows_shown(self, scene: Scene, output: str) -> int:
        return len(_mistakes(scene, output))


def _mistakes(scene: Scene, output: str) -> list[Mistake]:
    if found := worst_rows(scene, output, most_shown(scene)):
        return found
    raise Refused("there are no mistakes")
