"""A person is called: the notice says who it is, what was half done, and what was said; once."""

import sqlalchemy as sa

from actions.handoff import ActionComplaint, ActionContactHumanAgent
from actions.returns import ActionReturnItem
from bot.channels.inbox import receive
from bot.contracts.messages import InboundMessage, MessageId, SenderId
from bot.profile.events import events_of
from bot.profile.store.tables import outbox
from tests.actions.test_aftersales import _order, _variants


def _notices(world) -> list[str]:
    with world.services.store.read() as connection:
        rows = connection.execute(sa.select(outbox.c.payload).where(outbox.c.kind == "notice"))
        return [row.payload["text"] for row in rows]


def _hear(world, text: str, sender_id: str = "s-1") -> None:
    message = InboundMessage(MessageId(f"{sender_id}:{text}"), "web", SenderId(sender_id), text=text)
    with world.services.store.write() as connection:
        receive(connection, message, world.now)


def test_hands_over_who_it_is_what_was_half_done_and_what_was_said(world) -> None:
    world.sign_in("camille")
    order = _order(world, _variants(world)[0].ref, delivered=True)
    _hear(world, "the sleeve is torn")
    world.do(ActionReturnItem, f"I want to return the sweater from {order.number}")
    world.do(ActionContactHumanAgent, "let me talk to somebody", message_id="m-person")
    (notice,) = _notices(world)
    customer = world.shop.get_customer("camille")
    assert customer.first_name in notice and customer.last_name in notice
    assert order.number in notice and f"return {order.number}" in notice
    assert "Customer: the sleeve is torn" in notice


def test_hands_over_nothing_of_the_shops_for_somebody_unverified(world) -> None:
    world.arrive()
    _hear(world, "hello?")
    world.do(ActionContactHumanAgent, "a person please")
    world.answer("me@example.com", email="me@example.com")
    (notice,) = _notices(world)
    assert "has not proved" in notice and "hello?" in notice and "proved by" not in notice


def test_hands_over_nothing_that_others_said(world) -> None:
    world.sign_in("camille")
    _hear(world, "somebody else's words", "s-2")
    world.do(ActionContactHumanAgent, "a person please")
    assert "somebody else" not in _notices(world)[0]


def test_calls_once_however_often_the_message_comes(world) -> None:
    world.sign_in("camille")
    for _ in range(2):
        world.do(ActionContactHumanAgent, "a person please", message_id="m-same")
    assert len(_notices(world)) == 1


def test_a_complaint_says_of_which_conversation_it_is(world) -> None:
    world.arrive()
    world.do(ActionComplaint, "this is a scandal", sender_id="s-1")
    with world.services.store.read() as connection:
        (said,) = events_of(connection, world.customer_id, names=("Complaint Received",))
    assert said.properties == {"complaint_id": "s-1"}
