"""The console: what stands behind each number, as a table that sorts, filters and pages: a page of rows at a time.

A list names neither customers nor addresses nor what was said: numbers of ours, journeys, channels, states, reasons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.channels.outbox import DEAD, find_replayable
from bot.charter.agreement import awaited, owners_of
from bot.charter.book import Part
from bot.charter.kept import Proposal, count_waiting, read_owners, read_waiting
from bot.console.figures import days_of_target, read_days
from bot.console.list_sources import (
    IS_DEAD,
    WHEN,
    read_asked,
    read_handoffs,
    read_held,
    read_letters,
    read_reviews,
    read_sent,
    read_unanswered,
)
from bot.console.offer_truth import count_untrue, list_standing
from bot.console.overview import CHART_DAYS, last_days
from bot.console.paging import Page, Row, Shown, Wanted, arrange
from bot.console.shop_goals import goals_in_force, name_goals
from bot.console.silos import SiloRow, list_silos
from bot.console.words import Words
from bot.decision.pauses import read_pauses
from bot.decision.person_queries import GONE_STATES
from bot.profile.store.tables import handoffs, import_runs, inbox, link_reviews, outbox

MOST_COUNTED = 1_000  # more is "more than 1,000": nobody works through them one by one
_STALE = timedelta(hours=6)  # an import that still runs after so long does not
Read = Callable[[sa.Connection, Services, Words, Wanted], Page]
ReadAll = Callable[[sa.Connection, Services, Words, Wanted], list[Row]]


@dataclass(frozen=True)
class Listing:
    """A list: what it is, its columns, its rows, and what to do about them."""

    name: str
    title: str  # English sentences of the catalogue
    says: str
    columns: tuple[str, ...]
    read: Read
    command: str = ""  # what somebody types to mend it
    empty: str = ""  # what is said where there are no rows: when some would come
    row: str = ""  # what a row is in the paths of its deeds, its first cell being its number
    deeds: tuple[tuple[str, str], ...] = ()  # the answer that is sent, and the words of its button
    doable: Callable[[sa.Connection, Sequence[int]], set[int]] | None = None  # rows that have deeds; None: each has
    count: Callable[[sa.Connection, Services], int] | None = None  # where Today shows how many need somebody
    sorts: tuple[str, ...] = (WHEN,)  # the columns by which it may be sorted: those that an index has, of a large one
    filters: tuple[str, ...] = ()
    states: tuple[str, ...] = ()  # that the filter of the name offers
    begins: str = f"-{WHEN}"  # how it is sorted unless somebody says otherwise; "" in an order of its own
    has_days: bool = False  # whether it may be of some days alone: those that a number of Today counts


def small(
    name: str, title: str, says: str, columns: tuple[str, ...], read: ReadAll, command: str = "",
    filters: tuple[str, ...] = ("text",), **more: Any,
) -> Listing:
    """One whose rows are few: it is sorted by any column, and searched by words."""
    def read_page(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> Page:
        return arrange(read(connection, services, words, wanted), columns, wanted)

    return Listing(name, title, says, columns, read_page, command, sorts=columns, filters=filters, begins="", **more)


def count_up_to(connection: sa.Connection, query: sa.Select[int]) -> int:
    """How many rows, at most one more than `MOST_COUNTED`."""
    some = query.limit(MOST_COUNTED + 1).subquery()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _read_days(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> list[Row]:
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    found = read_days(connection, today - timedelta(days=(wanted.days or CHART_DAYS) - 1), today)
    return [
        (Shown(words.day(day), day), *(Shown(words.number(each), each) for each in (
            figures.conversations, max(0, figures.conversations - figures.handed_over), sum(figures.sent.values()),
            figures.held,
        )))
        for day, figures in sorted(found.items(), reverse=True)
    ]


def _read_reached(connection: sa.Connection, services: Services, words: Words, wanted: Wanted) -> list[Row]:
    """A goal's days: of the days that are meant, else of its target, else of the chart."""
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    goals = goals_in_force(services).goals
    if not goals:
        return []
    goal = next((each for each in goals if each.key == wanted.by.get("goal")), goals[0])
    days = wanted.days_until(today) or days_of_target(goal, today) or last_days(today, CHART_DAYS)
    counted, total, rows = read_days(connection, min(days), max(days)), 0, list[Row]()
    for day in sorted(days):
        times = counted[day].goals.get(goal.key, 0) if day in counted else 0
        total += times
        rows.append((Shown(words.day(day), day), Shown(words.number(times), times), Shown(words.number(total), total)))
    return rows[::-1]


def _moment(words: Words, at: datetime) -> Shown:
    return Shown(words.moment(at), at)


def _read_paused(connection: sa.Connection, _services: Services, words: Words, _: Wanted) -> list[Row]:
    return [
        (words.journey(each.journey), _moment(words, each.paused_at), words.name("paused", each.reason), each.paused_by,
         str(each.details.get("why", "")))
        for each in read_pauses(connection).values()
    ]


def _read_silos(connection: sa.Connection, services: Services, words: Words, _: Wanted) -> list[Row]:
    return [
        (row.silo, row.source, _moment(words, row.started_at),
         words.say("stopped half-way") if row.state == "running" else words.say("{count} rows refused",
                                                                               count=words.number(_refused(row.counts))),
         Shown(words.number(row.counts.get("used", 0)), row.counts.get("used", 0)))
        for row in _failing(connection, services)
    ]


def _read_late(connection: sa.Connection, services: Services, words: Words, _: Wanted) -> list[Row]:
    now = services.clock()
    return [
        (each.name, words.say("files") if each.kind == "import" else words.say("by itself"),
         _moment(words, each.last_at), Shown(words.duration(each.usual.total_seconds()), each.usual),
         Shown(words.duration((now - each.last_at).total_seconds()), now - each.last_at))
        for each in _late(connection, services) if each.usual
    ]


def _late(connection: sa.Connection, services: Services) -> list[SiloRow]:
    """Silos whose newest is older than is usual for them, by the same word as the page of data."""
    return [each for each in list_silos(connection, services.clock()) if each.is_late]


def _read_charter(connection: sa.Connection, services: Services, words: Words, _: Wanted) -> list[Row]:
    charter, owners = services.charter, read_owners(connection)

    def still_asked(change: Proposal) -> Sequence[Part]:
        return awaited(change.said, owners_of(charter, owners, change.subject)) if charter else ()

    words = replace(words, goals=name_goals(connection, services, words.language))
    return [
        (words.about(each.subject), _moment(words, each.proposed_at), _moment(words, each.due_at),
         ", ".join(words.name("part", part) for part in still_asked(each)))
        for each in read_waiting(connection)
    ]


def _read_offers(connection: sa.Connection, services: Services, words: Words, _: Wanted) -> list[Row]:
    """Those that the shop does not give as they are told."""
    untrue = [each for each in list_standing(connection, services) if each.is_untrue]
    return [
        (each.code, each.told.names.get(words.language, "") if each.told else "–",
         words.say("the shop does not know it") if each.truth.state == "unknown" else ", ".join(
             words.place(one.key) for one in each.truth.untruths),
         ", ".join(words.journey(name) for name in each.named_by))
        for each in untrue
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
    small(
        "days", "Day by day", "A conversation counts on each day the customer wrote.",
        ("day", "conversations", "without a person", "messages sent", "held"), _read_days, has_days=True,
        empty="No day is counted yet. The worker counts every minute.",
    ),
    small(
        "reached", "A goal, day by day", "How often it was reached on each day, and since the first of these days.",
        ("day", "reached", "together"), _read_reached, has_days=True, filters=("goal",),
        empty="No day is counted yet. The worker counts every minute.",
    ),
    Listing(
        "sent", "Messages sent", "What we sent first, unasked; of the day on which it was written.",
        ("number", "when", "journey", "channel", "state"), read_sent,
        filters=("journey", "channel", "state"), states=GONE_STATES, has_days=True,
        empty="Nothing has left yet. A message leaves once a journey begins for somebody who agreed to hear of it.",
    ),
    Listing(
        "held", "Messages held", "Occasions on which we said nothing, messages that stayed home afterwards, and why.",
        ("number", "when", "journey", "why", "what"), read_held,
        filters=("journey", "because"), has_days=True,
        empty="Nothing was held yet. Where a guardrail keeps a message at home, it comes here with its reason.",
    ),
    Listing(
        "handoffs", "Customers who wait for a person",
        "Who waits longest comes first. They are answered in the inbox.",
        ("reference", "when", "about", "channel", "state"), read_handoffs, filters=("channel",), begins=WHEN,
        count=_count_state(handoffs, handoffs.c.handoff_id, "waiting"),
        empty="Nobody waits. Whoever asks the chat for a person comes here, and is answered under /people.",
    ),
    Listing(
        "asked", "Customers who asked for a person", "Each counts once on a day on which they asked.",
        ("reference", "when", "about", "channel", "state"), read_asked, filters=("channel",), has_days=True,
        empty="Nobody asked for a person. Whoever does comes here.",
    ),
    Listing(
        "unanswered", "Messages that were not answered",
        "The bot failed at these again and again; the log says at what.",
        ("number", "when", "channel", "tries"), read_unanswered, filters=("channel",),
        count=_count_state(inbox, inbox.c.inbox_id, "failed"),
        empty="Every message was answered. One at which the bot fails again and again comes here.",
    ),
    Listing(
        "reviews", "Who may be one person", "Two profiles each. Nothing is merged before somebody says so.",
        ("number", "chance", "same", "alike", "different"), read_reviews, "prevenant identities review",
        sorts=("chance",), begins="-chance",
        row="review", deeds=(("accept", "One person"), ("refuse", "Two people")),
        count=_count_state(link_reviews, link_reviews.c.review_id, "waiting"),
        empty="No two profiles look like one person. They are looked for once the data of several sources is in.",
    ),
    Listing(
        "letters", "Messages that were given up",
        "Refused by the vendor, or gone without a word of whether they arrived.",
        ("number", "when", "channel", "state", "why", "tries"), read_letters, "prevenant letters dead",
        filters=("channel", "state"), states=DEAD,
        row="letter", deeds=(("again", "Send again"),), doable=find_replayable,
        count=lambda connection, _: count_up_to(connection, sa.select(outbox.c.outbox_id).where(IS_DEAD)),
        empty="Everything that left arrived, or is still awaited. What a vendor refuses for good comes here.",
    ),
    small(
        "paused", "Journeys that rest", "Nothing of them leaves until somebody lets them go on.",
        ("journey", "since", "why", "by", "note"), _read_paused,
        count=lambda connection, _: len(read_pauses(connection)),
        empty="Every journey runs. One that an alarm or somebody stops comes here, with the reason.",
    ),
    small(
        "silos", "Data that did not come in whole",
        "The newest import of each silo, where it stopped or refused many rows.",
        ("silo", "source", "when", "what", "rows used"), _read_silos, "prevenant rejects",
        count=lambda connection, services: len(_failing(connection, services)),
        empty="Everything came in whole. An import that stops, or refuses many rows, comes here.",
    ),
    small(
        "late", "Data that is late",
        "Sources that were silent for more than twice as long as is usual for them.",
        ("silo", "how it comes", "last came", "usual silence", "silent for"), _read_late,
        count=lambda connection, services: len(_late(connection, services)),
        empty="Every source is in time. One that is silent for longer than is usual for it comes here.",
    ),
    small(
        "charter", "Changes that wait for agreement",
        "Each goes live once IT, marketing and customer experience have agreed, on the page of the charter.",
        ("change", "since", "until", "waits for"), _read_charter,
        count=lambda connection, _: count_waiting(connection),
        empty="Nothing waits. What somebody proposes comes here until all three have agreed.",
    ),
    small(
        "offers", "Offers that the shop does not give",
        "Codes that journeys name or words tell of. No message about them leaves until the shop gives the same.",
        ("code", "what is said", "what differs", "named by"), _read_offers, count=count_untrue,
        empty="Every code that we tell of is given by the shop. One that is not, or is given otherwise, comes here.",
    ),
)
