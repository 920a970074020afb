"""The console: what can be asked for, by what it can be shown, and from which counted columns it comes. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

TIMES = ("day", "week", "month")
CLOCKS = ("hour", "weekday")
_MESSAGE = frozenset({"journey", "channel", "segment", *TIMES, *CLOCKS})


@dataclass(frozen=True)
class Source:
    """Where numbers lie: a kind of kept row, the column that is added up, and what it is divided by, where it is."""

    kind: str  # sent: by the message they followed; did: by themselves; held; again
    column: str
    over: str = ""
    by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Measure:
    """Something that is counted. The first source that knows what is asked for is taken."""

    title: str  # an English sentence of the catalogue
    unit: str  # count | money | share | stars
    sources: tuple[Source, ...]
    note: Mapping[str, str] = field(default_factory=dict)  # kind of source -> what has to be said of it

    def source_for(self, asked: frozenset[str]) -> Source | None:
        """The source that knows all of what is asked for; None where none does."""
        return next((each for each in self.sources if asked <= each.by), None)


def _sent(column: str, over: str = "") -> Source:
    return Source("sent", column, over, _MESSAGE)


_FOLLOWED = "Of messages that were followed by it within {days} days; an order that follows two is told of both."
_BY_SENDING = "Told of the day and hour at which the message left."
_EVERY = "A no to everything stands under “all channels”."
_TIMED = frozenset({*TIMES, *CLOCKS, "segment"})
MEASURES: Mapping[str, Measure] = {
    "sent": Measure("messages sent", "count", (_sent("sent"),)),
    "seen": Measure("messages seen", "count", (_sent("seen"),), {"sent": _BY_SENDING}),
    "clicks": Measure("messages clicked", "count", (_sent("clicked"),), {"sent": _BY_SENDING}),
    "replies": Measure("messages answered", "count", (_sent("replied"),), {"sent": _BY_SENDING}),
    "seen_rate": Measure("share of messages seen", "share", (_sent("seen", "sent"),), {"sent": _BY_SENDING}),
    "click_rate": Measure("share of messages clicked", "share", (_sent("clicked", "sent"),), {"sent": _BY_SENDING}),
    "reply_rate": Measure("share of messages answered", "share", (_sent("replied", "sent"),), {"sent": _BY_SENDING}),
    "orders": Measure(
        "orders", "count", (Source("did", "orders.times", by=_TIMED), _sent("bought")), {"sent": _FOLLOWED}),
    "order_value": Measure(
        "order value", "money", (Source("did", "orders.amount", by=_TIMED), _sent("value_minor")),
        {"sent": _FOLLOWED, "did": "What was sent back is taken off on the day it was."}),
    "average_order": Measure(
        "average order", "money", (Source("did", "orders.amount", "orders.times", _TIMED),
                                   _sent("value_minor", "bought")), {"sent": _FOLLOWED}),
    "opt_outs": Measure(
        "opt-outs", "count", (Source("did", "opt_outs.times", by=_TIMED | {"channel"}), _sent("opted_out")),
        {"sent": _FOLLOWED, "did": _EVERY}),
    "opt_out_rate": Measure("share of messages followed by an opt-out", "share", (_sent("opted_out", "sent"),)),
    "complaints": Measure(
        "complaints", "count", (Source("did", "complaints.times", by=_TIMED), _sent("complained")),
        {"sent": _FOLLOWED}),
    "conversations": Measure(
        "conversations", "count", (Source("did", "conversations.times", by=_TIMED | {"channel"}),)),
    "handoffs": Measure(
        "requests for a person", "count", (Source("did", "handoffs.times", by=_TIMED | {"channel"}),)),
    "held": Measure(
        "occasions held back", "count",
        (Source("held", "held", by=frozenset(TIMES)), Source("held", "held_by", by=frozenset({"journey", *TIMES})),
         Source("held", "because", by=frozenset({"reason", *TIMES}))),
        {"held": "One occasion may have several reasons."}),
    "satisfaction": Measure(
        "satisfaction (1 to 5)", "stars", (Source("did", "ratings.amount", "ratings.times", _TIMED),)),
    "retention": Measure(
        "came back within thirty days", "share", (Source("again", "again", "buyers", frozenset(TIMES)),),
        {"again": "Of those who bought on a day, how many did again; a day counts once its thirty days are over."}),
}
DIMENSIONS: Mapping[str, str] = {
    "journey": "by journey", "channel": "by channel", "segment": "by segment", "reason": "by reason",
    "day": "by day", "week": "by week", "month": "by month", "weekday": "by day of the week", "hour": "by hour",
}
OF_ORDERS = ("orders", "order_value", "average_order")  # in the shop's currency alone
FILTERS = ("journey", "channel", "segment")


@dataclass(frozen=True)
class Question:
    """What was asked: a measure of a time, perhaps of one journey, channel or segment, perhaps by something."""

    measure: str
    since: date
    until: date
    by: str = ""
    only: Mapping[str, str] = field(default_factory=dict)  # of `FILTERS`

    @property
    def source(self) -> Source | None:
        """Where its answer lies; None where that is not counted."""
        asked = frozenset({*self.only, *((self.by,) if self.by else ())})
        if "segment" in asked and asked - {"segment", *TIMES}:
            return None  # segments are counted by themselves
        return MEASURES[self.measure].source_for(asked)

    @property
    def days(self) -> list[date]:
        """Each day it is about."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]
