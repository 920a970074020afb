"""Stage 3: what must not be done. Each reason to hold a nudge is one bit; the shop's numbers come from a file.

    consent_unknown     nobody asked, or the answer was not kept: in doubt it stays home
    consent_withdrawn   the person said no, on this channel or on all
    holdout             kept without these nudges, to measure what they bring: see `bot.decision.holdouts`
    cap_day, cap_week   the merged person had enough of this category, over all channels
    quiet_hours         it is night where they are, or nobody knows where that is
    open_question       we wait for an answer: a nudge would take it
    in_conversation     they are talking to us this moment
    handoff             a person of the shop has the conversation: news of orders comes by e-mail and text alone
    unreachable         there is no address on this channel
    unverified          it tells of an order, and nobody proved to be its owner there
    cooldown            the same thing was said a short while ago
    already_taken       they accepted an offer of this campaign
    fact_false          the shop no longer confirms what it would say
    expired             its reason is too old
    window_closed       the channel takes no free words: they have not written there for too long
    paused              its journey rests: too many opted out, complained or refused, or somebody stopped it
    not_worth_it        it would cost more than is hoped of it: see `bot.decision.net_worth`
    open_matter         a complaint or a return of theirs is not settled, and it sells: see `bot.decision.matters`
    minor               they are known to be under eighteen, and it sells: see `bot.decision.minors`
    yields_to           their week is another journey's, by what the shop decided: see `bot.decision.yields`

A wait is postponed, not ended, while `PASSING` reasons hold it and nothing else but `OF_ONE_ARM`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import IntFlag, auto
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from bot.decision.learning_rules import Learning, read_learning
from bot.decision.matters import OPEN_DAYS, read_open_days
from bot.decision.pricing import Pricing, read_pricing
from bot.decision.quiet_hours import CountryLaw, LawfulQuiet, QuietHours, covers, is_holiday_name
from bot.decision.triggers import CHANNELS, PURPOSES, Trigger
from bot.decision.yields import Yields, read_yields
from bot.toml_file import Table, TomlFile, read_toml

MOST_HELD_OUT = 0.5
_TABLES = frozenset({
    "caps", "quiet_hours", "lawful_quiet", "quiet_channels", "holdout", "yields", "open_matters", "conversation",
    "learning", "worth",
})
_TALK_KEYS = frozenset({"nudge_question_seconds", "in_conversation_seconds", "retry_seconds", "language"})
CHAT_CHANNELS = frozenset({"web", "whatsapp", "messenger"})  # where a question of ours waits for its answer


class Held(IntFlag):
    """Why a candidate stays home: bits, so that ten million rows keep them in one column."""

    CONSENT_UNKNOWN = auto()
    CONSENT_WITHDRAWN = auto()
    HOLDOUT = auto()
    CAP_DAY = auto()
    CAP_WEEK = auto()
    QUIET_HOURS = auto()
    OPEN_QUESTION = auto()
    IN_CONVERSATION = auto()
    HANDOFF = auto()
    UNREACHABLE = auto()
    UNVERIFIED = auto()
    COOLDOWN = auto()
    ALREADY_TAKEN = auto()
    FACT_FALSE = auto()
    EXPIRED = auto()
    WINDOW_CLOSED = auto()
    PAUSED = auto()
    NOT_WORTH_IT = auto()
    YIELDS_TO = auto()
    MINOR = auto()
    OPEN_MATTER = auto()


PASSING = Held.OPEN_QUESTION | Held.IN_CONVERSATION | Held.HANDOFF
# What holds everything to a person, in one arm of a measurement alone: the holdout, or what earlier messages brought.
OF_ONE_ARM = Held.HOLDOUT | Held.CAP_DAY | Held.CAP_WEEK | Held.COOLDOWN | Held.YIELDS_TO
OCCASIONAL = PASSING | OF_ONE_ARM | Held.NOT_WORTH_IT  # who was held by nothing more than these had the occasion


def name_reasons(bits: int) -> list[str]:
    """The words of the set bits, as kept in decisions and in `outbox.reason`."""
    return list(_words_of(bits))


@lru_cache(maxsize=4096)  # few sets of reasons occur, and they are many persons'
def _words_of(bits: int) -> tuple[str, ...]:
    return tuple(each.name.lower() for each in Held if bits & each and each.name)


@dataclass(frozen=True)
class Caps:
    """At most so many of a category to one person, over all channels; 0: no cap."""

    per_day: int = 0
    per_week: int = 0


@dataclass(frozen=True)
class Guardrails:
    """A shop's numbers. Everything it leaves out takes the strict value."""

    caps: Mapping[str, Caps]  # by purpose
    quiet_hours: Mapping[str, QuietHours]  # by purpose
    quiet_channels: Mapping[str, str]  # channel -> hold | unless_present | free
    present_seconds: float = 120  # how fresh an event on the page must be for the person to be there
    holdout_purposes: frozenset[str] = frozenset({"marketing"})
    journey_holdouts: Mapping[str, float] = field(default_factory=dict)  # journey -> the share that goes without it
    nudge_question_seconds: float = 86400  # how long a nudge's own question keeps the next nudge away
    in_conversation_seconds: float = 120
    retry_seconds: float = 15  # a postponed wait is looked at again after so long
    open_matter_days: float = OPEN_DAYS  # how long what nobody settled is taken to be open
    language: str = "en"  # for somebody whose language nobody knows
    learning: Learning = field(default_factory=Learning)
    pricing: Pricing = field(default_factory=Pricing)
    yields: Yields = field(default_factory=dict)
    lawful_quiet: LawfulQuiet | None = None  # of advertising; what is agreed on may only be stricter
    laws: tuple[CountryLaw, ...] = ()  # of advertising, by country; they hold whatever is agreed on

    def caps_for(self, purpose: str) -> Caps:
        """The caps of a category; none when the shop wrote none."""
        return self.caps.get(purpose, Caps())

    def yields_of(self, journey: str) -> tuple[str, ...]:
        """The journeys to which one yields."""
        return self.yields.get(journey, ())

    def laws_on(self, channel: str, purpose: str) -> tuple[CountryLaw, ...]:
        """The countries' laws that count on a channel: of advertising alone."""
        return tuple(each for each in self.laws if channel in each.channels) if purpose == "marketing" else ()

    def quiet_mode(self, channel: str) -> str:
        """How quiet hours count on a channel: `hold` unless the shop wrote otherwise."""
        return self.quiet_channels.get(channel, "hold")


def load_guardrails(path: Path, triggers: Iterable[Trigger] | None = None) -> Guardrails:
    """Read a shop's guardrails, with what messages cost by its goals. FixConfiguration names file, line and key.

    `triggers`: the shop's, of which alone some may yield or be held out; None does not ask.
    """
    file = read_toml(path)
    file.refuse_unknown(_TABLES)
    talk = file.table("conversation")
    talk.refuse_unknown(_TALK_KEYS)
    shop = None if triggers is None else tuple(triggers)
    advertising = None if shop is None else [each.name for each in shop if each.purpose == "marketing"]
    pressure, lawful = read_pressure(file), read_lawful_quiet(file)
    if lawful and (broken := find_unlawful(lawful, pressure["quiet_hours"], pressure["quiet_channels"])):
        table = file.table(broken.path)
        raise table.fail(broken.key, broken.sentence, **broken.values)
    return Guardrails(
        **pressure,
        lawful_quiet=lawful,
        laws=read_laws(file),
        holdout_purposes=_holdout_purposes(file),
        journey_holdouts=_journey_holdouts(file, None if shop is None else [each.name for each in shop]),
        nudge_question_seconds=talk.number("nudge_question_seconds", Guardrails.nudge_question_seconds),
        in_conversation_seconds=talk.number("in_conversation_seconds", Guardrails.in_conversation_seconds),
        retry_seconds=talk.number("retry_seconds", Guardrails.retry_seconds),
        language=talk.one_of("language", ("fr", "en"), Guardrails.language),
        open_matter_days=read_open_days(file),
        learning=read_learning(file),
        pricing=read_pricing(file, path.with_name("goals.toml")),
        yields=read_yields(file, advertising),
    )


def read_pressure(file: TomlFile) -> dict[str, Any]:
    """How often and when people hear of us, as keywords of `Guardrails`: what the charter's three parts agree on."""
    channels = file.table("quiet_channels")
    channels.refuse_unknown(frozenset((*CHANNELS, "present_seconds")))
    modes = ("hold", "unless_present", "free")
    for group in ("caps", "quiet_hours"):
        file.table(group).refuse_unknown(frozenset(PURPOSES))
    return {
        "caps": {purpose: _caps(file, purpose) for purpose in PURPOSES},
        "quiet_hours": {purpose: hours for purpose in PURPOSES if (hours := _quiet_hours(file, purpose))},
        "quiet_channels": {each: channels.one_of(each, modes, "hold") for each in CHANNELS},
        "present_seconds": channels.number("present_seconds", Guardrails.present_seconds),
    }


@dataclass(frozen=True)
class Unlawful:
    """Where quiet hours are less strict than the law: a table, its key, a sentence with its values."""

    path: str
    key: str
    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)


def read_lawful_quiet(file: TomlFile) -> LawfulQuiet | None:
    """The table `[lawful_quiet]`, which no draft changes; None where the shop names no law."""
    table = file.table("lawful_quiet")
    own = {key for key, value in table.values.items() if not isinstance(value, Mapping)}
    for key in own - {"begins", "ends", "channels"}:
        raise table.fail(key, "is not known here; known are {known}", known=("begins", "channels", "ends"))
    if not own:
        return None
    return LawfulQuiet(QuietHours(_clock(table, "begins"), _clock(table, "ends")), _channels(table))


def read_laws(file: TomlFile) -> tuple[CountryLaw, ...]:
    """The tables `[lawful_quiet.<country>]`: what the law asks of advertising to whoever is there."""
    named = file.table("lawful_quiet").values
    countries = [key for key, value in named.items() if isinstance(value, Mapping)]
    return tuple(_read_law(file.table(f"lawful_quiet.{each}"), each) for each in countries)


def _read_law(table: Table, country: str) -> CountryLaw:
    table.refuse_unknown(frozenset({"begins", "ends", "channels", "sundays", "holidays", "also"}))
    if not _is_country(country):
        raise table.fail(country, "is no country: two capital letters, as in FR")
    channels, holidays, also = _channels(table), table.texts("holidays", ()), table.texts("also", ())
    if not channels:
        raise table.fail("channels", "must name the channels that the law speaks of")
    for day in holidays:
        if not is_holiday_name(day):
            raise table.fail("holidays", 'names {value}, which is no day: "12-25", "easter+1"', value=repr(day))
    for each in also:
        if not _is_country(each):
            sentence = "names {value}, which is no country: two capital letters, as in MQ"
            raise table.fail("also", sentence, value=repr(each))
    has_hours = "begins" in table.values or "ends" in table.values
    hours = QuietHours(_clock(table, "begins"), _clock(table, "ends")) if has_hours else None
    return CountryLaw(country, channels, hours, table.truth("sundays", False), holidays, also)


def _is_country(code: str) -> bool:
    return code in Locale("en").territories and re.fullmatch("[A-Z]{2}", code) is not None


def _channels(table: Table) -> tuple[str, ...]:
    channels = table.texts("channels", ())
    for channel in channels:
        if channel not in CHANNELS:
            raise table.fail("channels", "names {value}, which is no channel", value=repr(channel))
    return channels


def find_unlawful(
    lawful: LawfulQuiet, quiet_hours: Mapping[str, QuietHours], quiet_channels: Mapping[str, str]
) -> Unlawful | None:
    """The first place at which advertising would disturb more than the law allows; None: it is as strict, or more."""
    least = lawful.hours
    if not covers(quiet_hours.get("marketing"), least):
        asked = {"begins": f"{least.begins:%H:%M}", "ends": f"{least.ends:%H:%M}"}
        sentence = "must be quiet from {begins} to {ends} at least, as the law asks"
        return Unlawful("quiet_hours.marketing", "begins", sentence, asked)
    for channel in lawful.channels:
        if quiet_channels.get(channel, "hold") != "hold":
            return Unlawful("quiet_channels", channel, 'must be "hold": the law asks for quiet there')
    return None


def _caps(file: TomlFile, purpose: str) -> Caps:
    table = file.table(f"caps.{purpose}")
    table.refuse_unknown(frozenset({"per_day", "per_week"}))
    return Caps(int(table.number("per_day", 0)), int(table.number("per_week", 0)))


def _holdout_purposes(file: TomlFile) -> frozenset[str]:
    table = file.table("holdout")
    table.refuse_unknown(frozenset({"purposes", "journeys"}))
    purposes = table.texts("purposes", ("marketing",))
    for each in purposes:
        if each not in PURPOSES:
            raise table.fail("purposes", "names {value}, must be among {known}", value=repr(each), known=PURPOSES)
    return frozenset(purposes)


def _journey_holdouts(file: TomlFile, journeys: Collection[str] | None) -> dict[str, float]:
    table = file.table("holdout.journeys")
    shares = {journey: table.number(journey) for journey in table.values}
    for journey, share in shares.items():
        if journeys is not None and journey not in journeys:
            sentence = "is no journey of triggers.toml; known are {known}"
            raise table.fail(journey, sentence, known=sorted(journeys) or "none")
        if share > MOST_HELD_OUT:
            raise table.fail(journey, f"must be a share, {MOST_HELD_OUT} at most: 0.1 holds one person in ten out")
    return shares


def _quiet_hours(file: TomlFile, purpose: str) -> QuietHours | None:
    table = file.table(f"quiet_hours.{purpose}")
    table.refuse_unknown(frozenset({"begins", "ends"}))
    if not table.values:
        return None
    return QuietHours(_clock(table, "begins"), _clock(table, "ends"))


def _clock(table: Table, key: str) -> time:
    try:
        return time.fromisoformat(table.text(key))
    except ValueError as error:
        raise table.fail(key, 'must be a clock time, as in "21:00"') from error
