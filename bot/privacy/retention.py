"""How long things are kept: once a day, what is older than the shop decided is deleted, in batches, set-based.

A batch is one short transaction, so that nobody waits; what is killed goes on at the next look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from bot.channels.demo_letters import letters
from bot.decision.waits import LIVE as LIVE_WAITS
from bot.privacy.handlers.outside import forget_trackers, open_mailbox, open_trackers, tracker_events
from bot.privacy.handlers.registry import STORE_HANDLERS
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import read_stored
from bot.profile.said_words import settle_words
from bot.profile.store.engine import Store
from bot.profile.store.tables import (
    audit,
    candidate_sets,
    codes,
    consents,
    conversations,
    cursors,
    customers,
    decisions,
    erasures,
    events,
    handoffs,
    identities,
    inbox,
    lent_media,
    messages,
    outbox,
    parcel_orders,
    parcels,
    photo_wishes,
    pictures,
    plan_blocks,
    privacy_links,
    rate_limits,
    rejects,
    suppressions,
    traits,
    waits,
)
from bot.profile.store.upsert import insert_or_update

log = structlog.get_logger()
CURSOR = "retention"
EVERY = timedelta(days=1)
BATCH = 5_000
STRANGERS = 200  # persons a batch: each has rows in many tables
_LIVE = ("pending", "sending")
_OF_TALK = ("active_hours", "answer_hours", "satisfaction")  # counted from what a browser did: known of strangers too
Counts = dict[str, int]


@dataclass(frozen=True)
class Rule:
    """Rows of one table that a kind's days count for: `old(moment)` says which are older."""

    kind: str
    table: sa.Table
    old: Callable[[datetime], sa.ColumnElement[bool]]


RULES: tuple[Rule, ...] = (
    Rule("events", events, lambda at: events.c.occurred_at < at),
    Rule("messages", inbox, lambda at: sa.and_(inbox.c.received_at < at, inbox.c.state.in_(("done", "failed")))),
    Rule("messages", outbox, lambda at: sa.and_(outbox.c.created_at < at, outbox.c.state.not_in(_LIVE))),
    Rule("messages", messages, lambda at: messages.c.at < at),
    Rule("messages", pictures, lambda at: pictures.c.at < at),
    Rule("decisions", decisions, lambda at: decisions.c.decided_at < at),
    Rule("decisions", plan_blocks, lambda at: plan_blocks.c.decided_at < at),
    Rule("decisions", candidate_sets, lambda at: candidate_sets.c.used_at < at),  # after all that point there
    Rule("waits", waits, lambda at: sa.and_(waits.c.updated_at < at, waits.c.state.not_in(LIVE_WAITS))),
    Rule("handoffs", handoffs, lambda at: sa.and_(handoffs.c.ended_at < at, handoffs.c.state == "ended")),
    Rule("rejects", rejects, lambda at: rejects.c.received_at < at),
    Rule("parcels", parcel_orders, lambda at: parcel_orders.c.tracking_number.in_(
        sa.select(parcels.c.tracking_number).where(_is_old_parcel(at))
    )),
    Rule("parcels", parcels, lambda at: sa.and_(
        _is_old_parcel(at), parcels.c.tracking_number.not_in(sa.select(parcel_orders.c.tracking_number))
    )),
    Rule("codes", codes, lambda at: codes.c.expires_at < at),
    Rule("codes", privacy_links, lambda at: privacy_links.c.expires_at < at),
    Rule("codes", suppressions, lambda at: suppressions.c.until < at),
    Rule("codes", photo_wishes, lambda at: photo_wishes.c.until < at),
    Rule("codes", lent_media, lambda at: lent_media.c.delete_at < at),
    Rule("codes", rate_limits, lambda at: rate_limits.c.window_started_at < at),
    Rule("audit", audit, lambda at: audit.c.at < at),
    Rule("audit", erasures, lambda at: sa.and_(erasures.c.finished_at < at, erasures.c.state == "done")),
)


def run_if_due(services: PrivacyServices) -> int:
    """Delete what is too old, once a day; how many rows, 0 when it was done within the day. Writes."""
    now = services.clock()
    with services.store.read() as connection:
        last = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR))
    if last and now - datetime.fromisoformat(last) < EVERY:
        return 0
    counts = apply_retention(services)
    with services.store.write() as connection:
        insert_or_update(connection, cursors, [{"name": CURSOR, "value": now.isoformat()}], ("name",), ("value",))
    log.info("retention_done", **counts)
    return sum(counts.values())


def apply_retention(services: PrivacyServices, *, is_dry: bool = False) -> Counts:
    """Delete what is older than the shop keeps it, by table; the number of rows, or how many it would be. Writes."""
    now, kept = services.clock(), services.privacy.retention
    counts: Counts = {}
    for rule in RULES:
        done = _apply(services.store, rule, now - kept.length(rule.kind), is_dry=is_dry)
        counts[rule.table.name] = counts.get(rule.table.name, 0) + done
    if counts["inbox"] and not is_dry:
        settle_words(services.store)
    counts["strangers"] = _forget_strangers(services.store, now - kept.length("strangers"), is_dry=is_dry)
    counts["trackers"] = _forget_old_trackers(services, now - kept.length("trackers"), is_dry=is_dry)
    counts["mailbox"] = _forget_old_letters(services, now - kept.length("mailbox"), is_dry=is_dry)
    return counts


def kinds() -> set[str]:
    """Every kind of the settings that something is deleted by."""
    return {rule.kind for rule in RULES} | {"strangers", "trackers", "mailbox"}


def _is_old_parcel(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(sa.func.coalesce(parcels.c.updated_at, parcels.c.created_at) < at, parcels.c.ask_at.is_(None))


def _apply(store: Store, rule: Rule, before: datetime, *, is_dry: bool) -> int:
    table, old = rule.table, rule.old(before)
    if is_dry:
        with store.read() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(old)) or 0)
    keys = list(table.primary_key.columns)
    batch = sa.select(*keys).where(old).limit(BATCH)
    which = keys[0].in_(batch) if len(keys) == 1 else sa.tuple_(*keys).in_(batch)
    gone = 0
    while True:
        with store.write() as connection:
            taken = connection.execute(sa.delete(table).where(which)).rowcount
        gone += taken
        if taken < BATCH:
            return gone


def _forget_strangers(store: Store, before: datetime, *, is_dry: bool) -> int:
    """Persons of whom only a browser is known, and who were not seen since: with everything of theirs."""
    if is_dry:
        with store.read() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(_strangers(before).subquery())) or 0)
    gone = 0
    while True:
        with store.write() as connection:
            roots = list(connection.scalars(_strangers(before).limit(STRANGERS)))
            if roots:
                members = list(connection.scalars(sa.select(customers.c.customer_id).where(
                    customers.c.root_id.in_(roots)
                )))
                subject = read_stored(connection, members)
                for handler in STORE_HANDLERS:
                    handler.erase(connection, subject)
        gone += len(roots)
        if len(roots) < STRANGERS:
            return gone


def _strangers(before: datetime) -> sa.Select[tuple[str]]:
    """Roots without a proven identity, a consent, a silo's word, or anything that happened since a moment."""
    part = customers.alias("part")

    def has(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        joined = sa.select(sa.literal(1)).select_from(table).join(part, part.c.customer_id == table.c.customer_id)
        return sa.exists(joined.where(part.c.root_id == customers.c.root_id, *conditions).correlate(customers))

    spoke = sa.func.coalesce(conversations.c.last_inbound_at, conversations.c.created_at)
    younger = sa.select(sa.literal(1)).select_from(part).where(
        part.c.root_id == customers.c.root_id, part.c.created_at >= before
    ).correlate(customers)
    return (
        sa.select(customers.c.customer_id)
        .where(
            customers.c.customer_id == customers.c.root_id, customers.c.created_at < before,
            sa.not_(sa.exists(younger)),
            sa.not_(has(identities, sa.or_(identities.c.is_verified, identities.c.kind.in_(("email", "phone"))))),
            sa.not_(has(consents)), sa.not_(has(traits, traits.c.name.not_in(_OF_TALK))),
            sa.not_(has(events, events.c.occurred_at >= before)), sa.not_(has(conversations, spoke >= before)),
        )
        .order_by(customers.c.customer_id)
    )


def _forget_old_trackers(services: PrivacyServices, before: datetime, *, is_dry: bool) -> int:
    """Whole trackers whose last word is older: Rasa counts the rows of those that go on."""
    old = (
        sa.select(tracker_events.c.sender_id).group_by(tracker_events.c.sender_id)
        .having(sa.func.max(tracker_events.c.timestamp) < before.timestamp())
    )
    with open_trackers(services.settings) as store:
        if store is None:
            return 0
        if is_dry:
            mine = sa.select(sa.func.count()).where(tracker_events.c.sender_id.in_(old))
            with store.read() as connection:
                return int(connection.scalar(mine) or 0)
        with store.read() as connection:
            senders = list(connection.scalars(old))
        return forget_trackers(store, senders)


def _forget_old_letters(services: PrivacyServices, before: datetime, *, is_dry: bool) -> int:
    old = letters.c.received_at < before
    with open_mailbox(services) as store:
        if store is None:
            return 0
        if is_dry:
            with store.read() as connection:
                return int(connection.scalar(sa.select(sa.func.count()).select_from(letters).where(old)) or 0)
        with store.write() as connection:
            return connection.execute(sa.delete(letters).where(old)).rowcount
