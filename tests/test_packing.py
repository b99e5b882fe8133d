"""What a pack holds, what it does not, and that it predicts as the run did: elsewhere, with all else deleted."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.torch
from torch import nn

import fromraw
from fromraw.cli import main
from fromraw.columns.base import Column
from fromraw.columns.number import Number
from fromraw.errors import RunError, UsageError
from fromraw.run import Run

PERSON, HOST = "anna.petersen", "annas-laptop"
MEMBERS = ["format", "plan.yaml", "columns.json", "metrics.json", "data.json", "README.md", "system.safetensors"]


def write_customers(path: Path, rows: int = 120) -> Path:
    """What people keep of persons. income decides whether they leave; plan has one name that a single row has."""
    random = np.random.default_rng(0)
    heads = ["customer_number", "full_name", "email", "notes", "household", "since", "income", "plan", "leaves"]
    first, last = ["Anna", "Bertil", "Carmen", "Dorota"], ["Lindqvist", "Oyelaran", "Petrosyan", "Hakkarainen"]
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(heads)
        for row in range(rows):
            name = f"{random.choice(first)} {random.choice(last)} {row:03}"
            income, day = random.normal(50_000, 9_000), np.datetime64("2019-03-01") + random.integers(0, 900)
            notes = f"called about invoice {random.integers(10**6, 10**7)} and was {'calm' if row % 3 else 'upset'}"
            plan = "Hildegard's own" if row == 5 else random.choice(["basic plan", "family plan"])
            cells = [f"KD-{row * 7919 + 100_000}", name, f"{name.replace(' ', '.').lower()}@example.org", notes]
            leaves = "yes" if income + 4_000 * random.normal() > 50_000 else "no"
            written = f"{income:.4f}" if row != 7 else "told Bertil on the phone"
            table.writerow([*cells, f"household {row // 2:04}", day, written, plan, leaves])
    return path


def write_pictures(folder: Path) -> Path:
    random = np.random.default_rng(1)
    for row in range(40):
        kind = row % 2
        place = folder / ["bee", "wasp"][kind] / f"garden_of_anna_{random.integers(10**6, 10**7)}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray((random.integers(0, 100, (9, 7)) + 120 * kind).astype(np.uint8)).save(place)
    (folder / "bee" / "broken_by_bertil.png").write_bytes(b"no picture")
    return folder


@dataclass(frozen=True)
class Handed:
    """A pack whose run and data are deleted. secrets: by their kind, what must not be in it; had: those that the run's
    own files show; new: rows to answer; answers, embedded: by the run, before it went; with_unlike: another pack."""

    pack: Path
    secrets: dict[str, set[str]]
    had: set[str]
    categories: set[str]
    new: Path
    answers: pa.Table
    embedded: np.ndarray
    metrics: dict[str, Any]
    with_unlike: Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a person, on a machine of her own."""
    folder = tmp_path_factory.mktemp("disk") / "home" / PERSON
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("USER", "LOGNAME", "USERNAME"):
            patch.setenv(name, PERSON)
        patch.setenv("HOME", str(folder))
        patch.setattr("socket.gethostname", lambda: HOST)
        patch.setattr("platform.node", lambda: HOST)
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        patch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)
        yield folder


def hand_on(run: Run, new: Path, cells: dict[str, set[str]]) -> Handed:
    """Pack a run and delete it, and what it was made from."""
    home = run.folder.parent
    elsewhere = home.parents[1] / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    packs = [run.pack(elsewhere / f"{run.folder.name}{end}.fromraw", unlike=bool(end)) for end in ("", "-unlike")]
    categories = {value for c in run.columns.values() if c.type == "category" for value in c.state()["values"]}
    secrets = {"path": {str(home), str(Path(*home.parts[-2:])), home.name}, "machine": {PERSON, HOST}, **cells}
    files = b"".join(path.read_bytes() for path in sorted(run.folder.iterdir()))
    had = {secret for of in secrets.values() for secret in of if secret.encode() in files}
    answers, embedded, metrics = run.predict(new), run.embed(new), run.metrics
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Handed(packs[0], secrets, had, categories, new, answers, embedded, metrics, packs[1])


@pytest.fixture(scope="module")
def of_table(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """Two nets, by folds; of groups; with a threshold that costs set."""
    home = home / "customers"
    home.mkdir()
    table = write_customers(home / "customers of anna.csv")
    run = fromraw.train(
        table, "leaves", steps=4, threads=1, quiet=True, folds=2, group="household", cost={"yes:no": 5, "no:yes": 1},
        ignore=["email"], encoder={"table": "linear"}, run=home / "leaving",
        command=f"fromraw train '{table}' --output leaves",
    )  # fmt: skip
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells: dict[str, set[str]] = {}
    for row in rows:
        for name, cell in row.items():
            if len(cell) >= 8:
                cells.setdefault(name, set()).add(cell)
    cells["names of columns"] = {"customer_number", "full_name"}
    new = tmp_path_factory.mktemp("new") / "new.csv"
    new.write_text(
        "income,plan,since,leaves\n51234.5678,basic plan,2020-02-03,yes\n1,Hildegard's own,,no\n9e9,other,,yes\n"
    )
    return hand_on(run, new, cells)


@pytest.fixture(scope="module")
def of_pictures(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """Of a folder, without some rows that a file names."""
    home = home / "insects"
    pictures = write_pictures(home / "Bertil Petrosyan" / "photos")
    names = sorted(path.name for path in pictures.rglob("*.png"))
    new = tmp_path_factory.mktemp("new") / "photo.png"
    shutil.copy(next(pictures.glob("wasp/*")), new)
    (home / "suspects.csv").write_text("row,given\n2,bee\n")
    run = fromraw.train(
        pictures, steps=3, threads=1, quiet=True, settings={"image.convnet.widths": [4, 4]}, run=home / "insects",
        drop=home / "suspects.csv",
    )  # fmt: skip
    return hand_on(run, new, {"file": {*names, *(Path(name).stem for name in names)}, "folder": {"Bertil Petrosyan"}})


HANDED = ["of_table", "of_pictures"]


@pytest.fixture
def handed(request: pytest.FixtureRequest) -> Handed:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def contents(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as file:
        return {name: file.read(name) for name in file.namelist()}


# ---------------------------------------------------------------------------------------------------- what is not in it


@pytest.mark.parametrize("handed", HANDED, indirect=True)
def test_no_path_no_machine_and_no_cell_that_is_no_category_is_in_it(handed: Handed) -> None:
    whole = handed.pack.read_bytes() + b"".join(contents(handed.pack).values())
    for kind, secrets in handed.secrets.items():
        assert secrets
        assert not {secret for secret in secrets - handed.categories if secret.encode() in whole}, kind


def test_with_what_tells_unlike_rows_the_least_and_the_greatest_number_are_in_it_too(of_table: Handed) -> None:
    whole = b"".join(contents(of_table.with_unlike).values())
    found = {cell for of in of_table.secrets.values() for cell in of - of_table.categories if cell.encode() in whole}
    incomes = sorted(cell for cell in of_table.secrets["income"] if cell[0].isdigit())
    assert found == {min(incomes, key=float), max(incomes, key=float)}


def test_the_search_finds_what_a_run_folder_holds(of_table: Handed, of_pictures: Handed) -> None:
    for handed in (of_table, of_pictures):
        assert handed.had & handed.secrets["path"]
        assert PERSON in handed.had
    assert {"told Bertil on the phone", "customer_number", "full_name"} <= of_table.had
    assert len(of_table.had & of_table.secrets["income"]) >= 3
    assert len(of_table.had & of_table.secrets["since"]) >= 2
    assert "broken_by_bertil.png" in of_pictures.had


def test_categories_are_in_it_as_written(of_table: Handed) -> None:
    """The search above is in what is really read: what may be there is found by it."""
    whole = b"".join(contents(of_table.pack).values())
    assert {"basic plan", "family plan", "Hildegard's own"} <= of_table.categories
    assert all(name.encode() in whole for name in ("basic plan", "Hildegard's own", "household"))


@pytest.mark.parametrize("handed", HANDED, indirect=True)
def test_its_members_tell_of_no_time_and_no_machine(handed: Handed) -> None:
    with zipfile.ZipFile(handed.pack) as file:
        assert file.namelist() == MEMBERS
        assert file.comment == b""
        for member in file.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert (member.extra, member.comment, member.create_system) == (b"", b"", 3)


@pytest.fixture(scope="module")
def small(home: Path) -> Run:
    """Of a frame, read by a net of the user's own."""
    data = {"a": np.linspace(-1, 1, 60), "b": np.cos(np.arange(60.0)), "y": ["up", "down", "up"] * 20}
    return fromraw.train(
        data, "y", steps=2, threads=1, quiet=True, encoder={"table": nn.Linear(4, 3)}, run=home / "small"
    )


@pytest.fixture
def again(small: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small.folder, tmp_path / "again"))


def net() -> dict[str, nn.Module]:
    return {"table": nn.Linear(4, 3)}


def test_what_a_later_version_adds_to_a_run_does_not_go_out_by_itself(again: Path, tmp_path: Path) -> None:
    before = fromraw.load(again, net()).pack(tmp_path / "before.fromraw").read_bytes()

    def add(place: Any) -> None:
        for value in list(place.values()) if isinstance(place, dict) else place if isinstance(place, list) else []:
            add(value)
        if isinstance(place, dict) and "table" not in place:
            place["added"] = "an added secret"

    for name in ("data.json", "metrics.json"):
        found = json.loads((again / name).read_text())
        add(found)
        (again / name).write_text(json.dumps(found))
    columns = json.loads((again / "columns.json").read_text())
    for entry in columns["columns"].values():
        entry["added"] = entry["state"]["added"] = "an added secret"
    (again / "columns.json").write_text(json.dumps(columns))
    tensors = safetensors.torch.load_file(again / "system.safetensors")
    safetensors.torch.save_file(tensors, again / "system.safetensors", metadata={"added": "an added secret"})
    (again / "added.txt").write_text("an added secret")
    assert fromraw.load(again, net()).pack(tmp_path / "after.fromraw").read_bytes() == before


def test_a_type_that_does_not_say_what_may_go_out_is_not_packed(
    small: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Number, "handed_on", Column.handed_on)
    with pytest.raises(RunError, match=r"cannot be packed: the type number does not say what of it may be handed on\."):
        small.pack(tmp_path / "small.fromraw")
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_gives_the_same_bytes_and_so_does_its_pack(of_table: Handed, tmp_path: Path) -> None:
    again = fromraw.load(of_table.pack).pack(tmp_path / "again.fromraw")
    assert again.read_bytes() == of_table.pack.read_bytes()
    with_unlike = fromraw.load(of_table.with_unlike)
    assert with_unlike.pack(again).read_bytes() == of_table.pack.read_bytes()
    assert with_unlike.pack(again, unlike=True).read_bytes() == of_table.with_unlike.read_bytes()


# ------------------------------------------------------------------------------------------------------ what it can do

SCRIPT = """
import sys
import numpy as np, pyarrow.parquet as pq
import fromraw
for pack, new, out in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3]):
    run = fromraw.load(pack)
    pq.write_table(run.predict(new), out)
    np.save(out + ".npy", run.embed(new))
"""


def test_another_process_gets_the_same_bits_with_all_else_deleted(
    of_table: Handed, of_pictures: Handed, tmp_path: Path
) -> None:
    both = (of_table, of_pictures)
    asked = [(h.pack, h.new, tmp_path / f"{h.pack.stem}.parquet") for h in both]
    asked += [(h.with_unlike, h.new, tmp_path / f"{h.with_unlike.stem}.parquet") for h in both]
    words = [str(word) for line in asked for word in line]
    environment = os.environ | {"PYTHONPATH": str(Path(fromraw.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    for handed in both:
        answers = pq.read_table(tmp_path / f"{handed.pack.stem}.parquet")
        assert answers.to_pylist() == handed.answers.drop_columns(["unlike", "unlike_why"]).to_pylist()
        np.testing.assert_array_equal(np.load(tmp_path / f"{handed.pack.stem}.parquet.npy"), handed.embedded)
        whole = pq.read_table(tmp_path / f"{handed.with_unlike.stem}.parquet")
        assert whole.to_pylist() == handed.answers.to_pylist()
    assert "income 9e+09 is above" in of_table.answers["unlike_why"].to_pylist()[2]


def test_it_keeps_both_nets_the_threshold_and_the_scores(of_table: Handed) -> None:
    run = fromraw.load(of_table.pack)
    assert len(run.systems) == 2
    decoder = run.system.decoders["leaves"]
    assert 0 < float(decoder.threshold) < 0.5
    assert run.metrics["decisions"] == of_table.metrics["decisions"]
    assert f"answers yes from {float(decoder.threshold):.3g} on" in contents(of_table.pack)["README.md"].decode()
    assert run.metrics["outputs"] == of_table.metrics["outputs"] == fromraw.evaluate(of_table.pack)["outputs"]
    assert "this net" in run._repr_html_()
    assert "report.html" not in run._repr_html_()


def test_other_rows_are_scored_by_groups_as_the_run_did(of_table: Handed, tmp_path: Path) -> None:
    rows = [f"{20_000 + 1_000 * (n // 6)},basic plan,g{n % 3},{['yes', 'no'][n % 2]}" for n in range(60)]
    table = tmp_path / "more.csv"
    table.write_text("\n".join(["income,plan,household,leaves", *rows]) + "\n")
    found = fromraw.load(of_table.pack).evaluate(table)
    answers = fromraw.load(of_table.pack).predict(table).to_pylist()
    score = found["outputs"]["leaves"]["accuracy"]
    assert score["value"] == np.mean([row["leaves"] == row["predicted_leaves"] for row in answers])
    alone = table.with_name("alone.csv")
    alone.write_text(table.read_text().replace("household", "house"))
    by_row = fromraw.load(of_table.pack).evaluate(alone)["outputs"]["leaves"]["accuracy"]
    assert score["value"] == by_row["value"]
    assert (score["low"], score["high"]) != (by_row["low"], by_row["high"])


def test_a_net_of_the_users_own_is_asked_for_without_its_name(small: Run, tmp_path: Path) -> None:
    place = small.pack(tmp_path / "small.fromraw")
    assert b"Linear" not in b"".join(contents(place).values())
    with pytest.raises(RunError, match=r"table is read by a net of your own; fromraw\.load\(.*, encoder="):
        fromraw.load(place).predict({"a": [0.5], "b": [1.0]})
    rows = {"a": np.array([0.5]), "b": np.array([1.0])}
    own, packed = small.predict(rows), fromraw.load(place, encoder=net()).predict(rows)
    assert packed["probability_y_up"] == own["probability_y_up"]


def test_a_run_that_was_stopped_says_so_and_an_unfinished_one_is_not_packed(again: Path, tmp_path: Path) -> None:
    metrics = json.loads((again / "metrics.json").read_text())
    (again / "metrics.json").write_text(json.dumps(metrics | {"stopped": True}))
    place = fromraw.load(again, net()).pack(tmp_path / "stopped.fromraw")
    assert "**Stopped early.**" in contents(place)["README.md"].decode()
    (again / "data.json").unlink()
    place.unlink()
    with pytest.raises(RunError, match="the training is not finished"):
        fromraw.load(again, net()).pack(place)
    assert not place.exists()


def test_the_readme_is_a_model_card(of_pictures: Handed, tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    (tmp_path / "README.md").write_bytes(contents(of_pictures.pack)["README.md"])
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.library_name == "fromraw"
    assert "From: image (image). One net, learned from 31 pictures." in card.text


# ------------------------------------------------------------------------------------------------------ rare categories


def test_rare_names_are_told_and_can_stay_behind(home: Path, tmp_path: Path) -> None:
    columns = {"plan": ["basic"] * 30 + ["family"] * 27 + ["Hildegard"] * 3, "y": ["up", "down", "up"] * 20}
    run = fromraw.train(columns, "y", steps=2, threads=1, quiet=True, encoder={"plan": "linear"}, run=tmp_path / "run")
    rows = {"plan": ["basic", "Hildegard", "somebody", None]}
    hidden = fromraw.load(run.pack(tmp_path / "hidden.fromraw", hide_rare=True))
    assert b"Hildegard" not in (tmp_path / "hidden.fromraw").read_bytes()
    own, other = run.predict(rows)["probability_y_up"], hidden.predict(rows)["probability_y_up"]
    assert [own[0], own[2], own[3]] == [other[0], other[2], other[3]]
    assert own[1] != other[1] == other[2]
    whole = fromraw.load(run.pack(tmp_path / "whole.fromraw"))
    with pytest.raises(RunError, match=r"does not tell how many rows had each category of plan, so none can be hidden"):
        whole.pack(tmp_path / "again.fromraw", hide_rare=True)


# ------------------------------------------------------------------------------------------------------- as it is typed


def typed(capfd: pytest.CaptureFixture[str], *words: Any) -> tuple[int, str, str]:
    capfd.readouterr()
    return main([str(word) for word in words]), *capfd.readouterr()


def test_a_pack_is_packed_and_predicts_by_command(
    of_table: Handed, of_pictures: Handed, work_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = typed(capfd, "predict", of_pictures.pack, of_pictures.new)
    assert (code, out.splitlines()[-1]) == (0, "1 row answered")
    code, out, _ = typed(capfd, "pack", of_table.with_unlike)
    assert code == 0
    assert out.startswith("leaving-unlike.fromraw  0.0")
    assert "left out: what tells unlike rows (" in out
    assert (work_folder / "leaving-unlike.fromraw").read_bytes() == of_table.pack.read_bytes()
    code, out, _ = typed(capfd, "pack", of_table.with_unlike, "-o", "new/it.fromraw", "--unlike", "--json")
    assert json.loads(out)["unlike"] is True
    assert Path("new/it.fromraw").read_bytes() == of_table.with_unlike.read_bytes()
    assert typed(capfd, "evaluate", of_table.pack)[0] == 0


def test_a_pack_is_not_written_over_itself_or_a_folder(
    of_table: Handed, work_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine, whole = Path("mine.fromraw"), of_table.with_unlike.read_bytes()
    mine.write_bytes(whole)
    Path("folder.fromraw").mkdir()
    for words, sentence in [
        ((mine,), "mine.fromraw would be written over itself; choose another name."),
        ((mine, "-o", "folder.fromraw"), "folder.fromraw is a folder, and a pack is a file; choose another name."),
    ]:
        code, out, err = typed(capfd, "pack", *words)
        assert (code, out, err) == (2, "", f"fromraw: {sentence}\n")
    assert mine.read_bytes() == whole
    assert sorted(path.name for path in work_folder.iterdir()) == ["folder.fromraw", "mine.fromraw"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("report PACK", "leaving.fromraw: a pack holds no rows of its own; a report needs the run folder."),
        ("compare PACK OTHER", "leaving.fromraw: a pack holds no rows of its own; a comparison needs the run folder."),
        ("runs PACK", "leaving.fromraw is a file; fromraw evaluate"),
        ("pack PACK -o it.zip", "--out must end in .fromraw, got it.zip."),
        ("train PACK", "leaving.fromraw"),
    ],
)
def test_what_a_pack_cannot_do_is_said_in_one_sentence(
    words: str,
    sentence: str,
    of_table: Handed,
    of_pictures: Handed,
    capfd: pytest.CaptureFixture[str],
    work_folder: Path,
) -> None:
    places = {"PACK": of_table.pack, "OTHER": of_pictures.pack}
    code, out, err = typed(capfd, *(places.get(word, word) for word in words.split()))
    assert (code in (1, 2), out, err.count("\n")) == (True, "", 1)
    assert sentence in err


def test_own_rows_are_asked_for_in_vain(of_table: Handed) -> None:
    run = fromraw.load(of_table.pack)
    asked: list[Callable[[], Any]] = [
        lambda: run.ground, lambda: run.report, lambda: run.judged("leaves"), run.rewrite_report, run.findings,
        lambda: run.rows("test"), lambda: run.records("leaves"),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(RunError, match="a pack holds no rows of its own"):
            ask()
    with pytest.raises(UsageError, match=r"a pack must end in \.fromraw, got pack\.zip"):
        run.pack("pack.zip")


# --------------------------------------------------------------------------------------------------- what is not a pack


def rewritten(pack: Path, place: Path, change: Callable[[zipfile.ZipFile, dict[str, bytes]], None]) -> Path:
    members = contents(pack)
    with zipfile.ZipFile(place, "w") as file:
        change(file, members)
        for name, content in members.items():
            file.writestr(name, content)
    return place


def leave(name: str, content: bytes | None) -> Callable[[zipfile.ZipFile, dict[str, bytes]], None]:
    """Replace a member, or leave it out."""

    def change(file: zipfile.ZipFile, members: dict[str, bytes]) -> None:
        members.pop(name, None)
        if content is not None:
            members[name] = content

    return change


def squeeze(file: zipfile.ZipFile, members: dict[str, bytes]) -> None:
    """A member that unfolds to a thousand times its size."""
    file.writestr("metrics.json", b" " * (1 << 20), zipfile.ZIP_DEFLATED)
    del members["metrics.json"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (leave("../evil.txt", b"evil"), r"not a pack as fromraw writes it: '../evil.txt' is in it\."),
        (leave("/tmp/evil.txt", b"evil"), r"not a pack as fromraw writes it: '/tmp/evil.txt' is in it\."),
        (squeeze, r"not a pack as fromraw writes it: 'metrics.json' is not stored as it is\."),
        (leave("format", b"2\n"), r"written by a later version \(format 2, this one reads 1\)\."),
        (leave("format", b"two"), r"damaged \(format cannot be read\)\."),
        (leave("format", None), r"neither a run folder nor a pack \(no file `format` in it\)\."),
        (leave("columns.json", b'{"columns": {"a": 1}}'), r"damaged \(columns.json cannot be read\)\."),
        (leave("columns.json", None), r"damaged \(columns.json cannot be read\)\."),
        (leave("plan.yaml", b"{"), r"damaged \(plan.yaml cannot be read\)\."),
        (leave("plan.yaml", b"[]"), r"plan\.yaml"),
        (leave("data.json", b"no JSON"), r"damaged \(data.json cannot be read\)\."),
        (leave("system.safetensors", b"\0" * 99), r"damaged \(system.safetensors cannot be read\)\."),
    ],
)
def test_a_damaged_or_foreign_zip_is_one_sentence(
    change: Callable[[zipfile.ZipFile, dict[str, bytes]], None], sentence: str, of_table: Handed, tmp_path: Path
) -> None:
    place = rewritten(of_table.pack, tmp_path / "it.fromraw", change)
    with pytest.raises(fromraw.FromrawError, match=sentence):
        fromraw.load(place).predict(of_table.new)
    assert [path.name for path in tmp_path.iterdir()] == ["it.fromraw"]


def test_a_torn_pack_and_another_file_are_one_sentence(of_table: Handed, tmp_path: Path) -> None:
    whole, place = of_table.pack.read_bytes(), tmp_path / "it.fromraw"
    for content in (b"", b"no zip", whole[: len(whole) // 2]):
        place.write_bytes(content)
        with pytest.raises(RunError, match="neither a run folder nor a whole pack"):
            fromraw.load(place)
    at = whole.index(b"basic plan")
    place.write_bytes(whole[:at] + b"BASIC" + whole[at + 5 :])
    with pytest.raises(RunError, match=r"damaged \(columns\.json cannot be read\)"):
        fromraw.load(place).predict(of_table.new)


def test_a_member_that_is_there_twice_or_said_to_be_larger_is_refused(of_table: Handed, tmp_path: Path) -> None:
    place, members = tmp_path / "it.fromraw", contents(of_table.pack)
    with zipfile.ZipFile(place, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("plan.yaml", b"{}")
    with pytest.raises(RunError, match=r"'plan\.yaml' is in it twice"):
        fromraw.load(place)
    whole = bytearray(of_table.pack.read_bytes())
    entry = whole.rindex(b"README.md") - 46  # in the table of contents, 46 bytes stand before a name
    whole[entry + 24 : entry + 28] = (1 << 31).to_bytes(4, "little")
    place.write_bytes(whole)
    with pytest.raises(RunError, match=r"'README.md' is said to be larger than it is"):
        fromraw.load(place)
