"""The console: what is kept -> words of a language. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from babel.units import format_unit

from bot.console.content_words import CASES
from bot.console.customer_words import CUSTOMER_WORDS
from bot.console.draft_words import PARTS_OF_PLACES, QUIET_MODES, STATES, SUBJECTS
from bot.console.time_units import largest_unit
from bot.decision.explain import SENTENCES, fill_figures
from bot.errors import FixInput, Said
from bot.nudges.trial_words import FIGURED_REASONS, REASONS
from bot.privacy.names import NAMES
from bot.texts.catalogue import (
    LOCALES,
    format_clock,
    format_date_as,
    format_moment,
    format_money,
    format_percent,
    format_signed,
    load_catalogue,
    name_country,
    translate,
)

# Of a journey that the demo has; another shop's is told by its own name, its underscores spaces.
_JOURNEYS = {
    "cart_left": "A basket left behind", "parcel_delayed": "A late parcel", "parcel_stuck": "A parcel without news",
    "order_unshipped": "An order that has not left",
    "pickup_item_missing": "Something missing at the store", "winter_offers": "Winter offers",
    "browse_left": "Looked at, and left", "back_in_stock": "Back in stock", "delivered": "A parcel that arrived",
    "return_closing": "The last days for a return", "pickup_ready": "Ready at the store",
    "win_back": "Not seen for long", "amends": "Making up for it", "amends_late": "Making up for a late parcel",
    "birthday": "A birthday",
    "replenish": "Used up soon", "size_back": "Their size is back", "price_drop": "A lower price",
    "welcome_back": "Welcome back", "review": "What do you think of it?", "navy_launch": "A launch in navy blue",
    "arrived_by_search": "Came by a search", "first_look": "First journey: looked at a product",
    "first_search": "First journey: searched the shop", "first_thanks": "First journey: a happy conversation",
}
_CHANNELS = {"web": "Website", "email": "E-mail", "sms": "Text message", "whatsapp": "WhatsApp",
             "messenger": "Messenger"}
_STATES = {
    "pending": "waits to leave", "sending": "leaves now", "sent": "sent", "delivered": "arrived", "seen": "read",
    "failed": "given up", "unknown": "may have left", "held": "held", "withdrawn": "withdrawn",
    "waiting": "waits for somebody", "taken": "taken by a person", "ended": "ended",
    "working": "being answered", "running": "running", "done": "done",
}
_PAUSED = {
    "opt_outs": "too many people said no after it", "complaints": "too many people complained after it",
    "refusals": "too many messages were refused", "by_hand": "stopped by hand",
}
_FIELDS = {"email": "e-mail", "phone": "phone", "last_name": "last name", "first_name": "first name",
           "birth_date": "date of birth", "postcode": "postcode", "city": "city", "street": "street",
           "given_name": "first name", "family_name": "last name", "full_name": "full name",
           "gender": "form of address", "occupation": "occupation"}
_ROLES = {"it": "IT", "marketing": "Marketing", "cx": "Customer experience", "analyst": "Analysis",
          "admin": "Administration"}
_OUTCOMES = {
    "silence": "a silence", "seen": "a look", "clicked": "a click", "replied": "an answer", "declined": "a no",
    "added": "something put in the basket", "bought": "a purchase", "opted_out": "a goodbye",
}
_STANDS = {"live": "writes now", "waiting": "waits for a person", "taken": "with a person", "over": "not there now"}
_LANGUAGES = {"fr": "French", "en": "English"}
_PLACES = {"misunderstood": "what was not understood", "audit": "the trail", "results": "the results",
            "guardrails": "Caps and quiet hours", "alarms": "Costs and alarms",
            "tone": "The shop’s tone", "charter": "the charter",
            "everything": "Everything, where nothing nearer is said", "engine": "the shop’s engine"}
_PARTS = {"it": "IT: data and load", "marketing": "Marketing: message and goal",
          "cx": "Customer experience: tone, pressure, service"}
_KINDS = {"goal": "(goal)", "offer": "(offer)", "trait": "(trait)", "silo": "(silo)"}
_STANDINGS = {
    "ahead": "on course", "behind": "behind its days", "reached": "target reached", "missed": "target missed",
}
_PROPOSED = {
    "audience": "an audience", "journey": "a journey", "channel": "another way of choosing", "hour": "another hour",
    "mapping": "a data repair", "late": "a data repair",
}
_ASKED = {  # fields of forms that say which one is wrong
    "rule": "rule", "join": "joined by", "kind": "clause", "value": "what", "number": "how many", "days": "days",
    "name": "name", "en": "name in English", "fr": "name in French", "why": "why", "reason": "why",
    "segment": "segment", "size": "how many people", "mapping": "mapping", "file": "file", "run": "import",
    "address": "In French it says", "longest_sentence_words": "longest sentence", "emoji": "emoji",
    "signature": "signature", "signature_fr": "signature in French", "signature_en": "signature in English",
    "fr_signature": "signature in French", "en_signature": "signature in English",
    "fr_never": "never said in French", "en_never": "never said in English",
    "never": "never said", "never_fr": "never said in French", "never_en": "never said in English",
    "alt_fr": "what it shows, in French", "alt_en": "what it shows, in English",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "asked": _ASKED,
    "journey": _JOURNEYS, "channel": _CHANNELS, "state": _STATES, "paused": _PAUSED, "field": _FIELDS, "role": _ROLES,
    "case": {**CASES, "*": CASES["any"]}, "stand": _STANDS, "language": _LANGUAGES, "intent": NAMES["intent"],
    "place": _PLACES, "outcome": _OUTCOMES,
    "part": _PARTS, "segment": {}, "resume": _JOURNEYS, "goal": {}, "offer": {}, "trait": {}, "silo": {}, "fitting": {},
    "kind": _KINDS,
    "assistant": _PROPOSED, "standing": _STANDINGS,
    "about": SUBJECTS, "draft": STATES, "in_draft": PARTS_OF_PLACES,
    **CUSTOMER_WORDS,
}
_UNDER_WAY = {
    "finish": "It begins for nobody any more; whoever is in it finishes.",
    "stop": "It ends at once: nothing more comes of it.",
}
_YIELDS = "yields_to"
Figures = Mapping[str, Mapping[str, Any]]  # reason -> its figures
_VERDICTS = {
    "more": "Messages add {added} to it ({low} to {high}).",
    "less": "Messages take {added} from it ({low} to {high}).",
    "unclear": "No difference is shown yet: {added} ({low} to {high}).",
    "early": "Too early to say what messages add: too few people or conversions in one of the two groups.",
}


@dataclass(frozen=True)
class Words:
    """A reader's language, the shop's zone, and what it calls its goals where those are told of."""

    language: str
    zone: str
    goals: Mapping[str, str] = field(default_factory=dict)  # key -> in the reader's language

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the catalogue, its {placeholders} filled."""
        return translate(self.language, sentence, **values)

    def name(self, kind: str, word: str) -> str:
        """A word that we keep, as people say it; one that nobody knows stays as it is, without its underscores."""
        known = _WORDS[kind].get(word)
        return translate(self.language, known) if known else word.replace("_", " ")

    def said(self, said: Said) -> str:
        """A sentence with its values, each of which may be one by itself."""
        values = {name: self.said(each) if isinstance(each, Said) else each for name, each in said.values.items()}
        return translate(self.language, said.sentence, **values)

    def knows(self, sentence: str) -> bool:
        """Whether it can be said in the reader's language."""
        return self.language == "en" or sentence in load_catalogue(self.language)

    def refusal(self, error: FixInput) -> str:
        """What is wrong with a form, and in which of its fields."""
        field = self.name("asked", error.field)
        return f"{field[:1].upper()}{field[1:]}{' :' if self.language == 'fr' else ':'} {self.said(error.said)}"

    def source(self, silo: str) -> str:
        """Where a value comes from, as people say it: `crm`, or `computed:shop`, worked out from what the shop said."""
        kind, _, of = silo.partition(":")
        return f"{self.name('source', kind)} ({self.name('source', of)})" if of else self.name("source", silo)

    def journey(self, nudge: str) -> str:
        """A journey by the name its messages carry, `winter_offers:MAILLE15`."""
        return self.name("journey", nudge.partition(":")[0])

    def journeys(self, journeys: Sequence[str]) -> str:
        """Journeys in a sentence, one after the other, each in quotation marks."""
        return ", ".join(self.say("“{name}”", name=self.journey(each)) for each in journeys)

    def channels(self, channels: Sequence[str]) -> str:
        """Channels, one after the other."""
        return ", ".join(self.name("channel", each) for each in channels)

    def events(self, events: Sequence[str]) -> str:
        """What happened to somebody, one after the other."""
        return ", ".join(self.name("event", each) for each in events)

    def duration(self, seconds: float) -> str:
        """How long something lasted or is ago, rounded to its largest unit."""
        return str(format_timedelta(timedelta(seconds=seconds), threshold=1.2, locale=LOCALES[self.language]))

    def wait(self, seconds: float) -> str:
        """A time that is set, as it is: people agree on it."""
        unit, size = largest_unit(seconds)
        number = float(seconds / size)
        told = int(number) if number.is_integer() else number
        return str(format_unit(told, f"duration-{unit.removesuffix('s')}", "long", locale=LOCALES[self.language]))

    def why_held(self, reason: str, rivals: Sequence[str] = (), figures: Figures | None = None) -> str:
        """Why a message stayed home, said to the shop's people. `rivals`: the journeys to which its own yielded;
        `figures`: by reason, as they were kept.
        """
        if figures and reason in figures and reason in FIGURED_REASONS:
            return fill_figures(FIGURED_REASONS[reason], self.language, figures[reason])
        if reason == _YIELDS and rivals:
            return self.say("this week belongs to {journeys}", journeys=self.journeys(rivals))
        known = REASONS.get(reason) or SENTENCES.get(reason)
        return translate(self.language, known) if known else reason.replace("_", " ")

    def whys_held(self, reasons: str) -> str:
        """Every reason why a message stayed home, as the outbox keeps them: a comma between them."""
        return ", ".join(self.why_held(each) for each in reasons.split(",") if each)

    def who_yields(self, first: str, second: str, yields: str) -> str:
        """Which of two journeys stays home for the other, in a sentence."""
        if not yields:
            return self.say("both speak: {journeys}", journeys=self.journeys((first, second)))
        other = second if yields == first else first
        return self.say("{journey} yields to {other}", journey=self.journeys((yields,)), other=self.journeys((other,)))

    def needing(self, names: Sequence[str]) -> str:
        """What still needs something: journeys, and segments by their own names."""
        return ", ".join(self.say("“{name}”", name=self.name("journey", each)) for each in names)

    def subjects(self, subjects: Sequence[str]) -> str:
        """What is agreed on, one after the other."""
        return ", ".join(self.about(each) for each in subjects)

    def ending(self, content: Mapping[str, Any]) -> str:
        """What the end of something says, or that it begins again."""
        if not content["has_ended"]:
            return self.say("It begins again.")
        return self.say(_UNDER_WAY[content["under_way"]])

    def country(self, code: str) -> str:
        """A country by its code, as its readers call it."""
        return name_country(self.language, code)

    def number(self, value: float, decimals: int = 0) -> str:
        """A count as people read it."""
        rounded = Decimal(str(round(value, decimals)))
        return str(format_decimal(rounded, locale=LOCALES[self.language]))

    def percent(self, share: float) -> str:
        """A share of one: 0.5 -> 50 %."""
        return format_percent(self.language, round(share * 100, 1))

    def money(self, minor: float, currency: str) -> str:
        """Minor units with their currency."""
        return format_money(self.language, round(minor), currency)

    def moment(self, at: datetime | None) -> str:
        """A day and time in the shop's zone; "" for none."""
        return format_moment(self.language, at, self.zone) if at else ""

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return format_date_as(self.language, "EEEE d MMMM", day)

    def clock(self, at: datetime) -> str:
        """An hour and minute in the shop's zone."""
        return format_clock(self.language, at, self.zone)

    def about(self, ref: str) -> str:
        """What a deed was about: `journey:cart_left`, or a place of the console."""
        kind, _, word = ref.partition(":")
        if kind == "resume":
            return self.say("{journey}: let it go on", journey=self.name(kind, word))
        if kind == "end":
            return self.say("{subject}: its end", subject=self.about(word))
        if kind == "yield":
            first, _, second = word.partition(":")
            return self.say("{journeys}: who yields", journeys=self.journeys((first, second)))
        if kind == "goal" and word in self.goals:
            return self.goals[word]
        if kind in ("offer", "segment"):
            return self.say("the offer {key}" if kind == "offer" else "the segment {key}", key=word)
        if kind in ("review", "letter"):
            return self.say("the review {key}" if kind == "review" else "the message {key}", key=word)
        if kind == "picture":
            return self.say("the picture {key}", key=word)
        return self.name(kind, word) if word and kind in _WORDS else self.name("place", ref)

    def place(self, place: str) -> str:
        """A place of a draft or of a change, `messages.2.texts.fr`: `message 2 · French`."""
        parts: list[str] = []
        for before, each in pairwise(["", *place.split(".")]):
            if each.isdecimal() and parts:
                parts[-1] += f" {each}"
            elif before == "follow_ups":  # by the name that the shop gave it
                parts.append(each.replace("_", " "))
            elif each in _CHANNELS or each in _LANGUAGES:
                parts.append(self.name("channel" if each in _CHANNELS else "language", each))
            elif each != "texts":
                parts.append(self.name("in_draft", each))
        return " · ".join(parts)

    def value(self, place: str, value: str, currency: str) -> str:
        """What stands at a place: times and amounts as they are, channels and outcomes by their names."""
        key = next((each for each in reversed(place.split(".")) if not each.isdecimal()), "")
        if key.endswith("_seconds") and value:
            return self.wait(float(value))
        if place.startswith("quiet_channels.") and value in QUIET_MODES:
            return self.say(QUIET_MODES[value])
        if (key.endswith("_minor") or place.startswith("costs.")) and value.isdecimal():
            return self.money(int(value), currency)
        if value in ("True", "False", "yes"):
            return self.say("no" if value == "False" else "yes")
        if key == "journeys":
            return self.say("all journeys") if value == "*" else self.journey(value)
        kind = {"channels": "channel", "channel": "channel", "after": "outcome", "ends_on": "outcome", "on": "event",
                "cancels_on": "event", "kind": "about", "case": "case", "yields": "journey"}.get(key)
        return self.name(kind, value) if kind and value else value

    def values(self, place: str, values: Sequence[str], currency: str) -> str:
        """Everything that stands at a place, one after the other."""
        return ", ".join(self.value(place, each, currency) for each in values)

    def subject_kind(self, subject: str) -> str:
        """Of which kind a subject of the charter is, where its name alone would not tell."""
        kind = subject.partition(":")[0]
        return self.name("kind", kind) if kind in _KINDS else ""

    def verdict(self, worth: Mapping[str, Any]) -> str:
        """What messages add to a goal, from `bot.console.worth`."""
        added = worth["added"]
        if added is None:
            return self.say(_VERDICTS["early"])
        value, low, high = (self.signed(each, 0) for each in added)
        return self.say(_VERDICTS[worth["verdict"]], added=value, low=low, high=high)

    def money_range(self, amount: Sequence[float] | None, currency: str, times: float = 1) -> str:
        """An amount in minor units with the interval that holds it."""
        if amount is None:
            return self.say("not known yet")
        value, low, high = (self.money(each * times, currency) for each in amount)
        return self.say("{value} ({low} to {high})", value=value, low=low, high=high)

    def candidate(self, name: str) -> str:
        """A candidate of a decision, `email:warm`: its channel, and its variant as the shop calls it."""
        channel, _, variant = name.partition(":")
        return f"{self.name('channel', channel)} ({variant.replace('_', ' ')})" if variant else channel

    def short_day(self, day: date) -> str:
        """A day for an axis."""
        return format_date_as(self.language, "d MMM", day)

    def month(self, day: date) -> str:
        """A month with its year."""
        return format_date_as(self.language, "LLLL y", day)

    def long_day(self, day: date) -> str:
        """A day with its year."""
        return format_date_as(self.language, "d MMMM y", day)

    def span(self, since: date, until: date) -> str:
        """Days from the one to the other: `1–31 October 2026`."""
        if since == until:
            return self.long_day(until)
        is_month = since.replace(day=1) == until.replace(day=1)
        pattern = "d" if is_month else "d MMMM" if since.year == until.year else "d MMMM y"
        return f"{format_date_as(self.language, pattern, since)} – {self.long_day(until)}"

    def signed(self, value: float, decimals: int) -> str:
        """A number with its sign, all its decimals shown."""
        return format_signed(self.language, value, decimals)

    def hour(self, hour: int) -> str:
        """An hour of the day, which lasts until the next."""
        return f"{hour} h" if self.language == "fr" else f"{hour:02}:00"

    def weekday(self, number: int) -> str:
        """A day of the week, 0 for Monday, in short."""
        return format_date_as(self.language, "EEE", date(2024, 1, 1 + number))

    def policy(self, policy: str, sentences: Mapping[str, str]) -> str:
        """A changed way of choosing, `always:email:warm`, in words."""
        kind, _, what = policy.partition(":")
        return self.say(sentences[kind], what=self.candidate(what) if ":" in what else self.name("channel", what))
