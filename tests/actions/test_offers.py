"""Offers: shown, taken by a word or a tap, and then nobody hears of the other one."""

from actions.cart import ActionAddToCart
from actions.offers import ActionAskPromotions
from bot.profile.events import events_of

COAT = "manteau-croise-grand-froid"


def accepted(world) -> list[str]:
    with world.services.store.read() as connection:
        return [
            event.properties["about"] for event in events_of(connection, world.customer_id, names=("Offer Accepted",))
        ]


def test_takes_no_offer_that_does_not_exist(world):
    world.sign_in("hugo")
    world.do(ActionAskPromotions, "any code for me?")
    world.answer("no thanks", intent="deny")
    assert accepted(world) == []


def test_shows_what_runs_and_takes_it_at_a_tap(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    world.do(ActionAskPromotions, "any offers?")
    code = world.state.open_question.options[0][0]
    world.answer("", intent="affirm", option=code)
    assert f"the offer {code} is on your basket" in world.text
    assert f"offer:{code}" in accepted(world)


def test_takes_a_code_that_is_typed_and_withdraws_its_whole_campaign(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    codes = [offer.code for offer in world.shop.list_offers() if not offer.product_types]
    world.do(ActionAskPromotions, f"j'ai le code {codes[0].lower()}")
    assert f"offer:{codes[0]}" in accepted(world)


def test_accepts_nothing_that_does_not_fit_the_basket(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    world.do(ActionAskPromotions, "MAILLE15")
    assert "does not fit" in world.text
    assert accepted(world) == []
