"""README.md of a run, as the hub's own library reads it."""

from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from fromraw.report.card import write_card
from tests.figures.scenes import picture_scene, series_scene, table_scene


@pytest.mark.parametrize(("make", "pipeline"), [
    (picture_scene, "image-classification"), (series_scene, None), (table_scene, "tabular-regression"),
])  # fmt: skip
def test_the_hub_reads_the_head(make: object, pipeline: str | None, tmp_path: Path) -> None:
    scene = make(tmp_path)  # type: ignore[operator]
    write_card(scene, tmp_path / "README.md")
    card = ModelCard.load(tmp_path / "README.md", ignore_metadata_errors=False)
    output = next(iter(scene.account.outputs))
    account = scene.account.outputs[output]
    assert card.data.library_name == "fromraw"
    assert card.data.pipeline_tag == pipeline
    found = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert found[account.headline] == pytest.approx(account.scores[account.headline].value)


def test_names_from_the_data_are_text_not_markup(tmp_path: Path) -> None:
    write_card(picture_scene(tmp_path, 12), tmp_path / "README.md")
    assert "<script" not in (tmp_path / "README.md").read_text(encoding="utf-8").replace("\\<", "")


def test_it_says_how_to_use_it_and_what_it_is_not_for(tmp_path: Path) -> None:
    write_card(table_scene(tmp_path), tmp_path / "README.md")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    for words in (
        "fromraw predict",
        "fromraw.load(",
        "| RMSE |",
        "do not include how much another",
        "## Not for",
    ):
        assert words in text
