"""Average linkage: one wrong link fuses no two groups, and what is forbidden stays so for whatever they become."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.profile.resolution.clusters import Constraints, Pairs, cluster_and_propose, cluster_records, grow_dendrogram


def _pairs(*scored):
    left, right, chance = zip(*scored, strict=True) if scored else ((), (), ())
    return Pairs(np.array(left, dtype=np.int64), np.array(right, dtype=np.int64), np.array(chance, dtype=np.float64))


def _groups(labels):
    return sorted(sorted(np.flatnonzero(labels == each).tolist()) for each in set(labels.tolist()))


TWO_TRIANGLES = [(0, 1, 0.99), (0, 2, 0.99), (1, 2, 0.99), (3, 4, 0.99), (3, 5, 0.99), (4, 5, 0.99)]


def test_nothing_compared_nothing_joined():
    assert _groups(cluster_records(_pairs(), 3, 0.0)) == [[0], [1], [2]]


def test_one_sure_but_wrong_link_fuses_no_two_groups():
    assert _groups(cluster_records(_pairs(*TWO_TRIANGLES, (2, 3, 0.98)), 6, 0.0)) == [[0, 1, 2], [3, 4, 5]]


def test_a_record_seen_by_two_of_three_joins():
    assert _groups(cluster_records(_pairs(*TWO_TRIANGLES[:3], (0, 3, 0.99), (1, 3, 0.99)), 4, 0.0)) == [[0, 1, 2, 3]]


def test_two_accounts_of_one_silo_never_join_through_a_third_and_two_silos_do():
    chain = _pairs((0, 1, 0.999), (1, 2, 0.99), (0, 2, 0.99))
    shop = [frozenset({("", "c1")}), frozenset(), frozenset({("", "c2")})]
    assert _groups(cluster_records(chain, 3, 0.0, Constraints(accounts=shop))) == [[0, 1], [2]]
    silos = [frozenset({("", "c1")}), frozenset(), frozenset({("uci", "uci:2")})]
    assert _groups(cluster_records(chain, 3, 0.0, Constraints(accounts=silos))) == [[0, 1, 2]]


def test_what_somebody_parted_stays_apart_and_is_not_asked_again():
    labels, asked = cluster_and_propose(_pairs((0, 1, 0.999)), 2, 0.0, -1.0, Constraints(apart=[(1, 0)]))
    assert (_groups(labels), asked) == ([[0], [1]], [])


def test_what_is_doubtful_is_asked_however_sure():
    labels, asked = cluster_and_propose(_pairs((0, 1, 0.999)), 2, 0.0, -1.0, Constraints(doubtful=[(0, 1)]))
    assert _groups(labels) == [[0], [1]]
    assert [(each.left, each.right) for each in asked] == [(0, 1)]


def test_who_is_together_already_stays_so_without_evidence():
    labels = cluster_records(_pairs((1, 2, 0.01)), 3, 0.0, Constraints(together=[7, 8, 7]))
    assert _groups(labels) == [[0, 2], [1]]


def test_the_middle_band_is_asked_about_surest_first_by_its_best_pair():
    pairs = _pairs((0, 1, 0.999), (0, 2, 0.6), (1, 2, 0.8), (3, 4, 0.7))
    _, asked = cluster_and_propose(pairs, 5, 3.0, 0.0)
    assert [(each.left, each.right) for each in asked] == [(1, 2), (3, 4)]
    assert asked[0].chance > asked[1].chance > 0.5


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0.03, 0.999)), max_size=20),
       st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=3), st.floats(-1.5, 4))
def test_a_cut_is_what_clustering_at_that_threshold_gives_and_parted_records_never_meet(scored, apart, threshold):
    found = {(min(a, b), max(a, b)): chance for a, b, chance in scored if a != b}
    pairs = _pairs(*((a, b, chance) for (a, b), chance in sorted(found.items())))
    known = Constraints(apart=[(a, b) for a, b in apart if a != b])
    labels = cluster_records(pairs, 8, threshold, known)
    for one, other in known.apart:
        assert labels[one] != labels[other]
    assert _groups(grow_dendrogram(pairs, 8, -1.9, known).cut(threshold)) == _groups(labels)
