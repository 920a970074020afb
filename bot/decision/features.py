"""Stage 3: a person, a moment and the candidates -> the features that values are learned over. Pure.

Numbers about the customer come from the computed traits (bot/profile/computed.py); what is said and where, as names,
is hashed into a few places (Weinberger et al. 2009), so that a new trigger or variant needs no new model.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from bot.decision.facts_for import Candidate, Moment, Wish
from bot.decision.hours import count_by_hour, fit_of_hours
from bot.decision.persons import Person
from bot.decision.triggers import CHANNELS, Trigger
from bot.decision.value_model import to_grid
from bot.profile.satisfaction import satisfaction_of

Floats = NDArray[np.float64]
_SAID = ("rule_value", "always", *(f"on_{each}" for each in CHANNELS), "is_marketing")
_WHEN = ("hour_sine", "hour_cosine", "is_weekend", "hour_fit")
_WHO = ("days_since_purchase", "never_bought", "orders", "satisfaction", "has_complained", "sent_in_a_week",
        "is_present", "is_known")
SIZE = 32
_HASHED = SIZE - len(_SAID) - len(_WHEN) - len(_WHO)
_OF_TRIGGER = _HASHED // 2
NAMES = (*_SAID, *_WHEN, *_WHO, *(f"trigger_{n}" for n in range(_OF_TRIGGER)),
         *(f"message_{n}" for n in range(_HASHED - _OF_TRIGGER)))
PRIOR: Floats = np.array([1.0 if name == "rule_value" else 0.0 for name in NAMES])  # the file's value, until we know
_WEEKEND = 5
_USUAL_STARS = 4.0
TRAITS = ("order_count", "last_purchase", "satisfaction", "answer_hours", "active_hours")


@dataclass(frozen=True)
class Habits:
    """What the profile has counted about a person, over silos and merged parts."""

    orders: int = 0
    last_bought_at: datetime | None = None
    opinions: Mapping[str, float] = field(default_factory=dict)
    hours: Mapping[str, float] = field(default_factory=dict)  # "web 14h" -> how often they wrote or answered


def habits_of(said: Iterable[tuple[str, Any]]) -> Habits:
    """Unite (trait, value) of every part: counts are added up, of purchases the last one counts."""
    orders, last = 0, None
    opinions: dict[str, float] = {}
    hours: dict[str, float] = {}
    for name, value in said:
        if not isinstance(value, Mapping):
            continue
        if name == "order_count":
            orders += int(value.get("orders", 0))
        elif name == "last_purchase" and value.get("at"):
            at = datetime.fromisoformat(value["at"])
            last = max(last, at) if last else at
        elif name == "satisfaction":
            _add(opinions, value)
        elif name in ("answer_hours", "active_hours"):
            _add(hours, value)
    return Habits(orders, last, opinions, hours)


def build_features(
    people: Sequence[Person], habits: Mapping[str, Habits], everybody: Mapping[str, float], trigger: Trigger,
    wishes: Sequence[Wish], candidates: Sequence[Candidate], leaves_at: Sequence[Sequence[datetime]], moment: Moment,
) -> Floats:
    """N x K x SIZE, on the model's grid. `everybody` counts the hours of all customers, as a prior of the person's."""
    said = [_said(trigger, each) for each in candidates]
    rows = []
    for person, wish, leaving in zip(people, wishes, leaves_at, strict=True):
        known = habits.get(person.root, Habits())
        who = _who(person, known, wish, moment)
        zone = zone_of(person, moment)
        when = [_when(at.astimezone(zone), each.channel, known, everybody)
                for each, at in zip(candidates, leaving, strict=True)]
        names = [_hashed(trigger.name, each) for each in candidates]
        rows.append([[*what, *hour, *who, *name] for what, hour, name in zip(said, when, names, strict=True)])
    return to_grid(np.array(rows, dtype=np.float64).reshape(len(people), len(candidates), SIZE))


def zone_of(person: Person, moment: Moment) -> ZoneInfo:
    """The person's, else the shop's; a zone nobody has heard of is held by the quiet hours, not here."""
    for name in (*sorted(person.zones), moment.timezone):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def _said(trigger: Trigger, candidate: Candidate) -> list[float]:
    channels = [float(candidate.channel == each) for each in CHANNELS]
    return [candidate.value, 1.0, *channels, float(trigger.purpose == "marketing")]


def _when(at: datetime, channel: str, habits: Habits, everybody: Mapping[str, float]) -> list[float]:
    angle = 2 * math.pi * (at.hour + at.minute / 60) / 24
    fit = fit_of_hours(count_by_hour(habits.hours, channel), count_by_hour(everybody, channel))[at.hour]
    return [math.sin(angle), math.cos(angle), float(at.weekday() >= _WEEKEND), math.log2(fit)]


def _who(person: Person, habits: Habits, wish: Wish, moment: Moment) -> list[float]:
    days = (moment.now - habits.last_bought_at).total_seconds() / 86_400 if habits.last_bought_at else 0.0
    stars = satisfaction_of(habits.opinions) or _USUAL_STARS
    sent = sum(each.outbox_id != moment.ignores for each in person.sent)
    is_present = (wish.present_at is not None
                  and (moment.now - wish.present_at).total_seconds() <= moment.guardrails.present_seconds)
    return [
        math.log1p(max(days, 0.0)) / 4, float(habits.orders == 0), math.log1p(max(habits.orders, 0)) / 2,
        stars - _USUAL_STARS, float(habits.opinions.get("complaints", 0) > 0), math.log1p(sent),
        float(is_present), float(bool(person.customer_refs)),
    ]


def _hashed(trigger: str, candidate: Candidate) -> list[float]:
    places = [0.0] * _HASHED
    places[crc32(trigger.encode()) % _OF_TRIGGER] = 1.0
    message = f"{trigger}/{candidate.variant}/{candidate.channel}"
    places[_OF_TRIGGER + crc32(message.encode()) % (_HASHED - _OF_TRIGGER)] = 1.0
    return places


def _add(counts: dict[str, float], more: Mapping[str, Any]) -> None:
    for name, times in more.items():
        if isinstance(times, int | float):
            counts[name] = counts.get(name, 0.0) + times
