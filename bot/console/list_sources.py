"""The console: what stands behind Today's large numbers, read along keys: messages, decisions, requests for a person.

Each names neither customers nor addresses nor what was said: numbers of ours, journeys, channels, states, reasons.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.key_times import Rows
from bot.console.paging import LOOKED, ROWS, Cells, Page, Source, Wanted, read_page
from bot.console.words import Words
from bot.decision.person_queries import GONE_STATES
from bot.profile.candidate_sets import candidates_of, unfold_held
from bot.profile.handoffs import TAKEN_OVER
from bot.profile.store.tables import (
    OF_DEAD,
    OF_HELD,
    OF_NUDGES,
    decisions,
    handoffs,
    inbox,
    link_reviews,
    outbox,
)

# Word for word as the indexes of some rows have them. Expressions, so that no database takes the index by state, of
# which it would sort everything.
IS_NUDGE, IS_HELD, IS_DEAD = (sa.text(each) for each in (OF_NUDGES, OF_HELD, OF_DEAD))
_LOOKED_INTO = 4_000  # decisions whose candidates one page looks into
WHEN = "when"


def is_rising(wanted: Wanted) -> bool:
    """Whether the oldest come first."""
    return wanted.sort == WHEN


def read_sent(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Messages of ours that left, as Today counts them: by the day on which they were written."""
    in_span = _within(connection, services, wanted, outbox.c.outbox_id, outbox.c.created_at)
    lets = [
        (outbox.c.state + "").in_(GONE_STATES), *_of_journey(outbox.c.nudge, wanted),
        *_equal(outbox, wanted, "channel"), *_equal(outbox, wanted, "state"),
    ]
    columns = (outbox.c.nudge, outbox.c.channel, outbox.c.state)
    source = Source(outbox.c.outbox_id, outbox.c.created_at, columns, [IS_NUDGE, *in_span], lets)
    found, after = read_page(connection, [source], wanted, is_rising(wanted))
    return Page([
        (str(row.page_key), words.moment(row.page_at), words.journey(row.nudge), words.name("channel", row.channel),
         words.name("state", row.state))
        for _, row in found
    ], after)


def read_held(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Occasions on which nothing was chosen, and messages that stayed home afterwards, as Today counts them."""
    sources = [_silent(connection, services, wanted), _stayed(connection, services, wanted)]
    found, after = read_page(connection, sources, wanted, is_rising(wanted))
    return Page([
        (str(row.page_key), words.moment(row.page_at), words.journey(row.nudge),
         _why(row.candidates, words) if place == 0 else _why_stayed(row.reason, words),
         words.say("nothing was chosen") if place == 0 else words.say("stayed home afterwards"))
        for place, row in found
    ], after)


def _silent(connection: sa.Connection, services: Services, wanted: Wanted) -> Source:
    in_span = _within(connection, services, wanted, decisions.c.decision_id, decisions.c.decided_at)
    because = wanted.by.get("because", "")
    lets = [decisions.c.chosen == "", *_of_journey(decisions.c.trigger, wanted),
            *([_is_held_by(connection, because)] if because else [])]
    columns = (decisions.c.trigger.label("nudge"), candidates_of())
    looked = _LOOKED_INTO if because else LOOKED
    return Source(decisions.c.decision_id, decisions.c.decided_at, columns, in_span, lets, looked, is_dense=True)


def _stayed(connection: sa.Connection, services: Services, wanted: Wanted) -> Source:
    in_span = _within(connection, services, wanted, outbox.c.outbox_id, outbox.c.created_at)
    because = wanted.by.get("because", "")
    reason = outbox.c.reason
    by_reason = [sa.or_(reason == because, reason.startswith(f"{because},", autoescape=True))] if because else []
    return Source(outbox.c.outbox_id, outbox.c.created_at, (outbox.c.nudge, reason), [IS_HELD, *in_span], [
        sa.true(), *_of_journey(outbox.c.nudge, wanted), *by_reason])


def _is_held_by(connection: sa.Connection, reason: str) -> sa.ColumnElement[bool]:
    """Whether a reason stands beside some candidate of a decision."""
    candidate, word = unfold_held(connection)
    stands = sa.select(sa.literal(1)).select_from(candidate.join(word, sa.true())).where(word.c.value == reason)
    return sa.exists(stands.correlate(decisions))


def _why(candidates: Sequence[dict[str, Any]], words: Words) -> str:
    told = (words.why_held(reason, (), each.get("figures")) for each in candidates for reason in each.get("held") or ())
    return "; ".join(dict.fromkeys(told))


def _why_stayed(reason: str, words: Words) -> str:
    """Of several reasons the first, as it is counted."""
    return words.why_held(reason.partition(",")[0])


def read_letters(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Everything that was given up, or may have left."""
    columns = (outbox.c.channel, outbox.c.state, outbox.c.reason, outbox.c.attempts)
    lets = [sa.true(), *_equal(outbox, wanted, "channel"), *_equal(outbox, wanted, "state")]
    source = Source(outbox.c.outbox_id, outbox.c.created_at, columns, [IS_DEAD], lets)
    found, after = read_page(connection, [source], wanted, is_rising(wanted))
    return Page([
        (str(row.page_key), words.moment(row.page_at), words.name("channel", row.channel),
         words.name("state", row.state), words.whys_held(row.reason), words.number(row.attempts))
        for _, row in found
    ], after)


def read_unanswered(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Messages at which the bot failed again and again."""
    columns = (inbox.c.channel, inbox.c.attempts)
    lets = [sa.true(), *_equal(inbox, wanted, "channel")]
    source = Source(inbox.c.inbox_id, inbox.c.received_at, columns, [inbox.c.state == "failed"], lets)
    found, after = read_page(connection, [source], wanted, is_rising(wanted))
    return Page([
        (str(row.page_key), words.moment(row.page_at), words.name("channel", row.channel), words.number(row.attempts))
        for _, row in found
    ], after)


def read_handoffs(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Customers who wait for a person; who waits longest first, unless told otherwise."""
    source = _requests([handoffs.c.state == "waiting"], wanted)
    found, after = read_page(connection, [source], wanted, wanted.sort != f"-{WHEN}")
    return Page([_request(row, words) for _, row in found], after)


def read_asked(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Customers who asked for a person, each once on a day, by their first request of it: as Today counts them."""
    in_span = _within(connection, services, wanted, handoffs.c.handoff_id, handoffs.c.asked_at)
    source = _requests([handoffs.c.about != TAKEN_OVER, *in_span], wanted)
    found, after = read_page(connection, [source], wanted, is_rising(wanted))
    zone = ZoneInfo(services.settings.timezone)
    first = _find_first(connection, [row for _, row in found], zone)
    return Page([_request(row, words) for _, row in found if row.page_key in first], after)


def _requests(holds: list[sa.ColumnElement[bool]], wanted: Wanted) -> Source:
    columns = (handoffs.c.reference, handoffs.c.sender_id, handoffs.c.about, handoffs.c.channel, handoffs.c.state)
    return Source(handoffs.c.handoff_id, handoffs.c.asked_at, columns, holds, [
        sa.true(), *_equal(handoffs, wanted, "channel")])


def _request(row: Any, words: Words) -> Cells:
    return (row.reference, words.moment(row.page_at), words.name("intent", row.about) or "–",
            words.name("channel", row.channel), words.name("state", row.state))


def _find_first(connection: sa.Connection, rows: Sequence[Any], zone: ZoneInfo) -> set[int]:
    """Of each sender the first request of each day."""
    if not rows:
        return set()
    begin = datetime.combine(min(row.page_at for row in rows).astimezone(zone).date(), time(), zone)
    theirs = connection.execute(
        sa.select(handoffs.c.handoff_id, handoffs.c.sender_id, handoffs.c.asked_at).where(
            handoffs.c.sender_id.in_({row.sender_id for row in rows}), handoffs.c.about != TAKEN_OVER,
            handoffs.c.asked_at >= begin,
        ).order_by(handoffs.c.handoff_id)
    )
    first: dict[tuple[str, object], int] = {}
    for row in theirs:
        first.setdefault((row.sender_id, row.asked_at.astimezone(zone).date()), row.handoff_id)
    return set(first.values())


def read_reviews(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
    """Two profiles each that may be one person; the surest first, unless told otherwise. By their index."""
    review, is_up = link_reviews.c, wanted.sort == "chance"
    query = sa.select(review.review_id, review.chance, review.evidence).where(review.state == "waiting")
    last = wanted.cursors(1)[0]
    if last is not None:
        chance = sa.select(review.chance).where(review.review_id == last).scalar_subquery()
        bound, beyond = (review.chance >= chance, review.chance > chance) if is_up else (
            review.chance <= chance, review.chance < chance)
        next_one = review.review_id > last if is_up else review.review_id < last
        query = query.where(bound, sa.or_(beyond, next_one))
    order = [each.asc() if is_up else each.desc() for each in (review.chance, review.review_id)]
    rows = connection.execute(query.order_by(*order).limit(ROWS + 1)).all()
    return Page([
        (str(row.review_id), words.percent(row.chance), _fields(row.evidence, "same", words),
         _fields(row.evidence, "alike", words), _fields(row.evidence, "differs", words))
        for row in rows[:ROWS]
    ], str(rows[ROWS - 1].review_id) if len(rows) > ROWS else "")


def _fields(evidence: object, kind: str, words: Words) -> str:
    pairs = evidence.items() if isinstance(evidence, dict) else ()
    return ", ".join(words.name("field", field) for field, said in pairs if said == kind)


def _within(
    connection: sa.Connection, services: Services, wanted: Wanted, key: sa.Column[int], at: sa.Column[datetime]
) -> list[sa.ColumnElement[bool]]:
    """Of the days that are meant, found without an index by time."""
    span = wanted.span(services.clock(), ZoneInfo(services.settings.timezone))
    return [Rows(connection).between(key, at, *span)] if span else []


def _of_journey(nudge: sa.Column[str], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    journey = wanted.by.get("journey", "")
    return [sa.or_(nudge == journey, nudge.startswith(f"{journey}:", autoescape=True))] if journey else []


def _equal(table: sa.Table, wanted: Wanted, name: str) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] + "" == wanted.by[name]] if wanted.by.get(name) else []
