"""Stage 3: what makes us speak first, as a shop writes it down in `triggers.toml`, checked when it is read."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from bot.contracts.messages import LANGUAGES
from bot.decision.kinds import KINDS, Kind
from bot.errors import FixConfiguration
from bot.toml_file import Table, TomlFile, read_toml

CHANNELS = ("web", "email", "sms", "whatsapp", "messenger")
TEMPLATE_CHANNELS = frozenset({"whatsapp", "messenger"})
PURPOSES = ("service", "marketing")
_TRIGGER_KEYS = frozenset({
    "kind", "on", "silo", "cancels_on", "wait_seconds", "expires_seconds", "cooldown_seconds", "purpose", "channels",
    "values", "messages", "steps", "gamma", "where", "audience", "by_rhythm",
})
_MESSAGE_KEYS = frozenset({"variant", "case", "channels", "offer", "template", *LANGUAGES})
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_STEP_KEYS = frozenset({"offer", "channel", "wait_seconds"})


@dataclass(frozen=True)
class Message:
    """One way of saying it, in every language. `case` is the situation of the facts it fits."""

    variant: str
    case: str
    channels: tuple[str, ...]
    texts: Mapping[str, str]  # language -> sentence with {placeholders}
    offer: str = ""  # only for this offer of a campaign
    templates: Mapping[str, str] = field(default_factory=dict)  # language -> Meta's approved template of this text

    def placeholders(self, language: str) -> tuple[str, ...]:
        """The facts that the text holds, in its order: a template's parameters."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.texts[language]) if name is not None)


@dataclass(frozen=True)
class Step:
    """One message of a campaign: an offer, on a channel, so long after the launch."""

    offer: str
    channel: str
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

    @property
    def facts(self) -> Kind:
        """What the nudge's facts are."""
        return KINDS[self.kind]

    @property
    def needs_verified(self) -> bool:
        """Whether only somebody known to be the owner may be told (promise 5)."""
        return self.facts.needs_verified

    def begins_on(self, name: str, silo: str, properties: Mapping[str, Any]) -> bool:
        """Whether an event begins it: by its name, who tells it, and what it says."""
        if name not in self.on or self.silo not in ("", silo):
            return False
        return all(str(properties.get(key, "")) in allowed for key, allowed in self.where.items())

    def messages_for(self, channel: str, case: str, offer: str = "") -> tuple[Message, ...]:
        """The ways of saying it on a channel, in a situation."""
        fitting = (each for each in self.messages if channel in each.channels and each.case == case)
        return tuple(each for each in fitting if each.offer in ("", offer))

    def find_message(self, channel: str, case: str, variant: str, offer: str = "") -> Message | None:
        """The same variant in another situation, else any message that fits it."""
        fitting = self.messages_for(channel, case, offer)
        return next((each for each in fitting if each.variant == variant), fitting[0] if fitting else None)


def load_triggers(path: Path) -> tuple[Trigger, ...]:
    """Read a shop's triggers. FixConfiguration names file, line and key of what is wrong."""
    file = read_toml(path)
    return tuple(_trigger(file, name, table) for name, table in file.tables("triggers"))


def _trigger(file: TomlFile, name: str, table: Table) -> Trigger:
    table.refuse_unknown(_TRIGGER_KEYS)
    kind = table.one_of("kind", tuple(KINDS))
    channels = table.texts("channels")
    _check_channels(table, "channels", channels)
    steps = tuple(_step(each, channels) for each in file.entries(f"triggers.{name}.steps"))
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
        messages=tuple(_message(each, kind, channels, steps) for each in file.entries(f"triggers.{name}.messages")),
        gamma=table.number("gamma", float("inf")),
        steps=steps,
        where=_where(file, name),
        audience=table.text("audience", ""),
        by_rhythm=table.truth("by_rhythm", False),
    )
    _check_messages_fit(table, trigger)
    return trigger


def _step(table: Table, channels: tuple[str, ...]) -> Step:
    table.refuse_unknown(_STEP_KEYS)
    channel = table.one_of("channel", channels)
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


def _message(table: Table, kind: str, channels: tuple[str, ...], steps: tuple[Step, ...]) -> Message:
    table.refuse_unknown(_MESSAGE_KEYS)
    case = table.one_of("case", tuple(KINDS[kind].cases))
    where = table.texts("channels", channels)
    for channel in where:
        if channel not in channels:
            raise table.fail("channels", f"names {channel!r}, which the trigger does not use")
    texts: dict[str, str] = {language: table.text(language) for language in LANGUAGES}
    for language, text in texts.items():
        _check_placeholders(table, language, text, KINDS[kind].cases[case])
    offer = table.one_of("offer", tuple(each.offer for each in steps)) if "offer" in table.values else ""
    return Message(table.text("variant"), case, where, texts, offer, _templates(table, where, texts))


def _templates(table: Table, where: tuple[str, ...], texts: Mapping[str, str]) -> dict[str, str]:
    """Names in every language, or none. Meta takes no template that begins or ends with a fact."""
    names = table.values.get("template", {})
    if not names:
        return {}
    if not TEMPLATE_CHANNELS & set(where):
        raise table.fail("template", "is for WhatsApp and Messenger, and this message uses neither")
    if not isinstance(names, dict) or set(names) != set(LANGUAGES):
        raise table.fail("template", 'must name one for each language, as in { fr = "retard", en = "late" }')
    for language, name in names.items():
        if not isinstance(name, str) or not _TEMPLATE_NAME.fullmatch(name):
            raise table.fail("template", f"{language} must be lower-case letters, digits and underscores")
        if texts[language].startswith("{") or texts[language].endswith("}"):
            raise table.fail(language, "begins or ends with a fact, which Meta takes in no template")
    return dict(names)


def _check_placeholders(table: Table, language: str, text: str, known: frozenset[str]) -> None:
    try:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise table.fail(language, f"has a broken placeholder: {error}") from error
    for name in used - known:
        facts = ", ".join(sorted(known))
        raise table.fail(language, f"uses {{{name}}}, which is no fact of this case; known are {facts}")


def _check_channels(table: Table, key: str, channels: tuple[str, ...]) -> None:
    for channel in channels:
        if channel not in CHANNELS:
            raise table.fail(key, f"names {channel!r}, must be among {', '.join(CHANNELS)}")


def _check_messages_fit(table: Table, trigger: Trigger) -> None:
    for step in trigger.steps:
        if not trigger.messages_for(step.channel, "offer", step.offer):
            raise table.fail("messages", f"has none for the offer {step.offer!r} on {step.channel}")
    if trigger.steps:
        return
    for case in trigger.facts.cases:
        for channel in trigger.channels:
            if not trigger.messages_for(channel, case):
                raise table.fail("messages", f"has none for the case {case!r} on {channel}")


def require_audiences(triggers: tuple[Trigger, ...], segments: Collection[str]) -> None:
    """FixConfiguration for a trigger whose audience is none of the shop's segments."""
    for trigger in triggers:
        if trigger.audience and trigger.audience not in segments:
            known = ", ".join(sorted(segments)) or "none"
            raise FixConfiguration(
                f"triggers.toml: [triggers.{trigger.name}] audience names {trigger.audience!r}, which is no segment; "
                f"known are {known}"
            )


def find_trigger(triggers: tuple[Trigger, ...], name: str) -> Trigger:
    """The trigger by its name; FixConfiguration when the shop has none such."""
    for trigger in triggers:
        if trigger.name == name:
            return trigger
    raise FixConfiguration(f"triggers.toml: there is no [triggers.{name}]")
