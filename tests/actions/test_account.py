"""Changes of the account: nothing without a proof, a summary, a yes and, where the policy asks, a code (promise 5)."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion
from actions.edit_account import ActionEditAccount, ActionSetUpShippingAddress
from actions.smalltalk import ActionThank
from bot.errors import Unavailable, UnknownFate
from bot.profile.store.tables import audit

NEW = "camille.nouvelle@example.org"


def _audit(world):
    with world.services.store.read() as connection:
        return list(connection.execute(sa.select(audit)))


def _camille(world):
    return world.shop.get_customer("camille")


def test_changes_nothing_for_somebody_unverified(world) -> None:
    world.arrive()
    before = _camille(world)
    world.do(ActionEditAccount, f"change the e-mail of camille.laurier@example.com to {NEW}")
    world.answer("yes", intent="affirm")
    world.answer("123456")
    assert _camille(world) == before and "Camille" not in world.text


def test_changes_nothing_without_a_yes_to_the_summary(world) -> None:
    world.sign_in("camille")
    before = _camille(world)
    for said, intent in (("no", "deny"), ("non merci", "deny"), ("laisse tomber", ""), ("hmm maybe", "")):
        world.do(ActionEditAccount, f"my new e-mail is {NEW}")
        world.answer(said, intent=intent)
        assert _camille(world) == before and not world.mail() and not _audit(world)


def test_changes_nothing_without_the_code(world) -> None:
    world.sign_in("camille")
    before = _camille(world)
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    world.answer("yes", intent="affirm")
    for _ in range(5):
        world.answer("000000" if world.last_code() != "000000" else "000001")
    assert _camille(world) == before and "too often" in world.text


def test_changes_the_email_after_summary_yes_and_a_code_to_the_new_address(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"please change my e-mail to {NEW}")
    assert "from camille.laurier@example.com to camille.nouvelle@example.org" in world.text
    world.answer("yes", intent="affirm")
    assert world.mail()[-1].address == NEW and _camille(world).email != NEW
    world.answer(world.last_code())
    assert _camille(world).email == NEW and NEW in world.text
    assert [each.address for each in world.mail("notice")] == ["camille.laurier@example.com"]
    assert [(row.action, row.object_ref) for row in _audit(world)] == [("change_email", "customer:camille")]
    assert world.state.open_question is None and not world.state.request


def test_changes_the_phone_after_asking_for_it_in_french(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    world.do(ActionEditAccount, "je veux modifier mon compte")
    world.answer("mon numéro de téléphone")
    assert "nouveau numéro" in world.text
    world.answer("06 12 34")
    assert "ne peut pas exister" in world.text
    world.answer("06 12 34 56 78")
    assert "+33 6 12 34 56 78" in world.text
    world.answer("oui", intent="affirm")
    assert world.mail()[-1].address == "camille.laurier@example.com" and "c•••@example.com" in world.text
    world.answer(f"c'est le {world.last_code()}")
    assert _camille(world).phone == "+33612345678" and "+33 6 12 34 56 78" in world.text


def test_changes_the_name_without_a_code(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "", option="name")
    world.answer("Camille Martin")
    world.answer("yes", intent="affirm")
    assert _camille(world).last_name == "Martin" and not world.mail()


def test_collects_what_an_address_misses_and_replaces_the_default_one(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "change my address")
    world.answer("12 rue de la Paix")
    assert "postcode" in world.text
    world.answer("69002")
    assert "city" in world.text
    world.answer("Lyon")
    assert "“12 rue de la Paix, 69002 Lyon”" in world.text and "18 rue des Glycines" in world.text
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    addresses = _camille(world).addresses
    assert len(addresses) == 2
    assert (addresses[0].line1, addresses[0].postcode, addresses[0].city) == ("12 rue de la Paix", "69002", "Lyon")


def test_adds_an_address_to_the_book(world) -> None:
    world.sign_in("camille")
    world.do(ActionSetUpShippingAddress, "add 12 rue de la Paix, 69002 Lyon as a delivery address")
    if "postcode" in world.text:
        world.answer("12 rue de la Paix, 69002 Lyon")
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert len(_camille(world).addresses) == 3 and "12 rue de la Paix, 69002 Lyon" in world.text


def test_comes_back_to_the_question_after_a_digression(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    question = world.text
    world.do(ActionThank, "thanks")
    assert world.text.endswith(question)
    world.answer("yes", intent="affirm")
    assert world.mail()


def test_takes_another_value_instead_of_the_yes(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    world.answer("wait, make it camille@other.example.org", intent="edit_account")
    assert "to camille@other.example.org" in world.text
    world.answer("well, maybe")
    assert "did not understand" in world.text and "to camille@other.example.org" in world.text
    assert _camille(world).email == "camille.laurier@example.com" and not world.mail()


@pytest.mark.parametrize(
    "said",
    ["please use camille@other.example.org", "yes, but make it camille@other.example.org",
     "ok camille@other.example.org please", "oui mais plutôt camille@other.example.org"],
)
def test_takes_a_yes_with_another_value_for_a_correction(world, said: str) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    world.answer(said, intent="affirm")
    assert "to camille@other.example.org" in world.text and not world.mail()


def test_takes_no_polite_word_for_a_yes(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    world.answer("please tell me first who will see the new address", intent="affirm")
    assert not world.mail()


def test_asks_again_when_somebody_else_changed_the_account_meanwhile(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "", option="name")
    world.answer("Camille Martin")
    world.shop.update_customer("camille", {"first_name": "Camila"}, if_version=_camille(world).version)
    world.answer("yes", intent="affirm")
    assert (
        _camille(world).last_name == "Laurier" and "changed meanwhile" in world.text and "Camila Laurier" in world.text
    )
    world.answer("yes", intent="affirm")
    assert _camille(world).last_name == "Martin"


def test_writes_once_when_the_same_message_is_processed_twice(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, "", option="name")
    world.answer("Camille Martin")
    before = world.state
    world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    version = _camille(world).version
    world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    assert "done already" in world.text
    world.set_question(before.open_question, request=before.request)  # as after a crash before the state was kept
    world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    assert _camille(world).version == version and len(_audit(world)) == 1


class _Loses:
    """The shop, whose answer to a write is lost; `lands` says whether the write was done."""

    def __init__(self, shop, *, lands: bool) -> None:
        self._shop, self._lands, self.writes = shop, lands, 0

    def __getattr__(self, name: str):
        return getattr(self._shop, name)

    def update_customer(self, ref, patch, *, if_version):
        self.writes += 1
        if self._lands:
            self._shop.update_customer(ref, patch, if_version=if_version)
        raise UnknownFate("no answer")


@pytest.mark.parametrize(("lands", "expected"), [(True, "Done."), (False, "did not confirm")])
def test_reads_back_instead_of_repeating_when_the_answer_is_lost(world, lands: bool, expected: str) -> None:
    world.sign_in("camille")
    shop = _Loses(world.shop, lands=lands)
    world.services.commerce = shop
    world.do(ActionEditAccount, "", option="name")
    world.answer("Camille Martin")
    world.answer("yes", intent="affirm")
    assert expected in world.text and shop.writes == 1


def test_keeps_what_was_asked_when_the_shop_is_down(world) -> None:
    world.sign_in("camille")
    world.do(ActionEditAccount, f"my new e-mail is {NEW}")
    before = world.state

    class Down:
        def __getattr__(self, name: str):
            def fail(*args, **kwargs):
                raise Unavailable("down")

            return fail

    shop, world.services.commerce = world.shop, Down()
    with pytest.raises(Unavailable):
        world.answer("yes", intent="affirm")
    world.services.commerce = shop
    assert replace(world.state, version=0) == replace(before, version=0) and not world.mail()


def test_an_unverified_person_proves_the_account_first_and_goes_on(world) -> None:
    world.arrive()
    world.do(ActionEditAccount, "I want to change my phone number")
    world.answer("camille.laurier@example.com")
    world.answer(world.last_code())
    assert "new phone number" in world.text
    world.answer("+33 6 12 34 56 78")
    world.answer("yes", intent="affirm")
    world.answer(world.last_code())
    assert _camille(world).phone == "+33612345678"


def test_says_the_same_of_an_account_that_does_not_exist(world) -> None:
    said = []
    for sender, email in (("a", "camille.laurier@example.com"), ("b", "nobody@example.com")):
        world.arrive(sender)
        world.do(ActionEditAccount, "I want to change my phone number")
        world.answer(email)
        told = [world.text]
        for _ in range(3):
            world.answer("000000")
            told.append(world.text)
        said.append(told)
    assert said[0] == said[1] and len(world.mail()) == 1
