"""Stage B2: link the store's customers: the sure ones merge at once, the likely ones wait for somebody's word.

A run may be repeated or killed at any point: a merge is there whole or not at all, each is undone by itself, and
what is one person already, was undone, or was refused is left alone.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from bot.profile.bulk_merging import MergeRequest, merge_in_batches
from bot.profile.link_reviews import Review, propose_reviews
from bot.profile.resolution.clusters import Ints, Pairs, Proposal
from bot.profile.resolution.explain import explain_pair
from bot.profile.resolution.link import link_records
from bot.profile.resolution.records import normalise_records
from bot.profile.silo_records import read_silo_records
from bot.profile.store.engine import Store

Say = Callable[[str], None]

_SEED = 20_261_124  # the same records give the same links


@dataclass(frozen=True)
class LinkReport:
    """What a run found and did."""

    records: int
    customers: int
    pairs: int  # compared
    merged: int
    held: int  # sure, but forbidden by what was written meanwhile
    waiting: int  # in the review queue
    crowded: dict[str, int] = field(default_factory=dict)  # values that point at too many people, by column
    seconds: float = 0.0


@dataclass(frozen=True)
class Link:
    """Two customers that the evidence speaks of."""

    left_id: str
    right_id: str
    chance: float


def link_customers(
    store: Store, *, now: datetime, region: str = "FR", say: Say = lambda _: None
) -> LinkReport:
    """Run over the whole store. `region`: the country of phone numbers written without one, else FixInput. Writes."""
    started = time.monotonic()
    with store.read() as connection:
        silo = read_silo_records(connection)
    if silo.table.height < 2:
        return LinkReport(silo.table.height, silo.table.height, 0, 0, 0, 0)
    owners = silo.table["customer_id"].to_list()
    say(f"{len(owners):,} records of {len(set(owners)):,} customers")
    records = normalise_records(silo.table.drop("customer_id", "root_id"), region=region)
    linked = link_records(records, seed=_SEED, known=silo.known, say=say)
    labels, proposals = linked.bands()
    links = choose_links(linked.pairs, labels, owners, list(silo.known.together))
    wanted = [MergeRequest(each.left_id, each.right_id, f"linked:{each.chance:.3f}") for each in links]
    merged = merge_in_batches(store, wanted, now=now, say=say)
    with store.write() as connection:
        waiting = propose_reviews(connection, describe_reviews(proposals, records, owners), now=now)
    return LinkReport(
        len(owners), len(set(owners)), len(linked.pairs.left), merged, len(links) - merged, waiting, linked.crowded,
        round(time.monotonic() - started, 1),
    )


def choose_links(pairs: Pairs, labels: Ints, owners: Sequence[str], together: Sequence[int]) -> list[Link]:
    """The surest pairs that connect each cluster, and no more: one for each merge, surest first."""
    inside = np.flatnonzero(labels[pairs.left] == labels[pairs.right])
    inside = inside[np.argsort(-pairs.chance[inside], kind="stable")]
    part_of = {person: person for person in together}

    def find(person: int) -> int:
        while part_of[person] != person:
            part_of[person] = part_of[part_of[person]]
            person = part_of[person]
        return person

    links = []
    for at in inside.tolist():
        left, right = int(pairs.left[at]), int(pairs.right[at])
        one, other = find(together[left]), find(together[right])
        if one != other:
            part_of[other] = one
            links.append(Link(owners[left], owners[right], float(pairs.chance[at])))
    return links


def describe_reviews(proposals: Sequence[Proposal], records: pl.DataFrame, owners: Sequence[str]) -> list[Review]:
    """What somebody will be asked: the customers of each pair, the smaller id first, and which fields agree."""
    found: dict[tuple[str, str], Review] = {}
    for each in proposals:
        one, other = sorted((owners[each.left], owners[each.right]))
        evidence = explain_pair(records.row(each.left, named=True), records.row(each.right, named=True))
        found.setdefault((one, other), Review(one, other, each.chance, evidence))
    return list(found.values())
