"""Order tracking, signed in and as a guest. The silent cases come first (promise 5)."""

import sqlalchemy as sa

from actions.answer import ActionAnswerOpenQuestion
from actions.orders import ActionTrackOrder
from bot.profile.store.tables import codes


def _ask_as_guest(world, number: str, proof: str) -> None:
    world.do(ActionTrackOrder, "where is my order")
    world.answer(number)
    world.answer(proof)


def test_shows_nothing_to_somebody_unverified(world) -> None:
    world.arrive()
    order = world.open_order("camille")
    world.do(ActionTrackOrder, f"where is {order.number}", order_number=order.number)
    assert not any(message.timeline or message.cards for message in world.said)
    assert "e-mail" in world.text and "late" not in world.text


def test_shows_nothing_once_the_proof_has_run_out(world) -> None:
    world.sign_in("camille", minutes=5)
    world.wait(minutes=6)
    world.do(ActionTrackOrder, "where is my order")
    assert not any(message.timeline for message in world.said)


def test_never_shows_a_second_persons_order_whatever_is_typed(world) -> None:
    world.sign_in("hugo")
    other = world.open_order("camille")
    for typed in (other.number, other.number.lower(), f"#{other.number}", other.number[2:], other.ref, "1 OR 1=1"):
        world.do(ActionTrackOrder, f"where is {typed}", order_number=typed)
        assert not any(message.timeline for message in world.said)
        assert "find no order" in world.text


def test_says_the_same_of_anothers_order_and_of_none(world) -> None:
    world.sign_in("hugo")
    other = world.open_order("camille").number
    world.do(ActionTrackOrder, "", order_number=other)
    anothers = world.text.replace(other, "N")
    world.do(ActionTrackOrder, "", order_number="MP999999")
    assert world.text.replace("MP999999", "N") == anothers


def test_shows_the_only_open_order_at_once_with_its_delay_first(world) -> None:
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    timeline = world.said[0].timeline
    order = world.open_order("camille")
    assert timeline.alert.startswith("This parcel is late") and "Thursday 26 November" in timeline.alert
    assert timeline.tracking_number == order.shipments[0].tracking_number and timeline.carrier
    assert "late" in world.said[0].text
    assert any(step.state == "problem" for step in timeline.steps)


def test_shows_it_in_french_when_french_is_spoken(world) -> None:
    world.language = "fr"
    world.sign_in("camille")
    world.do(ActionTrackOrder, "où est ma commande")
    assert "en retard" in world.text and "jeudi 26 novembre" in world.text and "Commande passée" in world.text
    assert "late" not in world.text


def test_lists_open_orders_and_says_which_is_late_before_it_is_asked(world) -> None:
    world.place_order("camille")
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    cards = world.said[0].cards
    assert len(cards) == 2 and "This parcel is late" in cards[0].note
    assert world.state.open_question.expects == "order"


def test_shows_the_order_chosen_by_button_number_or_ordinal(world) -> None:
    placed = world.place_order("camille")
    world.sign_in("camille")
    late = next(o for o in world.shop.list_orders("camille").items if o.shipments and o.shipments[0].state == "delayed")
    for text, entities, expected in (
        ("", {"option": placed.number}, placed),
        ("the first one", {}, late),
        ("la deuxième", {}, placed),
        ("2", {}, placed),
        (late.number, {}, late),
        (late.number[2:], {}, late),
    ):
        world.do(ActionTrackOrder, "where is my order")
        world.answer(text, **entities)
        assert expected.number in world.said[0].timeline.title, text


def test_shows_the_latest_order_when_none_is_open(world) -> None:
    order = world.open_order("camille")
    world.shop.merchant.mark_delivered(order.ref)
    world.sign_in("camille")
    world.do(ActionTrackOrder, "where is my order")
    assert "Nothing is on its way" in world.text and world.said[0].timeline


def test_shows_a_guest_the_order_after_number_proof_and_code(world) -> None:
    order = world.open_order("camille")
    for proof in ("camille.laurier@example.com", "75011"):
        world.arrive(f"guest-{proof[:2]}")
        _ask_as_guest(world, order.number, proof)
        assert not any(message.timeline for message in world.said)
        mail = world.mail()[-1]
        assert (mail.channel, mail.address) == ("email", "camille.laurier@example.com")
        world.answer(world.last_code())
        assert any(message.timeline for message in world.said)
        world.do(ActionTrackOrder, "and where is it now?")
        assert any(message.timeline for message in world.said)


def test_keeps_the_code_only_as_a_keyed_hash(world) -> None:
    world.arrive()
    _ask_as_guest(world, world.open_order("camille").number, "75011")
    with world.services.store.read() as connection:
        row = connection.execute(sa.select(codes)).one()
    assert world.last_code() not in str(row) and len(row.code_hash) == 64


def test_answers_the_same_whether_or_not_the_order_exists(world) -> None:
    real, said = world.open_order("camille").number, []
    for sender, number, proof in (
        ("a", real, "75011"),
        ("b", real, "99999"),
        ("c", "MP999999", "75011"),
        ("d", real, "nobody@example.com"),
    ):
        world.arrive(sender)
        _ask_as_guest(world, number, proof)
        told = [world.text.replace(number, "N")]
        for guess in ("000000", "111111", "222222", "333333", "444444", "555555"):
            world.answer(guess)
            told.append(world.text)
        said.append(told)
    assert said[0] == said[1] == said[2] == said[3]
    assert len(world.mail()) == 1


def test_no_code_opens_an_order_that_does_not_exist(world) -> None:
    world.arrive()
    _ask_as_guest(world, "MP999999", "75011")
    world.answer("123456")
    assert not any(message.timeline for message in world.said)


def test_stops_guessing_after_five_tries_even_with_the_right_code(world) -> None:
    world.arrive()
    _ask_as_guest(world, world.open_order("camille").number, "75011")
    right = world.last_code()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        world.answer(wrong)
    assert "too often" in world.text
    world.answer(right)
    assert not any(message.timeline for message in world.said)


def test_refuses_a_code_after_ten_minutes_and_after_its_use(world) -> None:
    world.arrive()
    order = world.open_order("camille")
    _ask_as_guest(world, order.number, "75011")
    late = world.last_code()
    world.wait(minutes=11)
    world.answer(late)
    assert "no longer good" in world.text
    world.answer(option="again")
    world.answer(late)
    assert not any(message.timeline for message in world.said)
    world.answer(world.last_code())
    assert any(message.timeline for message in world.said)


def test_a_code_opens_nothing_in_another_conversation(world) -> None:
    order = world.open_order("camille")
    world.arrive("owner")
    _ask_as_guest(world, order.number, "75011")
    code = world.last_code()
    world.arrive("thief")
    _ask_as_guest(world, order.number, "99999")
    world.answer(code)
    assert not any(message.timeline for message in world.said)


def test_limits_how_often_codes_are_asked_for(world) -> None:
    order = world.open_order("camille")
    world.arrive()
    for _ in range(7):
        _ask_as_guest(world, order.number, "75011")
    assert len(world.mail()) == 5 and "too often" in world.text


def test_limits_codes_to_one_address_without_telling(world) -> None:
    order = world.open_order("camille")
    for number in range(7):
        world.arrive(f"g-{number}")
        _ask_as_guest(world, order.number, "75011")
        assert "If these details belong together" in world.text
    assert len(world.mail()) == 5


def test_sends_one_code_however_often_the_same_message_is_processed(world) -> None:
    world.arrive()
    world.do(ActionTrackOrder, "where is my order")
    world.answer(world.open_order("camille").number)
    before = world.state
    world.do(ActionAnswerOpenQuestion, "75011", intent="", message_id="same")
    code = world.last_code()
    world.set_question(before.open_question, request=before.request)
    world.do(ActionAnswerOpenQuestion, "75011", intent="", message_id="same")
    assert len(world.mail()) == 1
    world.answer(code)
    assert any(message.timeline for message in world.said)


def test_a_guests_order_without_account_opens_only_itself(world) -> None:
    placed = world.place_order("", email="guest@example.com")
    world.arrive()
    _ask_as_guest(world, placed.number, "guest@example.com")
    world.answer(world.last_code())
    assert placed.number in world.said[1].timeline.title
    other = world.open_order("camille")
    world.do(ActionTrackOrder, "", order_number=other.number)
    assert not any(message.timeline for message in world.said)
    world.wait(minutes=31)
    world.do(ActionTrackOrder, "", order_number=placed.number)
    assert not any(message.timeline for message in world.said)


def test_takes_name_and_postcode_where_the_policy_waives_the_code(make_world, tau_policy) -> None:
    world = make_world(policy=tau_policy)
    world.arrive()
    world.do(ActionTrackOrder, "where is my order")
    world.answer("I'm Camille Laurier")
    world.answer("75011")
    assert any(message.timeline for message in world.said) and not world.mail()


def test_finds_nobody_by_a_wrong_postcode_where_the_code_is_waived(make_world, tau_policy) -> None:
    world = make_world(policy=tau_policy)
    world.arrive()
    world.do(ActionTrackOrder, "where is my order")
    world.answer("Camille Laurier, 99999")
    assert "find nobody" in world.text
    world.answer("camille.laurier@example.com")
    assert any(message.timeline for message in world.said)


def test_drops_the_request_when_asked_to(world) -> None:
    world.arrive()
    world.do(ActionTrackOrder, "where is my order")
    world.answer("laisse tomber")
    assert world.state.open_question is None and not world.state.request


def test_finds_the_order_by_its_parcels_number(world) -> None:
    world.sign_in("camille")
    order = next(each for each in world.shop.list_orders("camille").items if each.shipments)
    world.do(ActionTrackOrder, f"any news of parcel {order.shipments[0].tracking_number.lower()} ?")
    assert order.number.lstrip("#") in world.text


def test_finds_nobody_elses_order_by_its_parcels_number(world) -> None:
    parcel = next(each for each in world.shop.list_orders("camille").items if each.shipments).shipments[0]
    world.sign_in("tom")
    world.do(ActionTrackOrder, f"any news of parcel {parcel.tracking_number} ?")
    assert parcel.tracking_number not in world.text
