"""Another day, a neighbour, a pick-up point: for a parcel on its way, its owner, and a yes; else the honest rule."""

import pytest
import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion, ActionHearCustomer
from actions.delivery import ActionChangeShippingAddress
from actions.orders import ActionTrackOrder
from bot.errors import UnknownFate
from bot.profile.store.tables import audit


def _moving(world, ref: str = "camille"):
    return next(each for each in world.shop.list_orders(ref).items if each.fulfilment_status == "shipped")


def _chosen(world, ref: str = "camille"):
    return _moving(world, ref).shipments[0].chosen


def _hear(world, said: str) -> None:
    world.do(ActionHearCustomer, said, intent="change_shipping_address")


def _audit(world) -> list[tuple[str, str]]:
    with world.services.store.read() as connection:
        return [(row.action, row.object_ref) for row in connection.execute(sa.select(audit))]


def test_shows_and_changes_nothing_for_somebody_unverified(world) -> None:
    order = _moving(world)
    world.arrive()
    for said in ("leave my parcel with the neighbour", f'/change_shipping_address{{"order_number": "{order.number}"}}'):
        world.do(ActionChangeShippingAddress, said, order_number=order.number, option="delivery")
        assert "pick-up" not in world.text.lower() and "Colibri" not in world.text and "e-mail" in world.text
        world.answer("yes", intent="affirm")
    assert _moving(world) == order


def test_says_the_same_of_somebody_elses_order_and_of_none(world) -> None:
    order = _moving(world)
    world.sign_in("tom")
    said = []
    for number in (order.number, "MP999999"):
        world.do(ActionChangeShippingAddress, "", order_number=number, option="delivery")
        said.append(world.text.replace(number, "N"))
    assert said[0] == said[1] and _moving(world) == order


def test_changes_nothing_without_a_yes(world) -> None:
    world.sign_in("camille")
    before = _moving(world)
    _hear(world, "can it come on friday instead?")
    for said in ("hmm maybe", "please wait", "what would that change for the price"):
        world.answer(said)
    world.answer("no", intent="deny")
    assert _moving(world) == before and not _audit(world)


@pytest.mark.parametrize(
    ("language", "said", "yes", "done"),
    [
        ("en", "deliver my parcel on friday instead please", "yes", "on Friday 27 November"),
        ("fr", "je préfère être livrée vendredi", "oui", "vendredi 27 novembre"),
    ],
)
def test_brings_it_another_day_after_a_yes(world, language: str, said: str, yes: str, done: str) -> None:
    world.language = language
    world.sign_in("camille")
    _hear(world, said)
    assert done in world.text and _chosen(world) is None
    world.answer(yes, intent="affirm")
    assert done in world.text and not world.mail()
    chosen = _chosen(world)
    assert chosen and chosen.kind == "day" and f"{chosen.day}" == "2026-11-27"
    assert _audit(world) == [("delivery_day", _moving(world).ref)]
    world.do(ActionTrackOrder, "", order_number=_moving(world).number)
    timeline = world.said[0].timeline
    assert timeline and not timeline.alert and done.removeprefix("on ") in world.text


def test_says_when_a_day_is_not_on_offer_and_which_are(world) -> None:
    world.sign_in("camille")
    _hear(world, "deliver on saturday instead")
    assert "not on offer" in world.text and "Friday 27 November" in world.text


@pytest.mark.parametrize(
    ("language", "said", "yes"),
    [("en", "can they leave it with my neighbour", "yes"), ("fr", "le livreur peut laisser chez ma voisine ?", "oui")],
)
def test_leaves_it_with_a_neighbour_after_name_yes_and_code(world, language: str, said: str, yes: str) -> None:
    world.language = language
    world.sign_in("camille")
    _hear(world, said)
    world.answer("Mme Lopez, 2e étage")
    assert "Mme Lopez, 2e étage" in world.text
    world.answer(yes, intent="affirm")
    assert _chosen(world) is None
    world.answer(world.last_code())
    chosen = _chosen(world)
    assert chosen and chosen.name == "Mme Lopez, 2e étage" and "Mme Lopez" in world.text
    world.do(ActionTrackOrder, "", order_number=_moving(world).number)
    assert "Mme Lopez" in world.text


def test_takes_it_to_a_pickup_point_by_buttons_alone(world) -> None:
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    (payload,) = [each.payload for each in world.said[0].quick_replies if '"option": "delivery"' in each.payload]
    world.do(ActionChangeShippingAddress, payload, order_number=_moving(world).number, option="delivery")
    options = world.state.open_question.options
    assert len(options) == 7
    world.answer(option=options[-1][0])
    assert "Épicerie de la Gare" in world.text
    world.answer("", intent="affirm")
    world.answer(world.last_code())
    chosen = _chosen(world)
    assert chosen and chosen.point_name == "Épicerie de la Gare" and "Épicerie de la Gare" in world.text


def test_takes_no_choice_that_was_not_offered(world) -> None:
    other = world.shop.list_delivery_choices(_moving(world, "hugo").ref)[0].id
    world.sign_in("camille")
    world.do(ActionChangeShippingAddress, "", order_number=_moving(world).number, option="delivery")
    world.answer(f'/affirm{{"option": "{other}"}}', option=other)
    assert _chosen(world) is None and _chosen(world, "hugo") is None


def test_another_choice_instead_of_the_yes_is_summed_up_anew(world) -> None:
    world.sign_in("camille")
    _hear(world, "deliver on friday instead")
    world.answer("ok, to a pick-up point rather", intent="affirm")
    assert "Librairie" in world.text and _chosen(world) is None


def test_no_but_something_else_goes_on_with_that(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    _hear(world, "livrez vendredi")
    world.answer("non, plutôt au point relais", intent="deny")
    assert "Librairie" in world.text and world.state.open_question
    world.answer("non", intent="deny")
    assert world.state.open_question is None and _chosen(world) is None


def test_tells_the_rule_of_an_order_that_has_not_left(world) -> None:
    world.sign_in("lucie")
    _hear(world, "deliver on saturday instead please")
    assert "carrier offers another day" in world.text and world.state.open_question is None


def test_tells_the_rule_where_the_engine_cannot(world) -> None:
    class Cannot:
        def __init__(self, shop) -> None:
            self._shop = shop

        def __getattr__(self, name: str):
            return getattr(self._shop, name)

        def capabilities(self):
            return self._shop.capabilities() - {"delivery_preferences"}

    world.sign_in("camille")
    world.services.commerce = Cannot(world.shop)
    _hear(world, "leave it with my neighbour")
    assert "carrier offers another day" in world.text and "a person does it" in world.text


def test_writes_once_and_says_who_was_first(world) -> None:
    world.sign_in("camille")
    _hear(world, "deliver on friday instead")
    world.shop.merchant.delay_shipment(_moving(world).ref, days=1)
    world.answer("yes", intent="affirm")
    assert "changed meanwhile" in world.text and _chosen(world) is None
    world.do(ActionChangeShippingAddress, "", order_number=_moving(world).number, option="delivery")
    world.answer(option=world.state.open_question.options[0][0])
    before = world.state
    world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    version = _moving(world).version
    world.set_question(before.open_question, request=before.request)
    world.do(ActionAnswerOpenQuestion, "yes", intent="affirm", message_id="same")
    assert _moving(world).version == version and len(_audit(world)) == 1


class _Loses:
    """The shop, whose answer to the choice is lost."""

    def __init__(self, shop, *, lands: bool) -> None:
        self._shop, self._lands, self.writes = shop, lands, 0

    def __getattr__(self, name: str):
        return getattr(self._shop, name)

    def choose_delivery(self, *given, **named):
        self.writes += 1
        if self._lands:
            self._shop.choose_delivery(*given, **named)
        raise UnknownFate("no answer")


@pytest.mark.parametrize("lands", [True, False])
def test_reads_back_instead_of_repeating_when_the_answer_is_lost(world, lands: bool) -> None:
    world.sign_in("camille")
    shop = _Loses(world.shop, lands=lands)
    world.services.commerce = shop
    _hear(world, "deliver on friday instead")
    if lands:
        world.answer("yes", intent="affirm")
        assert "Done" in world.text
    else:
        with pytest.raises(UnknownFate):
            world.answer("yes", intent="affirm")
    assert shop.writes == 1 and bool(_chosen(world)) is lands


def test_a_guest_chooses_after_proving_the_order(world) -> None:
    placed = world.place_order("", email="guest@example.com")
    world.shop.merchant.create_shipment(placed.ref)
    world.arrive()
    world.do(ActionChangeShippingAddress, "can it come another day", intent="change_shipping_address")
    world.answer(placed.number)
    world.answer("guest@example.com")
    world.answer(world.last_code())
    options = world.state.open_question.options
    world.answer(option=options[0][0])
    world.answer("yes", intent="affirm")
    assert world.shop.get_order(placed.ref).shipments[0].chosen
    world.wait(minutes=31)
    world.do(ActionChangeShippingAddress, "", order_number=placed.number, option="delivery")
    assert placed.number not in world.text or "e-mail" in world.text
