"""The address book by words and by buttons: nothing without a proof, a summary, a yes and a code (promise 5)."""

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion, ActionHearCustomer
from actions.edit_account import ActionSetUpShippingAddress
from bot.errors import UnknownFate
from bot.profile.store.tables import audit

HOME, SEA = "18 rue des Glycines", "4 chemin du Sémaphore"


def _streets(world, ref: str = "camille") -> list[str]:
    """The default one first."""
    return [each.line1 for each in world.shop.get_customer(ref).addresses]


def _audit(world) -> list[tuple[str, str]]:
    with world.services.store.read() as connection:
        return [(row.action, row.object_ref) for row in connection.execute(sa.select(audit))]


def _hear(world, said: str, intent: str = "set_up_shipping_address") -> None:
    world.do(ActionHearCustomer, said, intent=intent)


@pytest.mark.parametrize("said", ["show me my addresses", "remove my old address", "make the Roscoff one my default"])
def test_tells_and_changes_nothing_for_somebody_unverified(world, said: str) -> None:
    world.arrive()
    before = world.shop.get_customer("camille")
    for typed in (said, '/set_up_shipping_address{"option": "remove"}'):
        world.do(ActionSetUpShippingAddress, typed, option="remove" if typed.startswith("/") else "")
        assert "Glycines" not in world.text and "Roscoff" not in world.text and "e-mail" in world.text
        world.answer("yes", intent="affirm")
    assert world.shop.get_customer("camille") == before


def test_changes_nothing_after_a_no_or_a_wrong_code(world) -> None:
    world.sign_in("camille")
    before = world.shop.get_customer("camille")
    _hear(world, "remove the Roscoff address")
    world.answer("no", intent="deny")
    _hear(world, "make the Roscoff one my default")
    world.answer("yes", intent="affirm")
    world.answer("000000" if world.last_code() != "000000" else "000001")
    assert world.shop.get_customer("camille") == before and not _audit(world)


def test_takes_no_address_of_somebody_else(world) -> None:
    world.sign_in("hugo")
    foreign = world.shop.get_customer("camille").addresses[1].id
    before = world.shop.get_customer("hugo"), world.shop.get_customer("camille")
    world.do(ActionSetUpShippingAddress, "", option="remove")
    world.answer(f'/affirm{{"option": "{foreign}"}}', option=foreign)
    world.answer("the one in Roscoff")
    assert "Roscoff" not in world.text and "Sémaphore" not in world.text
    assert (world.shop.get_customer("hugo"), world.shop.get_customer("camille")) == before


def test_shows_the_book_with_what_can_be_done(world) -> None:
    world.sign_in("camille")
    _hear(world, "show me my addresses")
    assert f"{HOME}, 75011 Paris (the default one)" in world.text
    assert f"{SEA}, Maison bleue, 29680 Roscoff" in world.text
    assert [each.title for each in world.said[0].quick_replies] == [
        "Add an address", "Choose the default one", "Remove an address"
    ]


@pytest.mark.parametrize(
    ("language", "said", "yes"),
    [("en", "make the Roscoff one my default", "yes"), ("fr", "mets celle de Roscoff par défaut", "oui")],
)
def test_makes_another_one_the_default_after_yes_and_code(world, language: str, said: str, yes: str) -> None:
    world.language = language
    world.sign_in("camille")
    _hear(world, said)
    assert SEA in world.text and HOME in world.text
    world.answer(yes, intent="affirm")
    world.answer(world.last_code())
    assert _streets(world) == [SEA, HOME] and SEA in world.text
    assert _audit(world) == [("default_address", "customer:camille")]


@pytest.mark.parametrize(
    ("language", "said", "yes"),
    [("en", "remove my old address", "yes"), ("fr", "supprimez l'adresse de Roscoff", "oui")],
)
def test_removes_one_after_yes_and_code(world, language: str, said: str, yes: str) -> None:
    world.language = language
    world.sign_in("camille")
    _hear(world, said)
    assert SEA in world.text
    world.answer(yes, intent="affirm")
    world.answer(world.last_code())
    assert _streets(world) == [HOME] and SEA in world.text
    assert _audit(world) == [("remove_address", "customer:camille")]


def test_says_which_one_is_the_default_then(world) -> None:
    world.sign_in("camille")
    _hear(world, "delete the Paris address")
    assert f"default one is then “{SEA}" in world.text
    world.answer("wait, the Roscoff one")
    assert SEA in world.text and "default one is then" not in world.text


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "choisir l'adresse par défaut"), ("en", "pick my default address")]
)
def test_asks_for_a_yes_where_only_one_could_be_chosen(world, language: str, said: str) -> None:
    world.language = language
    world.sign_in("camille")
    _hear(world, said)
    assert SEA in world.text and _streets(world) == [HOME, SEA] and world.state.open_question


def test_chooses_by_buttons(world) -> None:
    world.sign_in("camille")
    world.do(ActionSetUpShippingAddress, '/set_up_shipping_address{"option": "remove"}', option="remove")
    assert "Which address" in world.text
    world.answer(option=world.state.open_question.options[1][0])
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert _streets(world) == [HOME]


@pytest.mark.parametrize(
    "said",
    [
        "add my mother's address, 5 rue Neuve, 33000 Bordeaux, but keep the default",
        "ajoute l'adresse de ma mère, 5 rue Neuve, 33000 Bordeaux, mais garde celle par défaut",
        "add 5 rue Neuve, 33000 Bordeaux to my address book",
    ],
)
def test_adds_one_beside_the_default(world, said: str) -> None:
    world.sign_in("camille")
    _hear(world, said)
    assert "5 rue Neuve, 33000 Bordeaux”" in world.text and f"stays “{HOME}" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert _streets(world) == [HOME, SEA, "5 rue Neuve"] and "5 rue Neuve, 33000 Bordeaux" in world.text


def test_an_address_added_may_become_the_default_before_the_yes(world) -> None:
    world.sign_in("camille")
    _hear(world, "add 5 rue Neuve, 33000 Bordeaux to my addresses")
    world.answer("make it the default please")
    assert "as your default one" in world.text
    world.answer("no wait, not the default", intent="")
    world.do(ActionSetUpShippingAddress, "I've moved, please add my new address 5 rue Neuve, 33000 Bordeaux")
    assert "as your default one" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert _streets(world)[0] == "5 rue Neuve"


def test_writes_once_when_the_same_message_comes_twice(world) -> None:
    world.sign_in("camille")
    _hear(world, "remove the Roscoff address")
    world.answer("yes", intent="affirm")
    before, code = world.state, world.last_code()
    world.do(ActionAnswerOpenQuestion, code, intent="", message_id="same")
    version = world.shop.get_customer("camille").version
    world.set_question(before.open_question, request=before.request)
    world.do(ActionAnswerOpenQuestion, code, intent="", message_id="same")
    assert world.shop.get_customer("camille").version == version and len(_audit(world)) == 1


def test_asks_again_when_the_book_was_changed_meanwhile(world) -> None:
    world.sign_in("camille")
    _hear(world, "make the Roscoff one my default")
    customer = world.shop.get_customer("camille")
    world.shop.remove_address("camille", customer.addresses[1].id, if_version=customer.version)
    world.answer("yes", intent="affirm")
    assert "changed meanwhile" in world.text and not world.mail()


class _Loses:
    """The shop, whose answer to a removal is lost."""

    def __init__(self, shop, *, lands: bool) -> None:
        self._shop, self._lands, self.writes = shop, lands, 0

    def __getattr__(self, name: str):
        return getattr(self._shop, name)

    def remove_address(self, ref, address_id, *, if_version):
        self.writes += 1
        if self._lands:
            self._shop.remove_address(ref, address_id, if_version=if_version)
        raise UnknownFate("no answer")


@pytest.mark.parametrize(("lands", "expected"), [(True, "no longer has"), (False, "did not confirm")])
def test_reads_back_instead_of_repeating_when_the_answer_is_lost(world, lands: bool, expected: str) -> None:
    world.sign_in("camille")
    shop = _Loses(world.shop, lands=lands)
    world.services.commerce = shop
    _hear(world, "remove the Roscoff address")
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert expected in world.text and shop.writes == 1


def test_leaves_it_to_a_person_where_the_engine_cannot(world) -> None:
    class Cannot:
        def __init__(self, shop) -> None:
            self._shop = shop

        def __getattr__(self, name: str):
            return getattr(self._shop, name)

        def capabilities(self):
            return self._shop.capabilities() - {"address_remove"}

    world.sign_in("camille")
    world.services.commerce = Cannot(world.shop)
    _hear(world, "remove the Roscoff address")
    assert "a person does it" in world.text and len(_streets(world)) == 2


def test_a_right_code_is_not_one_too_many(world) -> None:
    world.sign_in("camille")
    for said in ("make the Roscoff one my default", "make the Paris one my default") * 4:
        _hear(world, said)
        world.answer("yes", intent="affirm")
        world.answer(world.last_code())
    assert len(_audit(world)) == 8


def test_codes_that_nobody_types_rightly_are_over_soon(world) -> None:
    world.sign_in("camille")
    for _ in range(5):
        _hear(world, "make the Roscoff one my default")
        world.answer("yes", intent="affirm")
        world.answer("000000" if world.last_code() != "000000" else "000001")
        world.answer("no", intent="deny")
    mails = len(world.mail())
    _hear(world, "make the Roscoff one my default")
    world.answer("yes", intent="affirm")
    assert "tried too often" in world.text and len(world.mail()) == mails
