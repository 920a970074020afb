"""The charter: journeys, caps, yields, tone, offers, goals, alarms, segments <-> what is agreed on -> what is in force.

Pure. The same content has the same name by whichever program it is read: what an earlier one kept is read and named
anew, so that a program with one more setting asks nobody to agree again.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import time
from typing import Any, Protocol

import structlog

from bot.charter.book import ALARMS, GUARDRAILS, TONE, Subject
from bot.charter.ending import keep_going, list_ended
from bot.charter.yielding import agree_yields, dump_yields, is_yield, pair_of
from bot.content.offers import ToldOffer, dump_offer, parse_offer
from bot.content.tone import Tone, dump_tone, parse_tone
from bot.decision.guardrails import Caps, Guardrails, find_unlawful
from bot.decision.quiet_hours import QuietHours
from bot.decision.triggers import Trigger, name_version
from bot.decision.versions import dump_trigger, parse_trigger
from bot.errors import FixConfiguration, FixInput
from bot.measure.goals import GoalBook, dump_alarms, dump_goal, parse_alarms, parse_goal
from bot.profile.segments.book import Segment, SegmentBook, names_in, read_segment
from bot.profile.traits import TraitRule
from bot.toml_file import parse_toml, print_toml

Content = Mapping[str, Any]
_VERSION_CHARACTERS = 12
log = structlog.get_logger()


def journey_subject(name: str) -> Subject:
    """What a journey is called where it is agreed on."""
    return Subject(f"journey:{name}")


def segment_subject(name: str) -> Subject:
    """What a segment is called where it is agreed on."""
    return Subject(f"segment:{name}")


def offer_subject(name: str) -> Subject:
    """What an offer is called where it is agreed on."""
    return Subject(f"offer:{name}")


def goal_subject(name: str) -> Subject:
    """What a goal is called where it is agreed on."""
    return Subject(f"goal:{name}")


class Written(Protocol):
    """What a shop's files say of what is agreed on."""

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """Its journeys."""

    @property
    def guardrails(self) -> Guardrails:
        """Caps and quiet hours."""

    @property
    def tone(self) -> Tone:
        """How messages speak."""

    @property
    def offers(self) -> tuple[ToldOffer, ...]:
        """What messages say of its codes."""

    @property
    def goals(self) -> GoalBook:
        """What journeys are for, what messages cost, and how many may mind."""

    @property
    def segments(self) -> SegmentBook:
        """Whom journeys may be for."""


def dump_contents(written: Written) -> dict[Subject, Content]:
    """Everything that is agreed on, as JSON can hold it."""
    return {
        **{journey_subject(each.name): dump_trigger(each) for each in written.triggers},
        GUARDRAILS: dump_pressure(written.guardrails), TONE: dump_tone(written.tone),
        **dump_yields(written.guardrails.yields),
        **{offer_subject(each.name): dump_offer(each) for each in written.offers},
        **{goal_subject(each.key): dump_goal(each) for each in written.goals.goals}, ALARMS: dump_alarms(written.goals),
        **{segment_subject(each.name): dump_segment(each) for each in written.segments.segments.values()},
    }


def dump_segment(segment: Segment) -> dict[str, Any]:
    """A segment's rule as it was written, its names, and whether coming and going are told."""
    return {"rule": segment.rule, **segment.titles, "events": segment.has_events}


def dump_pressure(guardrails: Guardrails) -> dict[str, Any]:
    """How often and when people hear of us: caps and quiet hours."""
    return {
        "caps": {purpose: asdict(caps) for purpose, caps in guardrails.caps.items()},
        "quiet_hours": {
            purpose: {"begins": hours.begins.isoformat(), "ends": hours.ends.isoformat()}
            for purpose, hours in guardrails.quiet_hours.items()
        },
        "quiet_channels": dict(guardrails.quiet_channels),
        "present_seconds": guardrails.present_seconds,
    }


def write_pressure(content: Content) -> dict[str, Any]:
    """What `dump_pressure` wrote, as the shop's file would hold it."""
    return {
        "caps": {purpose: dict(caps) for purpose, caps in content["caps"].items()},
        "quiet_hours": {
            purpose: {key: time.fromisoformat(clock).strftime("%H:%M") for key, clock in hours.items()}
            for purpose, hours in content["quiet_hours"].items()
        },
        "quiet_channels": {**content["quiet_channels"], "present_seconds": content["present_seconds"]},
    }


def name_content(subject: Subject, content: Content) -> str:
    """What a content is called, by this program."""
    if not subject.startswith("journey:"):
        plain = json.dumps(content, sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:_VERSION_CHARACTERS]
    return name_version(parse_trigger(content))


def name_in_force(agreed: Mapping[Subject, Content], subject: Subject) -> str:
    """What the content is called that was agreed on last; "" nothing."""
    return name_content(subject, agreed[subject]) if subject in agreed else ""


def agree_triggers(
    agreed: Mapping[Subject, Content], triggers: tuple[Trigger, ...], drafted: Collection[Subject] = ()
) -> tuple[Trigger, ...]:
    """The journeys in force: each as it was agreed on last; one that never was is not among them.

    `drafted`: those that no file ever had come behind the file's. What a file has no more has ended, and what was
    agreed to end: at once, or once whoever is in it has finished.
    """
    names = {each.name for each in triggers}
    found = ((each, agreed.get(journey_subject(each.name))) for each in triggers)
    made = (parse_trigger(agreed[each]) for each in drafted if each.startswith("journey:"))
    return _without_ended(agreed, (
        *(_in_force(each, content) for each, content in found if content is not None),
        *(each for each in made if each.name not in names),
    ))


def _without_ended(agreed: Mapping[Subject, Content], triggers: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    ended = list_ended(agreed)
    left = (each for each in triggers if ended.get(journey_subject(each.name)) != "stop")
    return tuple(replace(each, is_ending=True) if journey_subject(each.name) in ended else each for each in left)


def stand_in(
    wanted: Mapping[Subject, Content], agreed: Mapping[Subject, Content], of_files: Mapping[Subject, Content]
) -> dict[Subject, Content]:
    """What the shop wants: its files' word, and where those say what they said before, what was agreed on since.

    `of_files`: what was agreed on last of what files said. So that a draft that was agreed on stays in force until
    the file says something new.
    """
    return {
        subject: agreed[subject] if _is_same(subject, of_files.get(subject), content) else content
        for subject, content in wanted.items()
    }


def agree_segments(
    agreed: Mapping[Subject, Content], book: SegmentBook, drafted: Collection[Subject] = (), *, is_known: bool = True
) -> SegmentBook:
    """The segments in force: the file's in its order, each as it was agreed on last, one that never was not among them;
    behind them `drafted`, that no file has, or has any more. What was agreed to end is not among them.

    `is_known`: whether the charter has heard of a file's segments; until it has, the file's word counts. A rule goes by
    others as they were agreed on last, also where the file has them no more. One that cannot be read is left out, and
    logged: everything else stays in force.
    """
    mine = [segment_subject(each) for each in book.segments]
    is_as_written = all(agreed.get(segment_subject(name)) == dump_segment(each) for name, each in book.segments.items())
    ended = list_ended(agreed)
    going = {name: each for name, each in book.segments.items() if segment_subject(name) not in ended}
    segments = going if is_as_written or not is_known else {}
    read = dict(segments)
    wanted = [*([] if segments else mine), *(each for each in drafted if each.startswith("segment:"))]
    for subject in keep_going(wanted, agreed):
        name = subject.partition(":")[2]
        if subject not in agreed or name in segments:
            continue
        try:
            segments[name] = _read_agreed(name, agreed, book.traits, read)
        except (FixConfiguration, FixInput) as error:
            log.error("agreed_segment_left_out", segment=name, why=str(error))
    return SegmentBook(segments, book.traits)


def _read_agreed(
    name: str, agreed: Mapping[Subject, Content], traits: Mapping[str, TraitRule], read: dict[str, Segment],
    on_the_way: tuple[str, ...] = (),
) -> Segment:
    """A segment as it was agreed on, and before it those that its rule goes by; each is put into `read`."""
    if name in on_the_way:
        raise FixConfiguration(f"segments.{name}.rule goes by itself: {' -> '.join((*on_the_way, name))}")
    if name not in read:
        content = agreed[segment_subject(name)]
        for each in names_in(content["rule"]):
            if segment_subject(each) in agreed:
                _read_agreed(each, agreed, traits, read, (*on_the_way, name))
        read[name] = parse_segment(name, content, SegmentBook(read, traits))
    return read[name]


def goes_by(agreed: Mapping[Subject, Content], name: str) -> set[str]:
    """Every segment that one's rule goes by, and that those go by, as they were agreed on."""
    found, left = set[str](), [name]
    while left:
        content = agreed.get(segment_subject(left.pop()))
        new = {*names_in(content["rule"])} - found if content else set()
        found |= new
        left.extend(new)
    return found


def parse_segment(name: str, content: Content, above: SegmentBook) -> Segment:
    """A segment by the table that its file would hold. FixConfiguration for what that could not hold."""
    path = f"segments.{name}"
    file = parse_toml("segments.toml", print_toml(path, content))
    return read_segment(name, file.table(path), above)


def agree_guardrails(agreed: Mapping[Subject, Content], guardrails: Guardrails) -> Guardrails:
    """The guardrails in force: caps, quiet hours, who yields and what messages cost as agreed on last, the rest as the
    file has it.

    Where the law asks for more quiet than what was agreed on before it did, the file's quiet hours of advertising
    count, and its word on the law's channels: they obey it. A service's hours stay as agreed on.
    """
    if ALARMS in agreed and guardrails.pricing.is_on:
        costs = dict(agreed[ALARMS]["costs"])
        guardrails = replace(guardrails, pricing=replace(guardrails.pricing, costs_per_thousand_minor=costs))
    content = agreed.get(GUARDRAILS)
    if content is None:
        return guardrails
    agreed_to = replace(
        guardrails,
        caps={purpose: Caps(**caps) for purpose, caps in content["caps"].items()},
        quiet_hours={
            purpose: QuietHours(time.fromisoformat(hours["begins"]), time.fromisoformat(hours["ends"]))
            for purpose, hours in content["quiet_hours"].items()
        },
        quiet_channels=dict(content["quiet_channels"]),
        present_seconds=content["present_seconds"],
        yields=agree_yields({each: agreed[each] for each in agreed if not _is_of_ended(each, agreed)}),
    )
    lawful = guardrails.lawful_quiet
    if lawful and find_unlawful(lawful, agreed_to.quiet_hours, agreed_to.quiet_channels):
        log.error("agreed_quiet_hours_left_out", why="they are less strict than [lawful_quiet]")
        hours = {each: found for each, found in guardrails.quiet_hours.items() if each == "marketing"}
        channels = {each: guardrails.quiet_mode(each) for each in lawful.channels}
        return replace(
            agreed_to,
            quiet_hours={**agreed_to.quiet_hours, **hours},
            quiet_channels={**agreed_to.quiet_channels, **channels},
        )
    return agreed_to


def _is_of_ended(subject: Subject, agreed: Mapping[Subject, Content]) -> bool:
    """Nobody stays home for a journey that speaks no more."""
    stopped = {each for each, under_way in list_ended(agreed).items() if under_way == "stop"}
    return is_yield(subject) and any(journey_subject(each) in stopped for each in pair_of(subject))


def agree_tone(agreed: Mapping[Subject, Content], tone: Tone) -> Tone:
    """The tone in force: as it was agreed on last."""
    content = agreed.get(TONE)
    return tone if content is None else parse_tone(content)


def agree_offers(
    agreed: Mapping[Subject, Content], offers: tuple[ToldOffer, ...], drafted: Collection[Subject] = ()
) -> tuple[ToldOffer, ...]:
    """What is said of codes now: each offer as it was agreed on last, those that no file ever had behind the file's.

    A later one that tells of a code which another tells of is left out, and logged.
    """
    told = dict[str, ToldOffer]()
    for subject in _list_subjects("offer", (offer_subject(each.name) for each in offers), agreed, drafted):
        offer = parse_offer(agreed[subject])
        if told.setdefault(offer.code.upper(), offer) is not offer:
            log.error("agreed_offer_left_out", offer=offer.name, why=f"another one tells of the code {offer.code}")
    return tuple(told.values())


def agree_goals(agreed: Mapping[Subject, Content], book: GoalBook, drafted: Collection[Subject] = ()) -> GoalBook:
    """The goals in force, likewise, with what messages cost and how many may mind as agreed on last."""
    if ALARMS in agreed:
        book = replace(book, **parse_alarms(agreed[ALARMS]))
    if not any(each.startswith("goal:") for each in agreed):
        return book  # a charter that began before goals were agreed on: its next pass agrees to them as they are
    subjects = _list_subjects("goal", (goal_subject(each.key) for each in book.goals), agreed, drafted)
    return replace(book, goals=tuple(parse_goal(agreed[each]) for each in subjects))


def _list_subjects(
    kind: str, of_file: Iterable[Subject], agreed: Mapping[Subject, Content], drafted: Collection[Subject]
) -> list[Subject]:
    wanted = [*of_file, *(each for each in drafted if each.startswith(f"{kind}:"))]
    return [each for each in keep_going(dict.fromkeys(wanted), agreed) if each in agreed]


def _is_same(subject: Subject, one: Content | None, other: Content) -> bool:
    return one is not None and name_content(subject, one) == name_content(subject, other)


def _in_force(trigger: Trigger, content: Content) -> Trigger:
    kept = parse_trigger(content)
    return trigger if name_version(kept) == trigger.version else kept
