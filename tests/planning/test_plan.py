"""The plan is data: every value has an address and a reason, is printed, and is taken back."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fromraw.errors import UsageError
from fromraw.planning.plan import Plan, Reason, addresses, get, parse, put, read, reasons_in, resolve, to_yaml

PLAN = Plan.model_validate({
    "inputs": {
        "photo": {"columns": ["photo"],
                  "encoder": [{"convnet": {"width": 8, "widths": [4, 8]}}, {"recurrent": {"depth": 2}}],
                  "instance": "photo_convnet", "optimizer": "muon", "rate": 0.2},
        "odd: name": {"columns": ["odd: name", "b"], "encoder": [{"table": {"depth": 3}}], "instance": "table"},
    },
    "outputs": {"price": {"columns": ["price"], "decoder": {"regress": {"loss": "huber"}}}},
    "views": {"photo": {"mirror": True}},
    "members": [{"seed": 1}, {"seed": 2}],
    "learning": {"batch": 32, "epochs": 2.5},
})  # fmt: skip
DATA = PLAN.model_dump(mode="json")


def test_every_value_has_an_address_that_leads_to_it() -> None:
    known = addresses(DATA)
    assert get(DATA, known["photo.convnet.width"]) == 8
    assert get(DATA, known["photo.recurrent.depth"]) == 2
    assert get(DATA, known["photo.rate"]) == 0.2
    assert get(DATA, known["price.regress.loss"]) == "huber"
    assert get(DATA, known["views.photo.mirror"]) is True
    assert get(DATA, known["learning.batch"]) == 32
    assert get(DATA, known["budget.threads"]) == 1
    assert get(DATA, known["members"]) == DATA["members"]


def test_the_last_word_is_enough_where_only_one_part_has_it() -> None:
    known = addresses(DATA)
    assert resolve("width", known) == "photo.convnet.width"
    assert resolve("learning.batch", known) == resolve("batch", known) == "learning.batch"
    with pytest.raises(UsageError, match=r"several parts have it: photo\.recurrent\.depth, odd: name\.table\.depth"):
        resolve("depth", known)
    with pytest.raises(UsageError, match='no setting "widht"; did you mean "width"'):
        resolve("widht", known)


def test_a_value_is_changed_in_its_place_alone() -> None:
    data = PLAN.model_dump(mode="json")
    put(data, addresses(data)["photo.recurrent.depth"], 7)
    assert parse(data, "it").inputs["photo"].encoder[1] == {"recurrent": {"depth": 7}}
    put(data, addresses(data)["photo.recurrent.depth"], 2)
    assert parse(data, "it") == PLAN


def test_as_yaml_and_back_it_is_the_same_plan(tmp_path: Path) -> None:
    reasons = {
        "photo.convnet.width": Reason(who="rule", why="by rows: 1,000 # or so"),
        "photo.recurrent.depth": Reason(who="you", why="--set depth"),
        "members": Reason(who="rule", why="two"),
    }
    path = tmp_path / "plan.yaml"
    path.write_text(to_yaml(PLAN, reasons))
    assert parse(read(path), "it") == PLAN


def test_each_reason_stands_beside_its_value_and_nowhere_else() -> None:
    known = addresses(DATA)
    reasons = {address: Reason(who="rule", why=f"because of {address}") for address in known if ":" not in address}
    text = to_yaml(PLAN, reasons)
    for address in reasons:
        (line,) = [line for line in text.splitlines() if line.endswith(f"because of {address}")]
        key = str(known[address][-1])
        assert line.split("#")[0].strip().removeprefix("- ").startswith(f"{key}:")
    found = reasons_in(text, PLAN)
    assert {address: found[address] for address in reasons} == reasons


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"learning": {"batch": 0}}, r"learning\.batch.*greater than 0, got 0"),
    ({"learning": {"bacht": 3}}, r"learning\.bacht.*got 3"),
    ({"inputs": {"x": {"columns": ["x"]}}}, r"inputs\.x\.encoder"),
    ({"stages": [{"share": 2}]}, r"stages\.0\.share"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=[words[:16] for _, words in WRONG])
def test_what_does_not_fit_is_named_with_what_was_given(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=f"mine.yaml: {words}"):
        parse(DATA | change, "mine.yaml")


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "just words", "a: [1", "learning: {}\n"])
def test_a_file_that_is_no_plan_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"--plan .*mine\.yaml"):
        read(path)
    with pytest.raises(UsageError, match="nowhere"):
        read(tmp_path / "nowhere.yaml")


def test_what_is_written_is_plain_yaml() -> None:
    assert yaml.safe_load(to_yaml(PLAN, {})) == {
        **DATA, "members": [{"seed": 1, "fold": None}, {"seed": 2, "fold": None}],
    }  # fmt: skip
