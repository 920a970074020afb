"""Stage 3 -> 4: the shop's own page or app asks what to show somebody who is there now: the same decision, the same
guardrails.

    decided    what was considered is kept, silent decisions too; nothing is reserved
    shown      judged once more from fresh facts under the person's lock; then it counts in every cap

What belongs to somebody (an order, a parcel, a basket) is never decided here: it goes to its owner's conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
import structlog

from bot.channels.outbox import enqueue, mark_shown
from bot.contracts.messages import OutboundMessage
from bot.decision.decide import Decided, decide, judge_worth, keep_decisions, name_held
from bot.decision.facts_for import Candidate, Wish
from bot.decision.guardrails import Held
from bot.decision.kinds import name_subject
from bot.decision.learned import read_learned
from bot.decision.pauses import is_paused
from bot.decision.persons import Route, lock_persons, read_persons
from bot.decision.triggers import Trigger, find_open_trigger
from bot.decision.versions import keep_versions
from bot.errors import FixConfiguration, FixInput, NotFound, NudgeHeld
from bot.nudges.compose import compose
from bot.nudges.disliked import heed_dislikes
from bot.nudges.facts import Facts
from bot.nudges.reading import open_facts
from bot.nudges.schedule import language_of, list_candidates, moment_of, setting_for
from bot.nudges.services import NudgeServices
from bot.profile.identities import root_of
from bot.profile.segments.members import is_in_audience
from bot.profile.store.tables import decisions

log = structlog.get_logger()
KINDS = ("offer", "product", "greeting")  # what is nobody's own
CHANNEL = "web"  # a page is the web, whose consent and quiet hours count
PAGE = "page"  # the address of what a page showed by itself
LIVES = timedelta(hours=1)  # a decision may be shown for so long
_MOST_ID = 2**63 - 1  # that a database can look for


@dataclass(frozen=True)
class Matter:
    """One thing that may be shown, with what the shop says of it now."""

    trigger: Trigger
    nudge: str
    facts: Facts


@dataclass(frozen=True)
class Considered:
    """What was decided of one matter."""

    decision_id: int
    decided: Decided
    nudge: str


@dataclass(frozen=True)
class Placement:
    """What to show, None for nothing, and everything that was considered in its order."""

    considered: tuple[Considered, ...] = ()
    message: OutboundMessage | None = None
    language: str = ""

    @property
    def chosen(self) -> Considered | None:
        """The last one, when it is to be shown."""
        return self.considered[-1] if self.message else None


@dataclass(frozen=True)
class Confirmed:
    """Whether a decision may be shown; `held` says why not, in the words of decisions."""

    held: tuple[str, ...] = ()
    language: str = ""


def decide_placement(
    services: NudgeServices, root: str, journeys: Sequence[str], refs: Mapping[str, str], now: datetime,
    rng: np.random.Generator, language: str = "",
) -> Placement:
    """The first of the journeys that may be shown to a person now, in the page's language. Writes the decisions.

    Without a `language` it is the person's.
    FixInput for a journey that is none of the shop's or tells of somebody's own; RetryLater when the shop is silent.
    """
    matters = _read_matters(services, journeys, refs)
    decided: list[tuple[Matter, Decided]] = []
    message: OutboundMessage | None = None
    with services.store.read() as connection:  # nothing is reserved: nobody's lock is needed, and no writer waits
        root = root_of(connection, root)
        for matter in matters:
            found = _decide(connection, services, matter, root, now, rng)
            message = _compose(services, matter, found, now, language)
            decided.append((matter, found))  # without words too: a draw that is thrown away bends what is kept
            if message:
                break
    with services.store.write() as connection:
        keep_versions(connection, [matter.trigger for matter, _ in decided], now)
        considered = tuple(
            Considered(keep_decisions(connection, matter.nudge, [each], now, matter.trigger.version)[0], each,
                       matter.nudge)
            for matter, each in decided
        )
    for each in considered:
        log.info("placement_decided", decision_id=each.decision_id, nudge=each.nudge, held=each.decided.reasons)
    known = language_of(services, decided[-1][1].person) if decided else services.guardrails.language
    return Placement(considered, message, message.language if message else language or known)


def confirm_shown(
    services: NudgeServices, root: str, decision_id: int, refs: Mapping[str, str], now: datetime, language: str = ""
) -> Confirmed:
    """Reserve what a decision chose in the caps, as seen now; a second time changes nothing. Writes.

    `language` and `refs` are those that were decided with: what is kept of it are the words on the page.
    With reasons it must not be shown: something happened since. NotFound for a decision that is not this person's,
    chose nothing, or is too old.
    """
    row = _read_decision(services, decision_id, now)
    journey, _, offer = row.trigger.partition(":")
    trigger = _find(services, journey)
    matter = Matter(trigger, row.trigger, _read_facts(services, trigger, {**refs, "offer": offer}))
    variant = row.chosen.partition(":")[2]
    with services.store.write() as connection:
        roots = lock_persons(connection, [root, row.customer_id])
        if roots[root] != roots.get(row.customer_id):
            raise NotFound(f"decision {decision_id}")
        root = roots[root]
        rivals = services.guardrails.yields_of(trigger.name)
        cooldowns = {matter.nudge: trigger.cooldown_seconds}
        person = read_persons(connection, [root], trigger.purpose, now, rivals, cooldowns)[root]
        wish = _wish(connection, matter, root, now)
        candidate = Candidate(CHANNEL, variant, matter.trigger.values.get(CHANNEL, 1.0))
        key = f"decision:{decision_id}"
        language = language or language_of(services, person)
        if mark_shown(connection, key, now):
            return Confirmed(language=language)
        moment = moment_of(services, now, now, is_paused=is_paused(connection, matter.trigger))
        learned = read_learned(connection, matter.trigger, [person], moment.guardrails.learning)
        _, held, _ = judge_worth(
            learned, {root: person}, matter.trigger, matter.nudge, [wish], [candidate], moment)
        bits = int(held[0, 0]) | (0 if wish.about == row.subject else int(Held.FACT_FALSE))
        if bits:
            return Confirmed(tuple(name_held(bits, wish.reason)), language)
        setting = setting_for(services, person, CHANNEL, Route(PAGE), now, language=language)
        try:
            message = compose(matter.trigger, variant, matter.facts, setting).message
        except NudgeHeld as error:  # the journey's words, or their picture, are others since
            return Confirmed((error.reason,), language)
        enqueue(
            connection, idempotency_key=key, kind="nudge", customer_id=root, sender_id="", channel=CHANNEL,
            address=PAGE, purpose=matter.trigger.purpose, payload=message, nudge=matter.nudge, about=wish.about,
            facts={**wish.facts, "variant": variant, "version": matter.trigger.version},
            not_before=now, expires_at=wish.expires_at,
            now=row.decided_at,  # what is learned of it is found by the moment of its decision
        )
        mark_shown(connection, key, now)
    log.info("placement_shown", decision_id=decision_id)
    return Confirmed(language=language)


def _read_matters(services: NudgeServices, journeys: Sequence[str], refs: Mapping[str, str]) -> list[Matter]:
    matters = []
    for name in journeys:
        trigger = _find(services, name)
        if trigger.kind not in KINDS or CHANNEL not in trigger.channels:
            raise FixInput("journeys", f"{name!r} is not for pages: it tells of somebody's own, or not on the web")
        for offer in dict.fromkeys(step.offer for step in trigger.steps) or [""]:
            facts = _read_facts(services, trigger, {**refs, "offer": offer} if offer else refs)
            matters.append(Matter(trigger, f"{name}:{offer}" if offer else name, facts))
    return matters


def _find(services: NudgeServices, name: str) -> Trigger:
    try:
        return find_open_trigger(services.triggers, name)
    except FixConfiguration as error:
        raise FixInput("journeys", f"{name!r} is none of the shop's") from error


def _read_facts(services: NudgeServices, trigger: Trigger, refs: Mapping[str, str]) -> Facts:
    wanted = {name: refs[name] for name in trigger.facts.refs if refs.get(name)}
    if trigger.kind == "product" and not {"product_ref", "variant_ref"} & set(wanted):
        raise FixInput("refs", "must name the product_ref or variant_ref that the page shows")
    return open_facts(services).read(trigger.kind, wanted)


def _wish(connection: sa.Connection, matter: Matter, root: str, now: datetime) -> Wish:
    trigger = matter.trigger
    facts = heed_dislikes(connection, [(root, matter.facts, now)])[0]
    is_meant = is_in_audience(connection, trigger.audience, root)
    refs = {key: str(value) for key, value in facts.refs.items()}
    return Wish(
        root=root,
        about=facts.offer.about if facts.offer else name_subject(trigger.kind, refs),
        facts=refs,
        case=facts.case,
        expires_at=now + timedelta(seconds=trigger.expires_seconds),
        present_at=now,
        addresses={CHANNEL: PAGE},
        reason=facts.reason or ("" if is_meant else "not_in_audience"),
    )


def _decide(
    connection: sa.Connection, services: NudgeServices, matter: Matter, root: str, now: datetime,
    rng: np.random.Generator,
) -> Decided:
    wish = _wish(connection, matter, root, now)
    candidates = list_candidates(matter.trigger, matter.facts.case, (CHANNEL,), wish.facts.get("offer", ""))
    moment = moment_of(services, now, now, is_paused=is_paused(connection, matter.trigger))
    return decide(connection, matter.trigger, matter.nudge, [wish], candidates, moment, rng)[0]


def _compose(
    services: NudgeServices, matter: Matter, decided: Decided, now: datetime, language: str
) -> OutboundMessage | None:
    if decided.candidate is None:
        return None
    setting = setting_for(services, decided.person, CHANNEL, decided.route, now, language=language)
    try:
        return compose(matter.trigger, decided.candidate.variant, matter.facts, setting).message
    except NudgeHeld:
        return None


def _read_decision(services: NudgeServices, decision_id: int, now: datetime) -> Any:
    if decision_id > _MOST_ID:
        raise NotFound(f"decision {decision_id}")
    with services.store.read() as connection:
        row = connection.execute(
            sa.select(decisions).where(decisions.c.decision_id == decision_id, decisions.c.decided_at > now - LIVES)
        ).one_or_none()
    if row is None or not row.chosen.startswith(f"{CHANNEL}:"):
        raise NotFound(f"decision {decision_id}")
    return row
