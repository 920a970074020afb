"""The console: what needs something so that it cannot end yet, and what a change needs that is not in force. Reads."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.book import Subject
from bot.charter.content import Content, goes_by, offer_subject, segment_subject
from bot.charter.ending import ending_of, is_end, list_ended
from bot.charter.kept import read_agreed
from bot.charter.waiting import read_waiting_journeys
from bot.content.offers import parse_offer
from bot.decision.triggers import Trigger
from bot.decision.versions import parse_trigger
from bot.errors import FixInput
from bot.profile.segments.book import is_lookalike, names_in


def require_unneeded(
    connection: sa.Connection, services: Services, subject: Subject, content: Mapping[str, Any]
) -> None:
    """FixInput where what is to end is needed by something in force, or by a journey that waits; else nothing."""
    if not is_end(subject) or not content["has_ended"]:
        return
    needing = list_needing(InForce(services).read(), ending_of(subject), read_waiting_journeys(connection))
    if needing:
        raise FixInput("under_way", f"is needed by {', '.join(needing)}: change that, or end it at once, first")


def require_in_force(
    connection: sa.Connection, services: Services, subject: Subject, content: Mapping[str, Any]
) -> None:
    """FixInput where a change needs what is not in force; for whoever lets it go live."""
    missing = list_missing(InForce(services).read(), read_agreed(connection), subject, content)
    if missing:
        raise FixInput("needs", f"needs {', '.join(missing)}, which has to be agreed on, or begin again, first")


def list_needing(shop: Services, subject: str, waiting: Iterable[Trigger] = ()) -> list[str]:
    """What would say something untrue, or speak to nobody, once a subject ends. The last goal stays, too.

    `waiting`: journeys that the three may agree on any moment.
    """
    kind, _, name = subject.partition(":")
    journeys = [*shop.triggers, *waiting]
    if kind == "offer":
        codes = {each.code.upper() for each in shop.offers if each.name == name}
        naming = (each.name for each in journeys if codes & {code.upper() for code in each.codes})
        return list(dict.fromkeys(naming))
    if kind == "segment":
        going_by = (each.name for each in shop.segments.segments.values() if name in names_in(each.rule))
        return [*dict.fromkeys(each.name for each in journeys if name in each.segments), *going_by]
    return ["results"] if kind == "goal" and [each.key for each in shop.goals.goals] == [name] else []


def list_missing(
    shop: Services, agreed: Mapping[Subject, Content], subject: Subject, content: Mapping[str, Any]
) -> list[Subject]:
    """What a change would need, once it is in force, that is not: segments, and offers that have ended.

    Of a segment also what goes by the segment itself, as neither could be read then.
    """
    if is_end(subject):
        again = ending_of(subject)
        is_over = content["has_ended"] or again not in agreed
        return [] if is_over else list_missing(shop, agreed, again, agreed[again])
    kind, _, name = subject.partition(":")
    if kind == "segment":
        named = (each for each in names_in(content["rule"]) if not is_lookalike(each))
        return [segment_subject(each) for each in named
                if each not in shop.segments.segments or name in goes_by(agreed, each)]
    return _list_missing_of(shop, agreed, parse_trigger(content)) if kind == "journey" else []


def _list_missing_of(shop: Services, agreed: Mapping[Subject, Content], journey: Trigger) -> list[Subject]:
    told = {each.code.upper() for each in shop.offers}
    codes = {each.upper() for each in journey.codes} - told
    over = (parse_offer(agreed[each]) for each in list_ended(agreed) if each.startswith("offer:") and each in agreed)
    return [
        *(segment_subject(each) for each in journey.segments if each not in shop.segments.segments),
        *(offer_subject(each.name) for each in over if each.code.upper() in codes),
    ]
