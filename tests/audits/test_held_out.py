"""With folds an audit asks of each row the nets that did not learn from it; several outputs share its seconds."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest

from fromraw.audits import weak_subgroups
from fromraw.audits.base import Trained, of_each_output
from fromraw.audits.cross_fitting import methods_for
from fromraw.audits.what_mattered import unseen_by
from fromraw.columns.base import Trait
from fromraw.errors import Refused
from fromraw.evaluation.judging import Judgment
from fromraw.findings.base import Finding
from fromraw.gathering import Ground
from fromraw.planning.plan import Plan
from fromraw.splits import TEST, TRAIN, Rows
from fromraw.system import System

HASHES = np.random.default_rng(0).integers(0, 2**64, 60, np.uint64)
SITE = Trait("site", np.repeat(["a", "b"], 30))


def _trained(rows: Rows, folds: list[int | None]) -> Trained:
    """A net for each of these folds. Of all else there is only what these audits look at."""
    members = [SimpleNamespace(fold=fold) for fold in folds]
    plan = Mock(
        spec=Plan, folds=rows.folds, members=members, budget=SimpleNamespace(device="cpu"), outputs=["a", "b", "c", "d"]
    )
    nets = [Mock(spec=System) for _ in members]
    return Trained(Mock(spec=Ground, rows=rows), plan, nets, Mock(spec=Judgment), {}, Path())


def _in_folds(*folds: int | None) -> Trained:
    return _trained(Rows(np.full(60, TRAIN, np.int8), HASHES, folds=3), list(folds))


def test_with_folds_what_mattered_asks_nets_that_did_not_learn_from_the_row() -> None:
    trained, rows = _in_folds(0, 1, 2, 0, 1, 2), np.arange(7, 51)
    parts = unseen_by(trained, rows)
    assert [list(nets) for nets, _ in parts] == [[trained.systems[k], trained.systems[k + 3]] for k in range(3)]
    for fold, (_, places) in enumerate(parts):
        learned_from, _ = trained.ground.rows.of_member(fold, 3)
        assert len(places)
        assert not np.isin(rows[places], learned_from).any()
    assert sorted(np.concatenate([places for _, places in parts])) == list(range(len(rows)))


def test_without_folds_all_nets_are_asked() -> None:
    trained = _trained(Rows(np.repeat([TRAIN, TEST], 30).astype(np.int8), HASHES), [None, None])
    ((nets, places),) = unseen_by(trained, np.arange(30, 60))
    assert (list(nets), places.tolist()) == (list(trained.systems), list(range(30)))


def test_with_folds_rows_are_not_put_together_by_a_net_that_learned_their_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clusters = lambda system, ground, rows, *rest: (np.arange(len(rows)) % 2, np.zeros(len(rows)))  # noqa: E731
    monkeypatch.setattr(weak_subgroups, "read_traits", lambda *_: [SITE])
    monkeypatch.setattr(weak_subgroups, "group_trait", lambda *_: None)
    monkeypatch.setattr(weak_subgroups, "cluster_rows", clusters)
    one = _trained(Rows(np.full(60, TEST, np.int8), HASHES), [None])
    told = [
        {s.trait for s in weak_subgroups._slices(trained, "y", np.arange(60))} for trained in (_in_folds(0, 1, 2), one)
    ]
    assert told == [{"site"}, {"site", "what the net makes of it"}]


def test_several_outputs_share_the_seconds_and_one_that_is_refused_hides_no_other() -> None:
    trained = _in_folds(0)

    def ask(its: Trained, output: str) -> list[Finding]:
        if output == "b":
            raise Refused("too few")
        return [Finding("toy", "note", None, f"{output} within {its.seconds} s")]

    assert [f.text for f in of_each_output(trained, ask)] == [f"{name} within 2.5 s" for name in "acd"]


def test_rows_of_one_group_leave_no_method_others_to_learn_from() -> None:
    rows = Rows(np.full(60, TRAIN, np.int8), HASHES, groups=np.zeros(60, np.int64))
    assert methods_for(_trained(rows, []), "y", np.arange(60), 0) == []
