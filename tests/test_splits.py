"""Who is train, valid and test: right on average, the same for the same rows, groups and copies whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.errors import DataError
from fromraw.randomness import mix
from fromraw.splits import NONE, TEST, TRAIN, VALID, Rows, folds_of, held_out_share, split_rows, thin


def hashes(rows: int, seed: int = 0) -> np.ndarray:
    return mix(mix(np.arange(rows, dtype=np.uint64)) ^ np.uint64(seed))


@given(rows=st.integers(12, 400), kinds=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_rows_are_split_the_same_way_in_whatever_order_they_stand(rows: int, kinds: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    contents, categories = hashes(rows, seed), random.integers(0, kinds, rows)
    turned = random.permutation(rows)
    one = split_rows(contents, categories=categories)
    other = split_rows(contents[turned], categories=categories[turned])
    assert np.array_equal(one.side[turned], other.side)


@given(rows=st.integers(20, 400), kinds=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_a_tenth_is_held_out_to_less_than_a_row(rows: int, kinds: int, seed: int) -> None:
    categories = np.random.default_rng(seed).integers(0, kinds, rows)
    found = split_rows(hashes(rows, seed), categories=categories).counts()
    assert sum(found.values()) == rows
    assert abs(found["test"] - rows / 10) <= 1
    assert abs(found["valid"] - rows / 10) <= 1
    assert found["test"] >= 1


@given(rows=st.integers(20, 300), kinds=st.integers(1, 8), seed=st.integers(0, 10**6))
def test_no_category_loses_all_its_rows_to_the_test(rows: int, kinds: int, seed: int) -> None:
    categories = np.random.default_rng(seed).integers(0, kinds, rows)
    split = split_rows(hashes(rows, seed), categories=categories)
    assert set(categories[split.rows(TRAIN)]) == set(categories)


def test_shares_are_right_on_average_where_categories_are_rare() -> None:
    """Fifty categories of three rows each: each has 0.3 rows of test on average, and all have alike."""
    categories = np.repeat(np.arange(50), 3)
    tests = np.array([split_rows(hashes(150, seed), categories=categories).side == TEST for seed in range(300)])
    each = tests.reshape(300, 50, 3).sum(2).mean(0)
    assert np.abs(each - 0.3).max() < 0.12
    assert abs(each.mean() - 0.3) < 0.01


def test_each_category_has_the_same_share() -> None:
    categories = np.repeat([0, 1], [900, 100])
    split = split_rows(hashes(1000), categories=categories)
    for side in (VALID, TEST):
        counts = np.bincount(categories[split.rows(side)])
        assert np.abs(counts - [90, 10]).max() <= 1


@given(groups=st.integers(6, 40), seed=st.integers(0, 10**6))
def test_groups_and_copies_stay_whole(groups: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    group = np.repeat(random.integers(-(10**9), 10**9, groups), random.integers(2, 20, groups))
    split = split_rows(hashes(len(group), seed), groups=group)
    sides_of = [set(split.side[group == name].tolist()) for name in np.unique(group)]
    assert all(len(sides) == 1 for sides in sides_of)
    assert (split.side == TEST).any()
    copies = hashes(len(np.unique(group)), seed)[np.unique(group, return_inverse=True)[1]]
    split = split_rows(copies)
    assert all(len(set(split.side[copies == one].tolist())) == 1 for one in copies)


def test_five_large_groups_still_leave_one_for_each_side() -> None:
    split = split_rows(hashes(100), groups=np.repeat(np.arange(5), 20))
    assert split.counts() == {"train": 60, "valid": 20, "test": 20}


def test_copies_of_one_row_a_category_cannot_be_held_out_and_that_is_said() -> None:
    two = np.arange(60) % 2
    with pytest.raises(DataError, match="none of 60 usable rows can be held out"):
        split_rows(hashes(2)[two], categories=two)
    with pytest.raises(DataError, match="of one group"):
        split_rows(hashes(60), groups=np.zeros(60, np.int64))
    with pytest.raises(DataError, match="no answer comes twice"):
        split_rows(hashes(60), categories=np.arange(60))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="2 usable rows leave too few"):
        split_rows(hashes(9), usable=np.arange(9) < 2)


def test_the_datas_own_split_is_kept_and_what_it_lacks_is_cut_from_train() -> None:
    own = np.repeat([TRAIN, VALID, TEST], [60, 20, 20]).astype(np.int8)
    assert np.array_equal(split_rows(hashes(100), own=own).side, own)
    no_valid = np.where(own == VALID, TRAIN, own).astype(np.int8)
    split = split_rows(hashes(100), own=no_valid)
    assert np.array_equal(split.side == TEST, own == TEST)
    many = np.repeat([TRAIN, TEST], [20_000, 4_000]).astype(np.int8)
    assert split_rows(hashes(24_000), own=many).counts()["valid"] == 2_000
    assert split.counts()["test"] == 20
    assert split.counts()["valid"] in (8, 9)
    assert split.how == "the data's own, valid cut from train"
    no_test = np.where(own == TEST, TRAIN, own).astype(np.int8)
    split = split_rows(hashes(100), own=no_test)
    assert split.tested_on == "valid"
    assert np.array_equal(split.side == TEST, own == VALID)


def test_spared_test_rows_are_on_no_side_and_are_the_same_rows() -> None:
    whole, spared = split_rows(hashes(500)), split_rows(hashes(500), spare_test=True)
    assert np.array_equal(spared.side == NONE, whole.side == TEST)
    assert np.array_equal(spared.side == TEST, whole.side == VALID)
    assert spared.tested_on == "valid"
    assert (spared.side == VALID).sum() >= 30


def test_by_time_the_latest_rows_are_tested_and_one_moment_is_never_cut() -> None:
    times = np.random.default_rng(0).permutation(np.repeat(np.arange(50), 4)).astype(np.float64)
    split = split_rows(hashes(200), times=times)
    train, valid, test = (times[split.rows(side)] for side in (TRAIN, VALID, TEST))
    assert train.max() < valid.min() <= valid.max() < test.min()
    assert len(test) == 20


def test_rows_without_an_answer_are_on_no_side() -> None:
    usable = np.arange(100) % 3 > 0
    assert np.array_equal(split_rows(hashes(100), usable=usable).side == NONE, ~usable)


def test_of_many_rows_fewer_are_held_out() -> None:
    assert held_out_share(1_000) == 0.1
    assert held_out_share(10**6) == 0.01


@given(rows=st.integers(10, 200), count=st.integers(2, 6), seed=st.integers(0, 10**6))
def test_folds_cover_every_row_once_with_groups_whole(rows: int, count: int, seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, 30, rows)
    chosen = np.arange(rows)
    folds = folds_of(chosen, hashes(rows, seed), groups, count)
    assert set(folds) <= set(range(count))
    assert all(len(set(folds[groups == group])) == 1 for group in groups)
    plain = np.bincount(folds_of(chosen, hashes(rows, seed), None, count), minlength=count)
    assert np.ptp(plain) <= 1


def test_a_member_learns_from_all_but_its_fold() -> None:
    split = split_rows(hashes(200))
    rows = Rows(split.side, hashes(200))
    parts = [rows.of_member(fold, 4) for fold in range(4)]
    pool = rows.of(TRAIN, VALID)
    assert all(np.array_equal(np.sort(np.concatenate(part)), pool) for part in parts)
    assert np.array_equal(np.sort(np.concatenate([valid for _, valid in parts])), pool)
    assert np.array_equal(rows.of_member(None, 0)[0], rows.of(TRAIN))


@given(rows=st.integers(12, 300), kinds=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_where_nothing_is_tested_a_tenth_is_set_aside_and_all_other_rows_are_learned_from(
    rows: int, kinds: int, seed: int
) -> None:
    categories = np.random.default_rng(seed).integers(0, kinds, rows)
    split = split_rows(hashes(rows, seed), categories=categories, untested=True)
    counts = split.counts()
    assert (counts["test"], counts["train"] + counts["valid"], split.tested_on) == (0, rows, "none")
    assert abs(counts["valid"] - rows / 10) <= 1
    assert set(categories[split.rows(TRAIN)]) == set(categories)


def test_by_rule_there_are_no_folds_where_all_rows_are_copies_of_too_few() -> None:
    """40 rows, but only four different ones: who did not ask for folds is not told that there are too few for them."""
    split = split_rows(np.repeat(hashes(4), 10), folds=None)
    assert (split.folds, split.tested_on, split.counts()["test"]) == (0, "test", 10)
    assert split_rows(np.repeat(hashes(8), 5), folds=None).folds == 5


def test_where_nothing_is_tested_the_datas_own_test_rows_are_learned_from() -> None:
    own = np.repeat([TRAIN, VALID, TEST], [60, 20, 20]).astype(np.int8)
    side = split_rows(hashes(100), own=own, untested=True).side
    assert side.tolist() == [TRAIN] * 60 + [VALID] * 20 + [TRAIN] * 20


@given(rows=st.integers(16, 300), kinds=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_thinned_rows_are_nested_and_of_each_category_alike(rows: int, kinds: int, seed: int) -> None:
    categories, contents = np.arange(rows) % kinds, hashes(rows, seed)
    half = thin(np.arange(rows), 0.5, seed, contents, categories)
    quarter = thin(half, 0.5, seed, contents, categories)
    assert set(quarter) < set(half)
    assert abs(len(half) - rows / 2) <= 1
    assert np.abs(np.bincount(categories[half], minlength=kinds) - np.bincount(categories) / 2).max() <= 1


def test_thinning_by_another_seed_takes_other_rows() -> None:
    one, other = (set(thin(np.arange(400), 0.5, seed, hashes(400))) for seed in (1, 2))
    assert 60 < len(one & other) < 140


def test_thinning_keeps_groups_and_copies_whole() -> None:
    groups, contents = np.arange(200) // 10, hashes(200)
    by_group = thin(np.arange(200), 0.5, 3, contents, groups=groups)
    assert set(np.bincount(groups[by_group])) <= {0, 10}
    assert len(by_group) == 100
    copied = thin(np.arange(200), 0.5, 3, contents[np.arange(200) // 2])
    assert set(np.bincount(copied // 2)) <= {0, 2}
