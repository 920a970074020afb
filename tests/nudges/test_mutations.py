"""Each guardrail is missed: with any one switched off, an independent checker sees a broken promise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.decision import decide as deciding
from bot.decision import plan as planning
from bot.decision.guardrails import Caps, Held
from bot.decision.pauses import pause_journey
from bot.decision.pricing import Pricing
from bot.nudges.campaign import launch_campaign
from bot.nudges.withdraw import accept_offer
from bot.profile.consent import record_consent
from bot.profile.state import ConversationState, OpenQuestion, read_state, write_state
from bot.profile.store.tables import conversations
from bot.profile.traits import set_trait
from tests.nudges.checker import Checker
from tests.nudges.world import STRICT, World

COAT = "coat-navy-M"
Scene = Callable[[World], str]


def _no_consent(world: World) -> str:
    return _added(world, world.person(allows=()))


def _withdrawn(world: World) -> str:
    person = world.person()
    with world.store.write() as connection:
        record_consent(connection, person, purpose="marketing", channel="*", state="withdrawn", source="t", wording="",
                       now=world.now)
    return _added(world, person)


def _holdout(world: World) -> str:
    return _added(world, world.person(is_holdout=True))


def _capped(world: World, caps: Caps) -> str:
    world.guardrails = replace(STRICT, caps={"marketing": caps}, nudge_question_seconds=0)
    person = world.person()
    _added(world, person)
    world.passes()
    world.later(600)
    return _added(world, person)


def _night(world: World) -> str:
    world.now = datetime.fromisoformat("2026-11-24T22:00+00:00")
    return _added(world, world.person())


def _question(world: World) -> str:
    person = world.person()
    question = OpenQuestion("email", "request:change_email", world.now.isoformat())
    with world.store.write() as connection:
        write_state(connection, person, ConversationState(open_question=question), world.now)
    return _added(world, person)


def _talking(world: World) -> str:
    person = _added(world, world.person())
    with world.store.write() as connection:
        connection.execute(sa.update(conversations).values(last_inbound_at=world.now + timedelta(seconds=19)))
    return person


def _handoff(world: World) -> str:
    person = world.person()
    with world.store.write() as connection:
        write_state(connection, person, ConversationState(handoff={"id": "1"}), world.now)
    return _added(world, person)


def _unverified(world: World) -> str:
    person = world.person("ada", allows=("web",))
    world.later(9 * 3600)
    order = world.delay("ada")
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    return person


def _cooling(world: World) -> str:
    world.guardrails = replace(STRICT, nudge_question_seconds=0)
    person = _added(world, world.person())
    world.passes()
    return _added(world, person)


def _taken(world: World) -> str:
    person = world.person("ada", has_widget=False, email="ada@example.org")
    world.promote()
    accept_offer(world, person, "offer:MAILLE15")
    launch_campaign(world, "winter_offers", world.now)
    return person


def _old(world: World) -> str:
    world.guardrails = replace(STRICT, quiet_hours={})
    person = _added(world, world.person())
    world.decide()
    world.later(7_200)
    return person


def _paused(world: World) -> str:
    with world.store.write() as connection:
        pause_journey(connection, "cart_left", reason="by_hand", by="test", now=world.now)
    return _added(world, world.person())


def _tired(world: World) -> str:
    world.guardrails = replace(STRICT, pricing=Pricing(4_000, {}, fatigue=1.0), nudge_question_seconds=0)
    person = _added(world, world.person())
    world.passes()
    world.later(600)
    return _added(world, person)


def _yielding(world: World) -> str:
    world.guardrails = replace(STRICT, yields={"birthday": ("cart_left",)}, nudge_question_seconds=0)
    person = _added(world, world.person())
    world.passes()
    world.later(600)
    world.happens(person, "Birthday", silo="prevenant")
    return person


def _young(world: World) -> str:
    person = world.person()
    with world.store.write() as connection:
        set_trait(connection, person, "birth_date", "2008-11-25", silo="crm", now=world.now)  # of age tomorrow
    return _added(world, person)


def _complaining(world: World) -> str:
    person = world.person()
    world.happens(person, "Complaint Received", silo="chat")
    return _added(world, person)


def _added(world: World, person: str) -> str:
    world.adds(person, COAT)
    return person


SCENES: dict[Held, Scene] = {
    Held.CONSENT_UNKNOWN: _no_consent,
    Held.CONSENT_WITHDRAWN: _withdrawn,
    Held.HOLDOUT: _holdout,
    Held.CAP_DAY: lambda world: _capped(world, Caps(per_day=1)),
    Held.CAP_WEEK: lambda world: _capped(world, Caps(per_week=1)),
    Held.QUIET_HOURS: _night,
    Held.OPEN_QUESTION: _question,
    Held.IN_CONVERSATION: _talking,
    Held.HANDOFF: _handoff,
    Held.UNVERIFIED: _unverified,
    Held.COOLDOWN: _cooling,
    Held.ALREADY_TAKEN: _taken,
    Held.EXPIRED: _old,
    Held.PAUSED: _paused,
    Held.NOT_WORTH_IT: _tired,
    Held.YIELDS_TO: _yielding,
    Held.MINOR: _young,
    Held.OPEN_MATTER: _complaining,
}


def play(world: World, scene: Scene) -> list[str]:
    """Live through a scene, and list what the messages that left broke."""
    person = scene(world)
    with world.store.read() as connection:
        before = read_state(connection, person)
    checker = Checker(world, before)
    world.sent.behaviour = checker
    world.passes()
    return checker.broken


@pytest.mark.parametrize("bit", SCENES, ids=lambda bit: bit.name)
def test_nothing_is_broken_while_the_guardrails_stand(world: World, bit: Held) -> None:
    assert play(world, SCENES[bit]) == []


@pytest.mark.parametrize("bit", SCENES, ids=lambda bit: bit.name)
def test_the_checker_sees_when_one_guardrail_is_off(world: World, bit: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("find_held", "hold_unworthy"):
        real = getattr(deciding, name)

        def without(*arguments: Any, real: Callable[..., Any] = real, **options: Any) -> Any:
            return real(*arguments, **options) & ~int(bit)

        for module in (deciding, planning):
            monkeypatch.setattr(module, name, without)
    assert str(bit.name).lower() in play(world, SCENES[bit])


def test_only_what_cannot_leave_anyway_has_no_scene() -> None:
    # Without an address there is nowhere to send; words that rest on a false fact, or that the channel does not take,
    # cannot be composed.
    assert set(Held) - set(SCENES) == {Held.UNREACHABLE, Held.FACT_FALSE, Held.WINDOW_CLOSED}
