"""A weak subgroup that was planted is found, by whatever tells its rows apart; none is found where there is none."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import fromraw
from fromraw.audits.answered import Seen
from fromraw.audits.clusters import cluster_slices, find_centers
from fromraw.audits.slices import Slice, slices_of
from fromraw.audits.weak_subgroups import choose, examine
from fromraw.columns.base import Trait
from fromraw.decoders.scores_of_categories import SCORES
from fromraw.findings.base import Finding
from fromraw.run import Run

ROWS = 1600
ONE_NET = {"members": [{"seed": 0, "fold": None}], "folds": 0}


def _table(wild: bool) -> pa.Table:
    """Two numbers tell the answer, but for one row in twenty; at site C, if that is wild, a coin does."""
    random = np.random.default_rng(3)
    x, site = random.normal(size=(ROWS, 3)), np.array(list("ABCD"))[random.integers(0, 4, ROWS)]
    answer = (x[:, 0] + x[:, 1] > 0) ^ (random.random(ROWS) < np.where((site == "C") & wild, 0.5, 0.05))
    return pa.table({**{f"x{n}": x[:, n] for n in range(3)}, "site": site, "answer": np.where(answer, "yes", "no")})


def _train(folder: Path, wild: bool, **more: object) -> Run:
    table = {"encoder": {"table": "linear"}, "settings": {**ONE_NET, "answer.classify.start": "ridge"}, **more}
    return fromraw.train(_table(wild), "answer", steps=10, seed=1, threads=1, run=folder / "run", quiet=True, **table)


def _weak(run: Run) -> list[Finding]:
    return [finding for finding in run.findings() if finding.kind == "weak_subgroups"]


@pytest.fixture(scope="module")
def wild_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Trained without the site, which is asked about all the same."""
    return _train(tmp_path_factory.mktemp("wild"), True, ignore="site")


def test_a_site_that_was_left_out_is_found(wild_run: Run) -> None:
    (found,) = _weak(wild_run)
    assert found.text.startswith("answer: it errs most where site is C: accuracy ")
    worst = found.evidence["subgroups"][0]
    assert worst["where"] == "site is C"
    assert worst["weak"]
    assert worst["low"] <= worst["value"] <= worst["high"] < worst["elsewhere"]
    assert worst["chance"] < 0.01
    assert found.gravity == "warning"
    table = _table(True)
    shown = [table.column("site")[row].as_py() for row in found.evidence["shown"]]
    assert set(shown) == {"C"}
    json.dumps(found.evidence)


def test_it_is_drawn_and_told_in_the_report_and_no_row_where_none_may_be(wild_run: Run) -> None:
    page = wild_run.report.read_text()
    assert page.count("<h3>Where it fails") == page.count("<h3>What they look like where it fails") == 1
    assert "it errs most where site is C" in page
    wild_run.rewrite_report(examples=False)
    page = wild_run.report.read_text()
    assert "<h3>Where it fails" in page
    assert "What they look like where it fails" not in page


def test_without_a_weak_site_none_is_found(tmp_path: Path) -> None:
    assert _weak(_train(tmp_path, False)) == []


# ------------------------------------------------------------------------------------------------ slices, on their own


def test_numbers_are_cut_into_ends_and_middles_and_what_is_missing() -> None:
    values = np.concatenate([np.arange(1.0, 101.0), np.full(20, np.nan)])
    names = {s.name: int(s.inside.sum()) for s in slices_of(Trait("age", values), 10)}
    assert names["age is missing"] == 20
    assert names["age is at most 10"] == names["age is above 90"] == 10
    assert names["age is above 25, at most 50"] == 25
    ends = [s.name for s in slices_of(Trait("size", values, ends=True), 10)]
    assert not any("at most" in name and "above" in name for name in ends)
    assert not any(s.turns for s in slices_of(Trait("size", values, ends=True), 10))


def test_texts_are_cut_by_value_and_gaps_are_one() -> None:
    found = list(slices_of(Trait("site", np.array(["A"] * 30 + ["B"] * 12 + [""] * 11 + ["C"] * 3)), 10))
    assert [s.name for s in found] == ["site is A", "site is B", "site is missing"]


def test_clusters_are_told_by_what_their_rows_have_in_common() -> None:
    points = np.concatenate([np.random.default_rng(k).normal(9.0 * k, 1, (50, 2)) for k in range(2)])
    centers = find_centers(points, 2, seed=0)
    assert sorted(np.rint(centers[:, 0]).tolist()) == [0.0, 9.0]
    near = (points[:, 0] > 4.5).astype(int)
    site = Trait("site", np.where(near == 1, "C", "A"))
    found = list(cluster_slices(near, np.zeros(100), np.arange(100), [site], 10))
    assert [s.name for s in found] == [
        "rows look alike to the net (cluster 1: site mostly A)",
        "rows look alike to the net (cluster 2: site mostly C)",
    ]


# ------------------------------------------------------------------------------------------------- choosing, testing


def _seen(loss: np.ndarray, surprise: np.ndarray | None = None, groups: np.ndarray | None = None) -> Seen:
    return Seen(np.arange(len(loss)), 1 - loss, loss, loss if surprise is None else surprise, groups)


def _hits(rows: int, wrong: float, inside: np.ndarray, wrong_inside: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.random(rows) < np.where(inside, wrong_inside, wrong)).astype(float)


def test_rows_that_choose_never_decide() -> None:
    inside = np.arange(400) % 4 == 0
    piece, half = Slice("odd", "odd", inside), np.arange(200)
    by_chance = _seen(_hits(200, 0.1, inside[:200], 0.6, seed=1)), _seen(_hits(200, 0.1, inside[200:], 0.1, seed=2))
    chosen = choose([piece], by_chance[0], half, 200 + half)
    assert [s.name for s, _ in chosen] == ["odd"]
    (tested,) = examine([(s, s.inside[200:], w) for s, w in chosen], by_chance[1], SCORES[0])
    assert not tested.is_weak


def test_where_categories_meet_only_what_it_does_not_reckon_with_counts() -> None:
    """Half of the errors inside, as the answers say: no fault in a range, one at a site."""
    inside = np.arange(400) < 100
    loss = _hits(400, 0.05, inside, 0.5, seed=3)
    seen = _seen(loss, loss - np.where(inside, 0.5, 0.05))
    pieces = [Slice("x", "x", inside, turns) for turns in (False, True)]
    assert [examine([(piece, inside, 1.0)], seen, SCORES[0])[0].is_weak for piece in pieces] == [True, False]


def test_of_those_without_weakness_few_in_a_hundred_are_found() -> None:
    wolf = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        slices = [Slice(f"s{k}", f"t{k}", random.random(300) < 0.3) for k in range(12)]
        choosing, tested = (_seen((random.random(150) < 0.2).astype(float)) for _ in range(2))
        chosen = choose(slices, choosing, np.arange(150), np.arange(150, 300))
        wolf += any(t.is_weak for t in examine([(s, s.inside[150:], w) for s, w in chosen], tested, SCORES[0]))
    assert wolf <= 4
