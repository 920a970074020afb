"""Promises 1, 2 and 5 when a nudge is decided: consent, caps, quiet hours, holdout, for the merged person."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bot.commands.imports import MAPPINGS
from bot.decision.guardrails import Caps
from bot.errors import NudgeHeld, Unavailable
from bot.intake.importers.mapping import load_mapping
from bot.intake.importers.running import run_import
from bot.intake.silos.csv_file import CsvFile
from bot.nudges.compose import Setting, compose
from bot.nudges.facts import Facts, Piece
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer
from bot.profile.merging import merge_customers
from bot.profile.state import ConversationState, OpenQuestion, write_state
from bot.profile.store.tables import conversations, customers
from tests.fakes.shop import make_product
from tests.nudges.world import SALT, STRICT, World

COAT = "coat-navy-M"


def moved(world: World, text: str) -> World:
    world.now = datetime.fromisoformat(text)
    return world


def test_says_nothing_without_consent(world: World) -> None:
    world.adds(world.person(allows=()), COAT)
    assert world.passes() == []
    assert world.held() == ["consent_unknown"]


def test_says_nothing_when_only_another_channel_or_purpose_was_allowed(world: World) -> None:
    world.adds(world.person(allows=("email",)), COAT)
    world.adds(world.person(purposes=("service",)), COAT)
    assert world.passes() == []


def test_says_nothing_after_a_withdrawal_on_all_channels(world: World) -> None:
    person = world.person()
    with world.store.write() as connection:
        record_consent(connection, person, purpose="marketing", channel="*", state="withdrawn", source="chat",
                       wording="", now=world.now)
    world.adds(person, COAT)
    assert world.passes() == []
    assert world.held() == ["consent_withdrawn"]


def test_says_nothing_after_login_when_the_account_said_no(world: World) -> None:
    account = world.person("ada", allows=(), has_widget=False)
    with world.store.write() as connection:
        record_consent(connection, account, purpose="marketing", channel="web", state="withdrawn", source="crm",
                       wording="", now=world.now)
    browser = world.person()
    world.adds(browser, COAT)
    world.later(1)
    world.sign_in(browser, "ada")
    assert world.passes() == []
    assert world.held() == ["consent_withdrawn"]


def test_says_nothing_to_the_holdout(world: World) -> None:
    world.adds(world.person(is_holdout=True), COAT)
    assert world.passes() == []
    assert world.held() == ["holdout"]


def test_says_nothing_after_login_when_the_account_is_in_the_holdout(world: World) -> None:
    world.person("ada", is_holdout=True, has_widget=False)
    browser = world.person(is_holdout=False)
    world.adds(browser, COAT)
    world.sign_in(browser, "ada")
    assert world.passes() == []
    assert world.held() == ["holdout"]


def test_counts_the_cap_over_both_halves_of_a_merged_person(world: World) -> None:
    phone, laptop = world.person(), world.person()
    for browser in (phone, laptop):
        world.adds(browser, COAT)
    assert len(world.passes()) == 2
    with world.store.write() as connection:
        merge_customers(connection, phone, laptop, reason="test", now=world.now)
    world.later(600)
    world.adds(laptop, "bag-camel-one size")
    assert world.passes() == []
    assert "cap_day" in world.held()


def test_speaks_again_when_the_day_is_over_but_not_beyond_the_week(world: World) -> None:
    person = world.person()
    heard = []
    for hours in (0, 1, 26, 27, 52):
        world.now = datetime.fromisoformat("2026-11-24T08:00+00:00") + timedelta(hours=hours)
        world.adds(person, COAT)
        heard.append(len(world.passes()))
    assert heard == [1, 1, 1, 0, 0]
    assert "cap_week" in world.held()


@pytest.mark.parametrize(
    ("name", "silo", "properties", "held"),
    [
        ("Email Sent", "mailing", {"campaign": "black friday"}, ["cap_day"]),
        ("SMS Sent", "mailing", {"purpose": "marketing"}, ["cap_day"]),
        ("Email Sent", "mailing", {"purpose": "service"}, []),
        ("Email Opened", "mailing", {}, []),
        ("Email Sent", "web", {}, []),  # what a page says about itself is not believed
    ],
)
def test_counts_what_a_mailing_tool_sent_in_the_caps(
    world: World, name: str, silo: str, properties: dict[str, str], held: list[str]
) -> None:
    person = world.person("ada", email="ada@example.com")
    with world.store.write() as connection:
        same_person = create_customer(connection, now=world.now, salt=SALT)
        connection.execute(sa.update(customers).values(is_holdout=False))
        merge_customers(connection, person, same_person, reason="test", now=world.now)
    for _ in range(2):
        world.happens(same_person, name, silo, **properties)
    world.adds(person, COAT, "ada")
    assert bool(world.passes()) is not bool(held)
    assert world.held("email") == held


def test_counts_an_imported_file_of_sends_in_the_caps(world: World, tmp_path: Path) -> None:
    person = world.person("ada", email="ada@example.com")
    sends = tmp_path / "sends.csv"
    head, row = "id,email,event,time,campaign,link,purpose", "ada@example.com,{},2026-11-24T07:00:00Z,black friday,,"
    sends.write_text("\n".join([head, *(f"{n},{row.format('sent')}" for n in range(2)), f"9,{row.format('clicked')}"]))
    mapping = load_mapping(MAPPINGS / "mailing.toml")
    done = run_import(world.store, CsvFile(sends, ",", "utf-8"), mapping, "mailing", now=world.now, salt=SALT)
    world.adds(person, COAT, "ada")
    assert done.used == 3
    assert world.passes() == []
    assert world.held("email") == ["cap_day"]


def test_forgets_what_a_mailing_tool_sent_last_week(world: World) -> None:
    person = world.person()
    for _ in range(3):
        world.happens(person, "Email Sent", "mailing")
    world.later(7 * 86_400)
    world.adds(person, COAT)
    assert len(world.passes()) == 1


def test_keeps_the_cap_after_a_restart(world: World) -> None:
    person = world.person()
    for _ in range(2):
        world.adds(person, COAT)
        world.passes()
        world.later(400)
    fresh = World(world.store, world.now, commerce=world.commerce)
    fresh.numbers = world.numbers
    fresh.adds(person, COAT)
    assert fresh.passes() == []
    assert "cap_day" in fresh.held()


@pytest.mark.parametrize(
    ("moment", "zone", "speaks"),
    [
        ("2026-11-24T20:30+00:00", "Europe/Paris", False),
        ("2026-11-24T20:30+00:00", "America/New_York", True),
        ("2026-11-24T20:30+00:00", "", False),  # nobody told: the shop's zone, Paris
        ("2026-11-24T12:00+00:00", "Mars/Olympus", False),  # nobody knows where that is
        ("2026-03-29T06:30+00:00", "Europe/Paris", True),  # clocks went forward: half past eight
        ("2026-03-28T06:30+00:00", "Europe/Paris", False),  # the day before: half past seven
        ("2026-10-25T06:30+00:00", "Europe/Paris", False),  # clocks went back: half past seven
        ("2026-10-24T06:30+00:00", "Europe/Paris", True),  # the day before: half past eight
    ],
)
def test_keeps_quiet_hours_in_the_persons_zone(world: World, moment: str, zone: str, speaks: bool) -> None:
    moved(world, moment)
    world.adds(world.person(timezone=zone), COAT)
    assert bool(world.passes()) is speaks
    is_put_off = any(row.state == "pending" and row.not_before > world.now for row in world.rows())
    assert ("quiet_hours" in world.held() or is_put_off) is not speaks


@pytest.mark.parametrize(("zone", "speaks"), [("", False), ("Europe/Paris", True)])
def test_whose_zone_nobody_knows_is_left_alone_at_night_in_any_country_of_the_shop(
    world: World, zone: str, speaks: bool
) -> None:
    moved(world, "2026-11-24T10:00+00:00")  # eleven in Paris, six in Martinique
    world.settings = replace(world.settings, other_timezones="Europe/London America/Martinique")
    world.adds(world.person(timezone=zone), COAT)
    assert bool(world.passes()) is speaks


def test_leaves_in_the_morning_when_its_reason_lives_that_long(world: World) -> None:
    moved(world, "2026-11-24T06:30+00:00")
    world.adds(world.person(), COAT)
    assert world.passes() == []
    world.now = datetime.fromisoformat("2026-11-24T07:00+00:00")
    assert len(world.dispatch()) == 1


def test_keeps_the_strictest_of_two_zones(world: World) -> None:
    moved(world, "2026-11-24T20:30+00:00")
    person = world.person(timezone="America/New_York")
    world.zone(person, "Europe/Paris")
    world.adds(person, COAT)
    assert world.passes() == []


def test_answers_at_night_whoever_is_on_the_page_only_where_the_shop_allows_it(world: World) -> None:
    moved(world, "2026-11-24T22:30+00:00")
    world.guardrails = replace(STRICT, quiet_channels={"web": "unless_present"}, present_seconds=60)
    world.adds(world.person(), COAT)
    assert len(world.passes()) == 1
    world.adds(world.person(), COAT)
    assert world.passes(seconds=61) == []


def test_waits_while_a_question_is_open_and_keeps_why_when_its_reason_is_gone(world: World) -> None:
    person = world.person()
    question = OpenQuestion("email", "request:change_email", world.now.isoformat())
    with world.store.write() as connection:
        write_state(connection, person, ConversationState(open_question=question), world.now)
    world.adds(person, COAT)
    assert world.passes() == []
    assert world.waiting() == ["waiting"]
    assert world.passes(seconds=7_300) == []
    assert set(world.held()) == {"open_question", "expired"}


def test_waits_while_they_are_talking_to_us(world: World) -> None:
    person = world.person()
    world.adds(person, COAT)
    world.later(20)
    with world.store.write() as connection:
        connection.execute(sa.update(conversations).values(last_inbound_at=world.now))
    world.decide()
    assert world.rows() == []
    assert len(world.passes(seconds=11)) == 1


def test_stays_out_of_a_conversation_that_a_person_of_the_shop_has(world: World) -> None:
    person = world.person()
    with world.store.write() as connection:
        write_state(connection, person, ConversationState(handoff={"id": "1"}), world.now)
    world.adds(person, COAT)
    assert world.passes() == []


def test_does_not_repeat_itself_within_the_cooldown(world: World) -> None:
    world.guardrails = replace(STRICT, nudge_question_seconds=1)
    person = world.person()
    world.adds(person, COAT)
    assert len(world.passes()) == 1
    world.adds(person, COAT)
    assert world.passes() == []
    assert "cooldown" in world.held()


def test_does_not_show_somebody_elses_basket(world: World) -> None:
    world.person("ada", has_widget=False)
    cart = world.commerce.open_cart("ada", idempotency_key="1")
    world.commerce.set_line(cart.ref, COAT, 1)
    world.happens(world.person(), "Product Added", cart_id=cart.ref, product_id="coat", variant_id=COAT)
    assert world.passes() == []
    assert world.held() == ["unverified"]


def test_does_not_believe_a_browser_that_speaks_for_the_shop(world: World) -> None:
    order = world.delay("ada")
    world.happens(world.person("ada"), "Shipment Updated", silo="web", order_id=order.ref)
    assert world.passes(0) == []
    assert world.decided() == []


def test_tells_of_a_delay_where_its_owner_is_signed_in(world: World) -> None:
    person = world.person("ada")
    order = world.delay("ada")
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    (text,) = world.passes(0)
    assert order.number in text
    assert "Colissimo" in text


@pytest.mark.parametrize(("language", "words"), [("en", "held up at the carrier, who"), ("fr", "chez le transporteur")])
def test_names_no_carrier_that_nobody_named(world: World, language: str, words: str) -> None:
    world.guardrails = replace(world.guardrails, language=language)
    person, order = world.person("ada", allows=("web",)), world.delay("ada")
    nameless = replace(order.shipments[0], carrier_name="", eta=None)
    world.commerce.orders["ada"] = [replace(order, shipments=(nameless,))]
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    assert words in world.passes(0)[0]


def test_says_nothing_with_a_hole_in_its_words(world: World) -> None:
    world.triggers = tuple(replace(each, messages=tuple(
        replace(one, texts=dict.fromkeys(one.texts, "{product}, {size}")) for one in each.messages))
        for each in world.triggers if each.name == "browse_left")
    trigger, piece = world.triggers[0], make_product("bag", "bag", sizes=("",))
    facts = Facts("available", {}, world.now, piece=Piece(piece, piece.variants[0], 1))
    with pytest.raises(NudgeHeld, match="no_words"):
        compose(trigger, "plain", facts, Setting("web", "en", "Europe/Paris", "", world.now))


def test_tells_of_a_delay_by_mail_when_nobody_is_signed_in_any_more(world: World) -> None:
    person = world.person("ada")
    world.later(9 * 3600)
    order = world.delay("ada")
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    world.passes(0)
    assert [(row.channel, row.address) for row in world.sent] == [("email", "order@example.org")]
    assert world.held() == ["unverified"]


def test_says_nothing_of_a_parcel_that_is_on_time(world: World) -> None:
    person = world.person("ada")
    order = world.delay("ada")
    world.commerce.orders["ada"] = [replace(order, shipments=())]
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    assert world.passes(0) == []
    assert world.held() == ["not_delayed"]


def test_tells_of_a_delay_however_many_offers_were_sent(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(1, 1)}, nudge_question_seconds=1)
    person = world.person("ada")
    world.adds(person, COAT, "ada")
    assert len(world.passes()) == 1
    world.later(20)
    order = world.delay("ada")
    world.happens(person, "Shipment Updated", silo="shop", order_ref=order.ref)
    assert len(world.passes(0)) == 1


def test_asks_what_to_do_about_a_missing_item_with_what_the_shop_can_do(world: World) -> None:
    person = world.person("ada")
    order = world.lose_pickup("ada")
    refs = {"order_ref": order.ref, "variant_ref": COAT, "location_ref": "paris"}
    world.happens(person, "Pickup Item Missing", silo="shop", **refs)
    world.passes(0)
    (row,) = world.sent
    titles = [reply.title for reply in row.payload.quick_replies]
    assert titles == ["Take Éole coat (red · M) instead", "Get my money back"]
    assert [reply.payload for reply in row.payload.quick_replies] == [
        '/affirm{"option": "substitute"}', '/affirm{"option": "refund"}',
    ]


def test_waits_for_a_shop_that_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.adds(world.person(), COAT)
    real = world.commerce.get_cart

    def down(_ref: str) -> None:
        raise Unavailable("down")

    monkeypatch.setattr(world.commerce, "get_cart", down)
    assert world.passes() == []
    assert world.waiting() == ["waiting"]
    monkeypatch.setattr(world.commerce, "get_cart", real)
    assert len(world.passes(seconds=5)) == 1


def test_decides_once_however_many_workers_look(world: World) -> None:
    world.adds(world.person(), COAT)
    world.decide()
    world.later(20)
    for _ in range(3):
        world.decide()
    assert len(world.decided()) == 1
    with world.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(customers)) == 1


def test_does_not_show_an_owners_basket_where_they_are_no_longer_signed_in(world: World) -> None:
    person = world.person("ada")
    world.later(9 * 3600)
    world.adds(person, COAT, "ada")
    world.guardrails = replace(STRICT, quiet_hours={})
    assert world.passes() == []
    assert world.held() == ["unverified"]


def test_speaks_where_the_owner_is_signed_in_of_two_browsers(world: World) -> None:
    first = world.person("ada")
    world.later(1)
    second = world.person("ada")
    with world.store.write() as connection:
        senders = {row.customer_id: row for row in connection.execute(sa.select(conversations))}
        oldest = min(senders.values(), key=lambda row: row.sender_id)
        connection.execute(
            sa.update(conversations).where(conversations.c.sender_id == oldest.sender_id).values(verified_until=None)
        )
    assert first == second
    world.adds(first, COAT, "ada")
    world.passes()
    assert [row.sender_id == oldest.sender_id for row in world.sent] == [False]


def test_decides_the_others_when_one_wait_breaks_the_pass(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = world.adds(world.person(), COAT)
    for _ in range(4):
        world.adds(world.person(), COAT)
    real = world.commerce.get_cart

    def break_on_one(ref: str) -> object:
        if ref == broken.ref:
            raise ZeroDivisionError
        return real(ref)

    monkeypatch.setattr(world.commerce, "get_cart", break_on_one)
    for _ in range(12):
        world.later(20)
        try:
            world.decide()
        except ZeroDivisionError:
            continue
    assert len(world.rows()) == 4


def _write_while_talking(world: World, rng_seed: int, **values: float) -> list[str]:
    """On which channels a journey whose choice is chance's leaves for somebody who is talking on the page."""
    world.triggers = tuple(
        replace(each, channels=tuple(values), values=values, gamma=0.0, audience="", follow_ups=(),
                messages=tuple(replace(one, channels=tuple(values)) for one in each.messages))
        for each in world.triggers if each.name == "win_back")
    number = next(world.numbers)
    person = world.person(f"ref-{number}", email=f"p{number}@example.org", phone=f"+33612{number:06}")
    with world.store.write() as connection:
        connection.execute(sa.update(conversations).values(last_inbound_at=world.now))
    world.happens(person, "Segment Entered", silo="segments", segment="lapsing_regulars")
    world.rng = np.random.default_rng(rng_seed)
    world.decide()
    return [row.channel for row in world.rows() if row.customer_id == person]


def test_waits_whatever_chance_says_for_a_pause_that_is_worth_more_than_all_else(world: World) -> None:
    assert [_write_while_talking(world, seed, web=0.6, email=0.5, sms=0.2) for seed in range(8)] == [[]] * 8


def test_throws_no_draw_away_while_they_talk_so_that_its_probability_is_true(world: World) -> None:
    """What waits is decided before the draw: else the lesser of two would be drawn anew until it is the other."""
    found = [_write_while_talking(world, seed, web=0.3, email=0.5, sms=0.2) for seed in range(12)]
    assert {channel for (channel,) in found} == {"email", "sms"}
    assert {each.probability for each in world.decided()} == {0.5}


def test_waits_for_a_pause_in_the_talk_rather_than_send_a_letter(world: World) -> None:
    person = world.person("ada", email="ada@example.com")
    world.adds(person, COAT, "ada")
    with world.store.write() as connection:
        connection.execute(sa.update(conversations).values(last_inbound_at=world.now + timedelta(seconds=15)))
    assert world.passes() == []
    world.later(11)
    world.decide()
    assert [row.channel for row in world.sent] == [] and world.dispatch()
    assert [row.channel for row in world.sent] == ["web"]
