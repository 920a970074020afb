"""The console: what stands behind each number, as a table: at most some dozens of rows, found by an index.

A list names neither customers nor addresses nor what was said: numbers of ours, journeys, channels, states, reasons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.channels.outbox import DEAD, find_replayable
from bot.charter.agreement import awaited
from bot.charter.kept import count_waiting, read_waiting
from bot.console.figures import read_days
from bot.console.offer_truth import count_untrue, list_standing
from bot.console.overview import CHART_DAYS
from bot.console.words import Words
from bot.decision.pauses import read_pauses
from bot.decision.person_queries import GONE_STATES
from bot.profile.candidate_sets import candidates_of
from bot.profile.handoffs import list_handoffs
from bot.profile.link_reviews import list_reviews
from bot.profile.store.tables import decisions, handoffs, import_runs, inbox, link_reviews, outbox

ROWS = 50
MOST_COUNTED = 1_000  # more is "more than 1,000": nobody works through them one by one
_STALE = timedelta(hours=6)  # an import that still runs after so long does not
Cells = tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A list: what it is, its columns, its rows, and what to do about them."""

    name: str
    title: str  # English sentences of the catalogue
    says: str
    columns: tuple[str, ...]
    read: Callable[[sa.Connection, Services, Words], list[Cells]]
    command: str = ""  # what somebody types to mend it
    empty: str = ""  # what is said where there are no rows: when some would come
    row: str = ""  # what a row is in the paths of its deeds, its first cell being its number
    deeds: tuple[tuple[str, str], ...] = ()  # the answer that is sent, and the words of its button
    doable: Callable[[sa.Connection, Sequence[int]], set[int]] | None = None  # rows that have deeds; None: each has
    count: Callable[[sa.Connection, Services], int] | None = None  # where Today shows how many need somebody


def count_up_to(connection: sa.Connection, query: sa.Select[int]) -> int:
    """How many rows, at most one more than `MOST_COUNTED`."""
    some = query.limit(MOST_COUNTED + 1).subquery()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _read_days(connection: sa.Connection, services: Services, words: Words) -> list[Cells]:
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    found = read_days(connection, today - timedelta(days=CHART_DAYS - 1), today)
    return [
        (words.day(day), *(words.number(each) for each in (
            figures.conversations, max(0, figures.conversations - figures.handed_over), sum(figures.sent.values()),
            figures.held,
        )))
        for day, figures in sorted(found.items(), reverse=True)
    ]


def _read_nudges(connection: sa.Connection, states: Sequence[str], words: Words) -> list[Cells]:
    """The newest of each state, by the index that begins with it; then the newest of all."""
    rows = [
        row for state in states for row in connection.execute(
            sa.select(outbox.c.outbox_id, outbox.c.not_before, outbox.c.nudge, outbox.c.channel, outbox.c.state)
            .where(outbox.c.state == state, outbox.c.kind == "nudge")
            .order_by(outbox.c.not_before.desc(), outbox.c.outbox_id.desc()).limit(ROWS)
        )
    ]
    newest = sorted(rows, key=lambda each: (each.not_before, each.outbox_id), reverse=True)[:ROWS]
    return [
        (str(row.outbox_id), words.moment(row.not_before), words.journey(row.nudge),
         words.name("channel", row.channel), words.name("state", row.state))
        for row in newest
    ]


def _read_sent(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    return _read_nudges(connection, GONE_STATES, words)


def _read_held(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    """Among the newest decisions alone: most of them say nothing."""
    newest = sa.select(decisions).order_by(decisions.c.decision_id.desc()).limit(10 * ROWS).subquery()
    rows = connection.execute(
        sa.select(newest.c.decision_id, newest.c.decided_at, newest.c.trigger, candidates_of(newest))
        .where(newest.c.chosen == "").order_by(newest.c.decision_id.desc()).limit(ROWS)
    )
    return [
        (str(row.decision_id), words.moment(row.decided_at), words.journey(row.trigger), _why(row.candidates, words))
        for row in rows
    ]


def _why(candidates: Sequence[dict[str, Any]], words: Words) -> str:
    told = (words.why_held(reason, (), each.get("figures")) for each in candidates for reason in each.get("held") or ())
    return "; ".join(dict.fromkeys(told))


def _read_paused(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    return [
        (words.journey(each.journey), words.moment(each.paused_at), words.name("paused", each.reason), each.paused_by,
         str(each.details.get("why", "")))
        for each in read_pauses(connection).values()
    ]


def _read_handoffs(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    waiting = list_handoffs(connection, ("waiting",), limit=ROWS)[::-1]
    return [
        (each.reference, words.moment(each.asked_at), each.about.replace("_", " "), words.name("channel", each.channel),
         words.name("state", each.state))
        for each in waiting
    ]


def _read_unanswered(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    rows = connection.execute(
        sa.select(inbox.c.inbox_id, inbox.c.received_at, inbox.c.channel, inbox.c.attempts)
        .where(inbox.c.state == "failed").order_by(inbox.c.inbox_id.desc()).limit(ROWS)
    )
    return [
        (str(row.inbox_id), words.moment(row.received_at), words.name("channel", row.channel),
         words.number(row.attempts))
        for row in rows
    ]


def _read_reviews(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    return [
        (str(each.review_id), words.percent(each.chance), _fields(each.evidence, "same", words),
         _fields(each.evidence, "alike", words), _fields(each.evidence, "differs", words))
        for each in list_reviews(connection, limit=ROWS)
    ]


def _fields(evidence: object, kind: str, words: Words) -> str:
    pairs = evidence.items() if isinstance(evidence, dict) else ()
    return ", ".join(words.name("field", field) for field, said in pairs if said == kind)


def _read_letters(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    rows = connection.execute(
        sa.select(outbox.c.outbox_id, outbox.c.created_at, outbox.c.kind, outbox.c.channel, outbox.c.state,
                  outbox.c.reason, outbox.c.attempts)
        .where(outbox.c.state.in_(DEAD)).order_by(outbox.c.outbox_id.desc()).limit(ROWS)
    )
    return [
        (str(row.outbox_id), words.moment(row.created_at), words.name("channel", row.channel),
         words.name("state", row.state), row.reason.replace("_", " "), words.number(row.attempts))
        for row in rows
    ]


def _read_silos(connection: sa.Connection, services: Services, words: Words) -> list[Cells]:
    return [
        (row.silo, row.source, words.moment(row.started_at),
         words.say("stopped half-way") if row.state == "running" else words.say("{count} rows refused",
                                                                               count=words.number(_refused(row.counts))),
         words.number(row.counts.get("used", 0)))
        for row in _failing(connection, services)
    ]


def _read_charter(connection: sa.Connection, _services: Services, words: Words) -> list[Cells]:
    return [
        (words.about(each.subject), words.moment(each.proposed_at), words.moment(each.due_at),
         ", ".join(words.name("part", part) for part in awaited(each.said)))
        for each in read_waiting(connection)[:ROWS]
    ]


def _read_offers(connection: sa.Connection, services: Services, words: Words) -> list[Cells]:
    """Those that the shop does not give as they are told."""
    untrue = [each for each in list_standing(connection, services) if each.is_untrue]
    return [
        (each.code, each.told.names.get(words.language, "") if each.told else "–",
         words.say("the shop does not know it") if each.truth.state == "unknown" else ", ".join(
             words.place(one.key) for one in each.truth.untruths),
         ", ".join(words.journey(name) for name in each.named_by))
        for each in untrue[:ROWS]
    ]


def _failing(connection: sa.Connection, services: Services) -> list[sa.Row[tuple[object, ...]]]:
    """The newest import of each silo, where it stopped half-way or refused more than one row in twenty."""
    newest = sa.select(sa.func.max(import_runs.c.run_id)).group_by(import_runs.c.silo)
    rows = connection.execute(sa.select(import_runs).where(import_runs.c.run_id.in_(newest))).all()
    late = services.clock() - _STALE
    return [row for row in rows if _is_failing(row, row.started_at < late)]


def _is_failing(row: sa.Row[tuple[object, ...]], is_late: bool) -> bool:
    refused = _refused(row.counts)
    return (row.state == "running" and is_late) or refused * 20 > refused + row.counts.get("used", 0)


def _refused(counts: dict[str, int]) -> int:
    return sum(number for key, number in counts.items() if key.startswith("rejected:"))


def _count_state(table: sa.Table, key: sa.Column[int], *states: str) -> Callable[[sa.Connection, Services], int]:
    return lambda connection, _: count_up_to(connection, sa.select(key).where(table.c.state.in_(states)))


LISTS: tuple[Listing, ...] = (
    Listing(
        "days", "Day by day", "The last thirty days. A conversation counts on each day the customer wrote.",
        ("day", "conversations", "without a person", "messages sent", "held"), _read_days,
        empty="No day is counted yet. The worker counts every minute.",
    ),
    Listing(
        "sent", "Messages sent", "The newest that we sent first, unasked.",
        ("number", "when", "journey", "channel", "state"), _read_sent,
        empty="Nothing has left yet. A message leaves once a journey begins for somebody who agreed to hear of it.",
    ),
    Listing(
        "held", "Messages held", "The newest occasions on which we said nothing, and why.",
        ("number", "when", "journey", "why"), _read_held,
        empty="Nothing was held yet. Where a guardrail keeps a message at home, it comes here with its reason.",
    ),
    Listing(
        "handoffs", "Customers who wait for a person",
        "Who waits longest comes first. They are answered in the inbox.",
        ("reference", "since", "about", "channel", "state"), _read_handoffs,
        count=_count_state(handoffs, handoffs.c.handoff_id, "waiting"),
        empty="Nobody waits. Whoever asks the chat for a person comes here, and is answered under /people.",
    ),
    Listing(
        "unanswered", "Messages that were not answered",
        "The bot failed at these again and again; the log says at what.",
        ("number", "when", "channel", "tries"), _read_unanswered,
        count=_count_state(inbox, inbox.c.inbox_id, "failed"),
        empty="Every message was answered. One at which the bot fails again and again comes here.",
    ),
    Listing(
        "reviews", "Who may be one person", "Two profiles each. Nothing is merged before somebody says so.",
        ("number", "chance", "same", "alike", "different"), _read_reviews, "prevenant identities review",
        row="review", deeds=(("accept", "One person"), ("refuse", "Two people")),
        count=_count_state(link_reviews, link_reviews.c.review_id, "waiting"),
        empty="No two profiles look like one person. They are looked for once the data of several sources is in.",
    ),
    Listing(
        "letters", "Messages that were given up",
        "Refused by the vendor, or gone without a word of whether they arrived.",
        ("number", "when", "channel", "state", "why", "tries"), _read_letters, "prevenant letters dead",
        row="letter", deeds=(("again", "Send again"),), doable=find_replayable,
        count=_count_state(outbox, outbox.c.outbox_id, *DEAD),
        empty="Everything that left arrived, or is still awaited. What a vendor refuses for good comes here.",
    ),
    Listing(
        "paused", "Journeys that rest", "Nothing of them leaves until somebody lets them go on.",
        ("journey", "since", "why", "by", "note"), _read_paused,
        count=lambda connection, _: len(read_pauses(connection)),
        empty="Every journey runs. One that an alarm or somebody stops comes here, with the reason.",
    ),
    Listing(
        "silos", "Data that did not come in whole",
        "The newest import of each silo, where it stopped or refused many rows.",
        ("silo", "source", "when", "what", "rows used"), _read_silos, "prevenant rejects",
        count=lambda connection, services: len(_failing(connection, services)),
        empty="Everything came in whole. An import that stops, or refuses many rows, comes here.",
    ),
    Listing(
        "charter", "Changes that wait for agreement",
        "Each goes live once IT, marketing and customer experience have agreed, on the page of the charter.",
        ("change", "since", "until", "waits for"), _read_charter,
        count=lambda connection, _: count_waiting(connection),
        empty="Nothing waits. What somebody proposes comes here until all three have agreed.",
    ),
    Listing(
        "offers", "Offers that the shop does not give",
        "Codes that journeys name or words tell of. No message about them leaves until the shop gives the same.",
        ("code", "what is said", "what differs", "named by"), _read_offers, count=count_untrue,
        empty="Every code that we tell of is given by the shop. One that is not, or is given otherwise, comes here.",
    ),
)
