"""One's own data in the chat: nothing without a proof, a yes and a code; the link by letter alone; erased for good."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from actions.edit_account import ActionEditAccount
from actions.privacy import ActionDeleteAccount, ActionExportMyData
from bot.errors import NotFound
from bot.intake.shop_changes import pull_changes
from bot.nudges.withdraw import withdraw_all
from bot.privacy.erase import run_due
from bot.privacy.handlers.registry import STORE_HANDLERS
from bot.profile.identities import find_customer, link_identity, root_of
from bot.profile.store.tables import audit, conversations, erasures, outbox, privacy_links
from tests.actions.conftest import SALT

BOTH = [ActionDeleteAccount, ActionExportMyData]


def _rows(world, table):
    with world.services.store.read() as connection:
        return list(connection.execute(sa.select(table)))


def _nothing_happened(world) -> bool:
    return not _rows(world, erasures) and not _rows(world, privacy_links) and bool(world.shop.get_customer("camille"))


@pytest.mark.parametrize("action", BOTH)
def test_does_nothing_for_somebody_unverified(world, action) -> None:
    world.arrive()
    world.do(action, "delete camille.laurier@example.com")
    world.answer("yes", intent="affirm")
    world.answer("123456")
    assert _nothing_happened(world) and "Camille" not in world.text


@pytest.mark.parametrize("action", BOTH)
@pytest.mark.parametrize(("said", "intent"), [("no", "deny"), ("laisse tomber", ""), ("hmm maybe", "")])
def test_does_nothing_without_a_yes(world, action, said, intent) -> None:
    world.sign_in("camille")
    world.do(action, "please")
    world.answer(said, intent=intent)
    assert _nothing_happened(world) and not world.mail()


@pytest.mark.parametrize("action", BOTH)
def test_does_nothing_without_the_code(world, action) -> None:
    world.sign_in("camille")
    world.do(action, "please")
    world.answer("yes", intent="affirm")
    for _ in range(5):
        world.answer("000000" if world.last_code() != "000000" else "000001")
    assert _nothing_happened(world) and "too often" in world.text


def test_a_code_for_the_copy_erases_nobody(world) -> None:
    world.sign_in("camille")
    world.do(ActionExportMyData, "my data")
    world.answer("yes", intent="affirm")
    code = world.last_code()
    world.do(ActionDeleteAccount, "delete my account")
    world.answer("yes", intent="affirm")
    if world.last_code() != code:
        world.answer(code)
    assert not _rows(world, erasures)


def test_sends_the_link_to_the_address_on_file_and_never_into_the_chat(world) -> None:
    world.sign_in("camille")
    world.do(ActionExportMyData, "what do you know of me?")
    assert "c•••@example.com" in world.text and "24 hours" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    (link,) = _rows(world, privacy_links)
    (letter,) = world.mail("data_link")
    url = letter.payload["quick_replies"][0]["url"]
    token = url.rsplit("/", 1)[1]
    assert letter.address == "camille.laurier@example.com" and url.startswith("http://shop.example/privacy/data/")
    assert token not in world.text and token not in str(link) and len(token) > 40
    assert "change my address" in world.text
    assert [row.action for row in _rows(world, audit)] == ["export_asked"]
    assert link.expires_at - link.created_at == timedelta(hours=24) and link.uses_left == 3


def test_the_correction_it_names_leads_to_the_account_changes(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "change my address")
    assert "new address" in world.text


def test_erases_after_summary_yes_and_code_and_begins_anew_as_a_stranger(world) -> None:
    world.sign_in("camille")
    before = world.customer_id
    world.do(ActionDeleteAccount, "delete my account")
    assert "cannot be undone" in world.text and "Maison Prévenant" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert "stranger" in world.text and world.shop.get_customer("camille")  # the last answer has not left yet
    assert [each.address for each in world.mail("notice")] == ["camille.laurier@example.com"]
    assert run_due(world.services) == 0
    with world.services.store.write() as connection:
        connection.execute(sa.update(outbox).values(state="sent"))
    assert run_due(world.services) == 1
    with pytest.raises(NotFound):
        world.shop.get_customer("camille")
    assert not _rows(world, conversations) and not _rows(world, outbox)
    world.arrive("s-1")
    world.do(ActionDeleteAccount, "delete my account")
    assert world.customer_id != before and "which e-mail address" in world.text.lower()


# -- without an account ---------------------------------------------------------------------------

GUEST = "gisele.guest@example.com"


def _order_as_guest(world):
    """An order without an account, which the shop told us of."""
    order = world.place_order("", email=GUEST)
    pull_changes(world.services.store, world.shop, lambda: world.now, salt=SALT)
    world.arrive()
    return order


@pytest.mark.parametrize("action", BOTH)
@pytest.mark.parametrize("address", ["nobody@example.com", "hugo.destrez@example.com"])
def test_says_the_same_of_an_address_that_nobody_has(world, action, address) -> None:
    _order_as_guest(world)
    world.do(action, "please")
    world.answer(address)
    assert "If we know this e-mail address" in world.text and GUEST not in world.text
    world.answer("000000")
    assert _nothing_happened(world)


def test_does_nothing_for_a_guest_in_another_conversation(world) -> None:
    _order_as_guest(world)
    world.do(ActionDeleteAccount, "delete my data")
    world.answer(GUEST)
    code = world.last_code()
    world.arrive("s-2")
    world.do(ActionDeleteAccount, "delete my data")
    world.answer(GUEST)
    world.answer(code)
    assert "not the right code" in world.text and _nothing_happened(world)


def test_an_accounts_owner_is_no_guest_under_an_address_they_gave_up(world) -> None:
    world.sign_in("camille")
    with world.services.store.write() as connection:
        link_identity(connection, world.customer_id, "email", "old@example.com", source="crm", now=world.now)
    world.arrive("s-2")
    world.do(ActionExportMyData, "my data")
    world.answer("old@example.com")
    assert not [each for each in world.mail() if each.address == "old@example.com"]


def test_sends_a_guest_the_copy_to_the_address_that_was_proved(world) -> None:
    _order_as_guest(world)
    world.do(ActionExportMyData, "what do you know of me?")
    world.answer(GUEST)
    world.answer(world.last_code())
    assert "g•••@example.com" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert [each.address for each in world.mail("data_link")] == [GUEST]
    (link,) = _rows(world, privacy_links)
    with world.services.store.read() as connection:
        assert root_of(connection, link.customer_id) == find_customer(connection, "email", GUEST)


def test_erases_a_guest_and_what_was_ordered_without_an_account(world) -> None:
    order = _order_as_guest(world)
    theirs = world.place_order("", email="somebody.else@example.com")
    world.do(ActionDeleteAccount, "delete my data")
    world.answer(GUEST)
    world.answer(world.last_code())
    assert "without an account" in world.text and "cannot be undone" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert "stranger" in world.text and [each.address for each in world.mail("notice")] == [GUEST]
    with world.services.store.write() as connection:
        connection.execute(sa.update(outbox).values(state="sent"))
    assert run_due(world.services) == 1
    assert (world.shop.get_order(order.ref).email, world.shop.get_order(theirs.ref).email) == (
        "", "somebody.else@example.com"
    )
    with world.services.store.read() as connection:
        assert find_customer(connection, "email", GUEST) is None
    assert not _rows(world, conversations) and not _rows(world, outbox)


def test_takes_back_what_waits_to_leave_first(world, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("bot.privacy.erase.withdraw_all", lambda services, customer_id, **named: (
        told.append("withdrawn"), withdraw_all(services, customer_id, **named))[1])
    for handler in STORE_HANDLERS:
        monkeypatch.setattr(type(handler), "erase", lambda *_args: told.append("erased") or 0)
    world.sign_in("camille")
    world.do(ActionDeleteAccount, "delete my account")
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert told == ["withdrawn"]


def test_says_it_in_french(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    world.do(ActionDeleteAccount, "supprime mon compte")
    assert "définitif" in world.text
    world.answer("oui", intent="affirm")
    world.answer(world.last_code())
    assert "inconnu" in world.text
    assert re.search("effacement", world.mail("notice")[-1].payload["text"])


@pytest.mark.parametrize("action", BOTH)
def test_is_passed_on_to_people_where_the_policy_says_so(world, tau_policy, action) -> None:
    world.services.policy = world.services.policy.model_copy(update={"account": tau_policy.account})
    world.sign_in("camille")
    world.do(action, "please")
    world.answer("yes", intent="affirm")
    assert len(world.mail("notice")) == 1 and world.state.handoff["about"] == action.intent
    assert _nothing_happened(world)
