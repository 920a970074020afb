"""A person takes a conversation: the bot is silent, the customer reads who speaks, and nobody is forgotten."""

from datetime import timedelta

import pytest

from bot.decision.matters import Said, has_open_matter
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.conversations import get_conversation
from bot.profile.events import Event, append_events, events_of
from bot.profile.identities import CustomerId
from bot.profile.merging import merge_customers
from tests.handoff.conftest import Shop


def test_says_nothing_while_a_person_has_the_conversation(shop: Shop) -> None:
    shop.do("take", shop.ask_for_person(), "Léa")
    shop.say("where is my order?")
    assert shop.gateway.heard == []
    assert len(shop.told) == 1 and "Léa" in shop.told[0]


def test_answers_while_nobody_has_taken_it(shop: Shop) -> None:
    shop.ask_for_person()
    shop.say("and my order?")
    assert shop.told == ["re and my order?"]


def test_answers_others_meanwhile(shop: Shop) -> None:
    shop.arrive("s-2")
    shop.do("take", shop.ask_for_person(), "Léa")
    shop.say("hello", "s-2")
    assert shop.gateway.heard == ["hello"]


def test_answers_again_once_it_is_given_back(shop: Shop) -> None:
    asked = shop.ask_for_person()
    shop.do("take", asked, "Léa")
    shop.do("give_back", asked, "Léa")
    shop.say("thanks")
    assert shop.gateway.heard == ["thanks"]
    assert [row.state for row in shop.rows()] == ["ended"]
    assert "given the conversation back" in shop.told[1]
    assert [row.payload.asks_rating for row in shop.sent][:2] == [False, True]


def test_a_complaint_of_the_conversation_is_settled_once_a_person_gives_it_back(shop: Shop) -> None:
    asked = shop.ask_for_person()
    assert _opinions(shop) == []  # nothing was complained of: nothing is settled
    shop.do("take", asked, "Léa")
    _complain(shop, "chat", complaint_id=shop.rows()[0].sender_id)
    shop.do("give_back", asked, "Léa")
    assert _opinions(shop) == ["Complaint Resolved", "Complaint Received"]
    assert not _has_open(shop)


@pytest.mark.parametrize(("silo", "complaint_id"), [("helpdesk", ""), ("helpdesk", "77"), ("chat", "another talk")])
def test_no_complaint_made_elsewhere_is_settled_by_it(shop: Shop, silo: str, complaint_id: str) -> None:
    asked = shop.ask_for_person()
    shop.do("take", asked, "Léa")
    _complain(shop, silo, **({"complaint_id": complaint_id} if complaint_id else {}))
    _complain(shop, "chat", complaint_id=shop.rows()[0].sender_id)
    shop.do("give_back", asked, "Léa")
    assert _opinions(shop)[0] == "Complaint Resolved" and _has_open(shop)


def _complain(shop: Shop, silo: str, **about: str) -> None:
    with shop.store.write() as connection:
        append_events(connection, [Event(
            f"complaint-{silo}-{about}", CustomerId(shop.rows()[0].customer_id), silo, "track", "Complaint Received",
            dict(about), shop.now, shop.now)])


def _told(shop: Shop) -> list[Event]:
    with shop.store.read() as connection:
        told = events_of(connection, shop.rows()[0].customer_id)
    return [each for each in told if each.name.startswith("Complaint")]


def _opinions(shop: Shop) -> list[str]:
    return [each.name for each in _told(shop)]


def _has_open(shop: Shop) -> bool:
    said = [Said(each.name, str(each.properties.get("complaint_id", "")), each.occurred_at) for each in _told(shop)]
    return has_open_matter(said, shop.now + timedelta(seconds=1), 60)


def test_shows_the_answer_under_the_persons_name_once_per_key(shop: Shop) -> None:
    asked = shop.ask_for_person()
    for _ in range(2):
        shop.do("answer", asked, "Léa", "Your parcel is found.", "form-1")
    spoken = [row.payload for row in shop.sent if row.payload.author]
    assert [(each.text, each.author) for each in spoken] == [("Your parcel is found.", "Léa")]


def test_lets_one_person_have_it(shop: Shop) -> None:
    asked = shop.ask_for_person()
    shop.do("take", asked, "Léa")
    with pytest.raises(Conflict):
        shop.do("answer", asked, "Marc", "Hello", "form-2")
    shop.do("take", asked, "Léa")
    assert len(shop.told) == 1


def test_takes_everything_that_waits_in_the_conversation(shop: Shop) -> None:
    first, _ = shop.ask_for_person(key="k-1"), shop.ask_for_person(key="k-2")
    shop.do("take", first, "Léa")
    assert len(shop.rows("taken")) == 2 and shop.rows("waiting") == []
    shop.do("give_back", first, "Léa")
    assert len(shop.rows("ended")) == 2


def test_refuses_an_empty_and_an_endless_answer(shop: Shop) -> None:
    asked = shop.ask_for_person()
    for text in ("  ", "x" * 4_001):
        with pytest.raises(FixInput):
            shop.do("answer", asked, "Léa", text, "form-3")
    assert shop.told == []


def test_knows_no_request_that_was_never_made(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.do("take", 404, "Léa")


def test_writes_a_letter_to_whoever_has_left(shop: Shop) -> None:
    shop.say("hello")
    asked = shop.ask_for_person(email="camille@example.com")
    shop.do("answer", asked, "Léa", "First.", "form-4")
    assert shop.letters == []
    shop.wait(minutes=11)
    shop.do("answer", asked, "Léa", "Second.", "form-5")
    (letter,) = shop.letters
    assert letter.address == "camille@example.com" and "Second." in letter.payload.text and "Léa" in letter.payload.text


def test_gives_back_what_a_silent_person_holds(shop: Shop) -> None:
    asked = shop.ask_for_person()
    shop.do("answer", asked, "Léa", "It leaves today.", "form-6")
    assert shop.leave_silent() == 0
    shop.wait(minutes=31)
    assert shop.leave_silent() == 1
    assert [row.state for row in shop.rows()] == ["ended"]


def test_says_so_to_whoever_waits_for_a_silent_person_and_keeps_the_place_in_the_line(shop: Shop) -> None:
    shop.do("take", shop.ask_for_person(), "Léa")
    shop.wait(minutes=1)
    shop.say("are you there?")
    shop.wait(minutes=31)
    assert shop.leave_silent() == 1
    assert [row.state for row in shop.rows()] == ["waiting"]
    assert "Nobody of our team could answer" in shop.told[-1]
    shop.say("then you")
    assert shop.gateway.heard == ["then you"]


def test_forgets_the_bots_open_question_and_holds_nudges(shop: Shop) -> None:
    asked = shop.ask_for_person()
    shop.do("take", asked, "Léa")
    assert shop.state_of().handoff["taken_by"] == "Léa"
    shop.do("give_back", asked, "Léa")
    assert shop.state_of().handoff == {}


def test_speaks_the_customers_language(shop: Shop) -> None:
    shop.do("take", shop.ask_for_person(language="fr"), "Léa")
    assert shop.told == ["Léa, de notre équipe, est là et vous répond. Je me tais en attendant."]


def test_reaches_a_conversation_that_became_somebody_elses(shop: Shop) -> None:
    asked = shop.ask_for_person()
    shop.arrive("s-2")
    with shop.store.write() as connection:
        guest, known = get_conversation(connection, "s-1"), get_conversation(connection, "s-2")
        assert guest and known
        merge_customers(connection, known.customer_id, guest.customer_id, reason="test", now=shop.now)
    shop.do("answer", asked, "Léa", "Found.", "form-7")
    assert shop.told[-1] == "Found."
