"""Stage 3: what makes us speak first, as a shop writes it down in `triggers.toml`, checked when it is read."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from bot.decision.follow_ups import ENDINGS, FollowUp, read_follow_up
from bot.decision.kinds import KINDS, Kind
from bot.decision.messages import EVERY_CASE, Message, read_message
from bot.decision.rewards import Outcome
from bot.errors import FixConfiguration
from bot.profile.segments.members import ENTERED, LEFT
from bot.toml_file import FixTable, Table, TomlFile, read_toml

CHANNELS = ("web", "email", "sms", "whatsapp", "messenger")
PURPOSES = ("service", "marketing")
SHOP = "shop"  # the silo of what the shop's engine tells
ENDS_WHOEVER_TELLS = ("Product Reviewed",)  # the shop tells of none; all that it ends is our asking for one
_TRIGGER_KEYS = frozenset({
    "kind", "on", "silo", "cancels_on", "wait_seconds", "expires_seconds", "cooldown_seconds", "purpose", "channels",
    "values", "messages", "steps", "gamma", "where", "audience", "by_rhythm",
    "follow_ups", "ends_on", "may_move_hours",
})
_STEP_KEYS = frozenset({"offer", "channel", "wait_seconds"})
_VERSION_CHARACTERS = 12
_MOST_MOVED_HOURS = 48
_NAME_CHARACTERS = 64  # of a step, with the trigger's: as decisions and the outbox keep it


@dataclass(frozen=True)
class Step:
    """One message of a campaign: an offer, on a channel or the best of all, so long after the launch."""

    offer: str
    channel: str  # "" the best for each person
    wait_seconds: float


@dataclass(frozen=True)
class Trigger:
    """What begins a nudge, what ends it, and what it says. A campaign has `steps` and is launched by hand."""

    name: str
    kind: str
    purpose: str
    channels: tuple[str, ...]
    on: tuple[str, ...]
    silo: str  # "" any; "shop": a browser cannot claim it
    cancels_on: tuple[str, ...]
    wait_seconds: float
    expires_seconds: float  # after it is due: an old reason is no reason
    cooldown_seconds: float  # before the same person hears the same thing again
    values: Mapping[str, float]  # channel -> what a message on it is expected to bring; 1.0 where not told
    messages: tuple[Message, ...]
    gamma: float = float("inf")  # 0: any allowed candidate alike; the higher, the more often the best one
    steps: tuple[Step, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # property of the event -> what it may be
    audience: str = ""  # the segment whose members hear it; "" everybody
    by_rhythm: bool = False  # a wait for each product of an order, as long as the person takes from one to the next
    follow_ups: tuple[FollowUp, ...] = ()  # what follows its message, step by step: a journey
    ends_on: tuple[str, ...] = ()  # outcomes of any of its messages after which nothing follows
    may_move_hours: int = 0  # how much later its first message may leave, for an hour that suits its person better
    version: str = ""  # of its content; what is in flight keeps the one it began with
    is_ending: bool = False  # agreed on beside its content: who is in it finishes, nobody begins

    @property
    def facts(self) -> Kind:
        """What the nudge's facts are."""
        return KINDS[self.kind]

    @property
    def needs_verified(self) -> bool:
        """Whether only somebody known to be the owner may be told (promise 5)."""
        return self.facts.needs_verified

    @property
    def codes(self) -> tuple[str, ...]:
        """Of the offers that its steps name."""
        return tuple(each.offer for each in self.steps)

    @property
    def segments(self) -> tuple[str, ...]:
        """Those whose members hear it or what follows, and those that it begins by entering or leaving."""
        begins_by = self.where.get("segment", ()) if {ENTERED, LEFT} & {*self.on} else ()
        named = (self.audience, *(each.audience for each in self.follow_ups), *begins_by)
        return tuple(dict.fromkeys(each for each in named if each))

    def channels_of(self, step: Step) -> tuple[str, ...]:
        """Where a step's message may leave: on its own channel, or on any of the campaign's."""
        return (step.channel,) if step.channel else self.channels

    def begins_on(self, name: str, silo: str, properties: Mapping[str, Any]) -> bool:
        """Whether an event begins it: by its name, who tells it, and what it says."""
        if self.is_ending or name not in self.on or self.silo not in ("", silo):
            return False
        return all(str(properties.get(key, "")) in allowed for key, allowed in self.where.items())

    @property
    def ending_silos(self) -> tuple[str, ...]:
        """Whose word of `cancels_on` counts: of whoever begins it, and always the shop's; nothing for anybody's.

        `ENDS_WHOEVER_TELLS` counts whoever tells it.
        """
        return (self.silo, SHOP) if self.silo else ()

    def follow_ups_of(self, step: str) -> tuple[FollowUp, ...]:
        """What may follow the message of a step; "" is the first."""
        return tuple(each for each in self.follow_ups if each.follows == step)

    def at_step(self, step: str) -> "Trigger | None":
        """The trigger as it speaks at a step of its journey; None for a step that it does not have."""
        if not step:
            return self
        found = next((each for each in self.follow_ups if each.name == step), None)
        if found is None:
            return None
        return replace(
            self, channels=found.channels, messages=found.messages, expires_seconds=found.expires_seconds,
            cooldown_seconds=found.cooldown_seconds, audience=found.audience or self.audience,
            may_move_hours=0,  # what follows something done comes while it is remembered
        )

    def messages_for(self, channel: str, case: str, offer: str = "") -> tuple[Message, ...]:
        """The ways of saying it on a channel, in a situation."""
        fitting = (each for each in self.messages if channel in each.channels and each.case in (case, EVERY_CASE))
        return tuple(each for each in fitting if each.offer in ("", offer))

    def find_message(self, channel: str, case: str, variant: str, offer: str = "") -> Message | None:
        """The same variant in another situation, else any message that fits it."""
        fitting = self.messages_for(channel, case, offer)
        return next((each for each in fitting if each.variant == variant), fitting[0] if fitting else None)


def load_triggers(path: Path) -> tuple[Trigger, ...]:
    """Read a shop's triggers. FixConfiguration names file, line and key of what is wrong."""
    file = read_toml(path)
    file.refuse_unknown(frozenset({"triggers"}))
    return tuple(read_trigger(file, name, table) for name, table in file.tables("triggers"))


def read_trigger(file: TomlFile, name: str, table: Table) -> Trigger:
    """One `[triggers.<name>]`. FixTable names what is wrong."""
    table.refuse_unknown(_TRIGGER_KEYS)
    kind = table.one_of("kind", tuple(KINDS))
    channels = table.texts("channels")
    _check_channels(table, "channels", channels)
    steps = tuple(_step(each, channels) for each in file.entries(f"triggers.{name}.steps"))
    follow_ups = _follow_ups(file, name, kind)
    trigger = Trigger(
        name=name,
        kind=kind,
        purpose=table.one_of("purpose", PURPOSES),
        channels=channels,
        on=table.texts("on", () if steps else None),
        silo=table.text("silo", ""),
        cancels_on=table.texts("cancels_on", ()),
        wait_seconds=table.number("wait_seconds", 0),
        expires_seconds=table.number("expires_seconds"),
        cooldown_seconds=table.number("cooldown_seconds"),
        values=_values(file, name, channels),
        messages=_messages(file, name, kind, channels, tuple(each.offer for each in steps)),
        gamma=table.number("gamma", float("inf")),
        steps=steps,
        where=_where(file, name),
        audience=table.text("audience", ""),
        by_rhythm=table.truth("by_rhythm", False),
        follow_ups=follow_ups,
        ends_on=_ends_on(table, follow_ups),
        may_move_hours=_may_move_hours(table),
    )
    _check_steps(file, table, trigger)
    _check_messages_fit(table, trigger)
    for each in follow_ups:
        _check_messages_fit(table, trigger.at_step(each.name) or trigger, each.name)
    return replace(trigger, version=name_version(trigger))


def _may_move_hours(table: Table) -> int:
    hours = table.number("may_move_hours", 0)
    if not hours.is_integer() or hours > _MOST_MOVED_HOURS:
        raise table.fail("may_move_hours", "must be a whole number of hours, {most} at most", most=_MOST_MOVED_HOURS)
    return int(hours)


def content_of(trigger: Trigger) -> dict[str, Any]:
    """What it says, as plain data: whether it is ending is said elsewhere."""
    plain = asdict(trigger)
    del plain["is_ending"]
    return plain


def name_version(trigger: Trigger) -> str:
    """What the content is called: the same content has the same name, whoever reads it, whenever."""
    content = json.dumps(content_of(replace(trigger, version="")), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:_VERSION_CHARACTERS]


def _follow_ups(file: TomlFile, name: str, kind: str) -> tuple[FollowUp, ...]:
    found: list[FollowUp] = []
    for table in file.entries(f"triggers.{name}.follow_ups"):
        read = read_follow_up(table, tuple(each.name for each in found), CHANNELS)
        found.append(replace(read, messages=_messages(file, name, kind, read.channels, (), read.name)))
    return tuple(found)


def _messages(
    file: TomlFile, name: str, kind: str, channels: tuple[str, ...], offers: tuple[str, ...], step: str = ""
) -> tuple[Message, ...]:
    """The words of one step of the journey; those without the key `step` are the first message's."""
    entries = file.entries(f"triggers.{name}.messages")
    return tuple(read_message(each, kind, channels, offers) for each in entries if each.values.get("step", "") == step)


def _ends_on(table: Table, follow_ups: tuple[FollowUp, ...]) -> tuple[str, ...]:
    """As the shop says; else what usually ends a journey, but for what a follow-up comes after."""
    followed = {outcome for each in follow_ups for outcome in each.after}
    ends_on = table.texts("ends_on", usual_endings(follow_ups))
    for each in ends_on:
        if each not in get_args(Outcome):
            known = get_args(Outcome)
            raise table.fail("ends_on", "names {value}, must be among {known}", value=repr(each), known=known)
        if each in followed:
            raise table.fail("ends_on", "names {value}, which a follow-up comes after", value=repr(each))
    return ends_on


def usual_endings(follow_ups: tuple[FollowUp, ...]) -> tuple[str, ...]:
    """What ends a journey unless the shop says otherwise."""
    followed = {outcome for each in follow_ups for outcome in each.after}
    return tuple(each for each in ENDINGS if each not in followed)


def _check_steps(file: TomlFile, table: Table, trigger: Trigger) -> None:
    """Words of a step that is not there would never be said."""
    if trigger.steps and trigger.follow_ups:
        raise table.fail("follow_ups", "and steps do not go together: a campaign is launched by hand")
    known = {each.name for each in trigger.follow_ups}
    if any(len(f"{trigger.name}:{each}") > _NAME_CHARACTERS for each in known):
        raise table.fail("follow_ups", "has a step whose name is too long beside the trigger's")
    for entry in file.entries(f"triggers.{trigger.name}.messages"):
        step = entry.text("step", "")
        if step and step not in known:
            sentence = "names {value}, which is no follow-up; known are {known}"
            raise entry.fail("step", sentence, value=repr(step), known=sorted(known))


def _step(table: Table, channels: tuple[str, ...]) -> Step:
    table.refuse_unknown(_STEP_KEYS)
    channel = table.one_of("channel", channels) if "channel" in table.values else ""
    return Step(table.text("offer"), channel, table.number("wait_seconds", 0))


def _where(file: TomlFile, name: str) -> dict[str, tuple[str, ...]]:
    """The table `[triggers.<name>.where]`: a text, a number or several texts for each property."""
    table = file.table(f"triggers.{name}.where")
    found = {}
    for key, value in table.values.items():
        several = value if isinstance(value, list) else [value]
        if not several or not all(isinstance(each, str | int) for each in several):
            raise table.fail(key, "must be a text or a list of texts")
        found[key] = tuple(str(each) for each in several)
    return found


def _values(file: TomlFile, name: str, channels: tuple[str, ...]) -> dict[str, float]:
    table = file.table(f"triggers.{name}.values")
    table.refuse_unknown(frozenset(channels))
    return {channel: table.number(channel, 1.0) for channel in channels}


def _check_channels(table: Table, key: str, channels: tuple[str, ...]) -> None:
    for channel in channels:
        if channel not in CHANNELS:
            raise table.fail(key, "names {value}, must be among {known}", value=repr(channel), known=CHANNELS)


def _check_messages_fit(table: Table, trigger: Trigger, step: str = "") -> None:
    for each in trigger.steps:
        for channel in trigger.channels_of(each):
            if not trigger.messages_for(channel, "offer", each.offer):
                sentence = "has none for the offer {offer} on {channel}"
                raise table.fail("messages", sentence, offer=repr(each.offer), channel=channel)
    if trigger.steps:
        return
    for case in trigger.facts.cases:
        for channel in trigger.channels:
            if not trigger.messages_for(channel, case):
                sentence = "has none for the case {case} on {channel}"
                at_step = {"step": repr(step)} if step else {}
                sentence += " at the step {step}" if step else ""
                raise table.fail("messages", sentence, case=repr(case), channel=channel, **at_step)


def require_audiences(triggers: tuple[Trigger, ...], segments: Collection[str]) -> None:
    """FixConfiguration for a trigger whose audience is none of the shop's segments."""
    for trigger in triggers:
        path = f"triggers.{trigger.name}"
        followed = ((f"{path}.follow_ups.{n}", each.audience) for n, each in enumerate(trigger.follow_ups, 1))
        for place, audience in ((path, trigger.audience), *followed):
            if audience and audience not in segments:
                values = {"value": repr(audience), "known": ", ".join(sorted(segments)) or "none"}
                sentence = "names {value}, which is no segment; known are {known}"
                raise FixTable(f"triggers.toml: [{place}]", place, "audience", sentence, values)


def find_trigger(triggers: tuple[Trigger, ...], name: str) -> Trigger:
    """The trigger by its name; FixConfiguration when the shop has none such."""
    for trigger in triggers:
        if trigger.name == name:
            return trigger
    raise FixConfiguration(f"triggers.toml: there is no [triggers.{name}]")


def find_open_trigger(triggers: tuple[Trigger, ...], name: str) -> Trigger:
    """One that may begin for somebody; FixConfiguration for one that is ending, too."""
    trigger = find_trigger(triggers, name)
    if trigger.is_ending:
        raise FixConfiguration(f"the journey {name} has ended: it begins for nobody")
    return trigger
