"""A campaign that reads what was kept as columns decides for the persons of the tables, whoever changed since."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from bot.decision.crowd import Asked, Crowd, read_crowds
from bot.decision.crowd_basis import read_basis
from bot.decision.crowd_blocks import find_block, forget_blocks, next_stretch
from bot.decision.told import read_told
from bot.nudges.campaign import launch_campaign
from bot.profile.consent import record_consent
from bot.profile.identities import create_customer, link_identity, move_identity
from bot.profile.merging import merge_customers, unmerge
from bot.profile.state import read_state, write_state
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import (
    consents,
    conversation_states,
    conversations,
    crowd_blocks,
    crowd_changes,
    customers,
    identities,
    merges,
    traits,
)
from bot.profile.suppressions import lift, suppress
from bot.profile.tombstones import bury
from bot.profile.traits import set_trait
from tests.databases import Databases
from tests.nudges.crowds import CHANNELS, fill
from tests.nudges.world import STRICT, World

NAME = "winter_offers"
AT_ONCE = 40
Chance = np.random.Generator
Change = Callable[[sa.Connection, Chance, datetime], None]


@pytest.fixture
def world(files: Databases, now: datetime) -> Iterator[World]:
    """Some persons, whom one campaign has read."""
    with files.copy_of("crowd_blocks", lambda url: _fill(url, now)) as url:
        made = _open(url, now)
        yield made
        made.store.close()


def _open(url: str, now: datetime) -> World:
    world = World(Store(url, (b"k" * 32,)), now, guardrails=STRICT)
    world.promote()
    return world


def _fill(url: str, now: datetime) -> None:
    world = _open(url, now)
    migrate(world.store)
    fill(world, np.random.default_rng(5), 100)
    launch_campaign(world, NAME, now, at_once=AT_ONCE)
    world.store.close()


def test_finds_nothing_before_a_campaign_and_after_an_address_was_erased(world: World) -> None:
    assert _count(world, crowd_blocks) > 3
    with world.store.write() as connection:
        bury(connection, [("email", "ada@example.org")], ["marketing"], world.now)
    assert _count(world, crowd_blocks) == _count(world, crowd_changes) == 0


def test_notes_nobody_while_nothing_is_kept(world: World) -> None:
    with world.store.write() as connection:
        forget_blocks(connection)
        _consent(connection, np.random.default_rng(1), world.now)
    assert _count(world, crowd_changes) == 0


def test_a_second_campaign_reads_the_tables_of_nobody_but_the_last(world: World) -> None:
    with patch("bot.decision.crowd.read_basis", wraps=read_basis) as reads:
        crowds = _read(world)
    assert len(crowds) > 3 and reads.call_count <= 1  # of a few customers no block is kept


@pytest.mark.parametrize("seed", range(5))
def test_whoever_changed_is_as_the_tables_say(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = _describe(_read(world))
    with world.store.write() as connection:
        for number in rng.permutation(len(CHANGES)).tolist() * 2:
            CHANGES[number](connection, rng, world.now)
    kept = _describe(_read(world))
    assert _count(world, crowd_blocks) > 3 and kept != before
    with world.store.write() as connection:
        forget_blocks(connection)
    assert kept == _describe(_read(world))


def test_many_changes_make_a_block_anew(world: World) -> None:
    with world.store.write() as connection:
        connection.execute(sa.update(customers).values(is_holdout=~customers.c.is_holdout))
    changed = _count(world, crowd_changes)
    launch_campaign(world, NAME, world.now + timedelta(days=9), at_once=AT_ONCE)
    assert _count(world, crowd_changes) < AT_ONCE < changed  # of those whom no block holds
    kept = _describe(_read(world))
    with world.store.write() as connection:
        forget_blocks(connection)
    assert kept == _describe(_read(world))


def test_a_missing_secret_leaves_blocks_alone(world: World) -> None:
    with world.store.write() as connection:
        bury(connection, [("email", "ada@example.org")], ["marketing"], world.now)
    launch_campaign(world, NAME, world.now, at_once=AT_ONCE)
    stranger = Store(world.store.url.render_as_string(hide_password=False))
    for store, is_found in ((world.store, True), (stranger, False)):
        with store.read() as connection:
            stretch = next_stretch(connection, "", AT_ONCE)
            assert stretch is not None and (find_block(connection, stretch) is not None) == is_found
    stranger.close()


def _count(world: World, table: sa.Table) -> int:
    with world.store.read() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _read(world: World) -> list[Crowd]:
    """Everybody, by blocks where there are some."""
    crowds: list[Crowd] = []
    with world.store.read() as connection:
        asked = Asked("marketing", CHANNELS, world.now, read_told(connection, "marketing", world.now))
        stretch = next_stretch(connection, "", AT_ONCE)
        while stretch:
            crowds += read_crowds(connection, stretch, asked)
            stretch = next_stretch(connection, stretch.upto, AT_ONCE)
    return crowds


def _describe(crowds: list[Crowd]) -> dict[str, Any]:
    """Everything a decision asks of each person who is known, by root; nobody stands in two crowds."""
    found: dict[str, Any] = {}
    for crowd in crowds:
        rows = [_by_person(each) for each in (crowd.members.drop("member"), crowd.ways, crowd.sent, crowd.taken)]
        for person in np.flatnonzero(crowd.is_known).tolist():
            assert crowd.roots[person] not in found
            found[crowd.roots[person]] = (
                {channel: int(codes[person]) for channel, codes in crowd.consent.items()},
                [sorted(each.get(person, [])) for each in rows], crowd.zones[crowd.zone[person]],
                crowd.language[person], bool(crowd.is_waiting[person]), max(-1, int(crowd.last_inbound_at[person])),
                str(crowd.states.get(person)),
            )
    return found


def _by_person(frame: pl.DataFrame) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row.pop("person"), []).append(str(row))
    return found


def _pick(connection: sa.Connection, rng: Chance, column: sa.Column[Any]) -> Any:
    every = sorted(connection.scalars(sa.select(column)))
    return every[int(rng.integers(len(every)))]


def _new(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    made = create_customer(connection, now=now, salt="s")
    link_identity(connection, made, "email", f"n{rng.integers(10**9)}@example.org", source="test", now=now)


def _consent(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    channel = (*CHANNELS, "*")[int(rng.integers(6))]
    record_consent(connection, _pick(connection, rng, customers.c.customer_id), purpose="marketing", channel=channel,
                   state=("granted", "withdrawn")[int(rng.integers(2))], source="chat", wording="", now=now)


def _name(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    owner = _pick(connection, rng, customers.c.customer_id)
    link_identity(connection, owner, "phone", f"+33{rng.integers(10**9)}", source="test", now=now)


def _move_name(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    move_identity(connection, "email", connection.scalar(sa.select(identities.c.value).where(
        identities.c.kind == "email").order_by(identities.c.value).offset(int(rng.integers(9))).limit(1)) or "",
        _pick(connection, rng, customers.c.customer_id))


def _unname(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    connection.execute(sa.delete(identities).where(identities.c.value == _pick(connection, rng, identities.c.value)))


def _trait(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    name, value = (("timezone", "Asia/Tokyo"), ("language", "en"), ("city", "Lyon"))[int(rng.integers(3))]
    set_trait(connection, _pick(connection, rng, customers.c.customer_id), name, value, silo="crm", now=now)


def _untrait(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    connection.execute(sa.delete(traits).where(traits.c.customer_id == _pick(connection, rng, traits.c.customer_id)))


def _talk(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    mine = conversations.c.sender_id == _pick(connection, rng, conversations.c.sender_id)
    connection.execute(sa.update(conversations).where(mine).values(last_inbound_at=now, language="en"))


def _identify(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    mine = conversations.c.sender_id == _pick(connection, rng, conversations.c.sender_id)
    owner = _pick(connection, rng, customers.c.customer_id)
    connection.execute(sa.update(conversations).where(mine).values(
        customer_id=owner, verified_ref="c-1", verified_until=now + timedelta(hours=1)))


def _hand_over(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    root = _pick(connection, rng, customers.c.root_id)
    state = read_state(connection, root)
    write_state(connection, root, replace(state, handoff={} if state.handoff else {"id": "7"}), now)


def _forget_state(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    one = _pick(connection, rng, conversation_states.c.customer_id)
    connection.execute(sa.delete(conversation_states).where(conversation_states.c.customer_id == one))


def _hold_out(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    one = _pick(connection, rng, customers.c.customer_id)
    connection.execute(sa.update(customers).where(customers.c.customer_id == one).values(is_holdout=True))


def _merge(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    one, other = (_pick(connection, rng, customers.c.customer_id) for _ in range(2))
    merge_customers(connection, one, other, reason="test", now=now)


def _part(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    undone = sa.select(merges.c.merge_id).where(merges.c.undone_at.is_(None)).order_by(merges.c.merge_id.desc())
    unmerge(connection, connection.scalar(undone.limit(1)) or 0, now=now)


def _suppress(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    address = connection.scalar(sa.select(identities.c.value).where(identities.c.kind == "email").order_by(
        identities.c.value).offset(int(rng.integers(9))).limit(1)) or ""
    if not lift(connection, "email", address):
        suppress(connection, "email", address, scope="all", reason="test", until=None, now=now)


def _forget_consents(connection: sa.Connection, rng: Chance, now: datetime) -> None:
    one = _pick(connection, rng, consents.c.customer_id)
    connection.execute(sa.delete(consents).where(consents.c.customer_id == one))


CHANGES: tuple[Change, ...] = (
    _new, _consent, _name, _move_name, _unname, _trait, _untrait, _talk, _identify, _hand_over, _forget_state,
    _hold_out, _merge, _part, _suppress, _forget_consents,
)
