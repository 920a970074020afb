"""Stage B2: normalised records -> scored pairs and the thresholds of the three bands. Opens a DuckDB in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import polars as pl

from bot.profile.resolution.candidates import find_candidates, find_households
from bot.profile.resolution.clusters import (
    Constraints,
    Dendrogram,
    Pairs,
    Proposal,
    cluster_and_propose,
    grow_dendrogram,
)
from bot.profile.resolution.crowds import drop_crowded
from bot.profile.resolution.features import Features, compare_pairs, load_tables
from bot.profile.resolution.learn import LEAST, Doubles, Thresholds, choose_thresholds, learn_labelled, learn_unlabelled
from bot.profile.resolution.measures import Ints
from bot.profile.resolution.probability import score_by_splink
from bot.profile.resolution.records import present_columns

Say = Callable[[str], None]

# Chosen on half of splink_people under another split than the one that is measured (docs/identity.md).
LEARNT = Thresholds(automatic=2.0, best=-1.0)
_PROOFS = ("email_equal", "phone_equal", "street_equal", "birth_date_equal", "postcode_equal")
_MODEST = 0.95  # the most of a pair without any of them, where nothing was learnt: enough to ask, not to merge
_TYPING_ERRORS = 2  # in a date
UNTRAINED = Thresholds(automatic=4.6, best=2.2)  # .99 and .9: splink's starting values, nothing learnt


@dataclass(frozen=True)
class Linked:
    """Every candidate pair with its chance, and where the bands begin."""

    n: int
    pairs: Pairs
    thresholds: Thresholds
    tree: Dendrogram
    known: Constraints  # households included
    crowded: dict[str, int]  # distinct values by column that stopped being evidence

    def best_clusters(self) -> Ints:
        """The likeliest cluster of each record: what the bands would give if every review were answered yes."""
        return self.tree.cut(self.thresholds.best)

    def bands(self) -> tuple[Ints, list[Proposal]]:
        """The clusters to merge at once, and the pairs of clusters to ask somebody about; the rest is none."""
        return cluster_and_propose(
            self.pairs, self.n, self.thresholds.automatic, self.thresholds.best, self.known
        )


def link_records(
    records: pl.DataFrame, *, seed: int, person: Ints | None = None, known: Constraints | None = None,
    say: Say = lambda _: None,
) -> Linked:
    """Compare and score what `normalise_records` gave; `person` numbers a sample of known people, -1 elsewhere.

    Without them it learns from the records alone. Thresholds are in log-odds of a cluster's mean.
    """
    known, rng = known or Constraints(), np.random.default_rng(seed)
    records, crowded = drop_crowded(records)
    columns = present_columns(records)
    with duckdb.connect() as connection:
        load_tables(connection, records)
        say(f"{find_candidates(connection, columns):,} pairs worth comparing")
        first = score_by_splink(connection, columns, records.height, seed=seed)
        say("splink's probabilities")
        features = compare_pairs(connection, columns)
        households = find_households(connection, columns)
    say(f"{features.values.shape[1]} comparisons of each")
    n, thresholds = records.height, None
    if person is not None:
        chance = learn_labelled(features, first, person, rng)
    else:  # From the records alone, not from what former runs made of them: a second run finds the same chances.
        learnt = learn_unlabelled(features, first, n, rng)
        chance, thresholds = (_be_modest(features, first), UNTRAINED) if learnt is None else (learnt, LEARNT)
    say("scored")
    pairs = Pairs(features.left, features.right, chance)
    tree = grow_dendrogram(pairs, n, LEAST, known)
    if thresholds is None and person is not None:
        thresholds = choose_thresholds(tree, person)
    asked = replace(known, doubtful=[*known.doubtful, *households])
    return Linked(n, pairs, thresholds or UNTRAINED, tree, asked, crowded)


def _be_modest(features: Features, chance: Doubles) -> Doubles:
    """Starting values know nothing of how common a name is in a town, nor of fathers and sons of one name.

    So nobody merges without one of the proofs, nor against two birth dates that are no typing error apart.
    """
    columns = dict(zip(features.names, features.values.T, strict=True))
    proven = np.any([columns[name] == 1 for name in _PROOFS if name in columns] or [[False]], axis=0)
    denied = columns.get("birth_date_edits", np.zeros(1)) > _TYPING_ERRORS
    return np.where(proven & ~denied, chance, np.minimum(chance, _MODEST))
