"""Stage 3: wishes -> decisions, kept with every candidate, its probability and what held it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.decision.choose import Choice, choose_next_action, find_held
from bot.decision.facts_for import Candidate, Moment, Scene, Wish, load_columns
from bot.decision.figures import FIGURED, list_figures, say_quiet_end
from bot.decision.guardrails import OF_ONE_ARM, PASSING, Held, name_reasons
from bot.decision.learned import Learned, read_learned
from bot.decision.net_worth import Ints, hold_unworthy
from bot.decision.persons import Person, Route, read_persons
from bot.decision.timing import move_to_best_hours
from bot.decision.triggers import Trigger
from bot.decision.worth import Worth, price, value_candidates
from bot.profile.store.tables import decisions


@dataclass(frozen=True)
class Decided:
    """What was decided for one wish. Without a candidate, `held` holds the bits that all candidates share in part."""

    wish: Wish
    person: Person
    candidate: Candidate | None
    route: Route | None
    leaves_at: datetime
    probability: float
    held: int  # every bit that held some candidate
    candidates: tuple[dict[str, Any], ...]  # as kept: name, value, probability, reasons, and what is left in net
    features: tuple[float, ...] = ()  # of the candidate, where its outcome is to be learned
    learn_at: datetime | None = None

    @property
    def is_passing(self) -> bool:
        """Whether to wait: all is held by what passes, or something by a talk just now that is worth more than
        anything that may leave. What was drawn says nothing of it: a draw that is thrown away would make the kept
        probability of the next one untrue.

        What holds one arm of a measurement alone (the holdout; a cap, which only messages reach) is left out: who talks
        and buys meanwhile would count in that arm and never in the other.
        """
        held = [(_worth_of(each), set(each["held"]) - _OF_ONE_ARM_NAMES) for each in self.candidates]
        allowed = [worth for worth, words in held if not words]
        passes = _SOON_OVER_NAMES if allowed else _PASSING_NAMES
        best = max(allowed, default=float("-inf"))
        return any(worth > best and words <= passes for worth, words in held if words)

    @property
    def reasons(self) -> list[str]:
        """The words of what held it, the facts' own word among them."""
        words = name_reasons(self.held)
        return [self.wish.reason if each == "fact_false" and self.wish.reason else each for each in words]


_PASSING_NAMES = frozenset(name_reasons(PASSING))
_OF_ONE_ARM_NAMES = frozenset(name_reasons(OF_ONE_ARM))
_FALSE, _QUIET = int(Held.FACT_FALSE), int(Held.QUIET_HOURS)  # as plain numbers: flags are slow at arithmetic
_SOON_OVER_NAMES = frozenset(name_reasons(Held.IN_CONVERSATION))


def decide(
    connection: sa.Connection, trigger: Trigger, nudge: str, wishes: Sequence[Wish], candidates: Sequence[Candidate],
    moment: Moment, rng: np.random.Generator,
) -> list[Decided]:
    """Choose for every wish, with the persons read in this transaction: lock them first. Writes nothing itself."""
    if not wishes:
        return []
    rivals = moment.guardrails.yields_of(trigger.name)
    roots = [wish.root for wish in wishes]
    persons = read_persons(
        connection, roots, trigger.purpose, moment.now, rivals, {nudge: trigger.cooldown_seconds})
    learned = read_learned(connection, trigger, [persons[each] for each in roots], moment.guardrails.learning)
    return decide_for(learned, persons, trigger, nudge, wishes, candidates, moment, rng)


def decide_for(
    learned: Learned, persons: Mapping[str, Person], trigger: Trigger, nudge: str, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], moment: Moment, rng: np.random.Generator,
) -> list[Decided]:
    """As `decide`, for persons who were read already, with what was learned of them. Pure."""
    scene, held, worth = judge_worth(learned, persons, trigger, nudge, wishes, candidates, moment)
    choice = choose_next_action(worth.hopes, held, gamma=worth.gamma, rng=rng)
    return [
        _decided(wish, persons[wish.root], candidates, scene, choice, worth, number, trigger.purpose, moment)
        for number, wish in enumerate(wishes)
    ]


def judge_worth(
    learned: Learned, persons: Mapping[str, Person], trigger: Trigger, nudge: str, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], moment: Moment,
) -> tuple[Scene, Ints, Worth]:
    """As `judge`, at the best hour of each, with what each candidate is worth, and held where that is nothing."""
    scene, held = judge(persons, trigger, nudge, wishes, candidates, moment)
    leaves_at = move_to_best_hours(learned, persons, trigger, wishes, candidates, scene.leaves_at, moment)
    scene = replace(scene, leaves_at=leaves_at, first_at=scene.leaves_at)
    pricing = moment.guardrails.pricing
    worth = value_candidates(learned, persons, trigger, wishes, candidates, scene.leaves_at, moment)
    worth = price(worth, scene.columns.sent_week, candidates, pricing)
    return scene, hold_unworthy(held, worth.hopes, trigger.purpose, pricing), worth


def judge(
    persons: Mapping[str, Person], trigger: Trigger, nudge: str, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], moment: Moment,
) -> tuple[Scene, Ints]:
    """The scene and the bits of every wish and candidate: what decides, and again what lets a message leave."""
    scene = load_columns(persons, trigger, nudge, wishes, candidates, moment)
    caps = moment.guardrails.caps_for(trigger.purpose)
    held = find_held(
        scene.columns,
        per_day=caps.per_day,
        per_week=caps.per_week,
        holds_holdout=True,  # `is_holdout` says it of this journey and purpose
        is_paused=moment.is_paused,
    )
    return scene, held


def keep_decisions(
    connection: sa.Connection, nudge: str, decided: Sequence[Decided], now: datetime, version: str = ""
) -> list[int]:
    """Append a row for each, the silent ones too, with the version of the journey it was decided by. Writes.

    Their ids, in this order.
    """
    rows = [
        {
            "customer_id": each.wish.root,
            "trigger": nudge,
            "subject": each.wish.about,
            "candidates": list(each.candidates),
            "chosen": each.candidate.name if each.candidate else "",
            "probability": each.probability,
            "decided_at": now,
            "features": list(each.features) or None,
            "learn_at": each.learn_at,
            "version": version,
        }
        for each in decided
    ]
    if not rows:
        return []
    insert = sa.insert(decisions).returning(decisions.c.decision_id, sort_by_parameter_order=True)
    return list(connection.scalars(insert, rows))


def _decided(
    wish: Wish, person: Person, candidates: Sequence[Candidate], scene: Scene, choice: Choice, worth: Worth,
    number: int, purpose: str, moment: Moment,
) -> Decided:
    index = int(choice.chosen[number])
    kept = tuple(
        {"name": each.name, "value": float(worth.values[number, k]), "probability": float(choice.weights[number, k]),
         "held": name_held(int(choice.held[number, k]), wish.reason), **_say_net(worth, number, k),
         **_say_figures(int(choice.held[number, k]), wish, person, scene, number, purpose, each.channel, moment),
         **(say_move(leaves) if (leaves := scene.leaves_at[number][k]) != scene.first_at[number][k] else {})}
        for k, each in enumerate(candidates)
    )
    leaves_at = scene.leaves_at[number][max(index, 0)]
    learns = index >= 0 and worth.features is not None
    return Decided(
        wish=wish,
        person=person,
        candidate=candidates[index] if index >= 0 else None,
        route=scene.routes[number][index] if index >= 0 else None,
        leaves_at=leaves_at,
        probability=float(choice.probability[number]),
        held=int(np.bitwise_or.reduce(choice.held[number])),
        candidates=kept,
        features=tuple(worth.features[number, index].tolist()) if learns and worth.features is not None else (),
        learn_at=leaves_at + timedelta(seconds=worth.window_seconds) if learns else None,
    )


def _say_figures(
    bits: int, wish: Wish, person: Person, scene: Scene, number: int, purpose: str, channel: str, moment: Moment
) -> dict[str, Any]:
    """The figures of what held a candidate, where there are any."""
    if not bits & FIGURED:
        return {}
    columns = scene.columns
    counts = int(columns.sent_day[number]), int(columns.sent_week[number])
    ends = say_quiet_end(person.zones, purpose, channel, moment) if bits & _QUIET else {}
    return list_figures(bits, counts, moment.guardrails.caps_for(purpose), ends, wish.reason, wish.stock)


def _say_net(worth: Worth, number: int, k: int) -> dict[str, float]:
    return {} if worth.net_minor is None else {"net_minor": float(worth.net_minor[number, k])}


def say_move(leaves_at: datetime) -> dict[str, str]:
    """What is kept of a candidate that would leave later than it may, for a better hour: when, in UTC."""
    return {"moved_to": leaves_at.astimezone(UTC).isoformat()}


def _worth_of(kept: dict[str, Any]) -> float:
    """What candidates are compared by: what is left in net where the shop prices."""
    return float(kept.get("net_minor", kept["value"]))


def name_held(bits: int, reason: str) -> list[str]:
    """The words of what held a candidate; the facts' own word last, in the place of `fact_false`."""
    words = name_reasons(bits & ~_FALSE)
    return [*words, reason or "fact_false"] if bits & _FALSE else words
