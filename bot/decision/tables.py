"""Stage 3: a trigger <-> the table of `triggers.toml` that says it, read by the file's own parser. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from bot.decision.follow_ups import FollowUp
from bot.decision.messages import Message
from bot.decision.triggers import Step, Trigger, read_trigger, usual_endings
from bot.toml_file import parse_toml, print_toml

FILE = "triggers.toml"
_FOLLOWED_DEFAULTS = {"follows": "", "audience": ""}
_DEFAULTS: Mapping[str, Any] = {
    "silo": "", "cancels_on": [], "wait_seconds": 0, "audience": "", "by_rhythm": False, "may_move_hours": 0,
}


def read_table(name: str, table: Mapping[str, Any]) -> Trigger:
    """The trigger that `[triggers.<name>]` says. FixTable names the key that is wrong."""
    file = parse_toml(FILE, print_toml(f"triggers.{name}", table))
    return read_trigger(file, name, file.table(f"triggers.{name}"))


def write_table(trigger: Trigger) -> dict[str, Any]:
    """What the file would hold for a trigger: `read_table` of it is the trigger. What is usual is left out."""
    table = {
        "kind": trigger.kind, "on": list(trigger.on), "silo": trigger.silo, "cancels_on": list(trigger.cancels_on),
        "wait_seconds": _number(trigger.wait_seconds), "expires_seconds": _number(trigger.expires_seconds),
        "cooldown_seconds": _number(trigger.cooldown_seconds), "purpose": trigger.purpose,
        "channels": list(trigger.channels), "audience": trigger.audience, "by_rhythm": trigger.by_rhythm,
        "may_move_hours": trigger.may_move_hours,
        **({} if math.isinf(trigger.gamma) else {"gamma": trigger.gamma}),
        **({"ends_on": list(trigger.ends_on)} if trigger.ends_on != usual_endings(trigger.follow_ups) else {}),
        "where": {key: list(allowed) for key, allowed in trigger.where.items()},
        "values": dict(trigger.values),
        "steps": [_step(each) for each in trigger.steps],
        "follow_ups": [_follow_up(each) for each in trigger.follow_ups],
        "messages": [
            *(_message(each, trigger.channels) for each in trigger.messages),
            *(_message(each, after.channels, after.name) for after in trigger.follow_ups for each in after.messages),
        ],
    }
    return {key: value for key, value in table.items() if value not in ({}, []) and value != _DEFAULTS.get(key)}


def _step(step: Step) -> dict[str, Any]:
    channel = {"channel": step.channel} if step.channel else {}
    return {"offer": step.offer, **channel, "wait_seconds": _number(step.wait_seconds)}


def _follow_up(follow_up: FollowUp) -> dict[str, Any]:
    table = {
        "name": follow_up.name, "follows": follow_up.follows, "after": list(follow_up.after),
        "wait_seconds": _number(follow_up.wait_seconds), "within_seconds": _number(follow_up.within_seconds),
        "expires_seconds": _number(follow_up.expires_seconds),
        "cooldown_seconds": _number(follow_up.cooldown_seconds), "channels": list(follow_up.channels),
        "audience": follow_up.audience,
    }
    return {key: value for key, value in table.items() if value != _FOLLOWED_DEFAULTS.get(key)}


def _message(message: Message, channels: tuple[str, ...], step: str = "") -> dict[str, Any]:
    return {
        **({"step": step} if step else {}), "case": message.case, "variant": message.variant,
        **({"channels": list(message.channels)} if message.channels != channels else {}),
        **({"offer": message.offer} if message.offer else {}),
        **({"template": dict(message.templates)} if message.templates else {}), **message.texts,
        **({"subject": dict(message.subjects)} if message.subjects else {}),
        **({"picture": message.picture} if message.picture else {}),
    }


def _number(seconds: float) -> int | float:
    """As people write it: 20, not 20.0."""
    return int(seconds) if float(seconds).is_integer() else seconds
