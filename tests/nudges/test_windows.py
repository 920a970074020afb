"""WhatsApp takes free words for a day after the customer's, then only a template's; without one it stays home."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.messenger import limits as messenger
from bot.channels.whatsapp.limits import fit_content
from bot.contracts.messages import OutboundMessage
from bot.decision.triggers import load_triggers
from bot.errors import FixConfiguration
from bot.nudges.templates import list_templates
from bot.profile.consent import record_consent
from bot.profile.conversations import note_inbound, open_conversation, verify_conversation
from bot.profile.merging import merge_customers
from bot.profile.store.tables import customers, traits
from tests.nudges.world import SALT, TRIGGERS, World


def _owner(
    world: World, *, hours_ago: float, template: bool = True, channel: str = "whatsapp", address: str = "33612345678",
    purpose: str = "service",
) -> str:
    """Somebody whom only one channel reaches, whose parcel is late."""
    world.triggers = tuple(
        replace(each, channels=(channel,), purpose=purpose, messages=tuple(
            replace(message, channels=(channel,), templates=message.templates if template else {})
            for message in each.messages
        )) for each in world.triggers
    )
    with world.store.write() as connection:
        talk = open_conversation(connection, channel, address, now=world.now, salt=SALT)
        talk = verify_conversation(connection, talk.sender_id, customer_ref="ada", by="whatsapp",
                                   until=world.now + timedelta(days=9), now=world.now, salt=SALT)
        note_inbound(connection, talk.sender_id, now=world.now - timedelta(hours=hours_ago), language="fr")
        connection.execute(sa.update(customers).values(is_holdout=False))
        record_consent(connection, talk.customer_id, purpose=purpose, channel=channel, state="granted",
                       source="t", wording="", now=world.now)
    order = world.delay("ada")
    world.happens(talk.customer_id, "Shipment Updated", silo="shop", order_ref=order.ref)
    return talk.customer_id


def _sent(world: World) -> list[OutboundMessage]:
    world.passes()
    return [row.payload for row in world.sent]


def test_stays_home_where_the_window_is_closed_and_nothing_was_approved(world: World) -> None:
    _owner(world, hours_ago=24, template=False)
    assert _sent(world) == []
    assert world.held("whatsapp") == ["window_closed"]


def test_says_it_in_approved_words_where_the_window_is_closed(world: World) -> None:
    _owner(world, hours_ago=30)
    (message,) = _sent(world)
    assert message.template is not None and message.template.name == "colis_en_retard"
    content = fit_content(message)["template"]
    assert content["language"] == {"code": "fr"}
    said = [each["text"] for each in content["components"][0]["parameters"]]
    assert len(said) == 3 and all(each in message.text for each in said) and "Colissimo" in said
    assert message.quick_replies == ()


def test_says_it_freely_where_the_window_is_open(world: World) -> None:
    _owner(world, hours_ago=2)
    (message,) = _sent(world)
    assert message.template is None and message.quick_replies


def test_finds_the_window_closed_that_was_open_when_it_was_decided(world: World) -> None:
    """Between deciding and leaving the day ran out: the words become the template's."""
    _owner(world, hours_ago=23.9)
    world.decide()
    world.later(1_800)
    world.decide()
    world.dispatch()
    (message,) = [row.payload for row in world.sent]
    assert message.template is not None


def _browser_and_messenger(world: World, *, wrote_hours_ago: float, **changes: Any) -> str:
    """Somebody who takes advertising on Messenger and, worth less, by e-mail."""
    world.triggers = tuple(
        replace(each, channels=("messenger", "email"), values={"messenger": 1.0, "email": 0.1}, audience="",
                expires_seconds=86_400, follow_ups=(), messages=tuple(
                    replace(message, channels=("messenger", "email")) for message in each.messages),
                **changes)
        for each in world.triggers if each.name == "win_back"
    )
    person = world.person(allows=("messenger", "email"), email="ada@example.org")
    with world.store.write() as connection:
        talk = open_conversation(connection, "messenger", "9001", now=world.now, salt=SALT)
        connection.execute(sa.update(customers).where(
            customers.c.customer_id == talk.customer_id).values(is_holdout=False))
        note_inbound(connection, talk.sender_id, now=world.now - timedelta(hours=wrote_hours_ago), language="fr")
        merge_customers(connection, person, talk.customer_id, reason="t", now=world.now)
    world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    return person


@pytest.mark.parametrize(("wrote_hours_ago", "channel"), [(14, "email"), (1, "messenger")])
def test_chooses_no_channel_whose_window_closes_before_the_night_ends(
    world: World, wrote_hours_ago: float, channel: str
) -> None:
    world.now = world.now.replace(hour=20, minute=30)  # in Paris half past nine, quiet until eight
    _browser_and_messenger(world, wrote_hours_ago=wrote_hours_ago)
    world.decide()
    assert [row.channel for row in world.rows()] == [channel]
    world.later(11 * 3_600)
    world.dispatch()
    assert [row.channel for row in world.sent] == [channel]


def test_moves_to_no_hour_at_which_the_window_is_closed(world: World) -> None:
    person = _browser_and_messenger(world, wrote_hours_ago=20, may_move_hours=12)
    with world.store.write() as connection:
        connection.execute(sa.insert(traits).values(
            customer_id=person, name="answer_hours", silo="computed:inbox", set_at=world.now,
            value={"messenger 17h": 40, "messenger 13h": 9}))  # Paris: six hours on, and two
    world.decide()
    (row,) = world.rows()
    assert (row.channel, row.not_before) == ("messenger", world.now + timedelta(hours=2))


def test_advertises_to_nobody_on_messenger_out_of_the_window(world: World) -> None:
    """Not even in words that were approved: Meta takes them for orders and accounts only."""
    _owner(world, hours_ago=30, channel="messenger", address="9001", purpose="marketing")
    assert _sent(world) == []
    assert world.held("messenger") == ["window_closed"]


def test_tells_of_an_order_on_messenger_in_approved_words(world: World) -> None:
    _owner(world, hours_ago=30, channel="messenger", address="9001")
    (message,) = _sent(world)
    content = messenger.fit_content(message)["template"]
    assert (content["name"], len(content["components"][0]["parameters"])) == ("colis_en_retard", 3)


@pytest.mark.parametrize(("address", "reached"), [
    ("33612345678", 1), ("12025550123", 0), ("US.13491208655302741918", 0),
])
def test_advertises_on_whatsapp_where_whatsapp_lets_us(world: World, address: str, reached: int) -> None:
    _owner(world, hours_ago=30, address=address, purpose="marketing")
    assert len(_sent(world)) == reached


def test_asks_messenger_to_approve_nothing_that_advertises(world: World) -> None:
    advertising = tuple(replace(each, purpose="marketing") for each in world.triggers)
    assert list_templates(advertising, "messenger") == []
    served = {each["name"] for each in list_templates(world.triggers, "messenger")}
    assert "article_manquant" in served and "prix_en_baisse" not in served
    _owner(world, hours_ago=1, channel="messenger", address="9001")
    assert {each["category"] for each in list_templates(world.triggers, "messenger")} == {"UTILITY"}


def test_tells_meta_the_very_words(world: World) -> None:
    templates = {each["name"]: each for each in list_templates(world.triggers)}
    body = templates["parcel_late"]["components"][0]
    assert body["text"].startswith("Your order {{1}} is running late: {{2}} now expects to deliver it on {{3}}.")
    assert len(body["example"]["body_text"][0]) == 3
    assert templates["parcel_late"]["category"] == "UTILITY"


@pytest.mark.parametrize(("line", "complaint"), [
    ('template = { fr = "a" }', "must name one for each language"),
    ('template = { fr = "Retard", en = "late" }', "lower-case letters"),
    ('template = "late"', "must name one for each language"),
])
def test_refuses_half_a_template_naming_the_line(tmp_path: Path, line: str, complaint: str) -> None:
    text = TRIGGERS.read_text().replace('template = { fr = "colis_en_attente", en = "parcel_held_up" }', line)
    (tmp_path / "triggers.toml").write_text(text)
    number = text.splitlines().index(line) + 1
    with pytest.raises(FixConfiguration, match=f"line {number}.*{complaint}"):
        load_triggers(tmp_path / "triggers.toml")


def test_refuses_a_template_that_begins_with_a_fact(tmp_path: Path) -> None:
    text = TRIGGERS.read_text().replace('en = "Your order {order} is held up', 'en = "{order} is held up')
    (tmp_path / "triggers.toml").write_text(text)
    with pytest.raises(FixConfiguration, match="begins or ends with a fact"):
        load_triggers(tmp_path / "triggers.toml")
